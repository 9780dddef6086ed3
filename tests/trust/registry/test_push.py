"""Bringing the store to what a file says."""

from dataclasses import replace

import pytest

from fakes.agents import HELLO
from fakes.clock import NOW
from fakes.entries import OWN, OWN_PROVIDER, tenant_of
from trust.registry.errors import ClaimTaken
from trust.registry.file import FileRegistry
from trust.registry.push import How, Step, planned, push
from trust.registry.registrar import Registrar
from trust.registry.stored import StoredRegistry
from trust.store.table import Item, Key, Table

ACME, GLOBEX = tenant_of("acme"), tenant_of("globex")
INITECH = tenant_of("initech", issuer=OWN)
FILE = FileRegistry([ACME, GLOBEX, INITECH], [HELLO], [OWN_PROVIDER])


async def pushed(registrar: Registrar, file: FileRegistry) -> dict[str, How]:
    """Push; return what became of each entry."""
    plan = await planned(registrar, file)
    await push(registrar, plan)
    return {step.name: step.how for step in plan.steps}


async def rows(table: Table) -> list[Item]:
    """Return every row of the registry."""
    kinds = ("TENANT#", "AGENT#", "PROVIDER#", "CLAIM#", "ISSUER#")
    found = [await table.query("APP#demo", prefix=kind, now=NOW) for kind in kinds]
    return [item for items in found for item in items]


async def test_everything_of_the_file_is_stored(registrar: Registrar, seen: StoredRegistry) -> None:
    steps = await pushed(registrar, FILE)

    assert set(steps.values()) == {How.ADDED}
    assert list(steps) == ["initech-login", "acme", "globex", "initech", "hello"]
    assert await seen.tenants() == [ACME, GLOBEX, INITECH]
    assert await seen.providers() == [OWN_PROVIDER]
    assert await seen.agents() == [HELLO]


async def test_a_plan_writes_nothing(registrar: Registrar, seen: StoredRegistry) -> None:
    await planned(registrar, FILE)

    assert [await seen.tenants(), await seen.providers(), await seen.agents()] == [[], [], []]


async def test_pushing_again_changes_nothing(registrar: Registrar, table: Table) -> None:
    await pushed(registrar, FILE)
    before = await rows(table)

    steps = await pushed(registrar, FILE)

    assert set(steps.values()) == {How.SAME}
    assert await rows(table) == before


async def test_what_changed_is_stored_and_what_is_not_in_the_file_is_kept(
    registrar: Registrar, seen: StoredRegistry
) -> None:
    await pushed(registrar, FILE)
    new = FileRegistry(
        [replace(ACME, name="New"), INITECH],
        [replace(HELLO, title="New", tenants=frozenset({ACME.id}))],
        [replace(OWN_PROVIDER, client_id="new")],
    )

    steps = await pushed(registrar, new)

    assert steps == {
        "initech-login": How.CHANGED,
        "acme": How.CHANGED,
        "initech": How.SAME,
        "globex": How.KEPT,
        "hello": How.CHANGED,
    }
    assert await seen.tenants() == [replace(ACME, name="New"), GLOBEX, INITECH]
    assert [agent.title for agent in await seen.agents()] == ["New"]
    assert [provider.client_id for provider in await seen.providers()] == ["new"]


async def test_a_file_that_was_written_before_lifts_no_suspension(
    registrar: Registrar, seen: StoredRegistry
) -> None:
    await pushed(registrar, FILE)
    await registrar.suspend(ACME.id)

    plan = await planned(registrar, FileRegistry([replace(ACME, name="New"), GLOBEX], []))
    await push(registrar, plan)

    assert await seen.tenant(ACME.id) == replace(ACME, name="New", suspended=True)
    assert [step.name for step in plan.steps if step.still_suspended] == ["acme"]


async def test_a_file_that_suspends_does(registrar: Registrar, seen: StoredRegistry) -> None:
    await pushed(registrar, FILE)

    await pushed(registrar, FileRegistry([replace(ACME, suspended=True)], []))

    assert await seen.tenant(ACME.id) == replace(ACME, suspended=True)


async def test_claims_that_go_round_in_a_circle_come_round(
    registrar: Registrar, seen: StoredRegistry
) -> None:
    names = ["a", "b", "c"]
    before = [tenant_of(name, f"claim-{name}", f"own-{name}") for name in names]
    after = [
        tenant_of(name, f"claim-{other}", f"own-{name}")
        for name, other in zip(names, ["b", "c", "a"], strict=True)
    ]
    await pushed(registrar, FileRegistry(before, []))

    await pushed(registrar, FileRegistry(after, []))

    assert await seen.tenants() == after
    assert await seen.claiming("claim-b", issuer=None) == [after[0]]


async def test_a_tenant_that_moves_to_another_provider_takes_no_claim_along(
    registrar: Registrar, seen: StoredRegistry
) -> None:
    await pushed(registrar, FileRegistry([tenant_of("acme", "x")], []))
    moved = tenant_of("acme", "x", issuer=OWN)

    await pushed(registrar, FileRegistry([moved], [], [OWN_PROVIDER]))

    assert await seen.claiming("x", issuer=None) == []
    assert await seen.claiming("x", issuer=OWN) == [moved]


async def test_a_claim_of_a_tenant_that_is_not_in_the_file_stays_its_own(
    registrar: Registrar, seen: StoredRegistry
) -> None:
    await registrar.add_tenant(tenant_of("evil", "acme"))

    with pytest.raises(ClaimTaken):
        await pushed(registrar, FILE)

    assert [one.id for one in await seen.claiming("acme", issuer=None)] == ["evil"]


async def test_a_tenant_that_cannot_be_read_is_left_alone_and_others_are_replaced(
    registrar: Registrar, table: Table, seen: StoredRegistry
) -> None:
    await pushed(registrar, FILE)
    for sort in ("TENANT#acme", "AGENT#hello", "PROVIDER#initech-login"):
        await table.put(Item(key=Key("APP#demo", sort), version=9, attributes={"entry": "{"}))

    plan = await planned(registrar, FILE)
    await push(registrar, plan)

    assert Step(kind="tenant", name="acme", how=How.UNREADABLE) in plan.steps
    assert (await seen.found_tenants()).broken == {"acme"}
    assert await seen.agents() == [HELLO]
    assert await seen.providers() == [OWN_PROVIDER]
