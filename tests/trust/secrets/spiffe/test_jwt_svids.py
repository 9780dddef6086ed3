"""One identity for each audience."""

import asyncio
from collections import Counter

import pytest

from devstack.spire.agent import Agent
from fakes.clock import StoppedClock
from trust.secret import Secret
from trust.secrets.source import SecretRefused
from trust.secrets.spiffe.jwt_svids import JwtSvids
from trust.secrets.spiffe.spiffe_id import expected

US = "spiffe://acme.example/gatehouse"


class Tokens:
    """What the agent gives, without a wire between; counts what was asked for."""

    def __init__(self, spire: Agent) -> None:
        self.spire = spire
        self.asked: Counter[str] = Counter()
        self.closed = False

    async def token(self, audience: str) -> Secret:
        """Return a JWT-SVID."""
        self.asked[audience] += 1
        return Secret(self.spire.jwt_svids([audience], "")[0].token)

    async def close(self) -> None:
        """Remember it."""
        self.closed = True


@pytest.fixture
def tokens(spire: Agent) -> Tokens:
    """Return what identities come from."""
    return Tokens(spire)


def svids(tokens: Tokens, clock: StoppedClock, who: str | None = US) -> JwtSvids:
    return JwtSvids(tokens, expected=expected(who), within_s=5, clock=clock, draw=lambda: 0.0)


async def test_each_audience_has_an_identity_of_its_own(
    tokens: Tokens, clock: StoppedClock
) -> None:
    ours = svids(tokens, clock)

    found = await asyncio.gather(*(ours.jwt_svid(name) for name in ("vault", "idp") * 5))

    assert tokens.asked == {"vault": 1, "idp": 1}
    assert len({each.token for each in found}) == 2
    assert {each.spiffe_id for each in found} == {US}


async def test_an_identity_is_used_until_half_of_its_life(
    tokens: Tokens, clock: StoppedClock
) -> None:
    ours = svids(tokens, clock)
    first = await ours.jwt_svid("vault")
    clock.advance(149)
    assert (await ours.jwt_svid("vault")).token == first.token
    clock.advance(1)
    await ours.jwt_svid("vault")
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    second = await ours.jwt_svid("vault")

    assert second.token != first.token
    assert second.expires_at == first.expires_at + 150


async def test_a_socket_that_is_taken_over_later_is_noticed_without_configuration(
    tokens: Tokens, clock: StoppedClock
) -> None:
    ours = svids(tokens, clock, who=None)
    await ours.jwt_svid("vault")

    tokens.spire.assign("spiffe://evil.example/gatehouse")

    with pytest.raises(SecretRefused, match="foreign trust domain"):
        await ours.jwt_svid("idp")


async def test_what_was_refused_is_not_held_on_to(tokens: Tokens, clock: StoppedClock) -> None:
    ours = svids(tokens, clock, who="spiffe://acme.example/other")
    with pytest.raises(SecretRefused):
        await ours.jwt_svid("vault")

    fault = ours._by_audience["vault"]._fault

    assert fault is not None
    assert fault.__traceback__ is None, "its frames have the token"


async def test_no_identity_is_kept_after_closing(tokens: Tokens, clock: StoppedClock) -> None:
    ours = svids(tokens, clock)
    await ours.jwt_svid("vault")

    await ours.close()

    assert tokens.closed
    assert not ours._by_audience
