"""Requests to Vault: hvac, held to deadlines and sizes, off the event loop.

hvac blocks, follows redirects with the token in hand, and waits half a minute for each. Here every
call has a thread of a small pool of its own (so that a Vault that hangs takes no thread from
anybody else), one deadline, and only one address.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import hvac
import requests
from hvac.adapters import JSONAdapter

from trust.secret import Secret
from trust.secrets.reference import Reference
from trust.secrets.source import SecretOutage, SecretRefused, SecretUnavailable
from trust.secrets.spiffe.svid import X509SvidSource
from trust.secrets.vault.connections import THREADS, connections
from trust.secrets.vault.failures import FAILURES, Lost, classified, refusal
from trust.secrets.vault.shown import Lines

T = TypeVar("T")


class VaultHttp:
    """Vault at one address; who asks says by which token."""

    def __init__(
        self,
        *,
        address: str,
        namespace: str | None,
        ca_file: Path | None,
        timeout_s: float,
        shown: Callable[[], X509SvidSource] | None = None,
    ) -> None:
        """`shown` opens what gives us the certificate to show; without it none is shown."""
        self._address = address
        self._namespace = namespace
        self._timeout_s = timeout_s
        self._lines = Lines(lambda svid: connections(timeout_s, ca_file, svid), shown)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="vault")
        self._closed = False

    async def ask(
        self, ask: Callable[[hvac.Client], T], token: Secret | None, about: Reference | str
    ) -> T:
        """Run `ask` in a thread. Raises SecretOutage, SecretRefused, which quote nothing.

        After `timeout_s` nobody waits for it any more; it ends by itself a little later. Where a
        certificate is shown, there is as much time again for our identity, before anything is sent.
        """
        await self._identified(about)
        if self._closed:
            raise SecretOutage(f"{about}: this process is done with Vault")
        running = asyncio.get_running_loop().run_in_executor(self._threads, self._run, ask, token)
        failed: SecretOutage | SecretRefused
        try:
            async with asyncio.timeout(self._timeout_s):
                return await running
        except TimeoutError:
            failed = Lost(f"{about}: no answer from Vault within {self._timeout_s:g} s")
        except FAILURES as error:
            failed = classified(error, about)
        # Here, not above: as its context the library's error, and with it the request and the
        # token in its headers, would live as long as ours does.
        raise failed

    async def close(self) -> None:
        """Give back connections and threads; what is under way ends by its deadline."""
        self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        await self._lines.close()

    async def _identified(self, about: Reference | str) -> None:
        if self._closed:
            return
        failed: SecretUnavailable
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._lines.renew()
        except TimeoutError:
            # Not `Lost`: nothing was asked of Vault.
            failed = SecretOutage(f"{about}: no certificate to show within {self._timeout_s:g} s")
        except SecretUnavailable as error:
            failed = type(error)(f"{about}: {error}")
        else:
            return
        raise failed

    def _run(self, ask: Callable[[hvac.Client], T], token: Secret | None) -> T:
        with self._lines.used() as session:
            return ask(self._client(session, token))

    def _client(self, session: requests.Session, token: Secret | None) -> hvac.Client:
        # A client for each call is cheap (40 microseconds), and no other can change its token.
        return hvac.Client(
            url=self._address,
            # Never None: hvac would look for a token in the environment and in the home folder.
            token="" if token is None else token.reveal(),
            # Nor this: it would take a client certificate from the environment.
            cert=(),  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
            verify=session.verify,
            session=session,
            timeout=self._timeout_s,  # type: ignore[arg-type] # pyright: ignore[reportArgumentType] requests takes fractions
            allow_redirects=False,
            namespace=self._namespace,
            adapter=_Answers,
        )


class _Answers(JSONAdapter):
    """hvac's adapter, with errors that hold nothing of the answer but its status."""

    def request(self, *args: Any, raise_exception: bool = True, **kwargs: Any) -> Any:
        answer = super().request(*args, raise_exception=False, **kwargs)
        if raise_exception and isinstance(answer, requests.Response) and not answer.ok:
            raise refusal(answer.status_code, _document(answer))
        return answer


def _document(answer: requests.Response) -> object:
    try:
        return answer.json()
    except ValueError:
        return None
