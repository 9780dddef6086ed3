"""The authorizer's one read: asked again where that helps, in time, and read as by the BFF."""

import json
import ssl
from collections.abc import Mapping
from typing import Any

import pytest

from authorizer.dynamodb import PATIENCE, Caller, DynamoDbRows, OwnCredentials, open_rows
from authorizer.framing import Answer
from authorizer.settings import SessionTable
from contracts.rows import KEY, OTHER, row
from fakes.aws_region import CREDENTIALS, region_at
from fakes.clock import NOW, StoppedClock
from trust.aws.dynamodb.attributes import row_of
from trust.aws.endpoints import Endpoint
from trust.aws.message import AwsUnavailable, Lost
from trust.aws.signer import Scope
from trust.aws.signing import Place
from trust.clock import NumericDate
from trust.errors import SettingsError
from trust.grant.record import Credentials
from trust.store.table import Item, RowMalformed, StoreUnavailable
from trust.wire.client import LeanWire

PLACE = Place(
    endpoint=Endpoint("http", "127.0.0.1:9500", "/"),
    scope=Scope(region="us-east-1", service="dynamodb"),
)
TABLE = SessionTable(name="gatehouse-sessions", region="us-east-1")
Said = Answer | Lost


class Scripted:
    """Carries nothing anywhere, and gives one answer after the other; the last one for ever."""

    def __init__(self, *said: Said) -> None:
        self._said = said
        self.requests: list[bytes] = []
        self.within: list[float] = []

    def exchange(self, request: bytes, *, within_s: float, limit: int) -> Said:
        """Answer."""
        del limit
        self.requests.append(request)
        self.within.append(within_s)
        return self._said[min(len(self.requests), len(self._said)) - 1]


def said(document: Mapping[str, Any], status: int = 200, **headers: str) -> Answer:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, names, json.dumps(document).encode(), reusable=True)


def found(item: Item) -> Answer:
    return said({"Item": row_of(item)})


def error(code: str, status: int = 400) -> Answer:
    return said(
        {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "own words"}, status
    )


RESET = Lost("ConnectionResetError", sent=True)


class Opened:
    """Rows over scripted answers, and the pauses between them."""

    def __init__(self, *answers: Said, clock: StoppedClock | None = None) -> None:
        self.clock = clock or StoppedClock()
        self.wire = Scripted(*answers)
        self.pauses: list[float] = []
        caller = Caller(self.wire, OwnCredentials(lambda: CREDENTIALS), PLACE, self.clock)
        caller.pause = self._pause
        caller.draw = lambda: 1.0
        self.rows = DynamoDbRows(caller, "gatehouse-sessions")

    def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.clock.advance(seconds)

    def get(self) -> Item | None:
        """Look the row up."""
        return self.rows.get(KEY, now=NOW)


def test_a_row_is_found() -> None:
    opened = Opened(found(row(box=b"\x00sealed", device="é")))

    assert opened.get() == row(box=b"\x00sealed", device="é")
    head, _, body = opened.wire.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST / HTTP/1.1\r\nHost: 127.0.0.1:9500\r\n")
    assert b"X-Amz-Target: DynamoDB_20120810.GetItem" in head
    assert b"/us-east-1/dynamodb/aws4_request" in head
    # A revoked session must not be read from a replica that has not heard of it.
    assert json.loads(body)["ConsistentRead"] is True


def test_a_row_that_is_not_there_or_has_ended_is_none() -> None:
    assert Opened(said({})).get() is None
    assert Opened(found(row(expires_at=NOW))).get() is None
    assert Opened(found(row(expires_at=NOW + 1))).get() is not None


@pytest.mark.parametrize(
    "trouble",
    [
        RESET,
        Lost("ConnectionRefusedError", sent=False),
        error("InternalServerError", 500),
        Answer(502, {}, b"<html>", reusable=False),
        said({}, x_amz_crc32="1"),
    ],
)
def test_what_passes_is_asked_again(trouble: Said) -> None:
    opened = Opened(trouble, trouble, found(row()))

    assert opened.get() == row()
    assert opened.pauses == [0.05, 0.1]


def test_throttling_is_waited_out_longer() -> None:
    opened = Opened(error("ProvisionedThroughputExceededException"), found(row()))

    assert opened.get() == row()
    assert opened.pauses == [0.5]


@pytest.mark.parametrize(
    ("trouble", "attempts"),
    [
        (RESET, 3),
        (error("InternalServerError", 500), 3),
        (error("ThrottlingException"), 3),
        (said({}, x_amz_crc32="1"), 3),
        (error("AccessDeniedException"), 1),
        (error("ResourceNotFoundException"), 1),
        (error("ConditionalCheckFailedException"), 1),
        (error("TransactionConflictException"), 1),
        (Answer(200, {}, b"<html>", reusable=True), 1),
        (Answer(307, {"location": "http://elsewhere/"}, b"", reusable=True), 1),
    ],
)
def test_trouble_of_every_kind_is_unavailable(trouble: Said, attempts: int) -> None:
    opened = Opened(trouble)

    with pytest.raises(StoreUnavailable) as unavailable:
        opened.get()

    assert len(opened.wire.requests) == attempts
    assert "own words" not in str(unavailable.value)


