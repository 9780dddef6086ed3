"""One provider: refreshing, revoking, and where a person logs out."""

import asyncio
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from bff.provider.authorization import AuthorizationRequest
from bff.provider.metadata import ProviderMisconfigured
from fakes.proxy.asgi import others_run
from fakes.proxy.canary import Canary, listening
from fakes.proxy.provider.idp import Reply, document
from fakes.proxy.provider.party import ISSUER, Party, alice_at, open_party
from fakes.proxy.provider.people import MALLORY
from fakes.proxy.provider.tokens import rsa_key
from trust.secret import Secret
from trust.session.errors import ProviderUnavailable, RefreshRejected
from trust.session.record import Session, TokenSet


@pytest.fixture
def party() -> Party:
    return open_party()


@pytest.fixture
def session(party: Party) -> Session:
    return alice_at(party)


def asked(**changes: Any) -> AuthorizationRequest:
    return replace(AuthorizationRequest(state="s", nonce="n", verifier=Secret("v" * 43)), **changes)


async def test_a_refresh_brings_new_tokens(party: Party, session: Session) -> None:
    tokens = await party.provider.refresh(session)

    assert tokens.refresh_token not in {None, Secret("first")}
    assert tokens.access_token != session.tokens.access_token
    assert tokens.expires_at == party.clock.now() + 3600


async def test_without_a_refresh_token_there_is_nothing_to_spend(
    party: Party, session: Session
) -> None:
    bare = replace(session, tokens=replace(session.tokens, refresh_token=None))

    with pytest.raises(RefreshRejected):
        await party.provider.refresh(bare)

    assert party.idp.calls == []


async def test_a_refresh_that_brings_somebody_elses_tokens_is_rejected(
    party: Party, session: Session
) -> None:
    party.idp.refresh_tokens["first"] = replace(party.idp.refresh_tokens["first"], person=MALLORY)

    with pytest.raises(RefreshRejected):
        await party.provider.refresh(session)


async def test_a_refreshed_token_of_another_issuer_is_rejected(
    party: Party, session: Session
) -> None:
    party.idp.claims = {"iss": "https://login.evil.test"}

    with pytest.raises(RefreshRejected):
        await party.provider.refresh(session)


async def test_a_refresh_without_an_id_token_keeps_the_old_one(
    party: Party, session: Session
) -> None:
    party.idp.token = {"id_token": None}

    tokens = await party.provider.refresh(session)

    assert tokens.id_token == session.tokens.id_token
    assert party.idp.count("/jwks") == 0


@pytest.mark.parametrize("path", ["/token", "/.well-known/openid-configuration"])
async def test_a_provider_that_is_down_rejects_nothing(
    party: Party, session: Session, path: str
) -> None:
    party.http.down = {path}

    with pytest.raises(ProviderUnavailable):
        await party.provider.refresh(session)


@pytest.mark.parametrize(
    "reply", [document({"error": "busy"}, 503), Reply(body=b"<html>")], ids=["503", "HTML"]
)
async def test_rotated_tokens_are_kept_even_if_the_keys_cannot_be_fetched(
    party: Party, session: Session, reply: Reply
) -> None:
    party.idp.faults["/jwks"] = reply

    tokens = await party.provider.refresh(session)

    assert tokens.refresh_token != Secret("first")
    # What could not be verified is not used.
    assert tokens.id_token == session.tokens.id_token


async def test_a_key_that_was_rotated_a_moment_ago_ends_no_session(
    party: Party, session: Session
) -> None:
    await party.check()
    party.idp.keys = [rsa_key("rsa-2")]

    tokens = await party.provider.refresh(session)

    assert tokens.refresh_token != Secret("first")


async def test_many_refreshes_right_after_a_restart_end_no_session(
    party: Party, session: Session
) -> None:
    grant = party.idp.refresh_tokens["first"]
    party.idp.refresh_tokens |= {f"other-{number}": grant for number in range(4)}
    sessions = [
        replace(session, tokens=replace(session.tokens, refresh_token=Secret(token)))
        for token in party.idp.refresh_tokens
    ]
    await party.provider.metadata()
    party.http.open.clear()
    refreshes = [asyncio.ensure_future(party.provider.refresh(each)) for each in sessions]
    await others_run()
    party.http.open.set()

    results = await asyncio.gather(*refreshes, return_exceptions=True)

    assert [type(result) for result in results] == [TokenSet] * 5


