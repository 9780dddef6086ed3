"""One row of DynamoDB, read by a program that blocks: nothing of boto3 or asyncio is loaded."""

import os
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from authorizer.framing import Answer, request
from authorizer.settings import SessionTable
from authorizer.sockets import Connection
from trust.aws.dynamodb.answer import Done, Trouble, code_of, meaning
from trust.aws.dynamodb.attributes import item_of
from trust.aws.dynamodb.request import get
from trust.aws.endpoints import Endpoint, endpoint
from trust.aws.environment import credentials_in
from trust.aws.message import AwsUnavailable, Lost, Post, Reply, checked
from trust.aws.retry import Patience, pause_before_next
from trust.aws.signer import Scope
from trust.aws.signing import Place, outgoing_headers
from trust.clock import Clock, NumericDate
from trust.grant.record import Credentials, serves
from trust.store.table import Item, Key, StoreUnavailable, is_live

PATIENCE = Patience(attempts=3, attempt_s=2.5, whole_s=6.0)
"""How long a look may take. API Gateway waits 10 s for an authorizer."""

MAX_BYTES = 1_000_000
"""Largest answer that is read: an item has at most 400 kB, a third more in base64."""


class Exchange(Protocol):
    """What carries a request; `authorizer.sockets.Connection` is one."""

    def exchange(self, request: bytes, *, within_s: float, limit: int) -> Answer | Lost:
        """Send a request; return its answer, of at most `limit` bytes, or how it was lost."""
        ...


class OwnCredentials:
    """The function's own credentials: `load` is asked for the first ones, and before they end."""

    def __init__(self, load: Callable[[], Credentials]) -> None:
        self._load = load
        self._known: Credentials | None = None

    def at(self, now: NumericDate) -> Credentials:
        """Return credentials that have some minutes left. Raises AwsUnavailable."""
        if self._known is None or not serves(self._known, now):
            self._known = self._load()
        return self._known


class Caller:
    """Calls DynamoDB, again where that may help: a read can be repeated whatever became of it."""

    def __init__(
        self, connection: Exchange, credentials: OwnCredentials, place: Place, clock: Clock
    ) -> None:
        self._connection = connection
        self._credentials = credentials
        self._place = place
        self._clock = clock
        self.pause: Callable[[float], None] = time.sleep
        self.draw = _drawn

    def call(self, post: Post) -> Reply:
        """Return the answer, also one that refuses. Raises AwsUnavailable."""
        deadline = self._clock.monotonic() + PATIENCE.whole_s
        attempt = 1
        while True:
            left_s = deadline - self._clock.monotonic()
            if left_s <= 0:
                raise AwsUnavailable(f"no answer in {PATIENCE.whole_s} s")
            outcome = self._attempt(post, min(left_s, PATIENCE.attempt_s))
            wait_s = pause_before_next(
                outcome, attempt, PATIENCE, code_of=code_of, draw=self.draw()
            )
            if wait_s is None:
                return _last(outcome)
            attempt += 1
            self.pause(wait_s)

    def _attempt(self, post: Post, within_s: float) -> Reply | Lost:
        now = self._clock.now()
        headers = outgoing_headers(post, self._place, self._credentials.at(now), now=now)
        where = self._place.endpoint
        call = request("POST", where.path, {"Host": where.host, **headers}, post.body)
        answer = self._connection.exchange(call, within_s=within_s, limit=MAX_BYTES)
        if isinstance(answer, Lost):
            return answer
        return checked(Reply(answer.status, answer.headers, answer.body))


class DynamoDbRows:
    """The rows of one table."""

    def __init__(self, caller: Caller, table: str) -> None:
        self._caller = caller
        self._table = table

    def get(self, key: Key, *, now: NumericDate) -> Item | None:
        """Return the item unless it is absent or expired, as it is at this moment.

        Raises StoreUnavailable, RowMalformed.
        """
        try:
            answer = meaning(self._caller.call(get(self._table, key)))
        except AwsUnavailable as error:
            raise StoreUnavailable(f"DynamoDB: {error}") from error
        if not isinstance(answer, Done):
            code = answer.code if isinstance(answer, Trouble) else "an answer to another call"
            raise StoreUnavailable(f"DynamoDB: {code}")
        found = answer.document.get("Item")
        item = item_of(found) if found else None
        return item if item and is_live(item, now) else None


def open_rows(place: SessionTable, environment: Mapping[str, str], clock: Clock) -> DynamoDbRows:
    """Return the rows; nothing is asked yet. Raises SettingsError."""
    where = endpoint("dynamodb", place.region, environment)
    caller = Caller(
        _connection(where, environment, clock),
        OwnCredentials(lambda: _credentials(environment, clock)),
        Place(endpoint=where, scope=Scope(region=place.region, service="dynamodb")),
        clock,
    )
    return DynamoDbRows(caller, place.name)


def _connection(where: Endpoint, environment: Mapping[str, str], clock: Clock) -> Connection:
    host, port = where.address
    ca_file = environment.get("AWS_CA_BUNDLE") or None
    return Connection(host, port, clock, tls=where.scheme == "https", ca_file=ca_file)


def _credentials(environment: Mapping[str, str], clock: Clock) -> Credentials:
    found = credentials_in(environment)
    if found is not None:
        return found
    # Not on Lambda, or with SnapStart: the long way, and the heavy one.
    from trust.aws.botocore import CredentialChain

    return CredentialChain(clock).load()


def _drawn() -> float:
    """Return a number from 0 to 1 by chance; to load `random` takes longer than a look does."""
    return int.from_bytes(os.urandom(4), "big") / 2**32


def _last(outcome: Reply | Lost) -> Reply:
    if isinstance(outcome, Lost):
        raise AwsUnavailable(outcome.kind)
    return outcome
