"""A browser that follows a turn which is over before anything of it was told."""

import pytest

from fakes.login import ALICE
from fakes.proxy.asgi import WAIT_S, exchange
from fakes.resume.instance import FAST
from proxy.request import read_request
from proxy.resume.follower import Followed, Follower
from proxy.resume.position import Position
from proxy.resume.recording import Recording
from proxy.resume.source import Live, Source
from proxy.streams import Stream
from trust.journal.record import COMPLETE, TurnPlace

CHAT, TURN = "01ARZ3NDEKTSV4RRFFQ69G5FAV", "01K4XG7S3E6C3K2M9V0T5B8N1Q"


async def nothing_stored() -> Source:
    raise AssertionError("all of it is in memory")


@pytest.mark.parametrize(("known", "status"), [(False, 200), (True, 204)])
async def test_who_asked_an_agent_that_says_nothing_has_its_answer(
    *, known: bool, status: int
) -> None:
    """Who comes back knows as much as there is; who asked does not know yet that it was all."""
    recording = Recording(TurnPlace(owner=ALICE, chat=CHAT, turn=TURN))
    recording.finish(COMPLETE)
    browser = exchange("GET", f"/api/chats/{CHAT}/stream")
    browser.parts.clear()
    request = read_request(browser.scope, browser.receive, browser.send)

    how = await Follower(request, Stream(), {}, FAST).run(
        Live(recording, nothing_stored), Position(TURN, 0), known=known, total_s=WAIT_S
    )

    assert (how, browser.answer.status) == (Followed.ENDED, status)
    assert browser.answer.body.startswith(b"retry: ") is not known
