"""What Vault says by the way of a lease's end, while whoever has it knows another."""

import pytest

from fakes.clock import StoppedClock
from fakes.leasing_vault import AWS, DATABASE, DEPLOYER, READER, LeasingVault
from fakes.scripted_vault import document, refusal
from trust.secrets.source import Fetched, SecretOutage
from trust.secrets.vault.aws import AwsSource
from trust.secrets.vault.database import DatabaseSource
from trust.secrets.vault.leases import DRAIN_S, LEAST_S, Leases

RENEWAL = "sys/leases/renew"


def has_ended(found: Fetched) -> bool:
    assert found.ended is not None
    return found.ended()


async def without_others(
    database: DatabaseSource, leasing: LeasingVault, found: Fetched
) -> Fetched | None:
    """Try to have more time where no other credentials can be had."""
    made = leasing.vault.said[DATABASE]
    leasing.vault.said[DATABASE] = lambda _: refusal(500, "the database is away")
    try:
        return await database.fetch(READER, found)
    except SecretOutage:
        return None
    finally:
        leasing.vault.said[DATABASE] = made


async def test_a_lease_that_vault_has_cut_ends_then_and_not_when_it_was_to(
    database: DatabaseSource, leasing: LeasingVault, clock: StoppedClock
) -> None:
    found = await database.fetch(READER, None)
    leasing.renewed_s = 200
    assert await without_others(database, leasing, found) is None

    clock.advance(189)
    assert not has_ended(found)
    clock.advance(1)
    assert has_ended(found)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(refusal(400, "lease not found"), id="unknown"),
        pytest.param(document(lease_id=f"{DATABASE}/1", lease_duration=0), id="no-time-left"),
    ],
)
async def test_a_lease_that_is_over_for_vault_is_over_here(
    database: DatabaseSource, leasing: LeasingVault, said: object
) -> None:
    found = await database.fetch(READER, None)
    leasing.vault.said[RENEWAL] = lambda _: said  # type: ignore[assignment,return-value]
    assert await without_others(database, leasing, found) is None

    assert has_ended(found)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(refusal(403, "permission denied"), id="denied"),
        pytest.param(refusal(500, "no such user"), id="outage"),
        pytest.param(document(lease_id=f"{DATABASE}/1"), id="without-a-time"),
        pytest.param(document(lease_id="another", lease_duration=1), id="of-another"),
    ],
)
async def test_what_is_no_word_about_the_lease_ends_nothing(
    database: DatabaseSource, leasing: LeasingVault, clock: StoppedClock, said: object
) -> None:
    found = await database.fetch(READER, None)
    leasing.vault.said[RENEWAL] = lambda _: said  # type: ignore[assignment,return-value]
    assert await without_others(database, leasing, found) is None

    clock.advance(500)
    assert not has_ended(found)


async def test_a_lease_that_was_cut_and_then_extended_goes_on(
    database: DatabaseSource, leasing: LeasingVault, clock: StoppedClock
) -> None:
    found = await database.fetch(READER, None)
    leasing.renewed_s = 100
    await without_others(database, leasing, found)
    leasing.renewed_s = None
    longer = await database.fetch(READER, found)

    clock.advance(300)
    assert longer.version == found.version
    assert not has_ended(longer)


async def test_what_was_replaced_is_over_before_it_is_given_back(
    leases: Leases, leasing: LeasingVault, clock: StoppedClock
) -> None:
    """Somebody may still have it: nobody could use the new ones, say."""
    source = AwsSource(leases)
    found = await source.fetch(DEPLOYER, None)
    other = await source.fetch(DEPLOYER, found)
    assert not has_ended(found)

    clock.advance(DRAIN_S - 1)
    assert has_ended(found)
    assert not has_ended(other)
    assert leasing.is_alive(found)


async def test_ends_that_nobody_can_meet_any_more_are_forgotten(
    leases: Leases, leasing: LeasingVault, clock: StoppedClock
) -> None:
    source, found = AwsSource(leases), None
    for _ in range(20):
        found = await source.fetch(DEPLOYER, found)
        clock.advance(400)

    assert leasing.made == 20
    assert len(leases._ends._by_id) <= 2


async def test_credentials_for_a_moment_are_not_used_and_given_back(
    leases: Leases, leasing: LeasingVault
) -> None:
    leasing.lasts_s = int(LEAST_S) - 1
    with pytest.raises(SecretOutage, match="default_ttl"):
        await AwsSource(leases).fetch(DEPLOYER, None)

    await leases.close()
    assert leasing.revoked == [f"{AWS}/1"]


async def test_a_lease_without_a_time_is_given_back(leases: Leases, leasing: LeasingVault) -> None:
    leasing.lasts_s = 0
    with pytest.raises(SecretOutage, match="form"):
        await AwsSource(leases).fetch(DEPLOYER, None)

    await leases.close()
    assert leasing.revoked == [f"{AWS}/1"]


@pytest.mark.parametrize("lasts_s", [10**400, 10**12, True, -1])
async def test_a_lease_of_no_possible_time_is_malformed(
    leases: Leases, leasing: LeasingVault, lasts_s: int
) -> None:
    leasing.lasts_s = lasts_s

    with pytest.raises(SecretOutage, match="form"):
        await AwsSource(leases).fetch(DEPLOYER, None)
