"""The handshake as it leaves: signed like every call, nothing of the browser's in it."""

from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from fakes.clock import NOW
from fakes.login import ALICE, new_session
from fakes.proxy.turn import CALLER, DATA, ENCODED_ARN, PLANE, RUNTIME_SESSION, agent, turn
from proxy.errors import TokenBound, TokenExpired
from proxy.invocation import DataPlane, Turn
from proxy.websocket.handshake import handshake
from proxy.websocket.line import Handshake
from trust.clock import NumericDate
from trust.registry.record import AgentAuth
from trust.secret import Secret

SESSION = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"
GRANT = "X-Amzn-Bedrock-AgentCore-Runtime-Custom-Data-Grant"
USER = "X-Amzn-Bedrock-AgentCore-Runtime-User-Id"


def made(of: Turn, *offered: str, plane: DataPlane = PLANE) -> Handshake:
    return handshake(of, plane, offered=offered, now=NumericDate(NOW))


def test_it_goes_to_the_runtime_over_tls() -> None:
    host = "bedrock-agentcore.us-east-1.amazonaws.com"

    assert made(turn()).url == f"wss://{host}/runtimes/{ENCODED_ARN}/ws?qualifier=DEFAULT"


def test_a_local_endpoint_is_asked_as_it_is_given() -> None:
    plane = DataPlane(endpoint="http://[::1]:9500/base/", region="us-east-1")

    found = made(turn(), plane=plane)

    assert found.url == f"ws://[::1]:9500/base/runtimes/{ENCODED_ARN}/ws?qualifier=DEFAULT"


@pytest.mark.parametrize(
    "endpoint", [PLANE.endpoint, "http://127.0.0.1:9500", "https://vpce-1.example:8443/"]
)
def test_the_signature_is_what_botocore_makes_of_it(
    endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = made(turn(), plane=DataPlane(endpoint=endpoint, region="us-east-1"))
    given = dict(found.headers)
    signature = given.pop("Authorization")
    unsigned = AWSRequest(
        method="GET",
        url=found.url.replace("ws", "http", 1),
        headers={name: value for name, value in given.items() if not name.startswith("X-Amz-")},
    )
    unsigned.context["timestamp"] = given["X-Amz-Date"]
    oracle = SigV4Auth(
        Credentials(
            CALLER.access_key_id,
            CALLER.secret_access_key.reveal(),
            CALLER.session_token.reveal() if CALLER.session_token else None,
        ),
        "bedrock-agentcore",
        "us-east-1",
    )
    for name in ("X-Amz-Date", "X-Amz-Security-Token"):
        unsigned.headers[name] = given[name]
    canonical = oracle.canonical_request(unsigned)
    text = oracle.string_to_sign(unsigned, canonical)

    assert signature.endswith(f"Signature={oracle.signature(text, unsigned)}")


def test_everything_of_ours_is_signed() -> None:
    headers = made(turn(of=agent(for_user=True))).headers
    names = headers["Authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")

    assert set(names) == {"host", *(name.lower() for name in headers if name != "Authorization")}
    assert headers[SESSION] == RUNTIME_SESSION
    assert headers[USER] == ALICE.subject
    assert headers[GRANT]


def test_without_data_and_without_a_user_there_is_nothing_of_them() -> None:
    headers = made(turn(data=None)).headers

    assert GRANT not in headers
    assert USER not in headers
    assert GRANT in made(turn(data=DATA)).headers


def test_only_subprotocols_that_are_known_to_be_harmless_pass() -> None:
    bearer = "base64UrlBearerAuthorization.ZXlK"

    found = made(turn(), "mcp", bearer, "base64UrlBearerAuthorization", "ag-ui", "MCP", "x")

    assert found.subprotocols == ("mcp", "ag-ui")


def test_an_agent_that_wants_the_persons_token_gets_it_and_no_signature() -> None:
    headers = made(turn(of=agent(auth=AgentAuth.JWT), data=None)).headers

    token = new_session(ALICE).tokens.access_token.reveal()
    assert headers["Authorization"] == f"Bearer {token}"
    assert headers.keys() == {SESSION, "Authorization"}


def test_a_token_that_has_expired_goes_nowhere() -> None:
    session = new_session(ALICE)
    late = replace(session, tokens=replace(session.tokens, expires_at=NumericDate(NOW)))

    with pytest.raises(TokenExpired):
        made(turn(of=agent(auth=AgentAuth.JWT), session=late, data=None))


def test_a_bound_token_is_no_bearers() -> None:
    session = new_session(ALICE)
    bound = replace(session, tokens=replace(session.tokens, dpop_key=Secret("key")))

    with pytest.raises(TokenBound):
        made(turn(of=agent(auth=AgentAuth.JWT), session=bound, data=None))


def test_a_signed_host_is_the_host_that_is_asked() -> None:
    plane = DataPlane(endpoint="https://127.0.0.1:443", region="us-east-1")

    # The library leaves a default port out of `Host`: so has the signature to.
    assert urlsplit(made(turn(), plane=plane).url).netloc == "127.0.0.1"
