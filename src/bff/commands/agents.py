"""`gatehouse agents`: what tenants may talk to."""

import argparse

from bff.commands.entries import kept_in
from bff.commands.office import Office, at_work, recorded
from bff.commands.output import done, listed
from bff.commands.verbs import Verbs, action, group, slug_argument
from trust.coordinates import agent_name
from trust.registry.members import members_of


def add_agents(verbs: Verbs) -> None:
    """Add the verbs."""
    agents = group(verbs, "agents", "list and remove agents; `registry push` adds them")
    action(
        agents,
        "list",
        at_work(_list),
        summary="list the agents that count, and whose they are",
        example="agents list --json",
    )
    remove = action(
        agents,
        "remove",
        at_work(_remove),
        summary="take a stored agent out",
        example="agents remove hello",
    )
    remove.add_argument("name", type=slug_argument, help="its name")


async def _list(office: Office, chosen: argparse.Namespace) -> int:
    stored = await office.registrar.stored.found_agents()
    filed = {agent.name for agent in await office.registrar.file.agents()}
    rows = [
        {
            "name": one.name,
            **members_of(one),
            "kept": kept_in(one.name, stored=stored.names, filed=filed),
        }
        for one in await office.gate.registry.agents()
    ]
    rows += [{"name": name, "kept": "store, unreadable"} for name in sorted(stored.broken)]
    heads = ("name", "title", "protocol", "auth", "tenants", "kept")
    return listed(chosen, "agents", heads, rows)


async def _remove(office: Office, chosen: argparse.Namespace) -> int:
    with recorded("agents remove"):
        await office.registrar.remove_agent(agent_name(chosen.name))
    return done(chosen, f"{chosen.name} is no agent any more", agent=chosen.name)
