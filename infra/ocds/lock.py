"""A hash-locked requirements file: exact versions, each with the hashes of its files."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ocds.errors import LockRefused
from ocds.markers import holds

_PIN = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?:\[[A-Za-z0-9._,\s-]*\])?"
    r"\s*==\s*(?P<version>[A-Za-z0-9][A-Za-z0-9.!+_-]*)\s*(?:;(?P<marker>.*))?"
)
_HASH = re.compile(r"--hash=(?P<kind>[a-z0-9]+):(?P<digest>[0-9a-f]+)")
_SHA256 = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One package of the lock."""

    name: str
    """As the lock spells it, normalised (PEP 503)."""

    version: str
    hashes: frozenset[str]
    """SHA-256 of each file that may be taken, in hex."""

    @property
    def line(self) -> str:
        """The requirement as pip reads it, without its marker: that has been decided."""
        return " ".join(
            [f"{self.name}=={self.version}", *(f"--hash=sha256:{h}" for h in sorted(self.hashes))]
        )


def pins_of(text: str, environment: Mapping[str, str]) -> tuple[Pin, ...]:
    """Return what the lock has for the target with this environment, by name.

    Raises MarkerRefused; and LockRefused, if anything is not an exact version with SHA-256 hashes.
    """
    found: dict[str, Pin] = {}
    for line in _lines(text):
        requirement, marker, hashes = _parts(line)
        if marker and not holds(marker, environment):
            continue
        pin = Pin(name=normal(requirement[0]), version=requirement[1], hashes=hashes)
        if pin.name in found:
            raise LockRefused(f"the lock names {pin.name} twice for this target. Write it anew.")
        found[pin.name] = pin
    return tuple(found[name] for name in sorted(found))


def normal(name: str) -> str:
    """Return a package's name as it is compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _lines(text: str) -> list[str]:
    joined = re.sub(r"\\\r?\n", " ", text)
    bare = (re.sub(r"(^|\s)#.*", "", line).strip() for line in joined.splitlines())
    return [line for line in bare if line]


def _parts(line: str) -> tuple[tuple[str, str], str, frozenset[str]]:
    # Options (an index, a folder of wheels, -r) are refused with all else that is not a pin: where
    # packages come from is pip's own configuration, and not for a file that is checked in.
    before, *hashes = re.split(r"\s+(?=--hash=)", line)
    pin = _PIN.fullmatch(before.strip())
    if pin is None:
        raise LockRefused(
            f"the lock says {before[:80]!r}, which is not `name==version`. Write it by `uv pip "
            "compile --generate-hashes`, or by `pip-compile --generate-hashes`."
        )
    return (
        (pin["name"], pin["version"]),
        (pin["marker"] or "").strip(),
        _hashes(pin["name"], hashes),
    )


def _hashes(name: str, options: list[str]) -> frozenset[str]:
    digests: set[str] = set()
    for option in options:
        found = _HASH.fullmatch(option.strip())
        if found is None or found["kind"] != "sha256" or len(found["digest"]) != _SHA256:
            raise LockRefused(f"the lock's hash of {name} is not a SHA-256: {option[:80]!r}")
        digests.add(found["digest"])
    if not digests:
        raise LockRefused(f"the lock has no hash of {name}. Write it with --generate-hashes.")
    return frozenset(digests)
