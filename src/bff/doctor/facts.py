"""What the checks judge: gathered by `gathering`, and nothing else is looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, cast

from bff.settings import Settings
from trust.registry.record import ProviderEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreached:
    """Something was not had, and why."""

    why: str


OFFLINE = Unreached(why="not looked at: --offline")
"""Nobody asked for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer of the running BFF; header names are lower-case and may come several times."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""

    def header(self, name: str) -> str:
        """Return a header's value; all of them, joined, where it came several times."""
        return ", ".join(value for known, value in self.headers if known == name)

    def every(self, name: str) -> list[str]:
        """Return the values of a header that may come several times."""
        return [value for known, value in self.headers if known == name]


class Probe(Enum):
    """A request to the running BFF, made without a session; `probes` spells them."""

    LOGIN = "login"
    LOGIN_FRAMED = "login in a frame"
    LOGIN_AWAY = "login that returns to another site"
    CALLBACK_BARE = "callback without state"
    CALLBACK_FORGED = "callback with a made-up state"
    SESSION = "check session"
    SESSION_NO_HEADER = "check session without X-CSRF"
    SESSION_CROSS_SITE = "check session from another site"
    SESSION_SIBLING = "check session from a sibling sub-domain"
    SESSION_ORIGIN = "check session from another origin, without fetch metadata"
    LOGOUT_NO_HEADER = "logout without X-CSRF"
    PREFLIGHT = "preflight of another site"
    AGENTS = "agents without a session"
    INVOCATION = "message without a session"
    INVOCATION_NO_HEADER = "message without X-CSRF"
    INVOCATION_GET = "message by GET"
    BACKCHANNEL = "forged logout token"
    APP = "the app's page"
    PLAIN = "plain http"


Answers = Mapping[Probe, Answer | Unreached]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A provider, and what it says of itself now."""

    entry: ProviderEntry
    document: Mapping[str, Any] | Unreached
    keys: Sequence[object] | Unreached
    """The entries of its key set, as they stand there."""


def texts_in(document: Mapping[str, Any], name: str, *, default: Sequence[str] = ()) -> list[str]:
    """Return a member that is a list of texts; `default` where it is missing or something else."""
    found = document.get(name)
    if not isinstance(found, list):
        return list(default)
    return [item for item in cast("list[object]", found) if isinstance(item, str)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that was gathered."""

    settings: Settings
    providers: Sequence[Published]
    """The default one first."""
    answers: Answers = field(default_factory=dict[Probe, Answer | Unreached])
    """Of the running BFF; a probe that is missing was not made."""
    registry: Unreached | None = None
    """Why the providers that tenants brought along are not among `providers`."""
