"""Calls to the identity provider: short, small, and never redirected."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

import httpx

from proxy.http import no_cookies
from trust.session.errors import ProviderUnavailable

TIMEOUT_S = 10.0
"""Longest time of one call. Shorter than the refresh lease, which must outlast it."""

MAX_BYTES = 1_000_000
"""Largest answer that is read: discovery documents and key sets are some thousand bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the provider answered; `document` is empty where it was no JSON object."""

    status: int
    document: Mapping[str, Any]


class ProviderHttp(Protocol):
    """The port to the provider's endpoints. Both may raise ProviderUnavailable."""

    async def get(self, url: str) -> Reply:
        """Fetch a document."""
        ...

    async def post(self, url: str, form: str, headers: Mapping[str, str]) -> Reply:
        """Send a form, already encoded."""
        ...


class HttpxProvider:
    """The provider over httpx."""

    def __init__(self) -> None:
        self._client = httpx.AsyncClient(
            timeout=TIMEOUT_S, follow_redirects=False, cookies=no_cookies()
        )

    async def get(self, url: str) -> Reply:
        """Fetch a document. Raises ProviderUnavailable."""
        return await self._reply(self._client.build_request("GET", url, headers=_ACCEPT))

    async def post(self, url: str, form: str, headers: Mapping[str, str]) -> Reply:
        """Send a form. Raises ProviderUnavailable."""
        every = {**_ACCEPT, **headers, "Content-Type": "application/x-www-form-urlencoded"}
        return await self._reply(
            self._client.build_request("POST", url, content=form.encode(), headers=every)
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

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
            raise ProviderUnavailable(f"{request.url.host}: {type(error).__name__}") from error
        return Reply(status=response.status_code, document=_object(body))


async def _bounded(response: httpx.Response) -> bytes:
    body = b""
    async for chunk in response.aiter_bytes():
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


_ACCEPT = {"Accept": "application/json"}
