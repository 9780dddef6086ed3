"""Signatures, held against botocore's and against a vector."""

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import quote

import botocore.auth
import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import given
from hypothesis import strategies as st

from trust.aws.signer import Scope, Unsigned, signed_headers
from trust.clock import NumericDate
from trust.grant.record import Credentials
from trust.secret import Secret

NOW = NumericDate(1_795_176_000)
"""2026-11-20T12:00:00Z."""

SCOPE = Scope(region="us-east-1", service="bedrock-agentcore")
HOST = "bedrock-agentcore.us-east-1.amazonaws.com"
KEY = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
ARN = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/my_agent-abcdefghij"
PATH = f"/runtimes/{quote(ARN, safe='')}/invocations"


def credentials(token: str | None = "SESSIONTOKEN") -> Credentials:
    return Credentials(
        access_key_id=KEY,
        secret_access_key=Secret(SECRET),
        session_token=None if token is None else Secret(token),
        expires_at=NOW,
    )


@pytest.fixture(autouse=True, scope="module")
def _frozen() -> Iterator[None]:
    """Stop botocore's clock at NOW."""
    with pytest.MonkeyPatch.context() as patch:
        frozen = datetime.fromtimestamp(NOW, UTC)
        patch.setattr(botocore.auth, "get_current_datetime", lambda: frozen)
        yield


def by_botocore(request: Unsigned, token: str | None) -> str:
    """Return the Authorization header that botocore makes."""
    query = f"?{request.query}" if request.query else ""
    asked = AWSRequest(
        method=request.method,
        url=f"https://{request.host}{request.path}{query}",
        headers=dict(request.headers),
        data=request.body,
    )
    signer = SigV4Auth(BotocoreCredentials(KEY, SECRET, token), SCOPE.service, SCOPE.region)
    signer.add_auth(asked)
    return str(asked.headers["Authorization"])


def test_the_vector_is_signed_as_aws_signs_it() -> None:
    request = Unsigned(
        method="POST",
        host=HOST,
        path=PATH,
        query="qualifier=DEFAULT",
        headers={
            "Content-Type": "application/json",
            "Accept": "text/event-stream",
            "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id": "a" * 40,
        },
        body=b'{"prompt":"hi"}',
    )

    headers = signed_headers(request, credentials(), SCOPE, now=NOW)

    assert headers["X-Amz-Date"] == "20261120T120000Z"
    assert headers["X-Amz-Security-Token"] == "SESSIONTOKEN"
    assert headers["Authorization"] == (
        f"AWS4-HMAC-SHA256 Credential={KEY}/20261120/us-east-1/bedrock-agentcore/aws4_request,"
        " SignedHeaders=accept;content-type;host;x-amz-date;x-amz-security-token;"
        "x-amzn-bedrock-agentcore-runtime-session-id,"
        " Signature=8eb558c03b0d3a22f8fd8738bc6018860857a5c26a0e6846cfcfb55830866906"
    )


UNRESERVED = "ABCxyz019-_.~"
ESCAPED = st.sampled_from(["%3A", "%2F", "%20", "%25", "%E2%82%AC", "%2a"])
SEGMENT = st.lists(st.one_of(st.sampled_from(UNRESERVED), ESCAPED), min_size=1, max_size=8)
# Dot segments and empty ones are no part of our paths; botocore would remove them.
SEGMENTS = SEGMENT.map("".join).filter(lambda part: part not in {".", ".."})
PATHS = st.lists(SEGMENTS, max_size=4).map(lambda parts: "/" + "/".join(parts))
WORD = st.lists(st.one_of(st.sampled_from(UNRESERVED), ESCAPED), max_size=6).map("".join)
NAME = WORD.filter(bool)
PAIR = st.builds("{}={}".format, NAME, WORD) | NAME
QUERIES = st.lists(PAIR, max_size=5).map("&".join)
VALUES = st.text("ab:;=,\"'() ", max_size=20).map(str.strip)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            *("Content-Type", "Accept", "X-Custom", "x-lower", "X-Amzn-Session", "User-Agent"),
            *("traceparent", "Connection", "baggage", "X-Amzn-Trace-Id", "Transfer-Encoding"),
        ]
    ),
    VALUES,
)


