"""A search engine behind the library: asked with a token that is held for that one question."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any, cast

import httpx
from agent_host.log import event
from agent_host.secret_settings import AgentSecrets
from agent_host.secrets import SecretMissing, held

from deepresearch.library import MAX_HITS, Library, Page

TOKEN = "search_token"  # noqa: S105 its name
"""AGENT_SECRET_SEARCH_TOKEN says where it is."""

SEARCH_S = 15.0
MAX_ANSWER_BYTES = 1_048_576
_MAX_TITLE_CHARS = 200


class SearchFailed(Exception):
    """The search engine gave no answer that can be read."""


class Searching:
    """A library whose pages are searched here, and in the web by a search engine besides."""

    def __init__(self, library: Library, url: str, secrets: AgentSecrets | None) -> None:
        """Ask `url` too: `?q=…&format=json`, as SearXNG has it, with a bearer token."""
        self._library = library
        self._url = url
        self._secrets = secrets

    async def search(self, query: str) -> Sequence[Page]:
        """Return the library's pages, then the engine's; without the engine, what there is."""
        known = await self._library.search(query)
        try:
            async with asyncio.timeout(SEARCH_S):
                found = await self._asked(query)
        except (TimeoutError, httpx.HTTPError, SearchFailed, SecretMissing) as error:
            event("search.unavailable", error=type(error).__name__)
            found = []
        return [*known, *found][:MAX_HITS]

    async def read(self, address: str) -> Page:
        """Return a page. Raises PageMissing."""
        return await self._library.read(address)

    async def _asked(self, query: str) -> list[Page]:
        # The environment's proxies and .netrc are not asked: the token is for this one address, and
        # no redirection is followed with it in hand.
        async with (
            held(self._secrets, TOKEN) as values,
            httpx.AsyncClient(trust_env=False, follow_redirects=False) as client,
            client.stream(
                "GET",
                self._url,
                params={"q": query, "format": "json"},
                headers={"Authorization": f"Bearer {values[TOKEN].reveal()}"},
            ) as answer,
        ):
            if not answer.is_success:
                raise SearchFailed
            body = bytearray()
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > MAX_ANSWER_BYTES:
                    raise SearchFailed
        return _pages(bytes(body))


def _pages(body: bytes) -> list[Page]:
    """Read `{"results": [{"url", "title", "content"}]}`. Raises SearchFailed."""
    try:
        document: object = json.loads(body)
    except (ValueError, RecursionError):
        raise SearchFailed from None
    results = (
        cast("dict[str, object]", document).get("results") if isinstance(document, dict) else None
    )
    if not isinstance(results, list):
        raise SearchFailed
    return [page for one in cast("list[object]", results) if (page := _page(one)) is not None]


def _page(result: object) -> Page | None:
    if not isinstance(result, dict):
        return None
    members = cast("dict[str, Any]", result)
    address, title = members.get("url"), members.get("title")
    if not isinstance(address, str) or not isinstance(title, str) or not _is_plain(address):
        return None
    # One line each: a line break would be another page in the list that the model is shown.
    return Page(address=address, title=" ".join(title.split())[:_MAX_TITLE_CHARS], text="")


def _is_plain(address: str) -> bool:
    return address.startswith("https://") and address.isascii() and len(address.split()) == 1
