"""The registry in the table: what one instance reads of it, and how late."""

import json

import pytest

from fakes.agents import HELLO
from fakes.clock import StoppedClock
from fakes.entries import (
    DEFAULT,
    OWN,
    OWN_PROVIDER,
    TERMS,
    registrar_of,
    stored_of,
    tenant_of,
)
from fakes.faulty_table import FaultyTable
from trust.coordinates import TenantId
from trust.registry.record import TenantSuspended, TenantUnknown
from trust.registry.registry import tenant_by_id, tenant_of_claim
from trust.registry.rows import claim_sort
from trust.store.memory import MemoryTable
from trust.store.table import Item, Key, RowMalformed, StoreUnavailable, Table

P = "APP#demo"
ACME = TenantId("acme")


async def put(table: Table, sort: str, **attributes: str) -> None:
    """Write a row as somebody with the console would."""
    await table.put(Item(key=Key(P, sort), version=7, attributes=attributes))


# -- how late a change is seen


async def test_a_suspension_is_seen_after_a_second_at_the_latest(
    table: Table, clock: StoppedClock
) -> None:
    registrar, seen = registrar_of(table, clock), stored_of(table, clock, cache_s=1)
    await registrar.add_tenant(tenant_of("acme"))
    await tenant_by_id(seen, ACME)
    await tenant_of_claim(seen, issuer=DEFAULT, default=DEFAULT, claim="acme")

    await registrar.suspend(ACME)
    clock.advance(1)

    with pytest.raises(TenantSuspended):
        await tenant_by_id(seen, ACME)
    with pytest.raises(TenantSuspended):
        await tenant_of_claim(seen, issuer=DEFAULT, default=DEFAULT, claim="acme")


async def test_a_new_tenant_is_seen_after_a_second_at_the_latest(clock: StoppedClock) -> None:
    table = MemoryTable()
    registrar, seen = registrar_of(table, clock), stored_of(table, clock, cache_s=1)
    for ask in (seen.tenants, seen.agents, seen.providers):
        assert await ask() == []
    assert await seen.tenant(ACME) is None

    await registrar.add_tenant(tenant_of("acme"))
    assert await seen.tenant(ACME) is None
    clock.advance(1)

    assert await seen.tenant(ACME) == tenant_of("acme")
    assert await seen.tenants() == [tenant_of("acme")]


async def test_at_no_seconds_everything_is_seen_at_once(clock: StoppedClock) -> None:
    table = MemoryTable()
    registrar, seen = registrar_of(table, clock), stored_of(table, clock, cache_s=0)
    await registrar.add_tenant(tenant_of("acme"))
    await tenant_by_id(seen, ACME)

    await registrar.suspend(ACME)

    with pytest.raises(TenantSuspended):
        await tenant_by_id(seen, ACME)


async def test_a_store_that_is_down_makes_nobody_an_active_tenant(clock: StoppedClock) -> None:
    table = FaultyTable(MemoryTable())
    seen = stored_of(table, clock, cache_s=1)
    await registrar_of(table, clock).add_tenant(tenant_of("acme"))
    await tenant_by_id(seen, ACME)
    clock.advance(1)
    table.down = True

    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            await tenant_by_id(seen, ACME)
        with pytest.raises(StoreUnavailable):
            await tenant_of_claim(seen, issuer=DEFAULT, default=DEFAULT, claim="acme")
        for ask in (seen.tenants, seen.agents, seen.providers):
            with pytest.raises(StoreUnavailable):
                await ask()
    table.down = False

    assert await tenant_by_id(seen, ACME) == tenant_of("acme")


# -- a login asks for rows, not for lists


async def test_a_login_reads_the_same_few_rows_among_any_number_of_tenants(
    clock: StoppedClock,
) -> None:
    class Listless(FaultyTable):
        async def query(self, *_: object, **__: object) -> list[Item]:
            raise AssertionError("a login listed the tenants")

    table = MemoryTable()
    registrar = registrar_of(table, clock)
    for number in range(30):
        await registrar.add_tenant(tenant_of(f"t{number}"))
    watched = Listless(table)
    seen = stored_of(watched, clock)

    found = await tenant_of_claim(seen, issuer=DEFAULT, default=DEFAULT, claim="t17")

    assert found == tenant_of("t17")
    # The claim in the issuer's mouth, the claim of the default provider, and its tenant.
    assert watched.reads == 3


