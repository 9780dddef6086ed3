"""A policy: which paths, and what may be done there.

Sources: Vault's documentation, "Policies" (syntax, capabilities, parameter constraints, required
response wrapping), and the policy reader of OpenBao 2.6, which shares its origin with Vault's.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import cast

from devstack.vault.policy.hcl import Block, Value, read
from devstack.vault.policy.tokens import PolicyMalformed

ROOT_NAME = "root"
"""The policy that may do everything; a token holds it alone or not at all."""


class Capability(Enum):
    """What may be done at a path; `deny` is nothing, whatever else is said."""

    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    PATCH = "patch"
    DELETE = "delete"
    LIST = "list"
    SUDO = "sudo"
    DENY = "deny"


Parameters = Mapping[str, Sequence[Value]]
"""A parameter's name in small letters, and its values; no values: any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stanza:
    """One `path "…" { … }`, as it is written: templates are not filled yet."""

    path: str
    capabilities: frozenset[Capability]
    allowed: Parameters = field(default_factory=dict[str, Sequence[Value]])
    denied: Parameters = field(default_factory=dict[str, Sequence[Value]])
    required: tuple[str, ...] = ()
    min_wrapping_s: float = 0
    """The answer has to be wrapped for at least so long; 0: need not be."""
    max_wrapping_s: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A policy of Vault's; its name is what a token's `policies` say."""

    name: str
    stanzas: tuple[Stanza, ...] = ()


def parse_policy(name: str, text: str) -> Policy:
    """Read a policy. Raises PolicyMalformed."""
    document = read(text)
    kinds = {block.kind for block in document.blocks}
    if strange := (kinds - {"path"}) | (set(document.attributes) - {"name"}):
        raise PolicyMalformed(f"a policy has paths and nothing else, not {min(strange)!r}")
    return Policy(name=name, stanzas=tuple(_stanza(block) for block in document.blocks))


def _stanza(block: Block) -> Stanza:
    where = f"path {block.label!r}"
    if strange := set(block.body) - _KNOWN:
        raise PolicyMalformed(f"{where}: {min(strange)!r} is not known")
    if "+*" in block.label:
        raise PolicyMalformed(f"{where}: '+*' is forbidden")
    shortest = _seconds(where, block.body.get("min_wrapping_ttl", 0))
    longest = _seconds(where, block.body.get("max_wrapping_ttl", 0))
    if shortest and longest and longest < shortest:
        raise PolicyMalformed(f"{where}: max_wrapping_ttl is less than min_wrapping_ttl")
    return Stanza(
        # Paths start after `/v1/`.
        path=block.label.removeprefix("/"),
        capabilities=_capabilities(where, block.body.get("capabilities", [])),
        allowed=_parameters(where, block.body.get("allowed_parameters", {})),
        denied=_parameters(where, block.body.get("denied_parameters", {})),
        required=_names(where, block.body.get("required_parameters", [])),
        min_wrapping_s=shortest,
        max_wrapping_s=longest,
    )


_KNOWN = {
    "capabilities",
    "comment",
    "allowed_parameters",
    "denied_parameters",
    "required_parameters",
    "min_wrapping_ttl",
    "max_wrapping_ttl",
}
"""What is read. Control groups, MFA and the old `policy = "read"` are refused, not overlooked."""


def _capabilities(where: str, value: Value) -> frozenset[Capability]:
    names = _names(where, value)
    known = {capability.value: capability for capability in Capability}
    if strange := [name for name in names if name not in known]:
        raise PolicyMalformed(f"{where}: {strange[0]!r} is no capability")
    found = frozenset(known[name] for name in names)
    return frozenset({Capability.DENY}) if Capability.DENY in found else found


def _names(where: str, value: Value) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise PolicyMalformed(f"{where}: a list of texts is expected")
    return tuple(cast("list[str]", value))


def _parameters(where: str, value: Value) -> Parameters:
    lists = cast("Parameters", value)
    if not isinstance(value, dict) or not all(isinstance(row, list) for row in value.values()):
        raise PolicyMalformed(f"{where}: parameters have lists of values")
    return {name.lower(): values for name, values in lists.items()}


_DURATION = re.compile(r"([0-9]+)(s|m|h|)", re.ASCII)
_UNIT_S = {"": 1, "s": 1, "m": 60, "h": 3600}


def _seconds(where: str, value: Value) -> float:
    match = _DURATION.fullmatch(str(value))
    if match is None:
        raise PolicyMalformed(f"{where}: a duration reads 90, 90s, 5m or 1h")
    return float(int(match[1]) * _UNIT_S[match[2]])
