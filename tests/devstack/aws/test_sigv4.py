"""Our SigV4 against AWS's own published values and against botocore on generated requests."""

import hashlib
import string
from urllib.parse import quote, urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from devstack.aws.payload import hash_in_signature
from devstack.aws.sigv4 import (
    NotASignature,
    Signed,
    canonical_path,
    canonical_request,
    signature,
    signed,
    signing_key,
    string_to_sign,
)
from devstack.aws.wire import WireRequest
from trust.secret import Secret

KEY_ID = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TOKEN = "SESSIONTOKEN"
CREDENTIALS = Credentials(KEY_ID, SECRET, TOKEN)


def computed(request: WireRequest) -> tuple[Signed, str]:
    """Return what the request says of its signature, and the signature we compute."""
    said = signed(request)
    assert said is not None
    canonical = canonical_request(request, said, payload_hash=hash_in_signature(request, said))
    key = signing_key(Secret(SECRET), said.scope)
    return said, signature(key, string_to_sign(canonical, said))


def on_wire(request: AWSRequest) -> WireRequest:
    """Return a request that botocore has signed, as a server would receive it."""
    prepared = request.prepare()
    parts = urlsplit(prepared.url)
    headers = [(name.lower(), _text(value)) for name, value in prepared.headers.items()]
    if "host" not in dict(headers):
        headers.append(("host", parts.netloc))
    return WireRequest(
        method=prepared.method,
        path=parts.path,
        query=parts.query,
        headers=tuple(headers),
        body=prepared.body if isinstance(prepared.body, bytes) else b"",
    )


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def test_the_published_vector_of_an_agentcore_invocation_is_met() -> None:
    arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/my_agent-abcdefghij"
    signed_headers = (
        "accept;content-type;host;x-amz-date;x-amz-security-token;"
        "x-amzn-bedrock-agentcore-runtime-session-id"
    )
    expected = "8eb558c03b0d3a22f8fd8738bc6018860857a5c26a0e6846cfcfb55830866906"
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={KEY_ID}/20261120/us-east-1/bedrock-agentcore/aws4_request, "
        f"SignedHeaders={signed_headers}, Signature={expected}"
    )
    request = WireRequest(
        method="POST",
        path=f"/runtimes/{quote(arn, safe='')}/invocations",
        query="qualifier=DEFAULT",
        headers=(
            ("host", "bedrock-agentcore.us-east-1.amazonaws.com"),
            ("content-type", "application/json"),
            ("accept", "text/event-stream"),
            ("x-amz-date", "20261120T120000Z"),
            ("x-amz-security-token", TOKEN),
            ("x-amzn-bedrock-agentcore-runtime-session-id", "a" * 40),
            ("authorization", authorization),
        ),
        body=b'{"prompt":"hi"}',
    )

    said, ours = computed(request)

    assert said.session_token == TOKEN
    assert said.signed_headers == tuple(signed_headers.split(";"))
    assert ours == expected == said.signature


def test_the_example_of_the_s3_manual_is_met() -> None:
    """S3 API Reference, "Authenticating Requests: Using Query Parameters", its worked example."""
    request = WireRequest(
        method="GET",
        path="/test.txt",
        query=(
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524"
            "%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400"
            "&X-Amz-SignedHeaders=host&X-Amz-Signature="
            "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
        ),
        headers=(("host", "examplebucket.s3.amazonaws.com"),),
        body=b"",
    )
    said = signed(request)
    assert said is not None

    canonical = canonical_request(request, said, payload_hash="UNSIGNED-PAYLOAD")
    key = signing_key(Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), said.scope)

    assert signature(key, string_to_sign(canonical, said)) == said.signature


# Lower case: of two names that differ in case alone, nobody can tell which value comes first.
NAMES = st.text(string.ascii_lowercase + "-", min_size=1, max_size=12)
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
HEADER_VALUES = st.text(string.ascii_letters + string.digits + " \t;=,/+*\"'", max_size=30)
QUERIES = st.dictionaries(
    # A query that speaks of a signature is another test's.
    ANY_TEXT.filter(lambda name: name and not name.startswith(("X-Amz-", "AWSAccessKeyId"))),
    ANY_TEXT,
    max_size=4,
)
SERVICES = st.sampled_from(["dynamodb", "bedrock-agentcore", "ssm", "sts"])


def _url(path: str, query: dict[str, str]) -> str:
    pairs = "&".join(f"{quote(k, safe='-._~')}={quote(v, safe='-._~')}" for k, v in query.items())
    return f"http://127.0.0.1:9500{quote(path, safe='/-._~')}" + (f"?{pairs}" if pairs else "")


@given(
    service=SERVICES,
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    path=st.lists(ANY_TEXT, max_size=4),
    query=QUERIES,
    headers=st.dictionaries(NAMES, HEADER_VALUES, max_size=4),
    body=st.binary(max_size=100),
)
def test_botocore_and_we_agree_on_every_request(
    service: str,
    method: str,
    path: list[str],
    query: dict[str, str],
    headers: dict[str, str],
    body: bytes,
) -> None:
    custom = {f"x-custom-{name}": value for name, value in headers.items()}
    url = _url("/" + "/".join(path), query)
    request = AWSRequest(method=method, url=url, data=body, headers=custom)
    SigV4Auth(CREDENTIALS, service, "us-east-1").add_auth(request)

    said, ours = computed(on_wire(request))

    assert ours == said.signature


