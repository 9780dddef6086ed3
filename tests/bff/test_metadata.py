"""The discovery document: trusted for what it is, refused for what it is not."""

import asyncio
from typing import Any

import pytest

from bff.provider.metadata import ProviderMisconfigured, parse_metadata, well_known
from bff.provider.provider import METADATA_KEPT_S
from fakes.proxy.asgi import WAIT_S, others_run
from fakes.proxy.provider.idp import document
from fakes.proxy.provider.party import ISSUER, Party, open_party
from trust.session.errors import ProviderUnavailable


@pytest.fixture
def party() -> Party:
    return open_party()


@pytest.mark.parametrize("issuer", ["https://a.test", "https://a.test/", "https://a.test/t/1/"])
def test_the_document_is_where_the_specification_says(issuer: str) -> None:
    path = issuer.removeprefix("https://a.test").rstrip("/")

    assert well_known(issuer) == f"https://a.test{path}/.well-known/openid-configuration"


async def test_what_a_provider_says_is_read(party: Party) -> None:
    metadata = await party.provider.metadata()

    assert metadata.issuer == ISSUER
    assert metadata.authorization_endpoint == f"{ISSUER}/authorize"
    assert metadata.token_endpoint == f"{ISSUER}/token"
    assert metadata.jwks_uri == f"{ISSUER}/jwks"
    assert metadata.par_endpoint == f"{ISSUER}/par"
    assert metadata.revocation_endpoint == f"{ISSUER}/revoke"
    assert metadata.end_session_endpoint == f"{ISSUER}/logout"
    assert metadata.sends_issuer is True
    assert metadata.algorithms == ("RS256", "ES256")


OPTIONAL = [
    "pushed_authorization_request_endpoint",
    "revocation_endpoint",
    "end_session_endpoint",
    "authorization_response_iss_parameter_supported",
]


async def test_what_is_optional_may_be_absent(party: Party) -> None:
    party.idp.metadata = dict.fromkeys(OPTIONAL)

    metadata = await party.provider.metadata()

    assert metadata.par_endpoint is None
    assert metadata.revocation_endpoint is None
    assert metadata.end_session_endpoint is None
    assert metadata.sends_issuer is False


def parsed(issuer: str = ISSUER, *, insecure: bool = False, **changes: Any) -> object:
    members = {
        "issuer": ISSUER,
        "authorization_endpoint": f"{ISSUER}/authorize",
        "token_endpoint": f"{ISSUER}/token",
        "jwks_uri": f"{ISSUER}/jwks",
        **changes,
    }
    given = {name: value for name, value in members.items() if value is not None}
    return parse_metadata(given, issuer=issuer, insecure=insecure)


WRONG: list[dict[str, Any]] = [
    {"issuer": None},
    {"issuer": ISSUER + "/"},
    {"issuer": "https://login.evil.test"},
    {"issuer": [ISSUER]},
    {"authorization_endpoint": None},
    {"token_endpoint": None},
    {"jwks_uri": None},
    {"authorization_endpoint": "javascript:alert(1)"},
    {"authorization_endpoint": "/authorize"},
    {"authorization_endpoint": "https://"},
    {"token_endpoint": "http://login.acme.test/token"},
    {"jwks_uri": "file:///etc/passwd"},
    {"jwks_uri": 7},
    {"revocation_endpoint": "http://login.acme.test/revoke"},
    {"end_session_endpoint": "data:text/html,x"},
    {"pushed_authorization_request_endpoint": ""},
    {"id_token_signing_alg_values_supported": []},
    {"id_token_signing_alg_values_supported": ["none", "HS256"]},
]


@pytest.mark.parametrize("changes", WRONG, ids=str)
def test_a_document_that_cannot_be_trusted_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ProviderMisconfigured):
        parsed(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"id_token_signing_alg_values_supported": [{"alg": "RS256"}]},
        {"token_endpoint": "https://["},
    ],
    ids=str,
)
def test_a_document_of_a_wrong_form_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ProviderMisconfigured):
        parsed(**changes)


ENDPOINTS = [
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "pushed_authorization_request_endpoint",
    "revocation_endpoint",
    "end_session_endpoint",
]


