"""Calls by AWS's own library, which blocks: in threads, in time, and its failures told apart.

It tries once: when to ask again is the cell's to say, which knows how long there is for it.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Lock
from typing import Generic, TypeVar

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from trust.clock import Clock, Instant, elapsed_s, instant
from trust.secrets.aws_failure import EXPIRED, UNKNOWN, failure
from trust.secrets.reference import Reference
from trust.secrets.source import SecretOutage, SecretUnavailable

C = TypeVar("C")
T = TypeVar("T")

CONNECT_S, READ_S = 2.0, 3.0
"""How long connecting may take, and how long each silence."""

CALL_S = 8.0
"""How long a call may take, waiting for a thread and finding an identity included."""

THREADS = 8
"""Calls at once. Threads of their own: while AWS hangs, those of asyncio are needed, for names."""

IDENTITY_EVERY_S = 10.0
"""Shortest time between two looks for other credentials: each reads files and asks around."""

_ARN_PARTS = 6
"""`arn:partition:service:region:account:resource`."""

_MAKING = Lock()
"""Clients are thread-safe; making them is not (boto3, "Multithreading or multiprocessing")."""


_TALKATIVE = ("botocore", "botocore.auth", "botocore.endpoint", "botocore.parsers")
"""Their debug output has whole answers in it, and our own session token."""


def config() -> Config:
    """Return how clients are made; from the first of them on, botocore keeps secrets to itself.

    The loggers are held one by one: `boto3.set_stream_logger` turns up the one above them.
    """
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    return Config(
        connect_timeout=CONNECT_S,
        read_timeout=READ_S,
        max_pool_connections=THREADS,
        retries={"mode": "standard", "total_max_attempts": 1},
    )


class Calls(Generic[C]):
    """Calls of one service. `made` makes a client; with `fresh`, by credentials looked for anew."""

    def __init__(self, made: Callable[[bool], C], clock: Clock) -> None:
        self._made = made
        self._clock = clock
        self._client: C | None = None
        self._refreshed: Instant | None = None
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="aws-secrets")

    async def done(self, place: Reference, operation: Callable[[C], T]) -> T:
        """Do it in a thread. Raises SecretOutage, SecretRefused.

        No error has a cause: AWS's own would carry its text, and what was sent.
        """
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CALL_S):
                return await loop.run_in_executor(self._threads, self._tried, operation)
        except TimeoutError:
            failed: SecretUnavailable = SecretOutage(f"{place}: no answer within {CALL_S:.0f} s")
        except ClientError as error:
            failed = failure(place, _code(error), _status(error))
        except (BotoCoreError, ResponseParserError, OSError, RuntimeError, ValueError) as error:
            # RuntimeError: credentials that were renewed and are over nevertheless.
            failed = SecretOutage(f"{place}: {type(error).__name__}")
        # Here, not above: as its context AWS's error, and with it the answer, would live on.
        raise failed

    def _tried(self, operation: Callable[[C], T]) -> T:
        client = self._current(None)
        try:
            return operation(client)
        except ClientError as error:
            if _code(error) not in EXPIRED | UNKNOWN:
                raise
            other = self._current(client)
            if other is client:
                raise
        return operation(other)

    def _current(self, refused: C | None) -> C:
        """Return the client; another one if this one's credentials were refused, not too often."""
        with _MAKING:
            if self._client is None:
                self._client = self._made(False)  # noqa: FBT003 as declared
            elif self._client is refused and not self._recently():
                self._refreshed = instant(self._clock)
                self._client = self._made(True)  # noqa: FBT003 as declared
            return self._client

    def _recently(self) -> bool:
        at = self._refreshed
        return at is not None and elapsed_s(at, self._clock) < IDENTITY_EVERY_S


class Regions(Generic[C]):
    """Calls of one service in its own region, and in each that a reference names.

    `made` makes a client for a region; None: that of AWS's own configuration.
    """

    def __init__(
        self, made: Callable[[str | None, bool], C], region: str | None, clock: Clock
    ) -> None:
        self._made = made
        self._region = region
        self._clock = clock
        self._calls: dict[str | None, Calls[C]] = {}

    def of(self, place: Reference) -> Calls[C]:
        """Return the calls for a place."""
        region = _region_in(place) or self._region
        if region not in self._calls:
            self._calls[region] = Calls(partial(self._made, region), self._clock)
        return self._calls[region]


def _region_in(place: Reference) -> str | None:
    """Return the region of a reference that is an ARN: it can be asked for there alone."""
    parts = place.path.split(":", _ARN_PARTS - 1)
    return parts[3] or None if len(parts) == _ARN_PARTS and parts[0] == "arn" else None


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
