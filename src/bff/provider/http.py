"""Calls to the identity provider: short, small, and only to where they may go."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

import httpx

from bff.provider.addresses import Reach
from bff.provider.dialing import GuardedTransport
from proxy.http import no_cookies
from trust.session.errors import ProviderUnavailable

TIMEOUT_S = 10.0
"""Longest time of one call. Shorter than the refresh lease, which must outlast it."""

MAX_BYTES = 1_000_000
"""Largest answer that is read: discovery documents and key sets are some thousand bytes."""


MOST_REDIRECTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the provider answered; `document` is empty where it was no JSON object."""

    status: int
    document: Mapping[str, Any]
    location: str | None = None
    """Where a redirect leads."""


class ProviderHttp(Protocol):
    """The port to the provider's endpoints. Both may raise ProviderUnavailable."""

    async def get(self, url: str) -> Reply:
        """Fetch a document."""
        ...

    async def post(self, url: str, form: str, headers: Mapping[str, str]) -> Reply:
        """Send a form, already encoded."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...


class HttpxProvider:
    """The provider over httpx."""

    def __init__(self, reach: Reach) -> None:
        self._client = httpx.AsyncClient(
            transport=GuardedTransport(reach),
            timeout=TIMEOUT_S,
            follow_redirects=False,
            cookies=no_cookies(),
            # No proxy and no .netrc: a proxy would connect for us, to whatever it likes.
            trust_env=False,
        )

    async def get(self, url: str) -> Reply:
        """Fetch a document. Raises ProviderUnavailable.

        A redirect is followed within the origin only: to another host, it would be another's word.
        """
        for _ in range(MOST_REDIRECTS + 1):
            request = self._request("GET", url, headers=_ACCEPT)
            reply = await self._reply(request)
            if reply.location is None:
                return reply
            url = _within(request.url, reply.location)
        raise ProviderUnavailable(f"{_host(url)}: redirected too often")

    async def post(self, url: str, form: str, headers: Mapping[str, str]) -> Reply:
        """Send a form; it is never sent on. Raises ProviderUnavailable."""
        every = {**_ACCEPT, **headers, "Content-Type": "application/x-www-form-urlencoded"}
        return await self._reply(self._request("POST", url, content=form.encode(), headers=every))

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    def _request(
        self, method: str, url: str, *, headers: Mapping[str, str], content: bytes | None = None
    ) -> httpx.Request:
        try:
            return self._client.build_request(method, url, headers=headers, content=content)
        except httpx.InvalidURL as error:
            raise ProviderUnavailable(f"an endpoint is no URL: {error}") from error

    async def _reply(self, request: httpx.Request) -> Reply:
        try:
            # Of the whole call: httpx's own limits start anew with every byte that drips in.
            async with asyncio.timeout(TIMEOUT_S):
                response = await self._client.send(request, stream=True)
                try:
                    body = await _bounded(response)
                finally:
                    await response.aclose()
        except (httpx.HTTPError, TimeoutError) as error:
            raise ProviderUnavailable(
                f"{request.url.host}: {str(error) or 'no answer in time'}"
            ) from error
        return Reply(
            status=response.status_code,
            document=_object(body),
            location=response.headers.get("location") if response.is_redirect else None,
        )


def _within(url: httpx.URL, location: str) -> str:
    """Return where a redirect leads. Raises ProviderUnavailable where that is another origin."""
    try:
        target = url.join(location)
    except httpx.InvalidURL as error:
        raise ProviderUnavailable(f"{url.host}: redirected to nowhere") from error
    if (target.scheme, target.host, target.port) != (url.scheme, url.host, url.port):
        raise ProviderUnavailable(f"{url.host}: redirected to another origin")
    return str(target)


def _host(url: str) -> str:
    return httpx.URL(url).host


async def _bounded(response: httpx.Response) -> bytes:
    if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
        # Nobody asked for it, and a few bytes may unpack to gigabytes.
        raise ProviderUnavailable("the answer is encoded")
    body = b""
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MAX_BYTES:
            raise ProviderUnavailable("the answer is too large")
    return body


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        parsed: object = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", parsed) if isinstance(parsed, dict) else {}


_ACCEPT = {"Accept": "application/json", "Accept-Encoding": "identity"}
