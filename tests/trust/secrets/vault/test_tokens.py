"""A token's time at Vault: when it is renewed, and when another takes its place."""

import asyncio
import json
from math import inf

import pytest

from fakes.clock import StoppedClock
from fakes.loopback import Call, Reply
from fakes.scripted_vault import ROOT, ScriptedVault, auth, document, refusal, sealed
from fakes.vault_session import THERE, Given, Opened, read
from trust.secret import Secret
from trust.secrets.source import SecretOutage, SecretRefused
from trust.secrets.vault.session import VaultSession
from trust.secrets.vault.token import Auth

LOGIN = "auth/jwt/login"
RENEWAL = "auth/token/renew-self"
REVOCATION = "auth/token/revoke-self"
SECRET = "secret/data/a"


async def test_a_token_is_used_until_two_thirds_of_its_time_are_over(
    scripted: ScriptedVault, session: VaultSession, clock: StoppedClock
) -> None:
    await session.call(read, THERE)
    clock.advance(599)
    await session.call(read, THERE)

    assert (scripted.logins, scripted.asked(RENEWAL)) == (1, [])


async def test_a_token_that_is_due_is_renewed_for_as_long_as_it_was_given(
    scripted: ScriptedVault, session: VaultSession, clock: StoppedClock
) -> None:
    await session.call(read, THERE)
    clock.advance(600)
    answer = await session.call(read, THERE)

    (renewal,) = scripted.asked(RENEWAL)
    assert json.loads(renewal.body) == {"increment": "900s"}
    assert (scripted.logins, answer.login) == (1, 1)
    assert answer.token_left_s == 890


async def test_what_is_left_of_a_token_counts_from_when_it_was_asked_for(
    scripted: ScriptedVault, session: VaultSession, clock: StoppedClock
) -> None:
    def slow(_: Call) -> Reply:
        clock.advance(100)
        return scripted.log_in()

    scripted.said[LOGIN] = slow
    answer = await session.call(read, THERE)

    assert answer.token_left_s == 790


async def test_many_who_find_a_token_due_renew_it_once(
    scripted: ScriptedVault, session: VaultSession, clock: StoppedClock
) -> None:
    await session.call(read, THERE)
    clock.advance(700)
    await asyncio.gather(*(session.call(read, THERE) for _ in range(8)))

    assert len(scripted.asked(RENEWAL)) == 1


async def test_a_token_near_its_maximum_is_replaced_before_its_end(
    scripted: ScriptedVault, session: VaultSession, clock: StoppedClock
) -> None:
    await session.call(read, THERE)
    scripted.renewal_s = 300
    clock.advance(600)
    short = await session.call(read, THERE)
    assert (short.token_left_s, short.login) == (290, 1)

    clock.advance(200)
    answer = await session.call(read, THERE)

    assert len(scripted.asked(RENEWAL)) == 1
    assert (answer.login, answer.token_left_s) == (2, 890)
    assert scripted.alive == {ROOT, "hvs.token-1", "hvs.token-2"}


async def test_leases_of_the_old_token_live_on_when_a_new_one_takes_over(
    scripted: ScriptedVault, session: VaultSession, clock: StoppedClock
) -> None:
    scripted.members = {"renewable": False}
    await session.call(read, THERE)
    clock.advance(600)
    await session.call(read, THERE)

    assert scripted.asked(REVOCATION) == []


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({"renewable": False}, id="not-renewable"),
        pytest.param({"renewable": False, "token_type": "batch"}, id="batch"),
    ],
)
async def test_a_token_that_cannot_be_renewed_is_replaced_when_it_is_due(
    scripted: ScriptedVault,
    session: VaultSession,
    clock: StoppedClock,
    members: dict[str, object],
) -> None:
    scripted.members = members
    await session.call(read, THERE)
    clock.advance(600)
    answer = await session.call(read, THERE)

    assert (answer.login, scripted.asked(RENEWAL)) == (2, [])


async def test_a_token_that_vault_will_not_renew_is_replaced(
    scripted: ScriptedVault, session: VaultSession, clock: StoppedClock
) -> None:
    await session.call(read, THERE)
    scripted.said[RENEWAL] = lambda _: refusal(400, "lease is not renewable")
    clock.advance(600)

    assert (await session.call(read, THERE)).login == 2


async def test_a_renewal_that_names_another_token_changes_nothing_but_the_time(
    scripted: ScriptedVault, session: VaultSession, clock: StoppedClock
) -> None:
    await session.call(read, THERE)
    scripted.said[RENEWAL] = lambda _: document(auth=auth("hvs.foisted", 900))
    clock.advance(600)
    await session.call(read, THERE)

    assert scripted.asked(SECRET)[-1].headers["x-vault-token"] == "hvs.token-1"


async def test_a_token_that_was_forgotten_for_long_is_not_even_tried(
    scripted: ScriptedVault, session: VaultSession, clock: StoppedClock
) -> None:
    await session.call(read, THERE)
    clock.advance(900)
    answer = await session.call(read, THERE)

    assert (answer.login, scripted.asked(RENEWAL)) == (2, [])
    assert {call.headers["x-vault-token"] for call in scripted.asked(SECRET)} == {
        "hvs.token-1",
        "hvs.token-2",
    }


async def test_a_renewal_that_fails_leaves_the_token_to_its_end_and_no_longer(
    scripted: ScriptedVault, session: VaultSession, clock: StoppedClock
) -> None:
    await session.call(read, THERE)
    scripted.said[RENEWAL] = scripted.said[LOGIN] = sealed
    clock.advance(600)

    assert (await session.call(read, THERE)).token_left_s == 290

    clock.advance(290)
    with pytest.raises(SecretOutage, match="sealed"):
        await session.call(read, THERE)
    assert len(scripted.asked(SECRET)) == 2


async def test_a_renewal_is_not_tried_with_each_call_of_an_outage(
    scripted: ScriptedVault, session: VaultSession, clock: StoppedClock
) -> None:
    await session.call(read, THERE)
    scripted.said[RENEWAL] = sealed
    clock.advance(600)
    for _ in range(5):
        await session.call(read, THERE)
    assert len(scripted.asked(RENEWAL)) == 1

    clock.advance(1)
    await session.call(read, THERE)
    assert len(scripted.asked(RENEWAL)) == 2


async def test_a_new_token_that_cannot_be_had_leaves_the_old_one_to_its_end(
    scripted: ScriptedVault, session: VaultSession, clock: StoppedClock
) -> None:
    scripted.members = {"renewable": False}
    await session.call(read, THERE)
    scripted.said[LOGIN] = lambda _: refusal(400, "no")
    clock.advance(600)
    assert (await session.call(read, THERE)).login == 1

    clock.advance(290)
    with pytest.raises(SecretRefused):
        await session.call(read, THERE)


async def test_a_token_without_an_end_is_neither_renewed_nor_replaced(
    scripted: ScriptedVault, opened: Opened, clock: StoppedClock
) -> None:
    session = opened(Given(Auth(token=Secret(ROOT), lease_s=None, ours=False)))
    await session.call(read, THERE)
    clock.advance(10_000_000)
    answer = await session.call(read, THERE)

    assert (answer.token_left_s, answer.login) == (inf, 1)
    assert {call.path for call in scripted.calls} == {f"/v1/{SECRET}"}
