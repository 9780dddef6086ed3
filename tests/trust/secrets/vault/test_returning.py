"""What Vault made for us and nobody uses any more is given back, and that harms nobody."""

import asyncio
import logging
from dataclasses import replace
from threading import Event

import pytest

from fakes.clock import StoppedClock
from fakes.leasing_vault import DATABASE, DEPLOYER, READER, LeasingVault, Never, said, settled
from fakes.loopback import WAIT_S, Call, Reply
from fakes.scripted_vault import refusal
from trust.secrets.vault.aws import AwsSource
from trust.secrets.vault.database import DatabaseSource
from trust.secrets.vault.leases import DRAIN_S, Leases
from trust.secrets.vault.session import VaultSession


async def test_what_was_replaced_is_revoked_once_it_has_drained(
    session: VaultSession, leasing: LeasingVault, clock: StoppedClock
) -> None:
    pause = Never()
    leases = Leases(session, clock, pause=pause)
    source = AwsSource(leases)
    found = await source.fetch(DEPLOYER, None)
    other = await source.fetch(DEPLOYER, found)
    await settled(lambda: pause.asked)
    assert leasing.is_alive(found)

    clock.advance(DRAIN_S)
    pause.over.set()
    await settled(lambda: leasing.revoked)

    assert pause.asked == [DRAIN_S]
    assert leasing.revoked == [found.version]
    assert leasing.is_alive(other)
    await leases.close()


async def test_a_process_that_was_frozen_gives_back_at_its_next_fetch(
    leases: Leases, leasing: LeasingVault, clock: StoppedClock
) -> None:
    source = AwsSource(leases)
    found = await source.fetch(DEPLOYER, None)
    other = await source.fetch(DEPLOYER, found)
    clock.advance(DRAIN_S + 1)

    await source.fetch(DEPLOYER, other)
    await settled(lambda: leasing.revoked)

    assert leasing.revoked == [found.version]


async def test_what_another_user_of_the_same_role_has_is_left_alone(
    database: DatabaseSource, leasing: LeasingVault, clock: StoppedClock
) -> None:
    theirs = await database.fetch(READER, None)
    await database.fetch(READER, None)
    clock.advance(DRAIN_S + 1)

    await database.fetch(READER, None)

    assert leasing.is_alive(theirs)
    assert leasing.revoked == []


async def test_what_nobody_here_made_is_not_given_back(
    leases: Leases, leasing: LeasingVault
) -> None:
    found = await AwsSource(leases).fetch(DEPLOYER, None)
    theirs = replace(found, version="aws/sts/deployer/of-another-process")

    await AwsSource(leases).fetch(DEPLOYER, theirs)
    await leases.close()

    assert theirs.version not in leasing.revoked


async def test_a_revocation_that_fails_takes_nothing_from_anybody(
    session: VaultSession, leasing: LeasingVault, clock: StoppedClock
) -> None:
    revoke = leasing.vault.said["sys/leases/revoke"]
    leasing.vault.said["sys/leases/revoke"] = lambda _: refusal(503, "Vault is sealed")
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            leasing.vault.said["sys/leases/revoke"] = revoke
        await clock.pause(seconds)

    leases = Leases(session, clock, pause=pause)
    source = AwsSource(leases)
    found = await source.fetch(DEPLOYER, None)
    other = await source.fetch(DEPLOYER, found)
    await settled(lambda: leasing.revoked)

    assert said(other)["access_key"] == "ASIA2"
    assert pauses == [DRAIN_S, 30.0]
    assert leasing.revoked == [found.version]
    await leases.close()


async def test_what_is_being_given_back_when_the_end_comes_is_given_back_whole(
    session: VaultSession, leasing: LeasingVault, clock: StoppedClock
) -> None:
    asked, go_on = Event(), Event()
    revoke = leasing.vault.said["sys/leases/revoke"]

    def slow(_: Call) -> Reply:
        asked.set()
        go_on.wait(WAIT_S)
        return refusal(503, "Vault is sealed")

    leases = Leases(session, clock, pause=Never())
    source = AwsSource(leases)
    olds = [await source.fetch(DEPLOYER, None) for _ in range(2)]
    for old in olds:
        await source.fetch(DEPLOYER, old)
    clock.advance(DRAIN_S)
    leasing.vault.said["sys/leases/revoke"] = slow
    await source.fetch(DEPLOYER, None)
    await asyncio.to_thread(asked.wait, WAIT_S)
    leasing.vault.said["sys/leases/revoke"] = revoke
    go_on.set()

    await leases.close()

    assert {old.version for old in olds} <= set(leasing.revoked)
    assert leasing.alive == {}


