"""Gathering the facts: the provider's documents as they are published, the BFF as it answers."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

from bff.doctor.facts import OFFLINE, Answers, Facts, Published, Unreached
from bff.doctor.finding import quoted
from bff.provider.http import Reply
from bff.provider.metadata import well_known
from bff.settings import Settings
from trust.registry.record import ProviderEntry
from trust.session.errors import ProviderUnavailable

_OK = 200


class RunningBff(Protocol):
    """The port to the BFF that is looked at."""

    async def answers(self, told: Callable[[str], None]) -> Answers:
        """Ask everything; `told` is told each question before it is asked."""
        ...


class Documents(Protocol):
    """The port to a provider's documents."""

    async def get(self, url: str, /) -> Reply:
        """Fetch a document. Raises ProviderUnavailable."""
        ...


HttpFor = Callable[[ProviderEntry], Documents]
"""How a provider is asked: some are in a private network."""


def offline(settings: Settings, default: ProviderEntry) -> Facts:
    """Return what can be known without asking anybody."""
    return Facts(
        settings=settings,
        providers=(Published(entry=default, document=OFFLINE, keys=OFFLINE),),
        registry=OFFLINE,
    )


async def gathered(
    settings: Settings,
    entries: Sequence[ProviderEntry] | Unreached,
    default: ProviderEntry,
    *,
    http_for: HttpFor,
    bff: RunningBff,
    told: Callable[[str], None],
) -> Facts:
    """Ask the providers and the running BFF; what cannot be had is a fact, too.

    `entries`: all providers, the default one first, or why the registry could not be read.
    """
    known = (default,) if isinstance(entries, Unreached) else entries
    providers: list[Published] = []
    for entry in known:
        told(f"provider {entry.name}")
        providers.append(await _published(entry, http_for(entry), dev=settings.dev))
    return Facts(
        settings=settings,
        providers=tuple(providers),
        answers=await bff.answers(told),
        registry=entries if isinstance(entries, Unreached) else None,
    )


async def _published(entry: ProviderEntry, http: Documents, *, dev: bool) -> Published:
    document = await _document(http, well_known(entry.issuer), what="discovery")
    if isinstance(document, Unreached):
        return Published(entry=entry, document=document, keys=document)
    keys = await _keys(http, document.get("jwks_uri"), dev=dev)
    return Published(entry=entry, document=document, keys=keys)


async def _keys(http: Documents, place: object, *, dev: bool) -> Sequence[object] | Unreached:
    if not isinstance(place, str) or not _may_ask(place, dev=dev):
        return Unreached(why="the key set: no https address")
    document = await _document(http, place, what="key set")
    if isinstance(document, Unreached):
        return document
    entries = document.get("keys")
    if not isinstance(entries, list):
        return Unreached(why="key set: no list of keys")
    return cast("list[object]", entries)


def _may_ask(place: str, *, dev: bool) -> bool:
    try:
        scheme = urlsplit(place).scheme
    except ValueError:
        return False
    return scheme == "https" or (dev and scheme == "http")


async def _document(http: Documents, url: str, *, what: str) -> Mapping[str, Any] | Unreached:
    try:
        reply = await http.get(url)
    except ProviderUnavailable as error:
        return Unreached(why=f"{what}: {quoted(error)}")
    if reply.status != _OK or not reply.document:
        return Unreached(why=f"{what}: answered {reply.status}, no JSON object")
    return reply.document
