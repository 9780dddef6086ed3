"""The upstream over httpx: no retries, no redirects, no decompression, no cookies."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from proxy.errors import AgentFailed, AgentTimeout, AgentUnreachable
from proxy.upstream import Answer, Outgoing

CONNECT_TIMEOUT_S = 5.0
WRITE_TIMEOUT_S = 30.0
MAX_CONNECTIONS = 1000
MAX_IDLE_CONNECTIONS = 100


class HttpxUpstream:
    """One connection pool for all calls of the process."""

    def __init__(self, *, idle_s: float) -> None:
        """`idle_s`: how long an answer may be silent."""
        timeout = httpx.Timeout(
            connect=CONNECT_TIMEOUT_S, write=WRITE_TIMEOUT_S, read=idle_s, pool=CONNECT_TIMEOUT_S
        )
        limits = httpx.Limits(
            max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_IDLE_CONNECTIONS
        )
        # trust_env off: a proxy named in the environment must not see signed calls.
        self._client = httpx.AsyncClient(
            timeout=timeout, limits=limits, trust_env=False, cookies=no_cookies()
        )

    @asynccontextmanager
    async def open(self, call: Outgoing) -> AsyncGenerator[Answer]:
        """Send the call. Raises AgentUnreachable, AgentTimeout, AgentFailed."""
        request = httpx.Request(call.method, call.url, headers=call.headers, content=call.body)
        try:
            response = await self._client.send(request, stream=True, follow_redirects=False)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise AgentUnreachable(type(error).__name__) from error
        except httpx.TimeoutException as error:
            raise AgentTimeout(type(error).__name__) from error
        except httpx.HTTPError as error:
            raise AgentFailed(type(error).__name__) from error
        try:
            yield Answer(
                status=response.status_code,
                headers={name.lower(): value for name, value in response.headers.items()},
                chunks=_chunks(response),
            )
        finally:
            await response.aclose()

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()


def no_cookies() -> CookieJar:
    """Return a jar that keeps nothing: an answer to one tenant must not colour another's call."""
    return CookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))


async def _chunks(response: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in response.aiter_raw():
            yield chunk
    except httpx.TimeoutException as error:
        raise AgentTimeout(type(error).__name__) from error
    except httpx.HTTPError as error:
        raise AgentFailed(type(error).__name__) from error
