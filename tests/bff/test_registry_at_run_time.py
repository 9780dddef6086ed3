"""The registry changes while people are logged in: over HTTP, with no restart in between."""

from dataclasses import replace
from pathlib import Path

import pytest

from bff.registry import registry_place
from fakes.proxy.asgi import problem_of
from fakes.proxy.browser import Browser
from fakes.proxy.house import REGISTRY, House
from trust.coordinates import AgentName, TenantId
from trust.registry.opening import open_registrar
from trust.registry.registrar import Registrar

ACME = TenantId("acme")


@pytest.fixture
def registrar(house: House) -> Registrar:
    """Return who writes the registry, beside the running Gatehouse."""
    return open_registrar(registry_place(house.gate.settings), house.table, house.clock)


def rewrite(house: House, text: str) -> None:
    """Change the file, and let the time pass until it is looked at again."""
    Path(house.environment["BFF_REGISTRY"].removeprefix("file:")).write_text(text)
    house.clock.advance(1)


async def code_of(browser: Browser, path: str = "/api/agents") -> str:
    answer = await browser.fetch("GET", path)
    return "" if answer.status == 200 else str(problem_of(answer)["code"])


async def test_a_suspension_is_felt_by_the_next_request_and_lifted_by_the_next(
    house: House, alice: Browser, registrar: Registrar
) -> None:
    assert await code_of(alice) == ""

    await registrar.suspend(ACME)
    paths = ("/api/agents", "/api/chats", "/auth/session")
    assert {await code_of(alice, path) for path in paths} == {"tenant_suspended"}
    invoked = await alice.say("hello")
    assert problem_of(invoked)["code"] == "tenant_suspended"
    assert house.runtime.invocations == []

    await registrar.resume(ACME)
    assert await code_of(alice) == ""


async def test_somebody_of_a_suspended_tenant_can_still_log_out(
    alice: Browser, registrar: Registrar
) -> None:
    await registrar.suspend(ACME)

    assert (await alice.fetch("POST", "/auth/logout")).status == 200


async def test_nobody_of_a_suspended_tenant_logs_in(browser: Browser, registrar: Registrar) -> None:
    await registrar.suspend(ACME)

    answer = await browser.login()

    assert answer.status == 403
    assert b"tenant_suspended" in answer.body


async def test_a_tenant_that_the_file_suspends_is_out_within_a_second(
    house: House, alice: Browser
) -> None:
    text = REGISTRY.replace("[tenants.acme]\n", "[tenants.acme]\nsuspended = true\n")
    rewrite(house, text)

    assert await code_of(alice) == "tenant_suspended"


async def test_a_file_that_is_broken_in_between_throws_nobody_out(
    house: House, alice: Browser
) -> None:
    rewrite(house, "[tenants.")

    assert await code_of(alice) == ""


async def test_an_agent_that_is_stored_is_there_and_one_that_is_removed_is_not(
    alice: Browser, house: House, registrar: Registrar
) -> None:
    (hello, *_) = await house.gate.registry.agents()
    new = replace(hello, name=AgentName("new"), tenants=frozenset({ACME}))

    await registrar.put_agent(new)
    assert "new" in (await alice.fetch("GET", "/api/agents")).body.decode()
    await registrar.remove_agent(new.name)
    assert "new" not in (await alice.fetch("GET", "/api/agents")).body.decode()


async def test_a_store_that_is_down_makes_nobody_an_active_tenant(
    house: House, alice: Browser
) -> None:
    house.table.down = True

    assert await code_of(alice) == "store_unavailable"
    # Nor is anybody sent to the provider for a login that could come to nothing.
    assert (await house.browser().navigate("/auth/login?tenant=acme")).status == 503
