"""The whole authorizer: events in, answers out, against a table as DynamoDB keeps it."""

import asyncio
import json
import socket
import ssl
from collections.abc import Mapping
from typing import Any

import pytest

from authorizer.wiring import Authorizer, build
from events.issuer import AUDIENCE, ISSUER
from events.login import cookie_of, ledger_of, log_in
from events.recorded import Event, http_authorization, rest_authorization
from fakes.aws_region import region_at
from trust.clock import SystemClock
from trust.errors import SettingsError
from trust.session.cookie import SESSION_COOKIE
from trust.session.errors import ProviderUnavailable
from trust.session.ids import Ticket
from trust.store.table import StoreUnavailable
from trust.wire.client import LeanWire

COOKIE = {
    "BFF_APP_ID": "demo",
    "BFF_STORE": "dynamodb:gatehouse-sessions",
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
}
BOTH = {
    **COOKIE,
    "AUTHORIZER_MODE": "cookie,bearer",
    "BFF_ENV": "dev",
    "BFF_OIDC_ISSUER": ISSUER,
    "AUTHORIZER_AUDIENCE": AUDIENCE,
    # Nobody listens there.
    "AUTHORIZER_JWKS_URL": "http://127.0.0.1:9/jwks",
    "BFF_TENANT_CLAIM": "tenant_id",
}
BEARER: Mapping[str, str] = {**BOTH, "AUTHORIZER_MODE": "bearer"}
TOKEN = "Bearer eyJhbGciOiJSUzI1NiJ9.e30.AA"


@pytest.fixture
def cookie(sessions_url: str) -> Mapping[str, str]:
    """Return the configuration of an authorizer of session cookies."""
    return COOKIE | {"AWS_ENDPOINT_URL": sessions_url}


@pytest.fixture
def both(cookie: Mapping[str, str]) -> Mapping[str, str]:
    """Return the configuration of an authorizer of both."""
    return {**cookie, **BOTH}


