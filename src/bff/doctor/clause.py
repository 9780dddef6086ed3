"""What a specification demands, and how a deployment stands to it."""

from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """How strongly it is demanded (RFC 2119); advice without a key word is a MAY."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class Outcome(Enum):
    """How the deployment stands to a clause."""

    PASSED = "passed"
    FAILED = "failed"
    """A MUST that is not kept: the deployment is wrong."""
    WARNED = "warned"
    """A SHOULD or a MAY that is not used, or something that is right in development only."""
    NOT_CHECKED = "not checked"


class Evidence(Enum):
    """What was looked at."""

    CONFIGURATION = "configuration"
    PROVIDER = "provider"
    """The provider's metadata and key set, as they are published now."""
    PROBE = "probe"
    """Answers of the running BFF, over its public URL."""
    TESTS = "tests"
    """Kept by the program whatever its configuration is; these tests fail if it is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One demand. `id` is stable: reports of different days are compared by it."""

    id: str
    document: str
    section: str
    level: Level
    says: str
    """What is demanded, in our words."""
    tests: tuple[str, ...] = ()
    """Tests that fail if the program does not keep it: `file::test`, below `tests/`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How the deployment stands to one clause."""

    clause: Clause
    outcome: Outcome
    evidence: Evidence
    seen: str
    """What was seen, or why nothing was; never a secret, and only printable characters."""
    advice: str = ""
    """What to do; empty where nothing is to be done."""
    about: str | None = None
    """The provider's name in the configuration, where the clause is about a provider."""
