"""Who signed: every way in which a signature can be wrong, in each protocol's own words."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from devstack.aws.authentication import SKEW_S, Fault, Gatekeeper, refusal_of
from devstack.aws.dialect import Dialect
from devstack.aws.errors import AwsError
from devstack.aws.sigv4 import signed
from devstack.aws.sts.identities import Identities
from devstack.aws.sts.principal import Principal
from devstack.aws.wire import WireRequest
from trust.secret import Secret

LONG = Principal(
    access_key_id="AKIALONGLIVED",
    secret_access_key=Secret("long-lived"),
    arn="arn:aws:iam::123456789012:user/dev",
    user_id="AIDADEV",
)
SHORT = Principal(
    access_key_id="ASIASHORTLIVED",
    secret_access_key=Secret("short-lived"),
    session_token=Secret("token"),
    arn="arn:aws:sts::123456789012:assumed-role/data/alice",
    user_id="AROADATA:alice",
    issued_at=0,
    expires_at=4_000_000_000,
)
EXPIRED = replace(SHORT, access_key_id="ASIAEXPIRED", expires_at=1)
GATEKEEPER = Gatekeeper(identities=Identities([LONG, SHORT, EXPIRED]), region="us-east-1")


def credentials(of: Principal, **other: str | None) -> Credentials:
    token = of.session_token
    known: dict[str, Any] = {
        "access_key": of.access_key_id,
        "secret_key": of.secret_access_key.reveal(),
        "token": None if token is None else token.reveal(),
    }
    return Credentials(**(known | other))


def wired(request: AWSRequest) -> WireRequest:
    prepared = request.prepare()
    parts = urlsplit(prepared.url)
    said: dict[str, Any] = dict(prepared.headers.items())
    headers = {
        name.lower(): value.decode() if isinstance(value, bytes) else value
        for name, value in said.items()
    }
    return WireRequest(
        method=prepared.method,
        path=parts.path,
        query=parts.query,
        headers=tuple(({"host": parts.netloc} | headers).items()),
        body=prepared.body if isinstance(prepared.body, bytes) else b"",
    )


def request(
    who: Credentials, *, service: str = "dynamodb", region: str = "us-east-1", **more: Any
) -> WireRequest:
    plain = AWSRequest(method="POST", url="http://127.0.0.1:9500/", data=b"{}", **more)
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    signer(who, service, region).add_auth(plain)
    return wired(plain)


def moment(wire: WireRequest) -> int:
    """Return the time at which a request says it was signed."""
    said = signed(wire)
    assert said is not None
    at = datetime.strptime(said.timestamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return int(at.timestamp())


def owner(wire: WireRequest, *, dialect: Dialect = Dialect.JSON_1_0, later_s: int = 0) -> Principal:
    said = signed(wire)
    assert said is not None
    now = moment(wire) + later_s
    return GATEKEEPER.authenticated(wire, said, dialect=dialect, now=now).caller


def code(wire: WireRequest, *, dialect: Dialect, later_s: int = 0) -> tuple[str, int]:
    with pytest.raises(AwsError) as refused:
        owner(wire, dialect=dialect, later_s=later_s)
    return refused.value.code, refused.value.status


@pytest.mark.parametrize("principal", [LONG, SHORT])
def test_a_good_signature_names_its_owner(principal: Principal) -> None:
    assert owner(request(credentials(principal))) is principal


JSON, REST, QUERY, S3 = Dialect.JSON_1_1, Dialect.REST_JSON, Dialect.QUERY, Dialect.S3


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        (JSON, ("UnrecognizedClientException", 400)),
        (REST, ("UnrecognizedClientException", 403)),
        (QUERY, ("InvalidClientTokenId", 403)),
        (S3, ("InvalidAccessKeyId", 403)),
    ],
)
@pytest.mark.parametrize(
    "who",
    [
        pytest.param(credentials(LONG, access_key="AKIASTRANGER"), id="unknown key"),
        pytest.param(credentials(LONG, token="token"), id="token with a long-lived key"),
        pytest.param(credentials(SHORT, token=None), id="no token"),
        pytest.param(credentials(SHORT, token="other"), id="another token"),
    ],
)
def test_strangers_are_refused(
    who: Credentials, dialect: Dialect, expected: tuple[str, int]
) -> None:
    assert code(request(who), dialect=dialect) == expected


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        (JSON, ("ExpiredTokenException", 400)),
        (REST, ("ExpiredTokenException", 403)),
        (QUERY, ("ExpiredToken", 403)),
        (S3, ("ExpiredToken", 400)),
    ],
)
def test_expired_credentials_are_refused(dialect: Dialect, expected: tuple[str, int]) -> None:
    assert code(request(credentials(EXPIRED)), dialect=dialect) == expected


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        (JSON, ("InvalidSignatureException", 400)),
        (REST, ("InvalidSignatureException", 403)),
        (QUERY, ("SignatureDoesNotMatch", 403)),
        (S3, ("SignatureDoesNotMatch", 403)),
    ],
)
def test_a_wrong_secret_is_refused(dialect: Dialect, expected: tuple[str, int]) -> None:
    wire = request(credentials(LONG, secret_key="guessed"))

    assert code(wire, dialect=dialect) == expected


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"body": b'{"a": 1}'}, id="body"),
        pytest.param({"path": "/other"}, id="path"),
        pytest.param({"query": "a=1"}, id="query"),
        pytest.param({"method": "PUT"}, id="method"),
    ],
)
def test_whatever_is_changed_on_the_way_is_noticed(change: dict[str, Any]) -> None:
    wire = replace(request(credentials(LONG)), **change)

    assert code(wire, dialect=JSON) == ("InvalidSignatureException", 400)


def test_a_changed_header_is_noticed() -> None:
    wire = request(credentials(LONG), headers={"x-amz-target": "DynamoDB_20120810.GetItem"})
    changed = tuple((n, v.replace("GetItem", "Scan")) for n, v in wire.headers)

    assert code(replace(wire, headers=changed), dialect=JSON)[0] == "InvalidSignatureException"


@pytest.mark.parametrize(
    ("dialect", "expected"), [(JSON, "InvalidSignatureException"), (S3, "AccessDenied")]
)
def test_a_header_of_awss_own_must_be_signed(dialect: Dialect, expected: str) -> None:
    wire = request(credentials(LONG))
    added = (*wire.headers, ("x-amz-target", "DynamoDB_20120810.Scan"))

    assert code(replace(wire, headers=added), dialect=dialect)[0] == expected


def test_the_host_must_be_signed() -> None:
    wire = request(credentials(LONG))
    headers = tuple((n, v.replace("host;", "")) for n, v in wire.headers)

    assert code(replace(wire, headers=headers), dialect=JSON)[0] == "InvalidSignatureException"


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        (JSON, ("InvalidSignatureException", 400)),
        (REST, ("InvalidSignatureException", 403)),
        (QUERY, ("SignatureDoesNotMatch", 403)),
        (S3, ("RequestTimeTooSkewed", 403)),
    ],
)
@pytest.mark.parametrize("later_s", [SKEW_S + 1, -SKEW_S - 1])
def test_a_wrong_clock_is_refused(
    dialect: Dialect, expected: tuple[str, int], later_s: int
) -> None:
    assert code(request(credentials(LONG)), dialect=dialect, later_s=later_s) == expected


@pytest.mark.parametrize("later_s", [SKEW_S, -SKEW_S])
def test_a_clock_that_is_a_little_off_is_tolerated(later_s: int) -> None:
    assert owner(request(credentials(LONG)), later_s=later_s) is LONG


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [(JSON, "InvalidSignatureException"), (S3, "AuthorizationHeaderMalformed")],
)
def test_another_region_is_refused(dialect: Dialect, expected: str) -> None:
    wire = request(credentials(LONG), region="eu-west-1")

    assert code(wire, dialect=dialect)[0] == expected


class TestPresigned:
    """Requests signed in the query are good until they say."""

    @staticmethod
    def wire(expires: int) -> WireRequest:
        plain = AWSRequest(method="GET", url="http://127.0.0.1:9500/b/k")
        S3SigV4QueryAuth(credentials(SHORT), "s3", "us-east-1", expires=expires).add_auth(plain)
        return wired(plain)

    def test_they_are_good_until_their_end(self) -> None:
        assert owner(self.wire(3600), dialect=S3, later_s=3600) is SHORT

    def test_they_are_refused_after_it(self) -> None:
        assert code(self.wire(3600), dialect=S3, later_s=3601) == ("AccessDenied", 403)

    def test_their_end_is_part_of_the_signature(self) -> None:
        wire = self.wire(60)
        longer = replace(wire, query=wire.query.replace("Expires=60", "Expires=600"))

        assert code(longer, dialect=S3) == ("SignatureDoesNotMatch", 403)

    def test_they_are_not_good_before_their_time(self) -> None:
        assert code(self.wire(3600), dialect=S3, later_s=-SKEW_S - 1)[0] == "RequestTimeTooSkewed"


def test_a_body_that_is_not_what_was_declared_is_refused_by_s3() -> None:
    wire = replace(request(credentials(LONG), service="s3"), body=b"other")

    assert code(wire, dialect=S3) == ("XAmzContentSHA256Mismatch", 400)


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("dialect", Dialect)
def test_every_fault_has_a_word_in_every_protocol(fault: Fault, dialect: Dialect) -> None:
    error = refusal_of(fault, dialect, detail="(why)")

    assert error.status in {400, 403}
    assert error.message.endswith("(why)")