@pytest.fixture
def alice(sessions_url: str) -> Ticket:
    """Return the ticket of Alice, who is logged in."""

    async def logged_in() -> Ticket:
        wire = LeanWire(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        table = region_at(sessions_url, wire).table("gatehouse-sessions")
        ticket = await log_in(ledger_of(table), now=SystemClock().now())
        await wire.close()
        return ticket

    return asyncio.run(logged_in())


def effect_of(authorizer: Authorizer, event: Event) -> str:
    answer: dict[str, Any] = authorizer(event, None)
    effect: str = answer["policyDocument"]["Statement"][0]["Effect"]
    return effect


def test_a_session_cookie_opens_a_rest_api(alice: Ticket, cookie: Mapping[str, str]) -> None:
    answer = build(cookie)(rest_authorization(cookies=[cookie_of(alice)]), None)

    assert answer["principalId"] == alice.subject
    assert answer["context"] == {
        "app_id": "demo",
        "tenant_id": "acme",
        "subject": alice.subject,
    }
    assert alice.id.reveal() not in json.dumps(answer)


def test_a_session_cookie_opens_an_http_api(alice: Ticket, cookie: Mapping[str, str]) -> None:
    answer = build(cookie)(http_authorization(cookies=["a=1", cookie_of(alice), "b=2"]), None)

    assert answer["isAuthorized"] is True


def test_split_cookie_headers_are_read_in_every_order(
    alice: Ticket, cookie: Mapping[str, str]
) -> None:
    authorizer, mine = build(cookie), cookie_of(alice)

    for cookies in ([mine, "a=1"], ["a=1", mine], ["a=1", mine, "b=2"]):
        assert effect_of(authorizer, rest_authorization(cookies=cookies)) == "Allow"


def test_a_cookie_of_nobody_is_denied(alice: Ticket, cookie: Mapping[str, str]) -> None:
    stolen = cookie_of(alice).replace("acme", "globex")

    assert effect_of(build(cookie), rest_authorization(cookies=[stolen])) == "Deny"


def test_a_tossed_cookie_is_denied_whatever_the_other_one_is(
    alice: Ticket, cookie: Mapping[str, str]
) -> None:
    mine, tossed = cookie_of(alice), f"{SESSION_COOKIE}=tossed"

    for cookies in ([mine, tossed], [tossed, mine], [f"{mine}; {tossed}"]):
        answer = build(cookie)(rest_authorization(cookies=cookies), None)
        assert answer["context"] == {"code": "cookie_ambiguous"}


def test_nobody_is_unauthorized() -> None:
    for environment in (COOKIE, BEARER, BOTH):
        with pytest.raises(Exception, match=r"\AUnauthorized\Z"):
            build(environment)(rest_authorization(), None)


def test_a_cookie_means_nothing_where_only_tokens_count(alice: Ticket) -> None:
    with pytest.raises(Exception, match=r"\AUnauthorized\Z"):
        build(BEARER)(rest_authorization(cookies=[cookie_of(alice)]), None)


def test_a_token_means_nothing_where_only_cookies_count() -> None:
    with pytest.raises(Exception, match=r"\AUnauthorized\Z"):
        build(COOKIE)(rest_authorization(authorization=[TOKEN]), None)


def test_where_both_count_the_cookie_decides_alone(alice: Ticket, both: Mapping[str, str]) -> None:
    """Else a token would open the door for a request that the application reads the cookie of."""
    authorizer = build(both)
    stolen = cookie_of(alice).replace("acme", "globex")

    mine = rest_authorization(cookies=[cookie_of(alice)], authorization=[TOKEN])
    assert effect_of(authorizer, mine) == "Allow"
    theirs = rest_authorization(cookies=[stolen], authorization=[TOKEN])
    assert effect_of(authorizer, theirs) == "Deny"


def test_where_both_count_a_token_is_looked_at_without_a_cookie() -> None:
    with pytest.raises(ProviderUnavailable):
        build(BOTH)(rest_authorization(authorization=[TOKEN]), None)


def test_a_refused_token_is_denied() -> None:
    event = rest_authorization(authorization=["Bearer opaque"])

    assert effect_of(build(BEARER), event) == "Deny"


def test_two_tokens_are_denied_without_asking_the_issuer() -> None:
    event = rest_authorization(authorization=[TOKEN, TOKEN])

    assert effect_of(build(BEARER), event) == "Deny"


def test_a_store_that_is_down_is_an_error_and_no_verdict(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}"
    cookie = f"{SESSION_COOKIE}=v1.acme.{'s' * 22}.{'i' * 43}"

    with pytest.raises(StoreUnavailable):
        build(COOKIE | {"AWS_ENDPOINT_URL": nowhere})(rest_authorization(cookies=[cookie]), None)

    line = json.loads(caplog.messages[-1])
    assert line["event"] == "authorizer.failed"
    assert line["code"] == "store_unavailable"
    assert line["request"] == "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"


def test_every_decision_is_one_line_that_gives_nothing_away(
    alice: Ticket, cookie: Mapping[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="gatehouse")
    authorizer = build(cookie)
    authorizer(rest_authorization(cookies=[cookie_of(alice)]), None)
    authorizer(rest_authorization(cookies=[f"{SESSION_COOKIE}=x"]), None)
    authorizer(http_authorization(), None)

    lines = [json.loads(r.getMessage()) for r in caplog.records if r.name == "gatehouse"]
    assert [line["event"] for line in lines] == [
        "authorizer.allowed",
        "authorizer.denied",
        "authorizer.nobody",
    ]
    assert lines[0]["subject"] == alice.subject
    assert lines[1]["code"] == "not_logged_in"
    assert alice.id.reveal() not in caplog.text


def test_a_configuration_with_faults_builds_nothing() -> None:
    with pytest.raises(SettingsError):
        build({})


def test_a_region_that_is_none_builds_nothing() -> None:
    """A host's name is made of it: whoever sets it must not choose the host."""
    with pytest.raises(SettingsError, match="AWS_REGION"):
        build(COOKIE | {"AWS_REGION": "eu-west-1.example/"})