def test_a_row_of_another_form_is_malformed() -> None:
    with pytest.raises(RowMalformed):
        Opened(said({"Item": {"pk": {"S": "p"}}})).get()


def test_everything_together_has_a_bound() -> None:
    """API Gateway does not wait for ever, and a person does not either."""

    class Slow(Scripted):
        def exchange(self, request: bytes, *, within_s: float, limit: int) -> Said:
            clock.advance(within_s)
            return super().exchange(request, within_s=within_s, limit=limit)

    clock = StoppedClock()
    opened = Opened(clock=clock)
    opened.wire = Slow(RESET)
    caller = Caller(opened.wire, OwnCredentials(lambda: CREDENTIALS), PLACE, clock)
    caller.pause, caller.draw = clock.advance, lambda: 2.0
    before = clock.monotonic()

    with pytest.raises(StoreUnavailable):
        DynamoDbRows(caller, "t").get(KEY, now=NOW)

    assert clock.monotonic() - before <= PATIENCE.whole_s + 1
    assert opened.wire.within[0] == PATIENCE.attempt_s
    assert opened.wire.within[-1] < PATIENCE.attempt_s


def test_a_pause_that_takes_all_the_time_ends_it() -> None:
    opened = Opened(RESET)
    caller = Caller(opened.wire, OwnCredentials(lambda: CREDENTIALS), PLACE, opened.clock)
    caller.pause, caller.draw = opened.clock.advance, lambda: 1000.0

    with pytest.raises(StoreUnavailable, match=r"no answer in 6\.0 s"):
        DynamoDbRows(caller, "t").get(KEY, now=NOW)
    assert len(opened.wire.requests) == 1


def test_credentials_are_asked_for_again_before_they_end() -> None:
    asked: list[int] = []

    def load() -> Credentials:
        asked.append(1)
        return CREDENTIALS._replace(expires_at=NumericDate(NOW + 900))

    own = OwnCredentials(load)
    for seconds in (0, 1, 599):
        own.at(NumericDate(NOW + seconds))
    assert len(asked) == 1
    own.at(NumericDate(NOW + 600))
    assert len(asked) == 2


def test_without_an_identity_the_store_cannot_be_asked() -> None:
    def none() -> Credentials:
        raise AwsUnavailable("no identity")

    caller = Caller(Scripted(said({})), OwnCredentials(none), PLACE, StoppedClock())

    with pytest.raises(StoreUnavailable, match="no identity"):
        DynamoDbRows(caller, "t").get(KEY, now=NOW)


def test_where_the_environment_has_no_credentials_botocore_s_chain_is_asked(
    monkeypatch: pytest.MonkeyPatch, sessions_url: str
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAFOUND")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
    rows = open_rows(TABLE, {"AWS_ENDPOINT_URL": sessions_url}, StoppedClock())

    assert rows.get(KEY, now=NOW) is None


@pytest.mark.parametrize(
    "environment", [{"AWS_ENDPOINT_URL": "nowhere"}, {"AWS_ENDPOINT_URL_DYNAMODB": "ftp://a"}]
)
def test_an_endpoint_that_is_none_is_a_fault_of_the_settings(
    environment: Mapping[str, str],
) -> None:
    with pytest.raises(SettingsError, match="AWS_ENDPOINT_URL"):
        open_rows(TABLE, environment, StoppedClock())


# -- against a DynamoDB


async def test_what_the_bff_wrote_is_what_the_authorizer_reads(sessions_url: str) -> None:
    wire = LeanWire(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    table = region_at(sessions_url, wire).table(TABLE.name)
    item = row(OTHER, version=7, expires_at=NOW + 9, box=bytes(range(256)), text="Zoë 🚪", n=-1)
    await table.put(item)
    await wire.close()
    environment = {
        "AWS_ENDPOINT_URL": sessions_url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }
    rows = open_rows(TABLE, environment, StoppedClock())

    assert [rows.get(OTHER, now=NOW) for _ in range(3)] == [item] * 3


def test_in_a_region_of_its_own_the_connection_is_made_over_tls() -> None:
    rows = open_rows(TABLE, {"AWS_CA_BUNDLE": "/nonexistent/bundle.pem"}, StoppedClock())
    inside = vars(rows._caller._connection)

    assert inside["_address"] == ("dynamodb.us-east-1.amazonaws.com", 443)
    assert inside["_verifies"] is True
    assert inside["_ca_file"] == "/nonexistent/bundle.pem"
