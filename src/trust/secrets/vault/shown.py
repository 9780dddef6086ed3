"""The certificate that Vault sees: the newest one at each request, and new connections for it.

A connection shows the certificate that it was opened with for as long as it lives. So with another
certificate come other connections; those of the one before are closed with the last request on
them, and its key goes with them.
"""

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import TypeAlias

import requests

from trust.secrets.source import SecretOutage, SecretUnavailable
from trust.secrets.spiffe.svid import X509Svid, X509SvidSource

Connect: TypeAlias = Callable[[X509Svid | None], requests.Session]
"""Makes connections that show a certificate, or none. Raises SecretOutage, SecretRefused."""


@dataclass(slots=True)
class _Line:
    chain: str
    session: requests.Session
    users: int = 0


class Lines:
    """The connections to use now; without `svids` always the same ones, that show nothing."""

    def __init__(self, connect: Connect, svids: Callable[[], X509SvidSource] | None) -> None:
        self._connect = connect
        self._svids = svids
        self._source: X509SvidSource | None = None
        self._line = _Line("", connect(None)) if svids is None else None
        self._lock = Lock()
        self._changing = asyncio.Lock()

    async def renew(self) -> None:
        """Have requests show the certificate as it is now. Raises SecretOutage, SecretRefused.

        Where there is none, because it is over or we are nobody now, nothing is open any more.
        """
        if self._svids is None:
            return
        if self._source is None:
            self._source = self._svids()
        try:
            await self._follow(self._source)
        except SecretUnavailable:
            self._use(None)
            raise

    @contextmanager
    def used(self) -> Generator[requests.Session]:
        """Lend the connections to one request, in whatever thread. Raises SecretOutage."""
        with self._lock:
            line = self._line
            if line is None:
                raise SecretOutage("there is no certificate to show to Vault any more")
            line.users += 1
        try:
            yield line.session
        finally:
            with self._lock:
                line.users -= 1
            self._end(line)

    async def close(self) -> None:
        """Close connections as their requests end, and then what gave us certificates."""
        self._use(None)
        if self._source is not None:
            await self._source.close()

    async def _follow(self, source: X509SvidSource) -> None:
        if self._shows(await source.x509_svid()):
            return
        async with self._changing:
            # Asked again: since then there may have come a newer one, or we may be nobody now.
            svid = await source.x509_svid()
            if not self._shows(svid):
                # In a thread: files of authorities are read.
                session = await asyncio.to_thread(self._connect, svid)
                self._use(_Line(svid.chain, session))

    def _shows(self, svid: X509Svid) -> bool:
        return self._line is not None and self._line.chain == svid.chain

    def _use(self, line: _Line | None) -> None:
        with self._lock:
            before, self._line = self._line, line
        if before is not None:
            self._end(before)

    def _end(self, line: _Line) -> None:
        with self._lock:
            over = line is not self._line and not line.users
        if over:
            line.session.close()
