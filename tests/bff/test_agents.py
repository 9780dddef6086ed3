"""Which agents a person sees."""

from fakes.proxy.browser import Browser
from fakes.proxy.house import House
from fakes.proxy.provider.people import CAROL


async def test_the_agents_of_ones_tenant_are_listed(alice: Browser) -> None:
    answer = await alice.fetch("GET", "/api/agents")

    assert answer.json["agents"] == [
        {
            "name": "hello",
            "title": "Hello World",
            "description": "Says hello.",
            "protocol": "AGUI",
        },
        {"name": "ledger", "title": "Ledger", "description": "", "protocol": "HTTP"},
        {"name": "bearer", "title": "Bearer", "description": "", "protocol": "HTTP"},
    ]


async def test_another_tenants_agents_are_not_there(house: House) -> None:
    carol = house.browser()
    await carol.login(CAROL)

    answer = await carol.fetch("GET", "/api/agents")

    assert [agent["name"] for agent in answer.json["agents"]] == ["hello"]


async def test_the_list_tells_nothing_of_roles_and_runtimes(alice: Browser) -> None:
    answer = await alice.fetch("GET", "/api/agents")

    assert b"arn:" not in answer.body
