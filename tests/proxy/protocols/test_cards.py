"""Agent cards: asked for once, and told to whom they are for."""

import asyncio
import json
from dataclasses import replace

import pytest

from fakes.clock import StoppedClock
from fakes.login import ALICE, BOB, CAROL, new_session
from fakes.proxy.answer import Spoken, Upstreams
from fakes.proxy.turn import PLANE, agent
from fakes.vendor import CountingVendor
from proxy.errors import AgentBusy, AgentFailed, AgentTimeout, AgentUnreachable
from proxy.protocols import cards
from proxy.protocols.cards import CARD_BYTES, CARD_CACHE_S, AgentCards, CardSource
from trust.grant.grants import Grants
from trust.grant.record import GrantDenied
from trust.registry.record import AgentAuth, AgentUnknown, Protocol
from trust.session.errors import AuthenticationInsufficient
from trust.wire.call import Broken, Unreachable

PEER = agent(protocol=Protocol.A2A)
ORIGIN = "https://app.example"


class Desk:
    """Cards, with everything around them in memory."""

    def __init__(self, *answers: Spoken) -> None:
        self.clock = StoppedClock()
        self.vendor = CountingVendor(self.clock)
        self.wire = Upstreams(answers=list(answers))
        source = CardSource(
            wire=self.wire,
            plane=PLANE,
            grants=Grants(self.vendor, self.clock),
            public_origin=ORIGIN,
        )
        self.cards = AgentCards(source, self.clock)


def card(body: object = None, *, status: int = 200) -> Spoken:
    """Return an answer with a card."""
    spoken = Spoken(status=status, headers={"content-type": "application/json"})
    raw = body if isinstance(body, bytes) else json.dumps(body or {"name": "Peer"}).encode()
    spoken.say(raw[:5], raw[5:])
    spoken.end()
    return spoken


async def test_a_card_has_our_address() -> None:
    answer = card()
    desk = Desk(answer)

    found = await desk.cards.of(new_session(ALICE), PEER)

    assert found["url"] == "https://app.example/api/agents/hello/invocations"
    assert answer.closed.is_set()


async def test_a_tenants_people_share_one_question() -> None:
    answer = card()
    answer.open.clear()
    desk = Desk(answer)
    asked = [asyncio.ensure_future(desk.cards.of(new_session(p), PEER)) for p in (ALICE, BOB)]
    await answer.entered.wait()
    answer.open.set()

    assert await asked[0] == await asked[1]
    assert len(desk.wire.calls) == 1


async def test_another_tenant_is_told_nothing_that_the_first_was() -> None:
    desk = Desk(card({"name": "acme's"}), card({"name": "globex's"}))

    first = await desk.cards.of(new_session(ALICE), PEER)
    second = await desk.cards.of(new_session(CAROL), PEER)

    assert (first["name"], second["name"]) == ("acme's", "globex's")


async def test_a_card_that_was_asked_for_by_token_is_that_persons() -> None:
    desk = Desk(card({"name": "alice's"}), card({"name": "bob's"}))
    peer = replace(PEER, auth=AgentAuth.JWT)

    first = await desk.cards.of(new_session(ALICE), peer)
    second = await desk.cards.of(new_session(BOB), peer)

    assert (first["name"], second["name"]) == ("alice's", "bob's")
    assert desk.vendor.sold == []
    assert desk.wire.calls[0].headers["Authorization"] == "Bearer access-0"


async def test_a_card_is_asked_for_by_a_grant_and_with_nobodys_token() -> None:
    """An agent that wants no token must not get one: it could call others by it."""
    desk = Desk(card())

    await desk.cards.of(new_session(ALICE), PEER)

    (call,) = desk.wire.calls
    assert call.headers["Authorization"].startswith("AWS4-HMAC-SHA256 ")
    assert "access-0" not in str(call.headers)
    assert len(desk.vendor.sold) == 1


async def test_a_card_is_kept_for_a_while() -> None:
    desk = Desk(card({"name": "old"}), card({"name": "new"}))
    session = new_session(ALICE)

    names = [(await desk.cards.of(session, PEER))["name"]]
    desk.clock.advance(CARD_CACHE_S - 1)
    names.append((await desk.cards.of(session, PEER))["name"])
    desk.clock.advance(1)
    names.append((await desk.cards.of(session, PEER))["name"])

    assert names == ["old", "old", "new"]
    assert len(desk.wire.calls) == 2


@pytest.mark.parametrize("protocol", [Protocol.AGUI, Protocol.HTTP, Protocol.MCP])
async def test_an_agent_of_another_protocol_has_no_card(protocol: Protocol) -> None:
    desk = Desk()

    with pytest.raises(AgentUnknown):
        await desk.cards.of(new_session(ALICE), replace(PEER, protocol=protocol))

    assert desk.wire.calls == []


async def test_an_agent_for_strong_logins_shows_its_card_to_those_only() -> None:
    desk = Desk(card())
    peer = replace(PEER, acr_values=("phr",))
    strong = new_session(ALICE)
    strong = replace(strong, identity=replace(strong.identity, acr="phr"))

    await desk.cards.of(strong, peer)

    with pytest.raises(AuthenticationInsufficient):
        await desk.cards.of(new_session(BOB), peer)


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        pytest.param(card(status=403), GrantDenied, id="denied"),
        pytest.param(card(status=404), AgentFailed, id="not-there"),
        pytest.param(card(status=429), AgentBusy, id="throttled"),
        pytest.param(card(status=424), AgentFailed, id="container-failed"),
        pytest.param(card(b"<html>"), AgentFailed, id="no-json"),
        pytest.param(card(b"[1, 2, 3]"), AgentFailed, id="no-object"),
        pytest.param(card(b'{"name":"a","name":"b"}'), AgentFailed, id="member-twice"),
        pytest.param(card({"name": 1}), AgentFailed, id="no-name"),
        pytest.param(card(b" " * (CARD_BYTES + 1)), AgentFailed, id="too-long"),
        pytest.param(Spoken(refusal=Unreachable("x")), AgentUnreachable, id="no-connection"),
        pytest.param(Spoken(refusal=Broken("x")), AgentFailed, id="connection-broken"),
    ],
)
async def test_a_card_that_cannot_be_had_is_asked_for_again(
    answer: Spoken, failure: type[Exception]
) -> None:
    desk = Desk(answer, card())

    with pytest.raises(failure):
        await desk.cards.of(new_session(ALICE), PEER)

    assert answer.closed.is_set()
    assert (await desk.cards.of(new_session(ALICE), PEER))["name"] == "Peer"


@pytest.mark.parametrize("silent", ["head", "body"])
async def test_a_card_is_not_waited_for_without_end(
    monkeypatch: pytest.MonkeyPatch, silent: str
) -> None:
    monkeypatch.setattr(cards, "CARD_TIMEOUT_S", 0.01)
    answer = Spoken()
    if silent == "head":
        answer.open.clear()

    with pytest.raises(AgentTimeout):
        await Desk(answer).cards.of(new_session(ALICE), PEER)

    assert answer.closed.is_set()
