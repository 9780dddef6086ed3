"""Secrets that must stand in no log line and in no answer, in a whole day of a person's life.

Every test that uses a house looks for them at its end; here is the day, and a proof of the look.
"""

import pytest

from fakes.proxy.browser import FETCH, SESSION, Browser
from fakes.proxy.house import House, nothing_told
from fakes.proxy.provider.idp import document, query_of
from fakes.proxy.runtime import drops, refuses
from trust import log
from trust.grant.record import GrantDenied


async def test_a_day_with_everything_in_it_tells_nothing(house: House, alice: Browser) -> None:
    await alice.say("hello")
    await alice.say("bearer")
    house.runtime.script = [drops, refuses(500), refuses(409), refuses(409)]
    for _ in range(3):
        await alice.say("hello")
    house.vendor.refusal = GrantDenied("no")
    await alice.say("ledger")
    house.table.down = True
    await alice.fetch("GET", "/auth/sessions")
    house.table.down = False
    await alice.fetch("GET", "/auth/sessions", headers=[*FETCH, ("Cookie", f"{SESSION}=v1.x.y.z")])
    answered = house.provider.authorize(await alice.begin())
    house.provider.faults["/token"] = document(
        {"error": "server_error", "x": answered["code"]}, 500
    )
    await alice.navigate(f"/auth/callback?{query_of(answered)}", cross_site=True)
    await alice.navigate(f"/auth/callback?{query_of(answered)}&code=again", cross_site=True)
    house.clock.advance(3600)
    await alice.fetch("GET", "/api/agents")
    house.carrier.torn.add("/revoke")
    await alice.fetch("POST", "/auth/logout")

    nothing_told(house)
    assert len(house.secrets()) > 15
    assert len([line for line in house.canary.lines if line.startswith("gatehouse ")]) > 8


@pytest.mark.parametrize("where", ["log", "answer"])
async def test_the_look_finds_what_it_is_for(house: House, alice: Browser, where: str) -> None:
    assert alice.ticket is not None
    secret = alice.ticket.rpartition(".")[2]
    if where == "log":
        log.event("planted", session=secret)
    else:
        (tmp,) = alice.seen[-1:]
        from dataclasses import replace

        alice.seen.append(replace(tmp, body=f"<p>{secret}</p>".encode()))

    with pytest.raises(AssertionError, match="a secret stands in"):
        nothing_told(house)

    house.canary.lines.clear()
    del alice.seen[-1]