@pytest.mark.parametrize("name", ENDPOINTS)
@pytest.mark.parametrize(
    "url",
    [
        "http://login.acme.test/x",
        "file:///etc/passwd",
        "gopher://x/",
        "https://login.good.test@login.acme.test/",
        "https://@login.acme.test/",
        "https://login.good.test\\@login.acme.test/",
        "https://login.acme.test/#login.good.test",
        "https://login.acme.test/#",
        "https://login.acme.test/\r\nSet-Cookie: a=b",
        "https://login.acme.test/ x",
        "https://login.acme.test:0/",
        "https://login.acme.test:99999/",
        "https://login.acme.test:x/",
        "https://lögin.evil.test/",
        ["https://login.acme.test/"],
    ],
    ids=str,
)
def test_a_document_with_an_endpoint_that_misleads_is_refused(name: str, url: object) -> None:
    changes: dict[str, Any] = {name: url}

    with pytest.raises(ProviderMisconfigured, match=f"^{name} "):
        parsed(**changes)


@pytest.mark.parametrize("given", [None, "RS256", 7, {}])
def test_without_a_list_of_algorithms_it_is_the_one_that_all_must_know(given: object) -> None:
    metadata = parsed(id_token_signing_alg_values_supported=given)

    assert getattr(metadata, "algorithms", None) == ("RS256",)


def test_in_development_endpoints_may_be_plain_http() -> None:
    assert parsed(insecure=True, token_endpoint="http://127.0.0.1:9400/token")


async def test_a_document_is_kept_for_an_hour(party: Party) -> None:
    await party.provider.metadata()
    party.clock.advance(METADATA_KEPT_S - 1)
    await party.provider.metadata()
    assert party.idp.count("/.well-known/openid-configuration") == 1

    party.clock.advance(1)
    await party.provider.metadata()
    assert party.idp.count("/.well-known/openid-configuration") == 2


async def test_an_old_document_serves_on_while_there_is_no_newer(party: Party) -> None:
    first = await party.provider.metadata()
    party.clock.advance(METADATA_KEPT_S)
    party.http.down.add("/.well-known/openid-configuration")

    assert await party.provider.metadata() == first


async def test_without_any_document_there_is_no_login(party: Party) -> None:
    party.http.down.add("/.well-known/openid-configuration")

    with pytest.raises(ProviderUnavailable):
        await party.provider.metadata()


async def test_a_document_that_turned_bad_does_not_replace_a_good_one(party: Party) -> None:
    first = await party.provider.metadata()
    party.clock.advance(METADATA_KEPT_S)
    party.idp.metadata = {"issuer": "https://login.evil.test"}

    assert await party.provider.metadata() == first


async def test_a_provider_that_is_down_is_not_called_misconfigured(party: Party) -> None:
    party.idp.faults["/.well-known/openid-configuration"] = document({"error": "down"}, 503)

    with pytest.raises(ProviderUnavailable) as raised:
        await party.provider.metadata()

    assert raised.value.code == "provider_unavailable"


async def test_an_answer_that_is_no_document_is_an_outage(party: Party) -> None:
    party.idp.faults["/.well-known/openid-configuration"] = document({})

    with pytest.raises(ProviderUnavailable) as raised:
        await party.provider.metadata()

    assert raised.value.code == "provider_unavailable"


async def test_many_logins_at_a_cold_start_fetch_one_document(party: Party) -> None:
    party.http.open.clear()
    asked = [asyncio.ensure_future(party.provider.metadata()) for _ in range(5)]
    async with asyncio.timeout(WAIT_S):
        await party.http.entered.wait()
    party.http.open.set()
    await asyncio.gather(*asked)

    assert party.idp.count("/.well-known/openid-configuration") == 1


async def test_many_logins_in_an_outage_do_not_queue_up_behind_one_another(party: Party) -> None:
    party.http.down.add("/.well-known/openid-configuration")
    party.http.open.clear()
    asked = [asyncio.ensure_future(party.provider.metadata()) for _ in range(5)]
    async with asyncio.timeout(WAIT_S):
        await party.http.entered.wait()
    party.http.open.set()
    results = await asyncio.gather(*asked, return_exceptions=True)

    assert [type(result) for result in results] == [ProviderUnavailable] * 5
    assert len(party.http.fetched) == 1


async def test_an_old_document_serves_while_a_newer_one_is_fetched(party: Party) -> None:
    first = await party.provider.metadata()
    party.clock.advance(METADATA_KEPT_S)
    party.http.entered.clear()
    party.http.open.clear()
    fetching = asyncio.ensure_future(party.provider.metadata())
    async with asyncio.timeout(WAIT_S):
        await party.http.entered.wait()
    other = asyncio.ensure_future(party.provider.metadata())
    await others_run()
    served = other.done()
    party.http.open.set()

    assert list(await asyncio.gather(fetching, other)) == [first, first]
    assert served
