"""The calls to AgentCore's data plane, as they leave."""

import base64
import json
from urllib.parse import urlsplit

import httpx
import pytest

from fakes.clock import NOW
from fakes.login import ALICE, expiring, new_session
from fakes.proxy.turn import CALLER, DATA, ENCODED_ARN, PLANE, RUNTIME_SESSION, agent, turn
from proxy.errors import TokenExpired
from proxy.invocation import SERVICE, DataPlane, data_grant, invocation, stop
from trust.aws.signer import Scope, Unsigned, signed_headers
from trust.registry.record import AgentAuth

SESSION = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"
USER = "X-Amzn-Bedrock-AgentCore-Runtime-User-Id"
BODY = b'{"prompt": "hi"}'
GRANT = "X-Amzn-Bedrock-AgentCore-Runtime-Custom-Data-Grant"


def grant_in(value: str) -> dict[str, object]:
    """Read a data grant as an agent does."""
    members: dict[str, object] = json.loads(base64.urlsafe_b64decode(value + "=="))
    return members


def test_an_invocation_goes_to_the_agents_own_runtime() -> None:
    call = invocation(turn(), BODY, PLANE, now=NOW)

    assert call.method == "POST"
    assert call.url == f"{PLANE.endpoint}/runtimes/{ENCODED_ARN}/invocations?qualifier=DEFAULT"
    assert call.body == BODY


def test_an_invocation_has_these_headers_and_no_others() -> None:
    headers = invocation(turn(), BODY, PLANE, now=NOW).headers

    assert headers.keys() == {
        "Content-Type",
        "Accept",
        SESSION,
        GRANT,
        "X-Amz-Date",
        "X-Amz-Security-Token",
        "Authorization",
    }
    assert headers[SESSION] == RUNTIME_SESSION
    assert headers["Content-Type"] == "application/json"
    assert headers["Accept"] == "text/event-stream"
    assert headers["X-Amz-Security-Token"] == "caller-token"


def test_session_and_grant_are_part_of_the_signature() -> None:
    authorization = invocation(turn(), BODY, PLANE, now=NOW).headers["Authorization"]

    signed = authorization.partition("SignedHeaders=")[2].partition(",")[0].split(";")
    assert {"host", "accept", SESSION.lower(), GRANT.lower()} <= set(signed)


def test_the_data_grant_says_whose_data_it_is_for() -> None:
    headers = invocation(turn(), BODY, PLANE, now=NOW).headers

    assert grant_in(headers[GRANT]) == {
        "v": 1,
        "access_key_id": "ASIADATA",
        "secret_access_key": "data-secret",
        "session_token": "data-token",
        "expiration": "2096-10-02T07:21:40Z",
        "region": "us-east-1",
        "bucket": "gatehouse-data",
        "prefix": "demo/acme/hello/",
        "table": "gatehouse-data",
        "partition": "APP#demo#TENANT#acme",
    }
    assert "=" not in headers[GRANT]


def test_a_grant_without_a_session_token_says_so() -> None:
    grant = data_grant(turn(), DATA._replace(session_token=None))

    assert grant_in(grant)["session_token"] is None


def test_without_a_data_grant_there_is_no_header_for_it() -> None:
    assert GRANT not in invocation(turn(data=None), BODY, PLANE, now=NOW).headers


def test_only_an_agent_that_is_to_know_it_is_told_the_subject() -> None:
    assert USER not in invocation(turn(), BODY, PLANE, now=NOW).headers

    told = invocation(turn(of=agent(for_user=True)), BODY, PLANE, now=NOW).headers

    assert told[USER] == ALICE.subject


def test_an_agent_that_wants_a_token_gets_the_sessions_own_and_no_signature() -> None:
    chosen = agent(auth=AgentAuth.JWT)

    headers = invocation(turn(of=chosen), BODY, PLANE, now=NOW).headers

    assert headers["Authorization"] == "Bearer access-0"
    assert "X-Amz-Date" not in headers


def test_an_expired_token_is_not_sent() -> None:
    session = expiring(new_session(ALICE), at=NOW)

    with pytest.raises(TokenExpired):
        invocation(turn(of=agent(auth=AgentAuth.JWT), session=session), BODY, PLANE, now=NOW)


def test_a_qualifier_cannot_leave_its_parameter() -> None:
    call = invocation(turn(of=agent(qualifier="a&accountId=1#/é")), BODY, PLANE, now=NOW)

    assert urlsplit(call.url).query == "qualifier=a%26accountId%3D1%23%2F%C3%A9"


def test_an_endpoint_may_have_a_path_of_its_own() -> None:
    plane = DataPlane(endpoint="http://127.0.0.1:9500/agentcore/", region="us-east-1")

    call = invocation(turn(), BODY, plane, now=NOW)

    assert call.url.startswith("http://127.0.0.1:9500/agentcore/runtimes/arn")


def test_a_stop_names_runtime_and_session_and_carries_no_grant() -> None:
    call = stop(turn(), PLANE, now=NOW)

    assert (
        call.url == f"{PLANE.endpoint}/runtimes/{ENCODED_ARN}/stopruntimesession?qualifier=DEFAULT"
    )
    assert call.headers[SESSION] == RUNTIME_SESSION
    assert GRANT not in call.headers


def test_a_stop_does_not_carry_what_the_person_wrote() -> None:
    assert stop(turn(), PLANE, now=NOW).body == b"{}"


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://bedrock-agentcore.us-east-1.amazonaws.com",
        "http://127.0.0.1:9500",
        "https://bedrock-agentcore.us-east-1.amazonaws.com:443",
        "https://bedrock-agentcore.us-east-1.amazonaws.com:8443",
        "https://Bedrock-AgentCore.us-east-1.amazonaws.com",
        "http://127.0.0.1:80",
        "http://[::1]:9500",
    ],
)
def test_the_host_that_is_signed_is_the_host_that_is_sent(endpoint: str) -> None:
    call = invocation(turn(), BODY, DataPlane(endpoint=endpoint, region="us-east-1"), now=NOW)

    sent = httpx.Request(call.method, call.url, headers=call.headers, content=call.body)
    target = sent.url.raw_path.decode()
    as_sent = Unsigned(
        method=sent.method,
        host=sent.headers["host"],
        path=target.partition("?")[0],
        query=target.partition("?")[2],
        headers={name: call.headers[name] for name in call.headers if name != "Authorization"},
        body=sent.content,
    )
    scope = Scope(region="us-east-1", service=SERVICE)
    signed = signed_headers(as_sent, CALLER, scope, now=NOW)
    assert call.headers["Authorization"] == signed["Authorization"]