@given(key=ANY_TEXT.filter(bool), query=QUERIES)
def test_botocore_and_we_agree_on_object_keys(key: str, query: dict[str, str]) -> None:
    request = AWSRequest(method="PUT", url=_url(f"/bucket/{key}", query), data=b"content")
    S3SigV4Auth(CREDENTIALS, "s3", "us-east-1").add_auth(request)

    said, ours = computed(on_wire(request))

    assert ours == said.signature


@given(key=ANY_TEXT.filter(bool), query=QUERIES)
def test_botocore_and_we_agree_on_presigned_objects(key: str, query: dict[str, str]) -> None:
    request = AWSRequest(method="GET", url=_url(f"/bucket/{key}", query))
    S3SigV4QueryAuth(CREDENTIALS, "s3", "us-east-1", expires=60).add_auth(request)

    said, ours = computed(on_wire(request))

    assert said.expires_s == 60
    assert said.session_token == TOKEN
    assert ours == said.signature


def test_botocore_and_we_agree_on_a_presigned_identity_call() -> None:
    url = _url("/", {"Action": "GetCallerIdentity", "Version": "2011-06-15"})
    request = AWSRequest(method="GET", url=url)
    SigV4QueryAuth(CREDENTIALS, "sts", "us-east-1").add_auth(request)

    said, ours = computed(on_wire(request))

    assert ours == said.signature


def test_the_body_is_part_of_the_signature() -> None:
    request = AWSRequest(method="POST", url=_url("/", {}), data=b"one")
    SigV4Auth(CREDENTIALS, "dynamodb", "us-east-1").add_auth(request)
    wire = on_wire(request)
    changed = WireRequest(
        method=wire.method, path=wire.path, query=wire.query, headers=wire.headers, body=b"two"
    )

    said, ours = computed(changed)

    assert ours != said.signature


@pytest.mark.parametrize(
    ("path", "service", "expected"),
    [
        pytest.param("/b/a//c/../d", "s3", "/b/a//c/../d", id="an object key is only a name"),
        pytest.param("/b/a%2Bb", "s3", "/b/a%2Bb", id="S3 encodes once"),
        pytest.param("/a%3Ab/./c//d/../e", "sts", "/a%253Ab/c/e", id="the others twice"),
        pytest.param("/../..", "sts", "/", id="never above the root"),
        pytest.param("", "s3", "/", id="no path is the root"),
    ],
)
def test_the_path_is_canonical(path: str, service: str, expected: str) -> None:
    assert canonical_path(path, service=service) == expected


GOOD = (
    f"AWS4-HMAC-SHA256 Credential={KEY_ID}/20261120/us-east-1/s3/aws4_request, "
    f"SignedHeaders=host, Signature={'0' * 64}"
)
DATE = ("x-amz-date", "20261120T120000Z")
QUERY = (
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
    f"{KEY_ID}%2F20261120%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20261120T120000Z"
    f"&X-Amz-SignedHeaders=host&X-Amz-Signature={'0' * 64}"
)


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        pytest.param((("authorization", "Bearer abc"), DATE), "", id="bearer"),
        pytest.param((("authorization", GOOD),), "", id="no date"),
        pytest.param(
            (("authorization", GOOD), ("x-amz-date", "20261121T120000Z")), "", id="another day"
        ),
        pytest.param(
            (("authorization", GOOD), ("authorization", GOOD), DATE), "", id="two headers"
        ),
        pytest.param((("authorization", GOOD), DATE), QUERY + "&X-Amz-Expires=60", id="both"),
        pytest.param((), QUERY, id="presigned without end"),
        pytest.param((), QUERY + "&X-Amz-Expires=604801", id="presigned for over a week"),
        pytest.param((), QUERY + "&X-Amz-Expires=60&X-Amz-Expires=9", id="parameter twice"),
        pytest.param((), "X-Amz-Signature=0", id="only a signature"),
        pytest.param(
            (("authorization", GOOD.replace("aws4_request", "aws4")), DATE), "", id="scope cut"
        ),
        pytest.param((("authorization", GOOD.replace("SHA256", "SHA1")), DATE), "", id="weaker"),
    ],
)
def test_half_a_signature_is_refused(headers: tuple[tuple[str, str], ...], query: str) -> None:
    request = WireRequest(method="GET", path="/b/k", query=query, headers=headers, body=b"")

    with pytest.raises(NotASignature):
        signed(request)


def test_a_request_without_any_signature_says_so() -> None:
    request = WireRequest(method="GET", path="/b/k", query="list-type=2", headers=(), body=b"")

    assert signed(request) is None


def test_a_wrong_secret_gives_another_signature() -> None:
    request = AWSRequest(method="POST", url=_url("/", {}), data=b"one")
    SigV4Auth(Credentials(KEY_ID, "another"), "dynamodb", "us-east-1").add_auth(request)

    said, ours = computed(on_wire(request))

    assert ours != said.signature
    assert len(ours) == hashlib.sha256().digest_size * 2
