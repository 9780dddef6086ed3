"""The SPIFFE Workload API on this machine, by the package `spiffe` (SPIFFE Workload API §4, §5).

The package blocks, so it is called in threads; it is loaded, and its threads begin, at the first
use: gRPC does not survive a fork. It waits for ever unless it is told not to, so every call has a
deadline. Of what it raises only classes and gRPC's codes are looked at: its texts quote others'.
"""

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from trust.secret import Secret
from trust.secrets.source import SecretOutage, SecretRefused, SecretUnavailable
from trust.secrets.spiffe.x509_svids import X509Update

if TYPE_CHECKING:
    from spiffe import WorkloadApiClient
    from spiffe.workloadapi.x509_context import X509Context

T = TypeVar("T")

_DEFINITIVE = frozenset(
    {"PERMISSION_DENIED", "INVALID_ARGUMENT", "UNAUTHENTICATED", "UNIMPLEMENTED", "NOT_FOUND"}
)
"""gRPC's codes for "no": §4.3 has PERMISSION_DENIED for a workload without an identity."""


def socket_path(endpoint: str) -> Path:
    """Read `SPIFFE_ENDPOINT_SOCKET` (SPIFFE Workload Endpoint §4). Raises ValueError."""
    scheme, _, path = endpoint.partition(":")
    # TCP is in the standard too, and refused here: anybody on the network could answer.
    if scheme != "unix" or not path.startswith("/"):
        raise ValueError("is no unix socket such as unix:///run/spire/agent.sock")
    return Path("/" + path.lstrip("/"))


class WorkloadApi:
    """What asks the agent on this machine; safe to use from any number of threads."""

    def __init__(self, *, socket: Path, subject: str | None, timeout_s: float) -> None:
        self._socket = socket
        self._subject = subject
        self._timeout_s = timeout_s
        self._lock = Lock()
        self._client: WorkloadApiClient | None = None
        self._pid = 0

    async def token(self, audience: str) -> Secret:
        """Return a JWT-SVID as it came. Raises SecretOutage, SecretRefused."""
        return Secret(await asyncio.to_thread(self._token, audience))

    async def x509(self) -> X509Update:
        """Return our certificates as they came. Raises SecretOutage, SecretRefused."""
        return await asyncio.to_thread(self._x509)

    def watch(
        self, changed: Callable[[X509Update], None], ended: Callable[[], None]
    ) -> Callable[[], None]:
        """Have `changed` called with all new certificates, until `ended` is: by other threads.

        Returns what stops it. Raises SecretOutage, SecretRefused. Who is told of the end asks
        `x509` for the reason: of the stream's the package tells the text alone.
        """
        client = self._opened()
        # Its own retrying is off: it would try for ever where the agent says that we are nobody,
        # and what we were would serve on.
        handle = client.stream_x509_contexts(
            lambda context: changed(_update(context)), lambda _: ended(), retry_connect=False
        )
        return handle.cancel

    async def close(self) -> None:
        """Close the connection, with all that is under way on it."""
        await asyncio.to_thread(self._drop)

    def _token(self, audience: str) -> str:
        client = self._opened()

        def ask() -> str:
            from spiffe import SpiffeId

            subject = None if self._subject is None else SpiffeId(self._subject)
            found = client.fetch_jwt_svid({audience}, subject=subject)
            return found.token

        return self._asked(ask)

    def _x509(self) -> X509Update:
        client = self._opened()
        return self._asked(lambda: _update(client.fetch_x509_context()))

    def _opened(self) -> "WorkloadApiClient":
        with self._lock:
            # A client that was made before a fork is of another process: it is left to that one.
            if self._client is None or self._pid != os.getpid():
                self._client, self._pid = self._new(), os.getpid()
            return self._client

    def _new(self) -> "WorkloadApiClient":
        try:
            from spiffe import WorkloadApiClient
            from spiffe.errors import ArgumentError
        except ImportError:
            raise SecretRefused(
                "the package spiffe is not here: install gatehouse[spiffe], or have spiffe-helper"
                " write BFF_SPIFFE_JWT_FILE"
            ) from None
        try:
            return WorkloadApiClient(f"unix://{self._socket}", default_timeout=self._timeout_s)
        except ArgumentError:
            # The form of the path was looked at before: what is left is that nothing is there.
            raise SecretOutage(
                f"there is no Workload API at {self._socket}: is the agent running?"
            ) from None

    def _asked(self, ask: Callable[[], T]) -> T:
        from spiffe.errors import PySpiffeError

        try:
            return ask()
        except PySpiffeError as error:
            unavailable = _unavailable(error)
        if isinstance(unavailable, SecretOutage):
            # gRPC waits up to two minutes before it tries a socket again that was gone.
            self._drop()
        # Here, not above: as its context the package's error, which may quote what came, would live
        # as long as ours does.
        raise unavailable

    def _drop(self) -> None:
        with self._lock:
            client, self._client = self._client, None
            ours = self._pid == os.getpid()
        if client is not None and ours:
            client.close()


def _unavailable(error: BaseException) -> SecretUnavailable:
    code = next(_codes(error), None)
    if code is None:
        return SecretOutage(f"the Workload API's answer cannot be used: {type(error).__name__}")
    kind = SecretRefused if code in _DEFINITIVE else SecretOutage
    return kind(f"the Workload API answered {code}")


def _codes(error: BaseException | None) -> Iterator[str]:
    # gRPC's errors are calls at the same time (grpc.Call), which have a code.
    while error is not None:
        code = getattr(error, "code", None)
        if callable(code):
            yield str(getattr(code(), "name", "UNKNOWN"))
        error = error.__cause__


def _update(context: "X509Context") -> X509Update:
    from trust.secrets.spiffe.x509_answer import update

    return update(context)
