"""The wire over httpx: the oracle of our own client, and its stand-in by configuration."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from trust.wire.call import Answer, Broken, Outgoing, Taken, Unreachable
from trust.wire.client import CONNECT_TIMEOUT_S, IDLE_S, MOST_IDLE
from trust.wire.framing import destination, head_of
from trust.wire.tls import verified


class HttpxWire:
    """One connection pool for all calls of the process: no retries, no redirects, no cookies."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        # Only connecting has a time-out: how long an answer may take is the caller's to say.
        timeout = httpx.Timeout(None, connect=CONNECT_TIMEOUT_S)
        limits = httpx.Limits(
            # As of our own client: how many calls there are is the caller's to say, too. Where they
            # wait for a place, httpcore (1.0.9) loses it if one is cancelled as it is given to it.
            max_connections=None,
            max_keepalive_connections=MOST_IDLE,
            keepalive_expiry=IDLE_S,
        )
        # trust_env off: a proxy named in the environment must not see signed calls.
        self._client = httpx.AsyncClient(
            verify=tls or verified(),
            timeout=timeout,
            limits=limits,
            trust_env=False,
            cookies=no_cookies(),
        )

    async def open(self, call: Outgoing) -> Answer:
        """As `trust.wire.call.Wire.open`."""
        head_of(call, destination(call.url))
        # As bytes: of text httpx takes ASCII alone.
        headers = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in call.headers.items()]
        request = httpx.Request(call.method, call.url, headers=headers, content=call.body)
        try:
            response = await self._client.send(request, stream=True, follow_redirects=False)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Unreachable(type(error).__name__) from error
        except httpx.HTTPError as error:
            raise Broken(type(error).__name__) from error
        return HttpxAnswer(response)

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()


class HttpxAnswer:
    """An answer of httpx."""

    def __init__(self, response: httpx.Response) -> None:
        self.status: int = response.status_code
        self.headers: Mapping[str, str] = {n.lower(): v for n, v in response.headers.items()}
        self._response = response
        self._chunks = _chunks(response)
        self._next: asyncio.Task[bytes] | None = None
        self._failure: Broken | None = None
        self.ended = False

    async def read(self, within_s: float | None = None, taken: Taken | None = None) -> bytes | None:
        """As `trust.wire.call.Answer.read`; nothing is offered to anybody."""
        del taken
        if self._failure is not None:
            raise self._failure
        # A task, since httpx gives up an answer whose reading was interrupted.
        task = self._next = self._next or asyncio.ensure_future(self._chunk())
        done, _ = await asyncio.wait({task}, timeout=within_s)
        if not done:
            return None
        self._next = None
        # It may have been cancelled by `close`: that must not pass for a cancelling of the reader.
        failure = _failure_of(task)
        if failure is not None:
            self._failure = failure
            raise failure
        chunk = task.result()
        self.ended = not chunk
        return chunk

    async def _chunk(self) -> bytes:
        return await anext(self._chunks, b"")

    def close(self) -> None:
        """As `trust.wire.call.Answer.close`; httpx does it a moment later."""
        self._failure = self._failure or Broken("read after its end")
        if self._next is not None:
            self._next.cancel()
        if not self._response.is_closed:
            self._closing = asyncio.ensure_future(self._closed())

    async def _closed(self) -> None:
        if self._next is not None:
            await asyncio.wait({self._next})
        await self._response.aclose()


def _failure_of(task: asyncio.Task[bytes]) -> Broken | None:
    if task.cancelled():
        return Broken("closed by us")
    failure = task.exception()
    return failure if isinstance(failure, Broken) else None


def no_cookies() -> CookieJar:
    """Return a jar that keeps nothing: an answer to one tenant must not colour another's call."""
    return CookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))


async def _chunks(response: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in response.aiter_raw():
            yield chunk
    except httpx.HTTPError as error:
        raise Broken(type(error).__name__) from error