async def test_a_policy_that_forbids_it_is_told_once_and_not_asked_again(
    leases: Leases,
    leasing: LeasingVault,
    clock: StoppedClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    leasing.vault.said["sys/leases/revoke"] = lambda _: refusal(403, "permission denied")
    source = AwsSource(leases)
    found = await source.fetch(DEPLOYER, await source.fetch(DEPLOYER, None))
    clock.advance(DRAIN_S)
    with caplog.at_level(logging.WARNING, "gatehouse"):
        found = await source.fetch(DEPLOYER, found)
        await settled(lambda: "secrets.revocation_denied" in caplog.text)
        asked = len(leasing.vault.asked("sys/leases/revoke"))
        clock.advance(DRAIN_S)
        await source.fetch(DEPLOYER, found)
        await leases.close()

    assert caplog.text.count("secrets.revocation_denied") == 1
    assert len(leasing.vault.asked("sys/leases/revoke")) == asked
    assert "canary" not in caplog.text


async def test_a_refusal_at_the_end_is_told_once(
    session: VaultSession,
    leasing: LeasingVault,
    clock: StoppedClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    leasing.vault.said["sys/leases/revoke"] = lambda _: refusal(403, "permission denied")
    leases = Leases(session, clock, pause=Never())
    for _ in range(2):
        await AwsSource(leases).fetch(DEPLOYER, None)

    await leases.close()

    assert caplog.text.count("secrets.revocation_denied") == 1


async def test_at_the_end_everything_is_given_back(
    session: VaultSession, leasing: LeasingVault, clock: StoppedClock
) -> None:
    leases = Leases(session, clock, pause=Never())
    user = await DatabaseSource(leases).fetch(READER, None)
    old = await AwsSource(leases).fetch(DEPLOYER, None)
    new = await AwsSource(leases).fetch(DEPLOYER, old)

    await leases.close()

    assert sorted(leasing.revoked) == sorted([user.version, old.version, new.version])


async def test_what_is_over_by_itself_is_not_given_back(
    session: VaultSession, leasing: LeasingVault, clock: StoppedClock
) -> None:
    leases = Leases(session, clock, pause=Never())
    await DatabaseSource(leases).fetch(READER, None)
    clock.advance(601)

    await leases.close()

    assert leasing.revoked == []


async def test_what_is_over_is_forgotten(
    leases: Leases, leasing: LeasingVault, clock: StoppedClock
) -> None:
    old = await DatabaseSource(leases).fetch(READER, None)
    clock.advance(601)
    await DatabaseSource(leases).fetch(READER, None)

    other = await DatabaseSource(leases).fetch(READER, old)

    assert other.version != old.version
    assert leasing.vault.asked("sys/leases/renew") == []


async def test_a_vault_that_hangs_does_not_hold_up_the_end(
    session: VaultSession,
    leasing: LeasingVault,
    clock: StoppedClock,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("trust.secrets.vault.returning._CLOSE_S", 0.05)
    ended = Event()

    def hang(_: Call) -> Reply:
        ended.wait(WAIT_S)
        return Reply(status=204)

    leases = Leases(session, clock, pause=Never())
    await DatabaseSource(leases).fetch(READER, None)
    leasing.vault.said["sys/leases/revoke"] = hang

    await asyncio.wait_for(leases.close(), WAIT_S / 2)
    ended.set()

    assert "secrets.leases_left" in caplog.text


async def test_what_came_when_nobody_waited_any_more_is_given_back(
    leases: Leases, leasing: LeasingVault, clock: StoppedClock
) -> None:
    asked, go_on = Event(), Event()
    leasing.lasts_s = 100_000
    answer = leasing.vault.said[DATABASE]

    def slow(call: Call) -> Reply:
        asked.set()
        go_on.wait(WAIT_S)
        return answer(call)

    leasing.vault.said[DATABASE] = slow
    fetch = asyncio.ensure_future(DatabaseSource(leases).fetch(READER, None))
    await asyncio.to_thread(asked.wait, WAIT_S)
    fetch.cancel()
    await asyncio.wait({fetch})
    leasing.vault.said[DATABASE] = answer
    go_on.set()

    # The thread that asked hears of it at a moment of its own.
    async with asyncio.timeout(WAIT_S):
        while f"{DATABASE}/1" not in leasing.revoked:
            clock.advance(DRAIN_S)
            await DatabaseSource(leases).fetch(READER, None)
