"""Being logged in at Vault: who asks, and what is said of it."""

import asyncio
import logging
from threading import Event

import pytest

from fakes.clock import StoppedClock
from fakes.loopback import WAIT_S, Call, Reply
from fakes.scripted_vault import ScriptedVault, refusal, sealed
from fakes.vault_session import THERE, ByName, Opened, read
from trust.secrets.source import SecretOutage, SecretRefused
from trust.secrets.vault.session import VaultSession

LOGIN = "auth/jwt/login"
SECRET = "secret/data/a"


async def test_nobody_logs_in_before_something_is_asked(
    scripted: ScriptedVault, session: VaultSession
) -> None:
    del session  # it was opened, and asked for nothing

    assert scripted.calls == []


async def test_many_who_ask_at_once_share_one_login(
    scripted: ScriptedVault, session: VaultSession
) -> None:
    answers = await asyncio.gather(*(session.call(read, THERE) for _ in range(8)))

    assert [answer.value for answer in answers] == [{"a": "1"}] * 8
    assert {answer.login for answer in answers} == {1}
    assert scripted.logins == 1


async def test_a_login_that_is_refused_is_refused_and_never_tried_another_way(
    scripted: ScriptedVault, session: VaultSession
) -> None:
    scripted.said[LOGIN] = lambda _: refusal(400, "error validating claims: wrong subject")

    with pytest.raises(SecretRefused) as refused:
        await session.call(read, THERE)

    assert "auth/jwt" in str(refused.value)
    assert "wrong subject" not in str(refused.value)
    assert [call.path for call in scripted.calls] == [f"/v1/{LOGIN}"]


async def test_a_refused_login_is_tried_again_after_pauses_that_grow_to_a_minute(
    scripted: ScriptedVault, session: VaultSession, clock: StoppedClock
) -> None:
    scripted.said[LOGIN] = lambda _: refusal(400, "no")
    tried: list[int] = []
    for second in range(200):
        with pytest.raises(SecretRefused):
            await session.call(read, THERE)
        if len(scripted.calls) > len(tried):
            tried.append(second)
        clock.advance(1)

    assert tried == [0, 1, 3, 7, 15, 31, 63, 123, 183]


async def test_a_login_that_nobody_answers_is_tried_again_soon(
    scripted: ScriptedVault, session: VaultSession, clock: StoppedClock
) -> None:
    scripted.said[LOGIN] = sealed
    for _ in range(30):
        with pytest.raises(SecretOutage):
            await session.call(read, THERE)
        clock.advance(1)
    assert len(scripted.calls) == 8

    del scripted.said[LOGIN]
    clock.advance(5)
    assert (await session.call(read, THERE)).login == 1


async def test_the_first_to_ask_may_go_away_and_the_others_are_answered(
    scripted: ScriptedVault, session: VaultSession
) -> None:
    going, reached = Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(_: Call) -> Reply:
        loop.call_soon_threadsafe(reached.set)
        going.wait(WAIT_S)
        return scripted.log_in()

    scripted.said[LOGIN] = slow
    first = asyncio.ensure_future(session.call(read, THERE))
    await reached.wait()
    second = asyncio.ensure_future(session.call(read, THERE))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait({first})
    going.set()

    assert (await second).login == 1
    assert scripted.logins == 1


async def test_no_token_is_in_what_is_logged_or_raised(
    scripted: ScriptedVault, session: VaultSession, caplog: pytest.LogCaptureFixture
) -> None:
    scripted.said[SECRET] = lambda call: refusal(403, call.headers["x-vault-token"])

    with caplog.at_level(logging.DEBUG, "gatehouse"), pytest.raises(SecretRefused) as refused:
        await session.call(read, THERE)

    ours = [record.getMessage() for record in caplog.records if record.name == "gatehouse"]
    assert "secrets.logged_in" in "".join(ours)
    assert "hvs." not in "".join([*ours, repr(refused.value), repr(refused.value.__cause__)])


async def test_by_name_is_what_is_said_of_a_login(
    opened: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "gatehouse"):
        await opened(ByName()).call(read, THERE)

    assert '"method": "by-name"' in caplog.text
