"""What Vault denies: a token that is over and a policy that says no look the same."""

import asyncio
from typing import Any

import pytest

from fakes.clock import StoppedClock
from fakes.scripted_vault import ScriptedVault, denied, sealed
from fakes.secret_source import Gate
from fakes.vault_session import THERE, Given, Opened, read
from trust.secret import Secret
from trust.secrets.freshness import Terms
from trust.secrets.source import SecretOutage, SecretRefused
from trust.secrets.vault.http import VaultHttp
from trust.secrets.vault.session import VaultSession
from trust.secrets.vault.token import Auth
from trust.secrets.vault.tokens import Tokens

LOGIN = "auth/jwt/login"
SECRET = "secret/data/a"


async def test_a_revoked_token_is_replaced_at_once_and_the_call_repeated(
    scripted: ScriptedVault, session: VaultSession
) -> None:
    await session.call(read, THERE)
    scripted.alive.clear()
    answer = await session.call(read, THERE)

    assert (answer.value, answer.login) == ({"a": "1"}, 2)


async def test_many_who_are_denied_at_once_share_one_new_login(
    scripted: ScriptedVault, session: VaultSession
) -> None:
    await session.call(read, THERE)
    scripted.alive.clear()
    answers = await asyncio.gather(*(session.call(read, THERE) for _ in range(8)))

    assert {answer.login for answer in answers} == {2}
    assert scripted.logins == 2


async def test_what_a_new_token_is_denied_too_is_refused(
    scripted: ScriptedVault, session: VaultSession
) -> None:
    scripted.said[SECRET] = denied

    with pytest.raises(SecretRefused, match=r"vault-kv:secret/a#a: .*polic"):
        await session.call(read, THERE)

    assert (scripted.logins, len(scripted.asked(SECRET))) == (2, 2)


async def test_a_policy_that_says_no_does_not_make_us_log_in_with_each_request(
    scripted: ScriptedVault, session: VaultSession, clock: StoppedClock
) -> None:
    scripted.said[SECRET] = denied
    for _ in range(5):
        with pytest.raises(SecretRefused):
            await session.call(read, THERE)
        clock.advance(59)
    assert scripted.logins == 2

    clock.advance(5)
    with pytest.raises(SecretRefused):
        await session.call(read, THERE)
    assert scripted.logins == 3


async def test_a_token_that_is_revoked_soon_after_another_is_replaced_all_the_same(
    scripted: ScriptedVault, session: VaultSession
) -> None:
    for login in range(1, 4):
        assert (await session.call(read, THERE)).login == login
        scripted.alive.clear()


async def test_where_it_cannot_be_asked_of_a_denied_token_that_is_an_outage(
    scripted: ScriptedVault, session: VaultSession
) -> None:
    scripted.said[SECRET] = denied
    with pytest.raises(SecretRefused):
        await session.call(read, THERE)
    scripted.said["auth/token/lookup-self"] = sealed

    with pytest.raises(SecretOutage):
        await session.call(read, THERE)


class Held(VaultHttp):
    """Answers every renewal once a gate is opened."""

    def __init__(self, gate: Gate) -> None:
        super().__init__(address="http://127.0.0.1:1", namespace=None, ca_file=None, timeout_s=1)
        self._gate = gate

    async def ask(self, ask: object, token: Secret | None, about: object) -> Any:
        """Answer for as long as before."""
        del ask, about
        await self._gate()
        return Auth(token=token, lease_s=900, renewable=True)


async def test_a_token_that_is_denied_in_the_middle_of_its_renewal_is_replaced(
    clock: StoppedClock,
) -> None:
    gate = Gate()
    http = Held(gate)
    login = Given(Auth(token=Secret("hvs.a"), lease_s=900, renewable=True))
    tokens = Tokens(http, login, terms=Terms(), clock=clock, draw=lambda: 0.0)
    denied_one = await tokens.usable(THERE)
    clock.advance(600)
    renewal = asyncio.ensure_future(tokens.usable(THERE))
    await gate.reached.wait()
    replacing = asyncio.ensure_future(tokens.instead_of(denied_one, THERE))
    await asyncio.sleep(0)
    gate.open()

    assert (await replacing).login == 2
    await renewal
    await http.close()


async def test_while_a_login_is_out_a_denied_token_counts_as_an_outage(
    scripted: ScriptedVault, session: VaultSession
) -> None:
    """So that what is known serves on: nobody has said no."""
    await session.call(read, THERE)
    scripted.alive.clear()
    scripted.said[LOGIN] = sealed

    for _ in range(2):
        with pytest.raises(SecretOutage):
            await session.call(read, THERE)


async def test_where_no_token_is_sent_a_denial_is_final(
    scripted: ScriptedVault, opened: Opened
) -> None:
    session = opened(Given(Auth(token=None, lease_s=None, ours=False)))

    with pytest.raises(SecretRefused):
        await session.call(read, THERE)

    (call,) = scripted.calls
    assert "x-vault-token" not in call.headers