@given(
    method=st.sampled_from(["GET", "POST", "DELETE"]),
    path=PATHS,
    query=QUERIES,
    headers=HEADERS,
    body=st.binary(max_size=200),
    token=st.none() | st.text("abcXYZ/+=0", min_size=1, max_size=30),
)
def test_every_request_is_signed_as_botocore_signs_it(
    method: str, path: str, query: str, headers: dict[str, str], body: bytes, token: str | None
) -> None:
    request = Unsigned(method=method, host=HOST, path=path, query=query, headers=headers, body=body)

    signed = signed_headers(request, credentials(token), SCOPE, now=NOW)

    assert signed["Authorization"] == by_botocore(request, token)


@given(query=QUERIES)
def test_repeated_and_empty_parameters_are_signed_in_botocores_order(query: str) -> None:
    repeated = "&".join(part for part in (query, query, "a=", "a", "a=1", "A=2") if part)
    request = Unsigned(method="GET", host=HOST, path=PATH, query=repeated, headers={})

    signed = signed_headers(request, credentials(None), SCOPE, now=NOW)

    assert signed["Authorization"] == by_botocore(request, None)


def test_a_name_with_a_percent_sign_is_signed_as_it_is() -> None:
    headers = {"X-%s": "100 %", "x-%(y)d": "%%  s"}
    request = Unsigned(method="POST", host="h%s.example", path="/%41", headers=headers)

    signed = signed_headers(request, credentials(), SCOPE, now=NOW)

    assert signed["Authorization"] == by_botocore(request, "SESSIONTOKEN")


def test_a_secret_key_counts_for_its_own_day_and_region_alone() -> None:
    request = Unsigned(method="GET", host=HOST, path="/", headers={})
    elsewhere = Scope(region="eu-west-1", service=SCOPE.service)
    made = {
        signed_headers(request, credentials(), scope, now=NumericDate(now))["Authorization"][-64:]
        for scope in (SCOPE, elsewhere)
        for now in (NOW, NOW + 1, NOW + 86_400)
    }

    assert len(made) == 6


def test_without_a_session_token_there_is_no_header_for_it() -> None:
    request = Unsigned(method="GET", host=HOST, path="/", headers={})

    signed = signed_headers(request, credentials(None), SCOPE, now=NOW)

    assert "X-Amz-Security-Token" not in signed


def test_an_empty_path_is_signed_as_a_slash() -> None:
    request = Unsigned(method="GET", host=HOST, path="", headers={})

    signed = signed_headers(request, credentials(None), SCOPE, now=NOW)

    assert signed["Authorization"] == by_botocore(request, None)


def test_the_key_of_one_day_signs_no_other_day() -> None:
    request = Unsigned(method="GET", host=HOST, path="/", headers={})
    today = signed_headers(request, credentials(), SCOPE, now=NOW)

    tomorrow = signed_headers(request, credentials(), SCOPE, now=NumericDate(NOW + 86_400))

    assert today["Authorization"].split("=")[-1] != tomorrow["Authorization"].split("=")[-1]


def test_the_requests_own_headers_are_left_as_they_were() -> None:
    headers = {"Accept": "a   b"}
    request = Unsigned(method="GET", host=HOST, path="/", headers=headers)

    signed = signed_headers(request, credentials(), SCOPE, now=NOW)

    assert signed["Accept"] == "a   b"
    assert headers == {"Accept": "a   b"}


@pytest.mark.parametrize("raw", ["a\tb", "a \t b"])
def test_white_space_of_every_kind_is_signed_as_botocore_signs_it(raw: str) -> None:
    request = Unsigned(method="GET", host=HOST, path="/", headers={"X-Custom": raw})

    signed = signed_headers(request, credentials(), SCOPE, now=NOW)

    assert signed["Authorization"] == by_botocore(request, "SESSIONTOKEN")


def test_httpx_leaves_the_signed_path_and_query_as_they_are() -> None:
    url = f"https://{HOST}{PATH}?qualifier=DEFAULT"

    sent = httpx.Request("POST", url).url

    assert sent.raw_path.decode() == f"{PATH}?qualifier=DEFAULT"