# -- rows that somebody else wrote


@pytest.mark.parametrize("entry", ["{", json.dumps({"suspended": "false"}), "[]"])
async def test_a_tenant_that_cannot_be_read_lets_nobody_in_and_holds_up_nobody(
    table: Table, clock: StoppedClock, entry: str, caplog: pytest.LogCaptureFixture
) -> None:
    registrar, seen = registrar_of(table, clock), stored_of(table, clock)
    await registrar.add_tenant(tenant_of("acme"))
    await registrar.add_tenant(tenant_of("globex"))
    await put(table, "TENANT#acme", entry=entry)

    with pytest.raises(RowMalformed):
        await tenant_by_id(seen, ACME)
    with pytest.raises(RowMalformed):
        await tenant_of_claim(seen, issuer=DEFAULT, default=DEFAULT, claim="acme")
    assert await seen.tenants() == [tenant_of("globex")]
    assert (await seen.found_tenants()).broken == {"acme"}
    assert await tenant_of_claim(
        seen, issuer=DEFAULT, default=DEFAULT, claim="globex"
    ) == tenant_of("globex")
    told = [json.loads(line) for line in caplog.messages if "registry.row_malformed" in line]
    # Once, however many met it.
    assert [line["row"] for line in told] == ["TENANT#acme"]


@pytest.mark.parametrize("kind", ["AGENT", "PROVIDER"])
async def test_another_entry_that_cannot_be_read_is_left_out(
    clock: StoppedClock, kind: str
) -> None:
    table = MemoryTable()
    registrar, seen = registrar_of(table, clock), stored_of(table, clock)
    await registrar.add_tenant(tenant_of("acme"))
    await registrar.add_tenant(tenant_of("globex"))
    await registrar.put_agent(HELLO)
    await registrar.add_provider(OWN_PROVIDER)
    await put(table, f"{kind}#broken", entry="{}")

    assert await seen.agents() == [HELLO]
    assert await seen.providers() == [OWN_PROVIDER]
    assert (await seen.found_agents()).names == {"hello"} | (
        {"broken"} if kind == "AGENT" else set()
    )


@pytest.mark.parametrize("owner", ["", "Acme", "acme#x", "acme\n"])
async def test_a_claim_whose_owner_is_no_slug_lets_nobody_in(
    clock: StoppedClock, owner: str
) -> None:
    table = MemoryTable()
    await put(table, claim_sort("x", issuer=None), owner=owner)

    with pytest.raises(RowMalformed):
        await tenant_of_claim(stored_of(table, clock), issuer=DEFAULT, default=DEFAULT, claim="x")


async def test_a_claim_s_row_alone_makes_nobody_a_member(clock: StoppedClock) -> None:
    """Whoever may write claims, but not tenants, gives nobody away."""
    table = MemoryTable()
    registrar, seen = registrar_of(table, clock), stored_of(table, clock)
    await registrar.add_provider(OWN_PROVIDER)
    await registrar.add_tenant(tenant_of("acme"))
    await put(table, claim_sort("evil", issuer=None), owner="acme")
    await put(table, claim_sort("acme", issuer=OWN), owner="acme")
    await put(table, claim_sort("nobody", issuer=None), owner="nobody")

    for issuer, claim in ((DEFAULT, "evil"), (OWN, "acme"), (DEFAULT, "nobody")):
        with pytest.raises(TenantUnknown):
            await tenant_of_claim(seen, issuer=issuer, default=DEFAULT, claim=claim)


async def test_rows_of_another_app_are_not_read(clock: StoppedClock) -> None:
    table = MemoryTable()
    await registrar_of(table, clock).add_tenant(tenant_of("acme"))
    from trust.coordinates import AppId
    from trust.registry.stored import StoredRegistry

    other = StoredRegistry(table, clock, app=AppId("demo2"), terms=TERMS, cache_s=0)

    assert await other.tenant(ACME) is None
    assert await other.tenants() == []


def test_claims_have_keys_that_cannot_be_spelled_as_another_s() -> None:
    keys = {
        claim_sort("bc", issuer="https://a"),
        claim_sort("c", issuer="https://ab"),
        claim_sort("https://abc", issuer=None),
        claim_sort("c", issuer=None),
        claim_sort("C", issuer=None),
    }

    assert len(keys) == 5
