"""A turn in memory."""

import asyncio
from collections.abc import Callable

from fakes.login import ALICE
from proxy.resume.recording import WINDOW_BYTES, Recording
from trust.journal.record import COMPLETE, TurnPlace

PLACE = TurnPlace(owner=ALICE, chat="01ARZ3NDEKTSV4RRFFQ69G5FAV", turn="0" * 26)
LARGE = b"x" * (WINDOW_BYTES // 4)


def test_a_page_is_what_follows() -> None:
    recording = Recording(PLACE)
    recording.add([b"one", b"two", b"three"])

    page = recording.page(1)

    assert page is not None
    assert (page.first, list(page.events), page.end) == (2, [b"two", b"three"], None)
    assert recording.last == 3


def test_what_the_journal_has_need_not_stay_but_the_window_does() -> None:
    recording = Recording(PLACE)
    recording.add([LARGE] * 10)
    assert recording.octets == 10 * len(LARGE)

    recording.kept(10)

    assert recording.octets == WINDOW_BYTES
    assert recording.page(5) is None
    page = recording.page(6)
    assert page is not None
    assert len(page.events) == 4


def test_what_the_journal_has_not_stays() -> None:
    recording = Recording(PLACE)
    recording.add([LARGE] * 10)

    recording.kept(2)

    assert recording.page(1) is None
    assert recording.page(2) is not None
    assert recording.octets == 8 * len(LARGE)


def test_the_first_word_on_the_end_counts() -> None:
    recording = Recording(PLACE)
    recording.finish("turn_stopped")
    recording.finish(COMPLETE)

    page = recording.page(0)

    assert page is not None
    assert (page.end, page.last) == ("turn_stopped", 0)


async def test_whoever_waits_is_told_of_an_event_and_of_the_end() -> None:
    recording = Recording(PLACE)
    happenings: list[Callable[[], None]] = [
        lambda: recording.add([b"one"]),
        lambda: recording.finish(COMPLETE),
    ]
    for happen in happenings:
        waiting = asyncio.ensure_future(recording.changed(recording.last))
        await asyncio.sleep(0)
        assert not waiting.done()
        happen()
        await asyncio.wait_for(waiting, 1)


async def test_what_came_in_between_need_not_be_waited_for() -> None:
    recording = Recording(PLACE)
    recording.add([b"one"])

    await asyncio.wait_for(recording.changed(0), 1)
