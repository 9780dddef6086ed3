"""Tokens that were given and are not wanted: made worthless at the provider in a moment."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import pytest

from bff.provider import provider as module
from bff.provider.http import Reply
from bff.provider.provider import Provider
from fakes.proxy.asgi import problem_of
from fakes.proxy.browser import Browser
from fakes.proxy.canary import Canary, listening
from fakes.proxy.house import House
from fakes.proxy.provider.carriers import InMemory
from fakes.proxy.provider.idp import FakeProvider, Grant
from fakes.proxy.provider.party import Party, alice_at, open_party, registration
from fakes.proxy.provider.people import ALICE as PERSON
from fakes.proxy.provider.people import MALLORY
from fakes.proxy.provider.tokens import challenge_of
from trust.secret import Secret
from trust.session.errors import ProviderUnavailable, RefreshRejected
from trust.session.record import Session


@pytest.fixture
def party() -> Party:
    return open_party()


@pytest.fixture
def session(party: Party) -> Session:
    return alice_at(party)


class SilentAtRevocation(InMemory):
    """Answers everything but a revocation."""

    async def post(self, url: str, form: str, headers: Mapping[str, str]) -> Reply:
        """Send a form, and wait for ever where a token is to be revoked."""
        if url.endswith("/revoke"):
            await asyncio.Event().wait()
        return await super().post(url, form, headers)


def revoked(idp: FakeProvider) -> list[tuple[str, str]]:
    """Return what was revoked: the hint, and the token."""
    forms = [form for path, form in idp.calls if path == "/revoke"]
    return [(form["token_type_hint"], form["token"]) for form in forms]


async def refused(party: Party, session: Session) -> None:
    """Refresh with an answer that is about somebody else."""
    party.idp.refresh_tokens["first"] = replace(party.idp.refresh_tokens["first"], person=MALLORY)
    with pytest.raises(RefreshRejected):
        await party.provider.refresh(session)


async def test_somebody_elses_tokens_do_not_stay_good(party: Party, session: Session) -> None:
    await refused(party, session)

    newest = list(party.idp.refresh_tokens)[-1]
    hints = [hint for hint, _ in revoked(party.idp)]
    assert ("refresh_token", newest) in revoked(party.idp)
    assert hints == ["refresh_token", "access_token"]
    assert party.idp.ended == {"f"}


async def test_the_session_they_came_for_ends(house: House, alice: Browser) -> None:
    house.provider.claims = {"sub": "mallory"}
    for _ in range(2):
        house.clock.advance(1200)
        assert (await alice.fetch("GET", "/api/chats")).status == 200
    house.clock.advance(1200)

    answer = await alice.fetch("GET", "/api/chats")

    assert problem_of(answer)["code"] == "not_logged_in"
    newest = list(house.provider.refresh_tokens)[-1]
    assert ("refresh_token", newest) in revoked(house.provider)


async def test_the_session_ends_even_if_they_cannot_be_revoked(
    party: Party, session: Session
) -> None:
    party.http.down.add("/revoke")
    canary: Canary
    with listening() as canary:
        await refused(party, session)

    assert len(canary.events("provider.revocation_failed")) == 1
    assert canary.leaks(party.idp.issued) == []


async def test_a_provider_that_takes_its_time_is_not_waited_for(
    party: Party, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TAKE_BACK_S", 0)
    party.http = SilentAtRevocation(provider=party.idp)
    party.provider = Provider(registration(), party.http, party.clock, insecure=False)
    canary: Canary
    with listening() as canary:
        await refused(party, session)

    assert len(canary.events("provider.revocation_failed")) == 1


async def test_tokens_of_a_type_that_was_not_agreed_do_not_stay_good(
    party: Party, session: Session
) -> None:
    party.idp.token = {"token_type": "DPoP"}

    with pytest.raises(ProviderUnavailable):
        await party.provider.refresh(session)

    assert [hint for hint, _ in revoked(party.idp)] == ["refresh_token", "access_token"]
    assert party.idp.ended == {"f"}


async def test_nor_do_those_of_a_login(party: Party) -> None:
    party.idp.token = {"token_type": "DPoP", "refresh_token": 7}
    party.idp.codes["code"] = Grant(
        person=PERSON,
        nonce=None,
        challenge=challenge_of("v" * 43),
        redirect_uri="https://app.example/auth/callback",
        family="f",
    )

    with pytest.raises(ProviderUnavailable):
        await party.provider.exchange(Secret("code"), Secret("v" * 43))

    assert [hint for hint, _ in revoked(party.idp)] == ["access_token"]


async def test_an_outage_gives_nothing_to_take_back(party: Party, session: Session) -> None:
    party.http.down.add("/token")

    with pytest.raises(ProviderUnavailable):
        await party.provider.refresh(session)

    assert revoked(party.idp) == []


async def test_good_tokens_are_not_revoked(party: Party, session: Session) -> None:
    await party.provider.refresh(session)

    assert revoked(party.idp) == []


@pytest.mark.parametrize(
    "claim", ["acr", "amr", "auth_time", "sid", "session_expiry", "nonce", "exp", "aud", "iss"]
)
async def test_userinfo_does_not_say_how_or_until_when_somebody_is_logged_in(
    party: Party, session: Session, claim: str
) -> None:
    """Nobody signs it, and its types are nobody's promise: the ID token alone decides."""
    tokens = await party.provider.refresh(session)
    party.idp.userinfo = {"sub": "alice", "tenant_id": "acme", claim: "chosen"}
    party.clock.advance(int(module.METADATA_KEPT_S))

    told = await party.provider.userinfo(tokens, sub="alice")

    assert told == {"sub": "alice", "tenant_id": "acme"}
