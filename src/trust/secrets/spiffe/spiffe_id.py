"""SPIFFE IDs, and which of them this process must have (SPIFFE-ID §2)."""

import re
from dataclasses import dataclass, replace

_FORM = re.compile(
    r"spiffe://(?P<domain>[a-z0-9._-]{1,255})(?P<path>(?:/[A-Za-z0-9._-]+)*)", re.ASCII
)
_LONGEST_BYTES = 2048
"""SPIFFE-ID §2.3: longer ones need not be understood by anybody."""


@dataclass(frozen=True, slots=True)
class SpiffeId:
    """The name of a workload, or of a trust domain where `path` is empty."""

    trust_domain: str
    path: str

    def __str__(self) -> str:
        return f"spiffe://{self.trust_domain}{self.path}"


def parse_spiffe_id(text: str) -> SpiffeId:
    """Read a SPIFFE ID. Raises ValueError, which quotes nothing."""
    found = _FORM.fullmatch(text) if len(text) <= _LONGEST_BYTES else None
    # SPIFFE-ID §2.2: no segment may be "." or "..": others might read another path in it.
    if found is None or not {".", ".."}.isdisjoint(found["path"].split("/")):
        raise ValueError("is no SPIFFE ID such as spiffe://example.org/gatehouse")
    return SpiffeId(found["domain"], found["path"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Who this process must be; None where the configuration does not say."""

    trust_domain: str | None = None
    path: str | None = None

    @property
    def subject(self) -> str | None:
        """The one name that it may have, if there is only one."""
        if self.trust_domain is None or self.path is None:
            return None
        return str(SpiffeId(self.trust_domain, self.path))

    def mismatch(self, found: SpiffeId) -> str | None:
        """Say why `found` is somebody else; None if it may be us.

        The keeper of the identities on this machine is reached by a path in a file system: whoever
        can put a socket there can answer. They can make identities of their own trust domain, and
        what we would then say to others as one of theirs is what this check prevents.
        """
        if not found.path:
            return "names a trust domain and no workload"
        if self.trust_domain not in {None, found.trust_domain}:
            return "is of a foreign trust domain"
        if self.path not in {None, found.path}:
            return "is of another workload"
        return None

    def pinned(self, found: SpiffeId) -> "Expected":
        """Return the same with the trust domain fixed: a process does not change it."""
        return replace(self, trust_domain=found.trust_domain)


def expected(configured: str | None) -> Expected:
    """Read who we must be: a workload, or anybody of a trust domain (`spiffe://example.org`).

    Raises ValueError, which quotes nothing.
    """
    if configured is None:
        return Expected()
    found = parse_spiffe_id(configured)
    return Expected(trust_domain=found.trust_domain, path=found.path or None)
