"""Where in Vault a reference points to, and nowhere else."""

import re
from dataclasses import dataclass

from trust.secrets.reference import Reference
from trust.secrets.source import SecretRefused

_SEGMENT = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._~-]{1,255}", re.ASCII)
"""What stands for itself in a URL (RFC 3986 §2.3), and is no step up."""

_NO_ENGINE = frozenset({"sys", "auth", "identity", "cubbyhole"})
"""Vault's own paths, where no engine can be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An engine's mount and what lies in it; each may stand in a URL as it is."""

    mount: str
    name: str


def path_of(place: Reference) -> Place:
    """Return the place of a reference. Raises SecretRefused for what a URL would read otherwise.

    `secret/app/../../sys/…` is another secret once an HTTP client has tidied it up, `%2e%2e` once a
    proxy has decoded it, and hvac makes one slash of two: so nothing is escaped, only refused.
    """
    plain = place.below and all(map(_SEGMENT.fullmatch, place.path.split("/")))
    if not plain or place.mount in _NO_ENGINE:
        raise SecretRefused(
            f"{place.scheme.value}: the path is not one in Vault; between its slashes stand"
            " letters, digits, '.', '_', '~' and '-', and its mount is an engine's"
        )
    return Place(mount=place.mount, name=place.below)


def named(place: Reference) -> Place:
    """Return the place of a role or a key, whose name has no slash. Raises SecretRefused."""
    found = path_of(place)
    if "/" in found.name:
        raise SecretRefused(f"{place.scheme.value}: a reference is mount/name, with one slash")
    return found
