"""Calls to the identity provider: short, small, and only to where they may go."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, cast
from weakref import WeakValueDictionary

from bff.provider.addresses import Reach
from trust.session.errors import ProviderUnavailable

if TYPE_CHECKING:
    import httpx

TIMEOUT_S = 10.0
"""Longest time of one call, redirects and all. Shorter than the refresh lease, which must outlast
it."""

MOST_CALLS = 100
"""Calls that are under way to one provider at once; others wait, within their time."""

_Origin = tuple[str, str, int | None]

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
    dpop_nonce: str | None = None
    """What the next proof has to hold (RFC 9449 §8)."""


class ProviderHttp(Protocol):
    """The port to the provider's endpoints. Both may raise ProviderUnavailable."""

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Reply:
        """Fetch a document."""
        ...

    async def post(self, url: str, form: str, headers: Mapping[str, str]) -> Reply:
        """Send a form, already encoded."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...


class HttpxProvider:
    """The provider over httpx. Only where this machine itself is in reach is plain http taken."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        # Of each provider its own, for as long as anybody calls there: it may be one tenant's, and
        # where it hangs, no other tenant's calls wait for it.
        self._places = WeakValueDictionary[_Origin, asyncio.Semaphore]()
        self._schemes = {"https", "http"} if reach is Reach.LOCAL else {"https"}

    @cached_property
    def _client(self) -> "httpx.AsyncClient":
        # Made by the first call: most of what a function of Lambda is asked calls no provider, and
        # httpx and the world's certificates take a tenth of a second.
        import httpx

        from bff.provider.dialing.http import GuardedTransport
        from trust.wire.http import no_cookies

        return httpx.AsyncClient(
            transport=GuardedTransport(self._reach),
            timeout=TIMEOUT_S,
            follow_redirects=False,
            cookies=no_cookies(),
            # No proxy and no .netrc: a proxy would connect for us, to whatever it likes.
            trust_env=False,
        )

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Reply:
        """Fetch a document. Raises ProviderUnavailable.

        A redirect is followed within the origin only: to another host, it would be another's word.
        With `headers`, which bring tokens, it is not followed at all.
        """
        request = self._request("GET", url, headers={**_ACCEPT, **(headers or {})})
        async with _call_to(request.url, self._places_at(request.url)):
            for _ in range(MOST_REDIRECTS + 1):
                reply = await self._reply(request)
                if reply.location is None or headers is not None:
                    return reply
                target = _within(request.url, reply.location)
                request = self._request("GET", target, headers=_ACCEPT)
        raise ProviderUnavailable(f"{_host(request.url)}: redirected too often")

    async def post(self, url: str, form: str, headers: Mapping[str, str]) -> Reply:
        """Send a form; it is never sent on. Raises ProviderUnavailable."""
        every = {**_ACCEPT, **headers, "Content-Type": "application/x-www-form-urlencoded"}
        request = self._request("POST", url, content=form.encode(), headers=every)
        async with _call_to(request.url, self._places_at(request.url)):
            return await self._reply(request)

    def _places_at(self, url: "httpx.URL") -> asyncio.Semaphore:
        return self._places.setdefault(_origin(url), asyncio.Semaphore(MOST_CALLS))

    async def close(self) -> None:
        """Close all connections."""
        if "_client" in self.__dict__:
            await self._client.aclose()

    def _request(
        self, method: str, url: str, *, headers: Mapping[str, str], content: bytes | None = None
    ) -> "httpx.Request":
        import httpx

        try:
            request = self._client.build_request(method, url, headers=headers, content=content)
        except (httpx.InvalidURL, UnicodeError) as error:
            raise ProviderUnavailable("an endpoint is no URL") from error
        if request.url.scheme not in self._schemes:
            raise ProviderUnavailable(f"{_host(request.url)}: is not https")
        if request.url.userinfo:
            # httpx would send it as credentials, in place of those that the call brings.
            raise ProviderUnavailable(f"{_host(request.url)}: a user stands in the URL")
        return request

    async def _reply(self, request: "httpx.Request") -> Reply:
        response = await self._client.send(request, stream=True)
        try:
            body = await _bounded(response)
        finally:
            await response.aclose()
        return Reply(
            status=response.status_code,
            document=_object(body) if _is_json(response) else {},
            dpop_nonce=_nonce(response),
            location=response.headers.get("location") if response.has_redirect_location else None,
        )


@asynccontextmanager
async def _call_to(url: "httpx.URL", places: asyncio.Semaphore) -> AsyncGenerator[None]:
    """Limit a call as a whole: httpx's own limits start anew with every byte that drips in."""
    import httpx

    try:
        async with asyncio.timeout(TIMEOUT_S), places:
            yield
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, UnicodeError) as error:
        # httpx reads a redirect's target even where it does not go there, and stumbles over some.
        raise ProviderUnavailable(f"{_host(url)}: {str(error) or 'no answer in time'}") from error


def _host(url: "httpx.URL") -> str:
    # As it is called: `url.host` is for people to read, and raises where an IDN is malformed.
    return url.raw_host.decode("ascii")


def _origin(url: "httpx.URL") -> _Origin:
    return url.scheme, _host(url), url.port


def _nonce(response: "httpx.Response") -> str | None:
    given = response.headers.get("dpop-nonce", "")
    return given if _NONCE.fullmatch(given) else None


_NONCE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,512}", re.ASCII)
"""RFC 9449 §8.1; of a length that fits into a header."""


def _within(url: "httpx.URL", location: str) -> str:
    """Return where a redirect leads. Raises ProviderUnavailable where that is another origin."""
    target = url.join(location)
    if _origin(target) != _origin(url):
        raise ProviderUnavailable(f"{_host(url)}: redirected to another origin")
    return str(target)


async def _bounded(response: "httpx.Response") -> bytes:
    if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
        # Nobody asked for it, and a few bytes may unpack to gigabytes.
        raise ProviderUnavailable(f"{_host(response.request.url)}: the answer is encoded")
    body = b""
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MAX_BYTES:
            raise ProviderUnavailable(f"{_host(response.request.url)}: the answer is too large")
    return body


def _is_json(response: "httpx.Response") -> bool:
    """Tell whether an answer says that it is JSON (RFC 8259 §11, RFC 6839 §3.1).

    What does not say so is nobody's document: a page or a file that lies at the provider's address
    must not become its word.
    """
    value: str = response.headers.get("content-type", "")
    return _JSON.fullmatch(value.partition(";")[0].strip().lower()) is not None


_JSON = re.compile(r"application/(?:[^/]+\+)?json")


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        parsed: object = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", parsed) if isinstance(parsed, dict) else {}


_ACCEPT = {"Accept": "application/json", "Accept-Encoding": "identity"}
