"""AgentCore's browser as a library: one session for each page, so that no page finds another's."""

import asyncio
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from agent_host.log import event
from agent_host.settings import Settings
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError, ClientError

from deepresearch.devtools import DevToolsFailed, page_text
from deepresearch.library import MAX_PAGE_CHARS, Library, Page, PageMissing

SESSION_S = 120
PAGE_S = 45.0
_PRIVATE = (".internal", ".local", ".localhost", ".home.arpa")


class Sessions(Protocol):
    """What is used of boto3's client `bedrock-agentcore`."""

    def start_browser_session(self, **request: Any) -> Mapping[str, Any]:
        """Start a session."""
        ...

    def stop_browser_session(self, **request: Any) -> Mapping[str, Any]:
        """End it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """The browser that the settings name."""

    id: str
    region: str
    sessions: Sessions
    credentials: Any
    """Botocore's, of the runtime's role."""


def browser_of(settings: Settings) -> Browser:
    """Return the browser; nothing is called yet."""
    from agent_host.boto3_agentcore import agentcore

    client, credentials = agentcore(settings, read_timeout_s=30)
    return Browser(
        id=settings.browser_id or "",
        region=settings.agentcore_region,
        sessions=client,
        credentials=credentials,
    )


class Web:
    """A library that is searched as before, and whose pages may lie in the web as well."""

    def __init__(self, library: Library, browser: Browser) -> None:
        """Read addresses of the web with the browser, all others in the library."""
        self._library = library
        self._browser = browser

    async def search(self, query: str) -> Sequence[Page]:
        """Search the library: a search engine of the web is a tool at the gateway."""
        return await self._library.search(query)

    async def read(self, address: str) -> Page:
        """Return a page. Raises PageMissing."""
        if not address.startswith(("https:", "http:")):
            return await self._library.read(address)
        if not readable(address):
            raise PageMissing("only public https pages can be read")
        try:
            async with asyncio.timeout(PAGE_S):
                return await self._fetched(address)
        except (TimeoutError, OSError, BotoCoreError, ClientError, DevToolsFailed) as error:
            event("page.unavailable", error=type(error).__name__)
            raise PageMissing("the page cannot be reached") from None

    async def _fetched(self, address: str) -> Page:
        browser = self._browser
        begun = await asyncio.to_thread(
            browser.sessions.start_browser_session,
            browserIdentifier=browser.id,
            sessionTimeoutSeconds=SESSION_S,
        )
        try:
            endpoint = str(begun["streams"]["automationStream"]["streamEndpoint"])
            found = await page_text(endpoint, address, headers=_signed(browser, endpoint))
        finally:
            await asyncio.to_thread(
                browser.sessions.stop_browser_session,
                browserIdentifier=browser.id,
                sessionId=begun["sessionId"],
            )
        # Where a redirection has led counts, not where it began.
        if not readable(found.address):
            raise PageMissing("it leads to a page that is not public")
        return Page(address=address, title=found.title, text=found.text[:MAX_PAGE_CHARS])


def readable(address: str) -> bool:
    """Whether an address is a public https page: a name with a dot, no port, no user.

    The browser is AgentCore's and stands in no network of ours, so this keeps out mistakes; what a
    name resolves to is decided there.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.scheme != "https" or port is not None or parts.username is not None:
        return False
    if "." not in host.strip(".") or host.endswith(_PRIVATE):
        return False
    try:
        ipaddress.ip_address(host)
    except ValueError:
        # A name that ends in a number is an address in another spelling (WHATWG URL §3.5).
        return not host.rstrip(".").rpartition(".")[2].isdigit()
    return False


def _signed(browser: Browser, endpoint: str) -> dict[str, str]:
    request = AWSRequest(method="GET", url=endpoint.replace("wss://", "https://", 1))
    frozen = browser.credentials.get_frozen_credentials()
    SigV4Auth(frozen, "bedrock-agentcore", browser.region).add_auth(request)
    return {name: str(value) for name, value in request.headers.items()}
