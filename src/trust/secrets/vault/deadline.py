"""One deadline for the whole of an exchange with Vault.

A time-out of requests is for each pause: whoever sends a byte in each of them holds a thread for as
long as they like, by headers or a handshake that never end. So the connection is cut.
"""

from contextlib import suppress
from functools import cache
from threading import Lock, Timer, local
from typing import Any, Self

_BOTH_WAYS = 2
"""SHUT_RDWR (POSIX, shutdown)."""

_HERE = local()


class Deadline:
    """Cuts the connection that this thread uses, once `seconds` are over; a context manager."""

    def __init__(self, seconds: float) -> None:
        self._timer = Timer(seconds, self._end)
        self._timer.daemon = True
        self._lock = Lock()
        self._line: Any = None
        self._has_come = False

    def __enter__(self) -> Self:
        _HERE.deadline = self
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        _HERE.deadline = None
        self._timer.cancel()
        with self._lock:
            # From now on the connection may be another thread's.
            self._line = None

    @property
    def has_come(self) -> bool:
        """Whether what was going on has been cut."""
        return self._has_come

    def watch(self, line: Any) -> None:
        """Cut this one when the time has come."""
        with self._lock:
            self._line = line
            if self._has_come:
                _cut(line)

    def _end(self) -> None:
        with self._lock:
            self._has_come = True
            if self._line is not None:
                _cut(self._line)


def _cut(line: Any) -> None:
    with suppress(OSError):
        line.shutdown(_BOTH_WAYS)


def watched(manager: Any) -> None:
    """Have the connections of a pool manager (urllib3's, as requests has it) be such as end so."""
    kinds: dict[str, Any] = manager.pool_classes_by_scheme
    manager.pool_classes_by_scheme = {scheme: _pool_of(kind) for scheme, kind in kinds.items()}


@cache
def _pool_of(kind: Any) -> Any:
    connection = type("Watched", (_Watched, kind.ConnectionCls), {})
    return type("WatchedPool", (kind,), {"ConnectionCls": connection})


class _Watched:
    """Has a second handle for its connection: TLS takes the first one for itself."""

    _line: Any = None

    def _new_conn(self) -> Any:
        theirs: Any = super()
        opened = theirs._new_conn()  # noqa: SLF001 urllib3 has no other place to come in
        self._line = opened.dup()
        _watch(self._line)
        return opened

    def putrequest(self, *args: Any, **kwargs: Any) -> None:
        # One that was opened for an earlier request.
        _watch(self._line)
        theirs: Any = super()
        theirs.putrequest(*args, **kwargs)

    def close(self) -> None:
        theirs: Any = super()
        theirs.close()
        line, self._line = self._line, None
        if line is not None:
            line.close()


def _watch(line: Any) -> None:
    deadline: Deadline | None = getattr(_HERE, "deadline", None)
    if deadline is not None and line is not None:
        deadline.watch(line)
