"""The end of a session at Vault: what is given back, and what is left alone."""

import asyncio
from threading import Event

import pytest

from fakes.clock import StoppedClock
from fakes.loopback import WAIT_S, Call, Reply
from fakes.scripted_vault import ROOT, ScriptedVault, refusal
from fakes.vault_session import THERE, Given, Opened, http_at, read
from trust.secret import Secret
from trust.secrets.freshness import Terms
from trust.secrets.source import SecretOutage
from trust.secrets.vault.session import VaultSession
from trust.secrets.vault.token import Auth
from trust.secrets.vault.tokens import Tokens

LOGIN = "auth/jwt/login"
REVOCATION = "auth/token/revoke-self"


async def test_closing_revokes_every_token_that_is_ours_and_alive(
    scripted: ScriptedVault, session: VaultSession, clock: StoppedClock
) -> None:
    scripted.members = {"renewable": False}
    await session.call(read, THERE)
    for _ in range(2):
        clock.advance(700)
        await session.call(read, THERE)
    await session.close()

    revoked = [call.headers["x-vault-token"] for call in scripted.asked(REVOCATION)]
    assert sorted(revoked) == ["hvs.token-2", "hvs.token-3"]
    with pytest.raises(SecretOutage):
        await session.call(read, THERE)


async def test_closing_does_not_ask_about_a_token_that_is_over(
    scripted: ScriptedVault, session: VaultSession, clock: StoppedClock
) -> None:
    await session.call(read, THERE)
    clock.advance(900)
    await session.close()

    assert scripted.asked(REVOCATION) == []


async def test_closing_waits_for_a_login_and_revokes_its_token(
    scripted: ScriptedVault, session: VaultSession
) -> None:
    going, reached = Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(_: Call) -> Reply:
        loop.call_soon_threadsafe(reached.set)
        going.wait(WAIT_S)
        return scripted.log_in()

    scripted.said[LOGIN] = slow
    asking = asyncio.ensure_future(session.call(read, THERE))
    await reached.wait()
    closing = asyncio.ensure_future(session.close())
    await asyncio.sleep(0)
    going.set()
    await closing
    # Whether it was in time or not.
    await asyncio.gather(asking, return_exceptions=True)

    assert scripted.alive == {ROOT}


async def test_closing_leaves_somebody_elses_token_alone(
    scripted: ScriptedVault, opened: Opened
) -> None:
    session = opened(Given(Auth(token=Secret(ROOT), lease_s=None, ours=False)))
    await session.call(read, THERE)
    await session.close()

    assert scripted.alive == {ROOT}


@pytest.mark.parametrize(
    ("said", "noted"),
    [
        pytest.param(lambda _: refusal(503, "sealed"), True, id="outage"),
        pytest.param(lambda _: refusal(403, "permission denied"), False, id="over-already"),
        pytest.param(
            lambda _: refusal(400, "batch tokens cannot be revoked"), False, id="batch-token"
        ),
    ],
)
async def test_closing_goes_on_where_revoking_fails(
    scripted: ScriptedVault,
    session: VaultSession,
    caplog: pytest.LogCaptureFixture,
    said: "object",
    *,
    noted: bool,
) -> None:
    await session.call(read, THERE)
    scripted.said[REVOCATION] = said  # type: ignore[assignment]
    await session.close()

    assert ("secrets.token_not_revoked" in caplog.text) is noted


async def test_whoever_is_denied_while_it_closes_gets_no_other_token(clock: StoppedClock) -> None:
    """Their token was revoked under them; a new one would outlive the process."""
    http = http_at("http://127.0.0.1:1")
    token = Auth(token=Secret("hvs.a"), lease_s=900)
    tokens = Tokens(http, Given(token), terms=Terms(), clock=clock, draw=lambda: 0.0)
    revoked = await tokens.usable(THERE)
    assert await tokens.give_up() == [token]

    for again in (tokens.usable(THERE), tokens.instead_of(revoked, THERE)):
        with pytest.raises(SecretOutage, match="done with Vault"):
            await again
    assert await tokens.give_up() == []
    await http.close()