async def test_revoking_spends_the_refresh_token(party: Party, session: Session) -> None:
    await party.provider.revoke(ISSUER, session.tokens)

    assert party.idp.calls[-1] == (
        "/revoke",
        {"token": "first", "token_type_hint": "refresh_token"},
    )
    assert party.idp.ended == {"f"}


async def test_tokens_of_another_provider_are_shown_to_nobody(
    party: Party, session: Session
) -> None:
    await party.provider.revoke("https://login.globex.test", session.tokens)

    assert party.idp.calls == []


async def test_without_a_refresh_token_there_is_nothing_to_revoke(party: Party) -> None:
    await party.provider.revoke(ISSUER, TokenSet(access_token=Secret("a"), expires_at=None))

    assert party.idp.calls == []


async def test_a_provider_that_revokes_nothing_is_asked_for_nothing(
    party: Party, session: Session
) -> None:
    party.idp.metadata = {"revocation_endpoint": None}

    await party.provider.revoke(ISSUER, session.tokens)

    assert party.idp.count("/revoke") == 0


@pytest.mark.parametrize("path", ["/revoke", "/.well-known/openid-configuration"])
async def test_a_revocation_that_fails_is_written_down_and_no_more(
    party: Party, session: Session, path: str
) -> None:
    party.http.down.add(path)
    canary: Canary
    with listening() as canary:
        await party.provider.revoke(ISSUER, session.tokens)

    assert len(canary.events("provider.revocation_failed")) == 1
    assert canary.leaks(["first"]) == []


async def test_where_a_person_logs_out_holds_no_token(party: Party) -> None:
    url = await party.provider.logout_url()

    assert url is not None
    parts = urlsplit(url)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{ISSUER}/logout"
    assert dict(parse_qsl(parts.query)) == {
        "client_id": "gatehouse",
        "post_logout_redirect_uri": "https://app.example/",
    }


async def test_an_address_with_a_query_keeps_it(party: Party) -> None:
    party.idp.metadata = {
        "end_session_endpoint": f"{ISSUER}/logout?tenant=1",
        "authorization_endpoint": f"{ISSUER}/authorize?tenant=1",
    }

    logout = await party.provider.logout_url()
    pushed = await party.provider.authorization_url(asked())
    party.idp.metadata["pushed_authorization_request_endpoint"] = None
    party.clock.advance(3600)
    plain = await party.provider.authorization_url(asked())

    for url in (logout, pushed, plain):
        assert dict(parse_qsl(urlsplit(str(url)).query))["tenant"] == "1"


@pytest.mark.parametrize("metadata", [{"end_session_endpoint": None}])
async def test_a_provider_without_a_logout_has_none(
    party: Party, metadata: dict[str, object]
) -> None:
    party.idp.metadata = metadata

    assert await party.provider.logout_url() is None


async def test_a_provider_that_is_down_has_no_logout(party: Party) -> None:
    party.http.down.add("/.well-known/openid-configuration")

    assert await party.provider.logout_url() is None


async def test_max_age_is_passed_on(party: Party) -> None:
    party.idp.par = False
    request = replace(asked(), max_age=0)

    url = await party.provider.authorization_url(request)

    assert dict(parse_qsl(urlsplit(url).query))["max_age"] == "0"


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(document({"error": "invalid_request"}, 400), id="refused"),
        pytest.param(document({}, 201), id="no name"),
        pytest.param(document({"request_uri": 7}, 201), id="a number for a name"),
        pytest.param(document({"request_uri": "urn:x"}, 302), id="redirect"),
    ],
)
async def test_a_pushed_request_that_was_not_taken_is_no_login(party: Party, reply: Reply) -> None:
    party.idp.faults["/par"] = reply

    with pytest.raises(ProviderMisconfigured):
        await party.provider.authorization_url(asked())


@pytest.mark.parametrize("status", [500, 503])
async def test_a_pushed_request_that_meets_an_outage_is_an_outage(
    party: Party, status: int
) -> None:
    party.idp.faults["/par"] = document({"error": "busy"}, status)

    with pytest.raises(ProviderUnavailable) as raised:
        await party.provider.authorization_url(asked())

    assert raised.value.code == "provider_unavailable"
