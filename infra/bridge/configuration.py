"""Configurations as they are compared and kept: without secrets, and what changes by itself.

What is kept of a resource is what was desired of it and what Get said when that was done. With
both, what a person has changed is told from what the API has (a default, a spelling).
"""

import base64
import binascii
import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from bridge.errors import WrongUse
from bridge.ports import Members

KEPT_MAXIMUM = 6000
"""Characters of a kept configuration: a parameter holds 8 KB at most, with the rest."""

# Values of these may be anything that a deployer has put there: they are compared by their digest.
_VEILED = frozenset({"environmentVariables"})
# Text that must not be there at all: it would stand in Terraform's state and in the parameters.
_SECRET = frozenset({"apiKey", "clientSecret", "password", "privateKey"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What was desired of a resource, and what Get said of it then; both plain."""

    desired: Members
    seen: Members


def parse_desired(text: str) -> Members:
    """Return the Create request in `text`, without members that are null.

    Raises:
        WrongUse: it is no object, holds a client token, or a secret.

    """
    try:
        desired = json.loads(text)
    except ValueError as error:
        raise WrongUse(f"the desired state is not JSON: {error}") from error
    if not isinstance(desired, dict):
        raise WrongUse("the desired state must be an object: the members of the Create request")
    members: Members = without_null(desired)
    if "clientToken" in members:
        raise WrongUse("the desired state must not hold a clientToken: the bridge makes it")
    for path in _secrets(members, ""):
        raise WrongUse(
            f"the desired state holds a secret at {path}. It would stand in Terraform's state: "
            "put it into Secrets Manager and name it by clientSecretConfig, with "
            'clientSecretSource = "EXTERNAL"'
        )
    return members


def without_null(value: Any) -> Any:
    """Return the value without members that are None, at any depth."""
    if isinstance(value, dict):
        members = cast("Members", value)
        return {name: without_null(inner) for name, inner in members.items() if inner is not None}
    if isinstance(value, list):
        return [without_null(inner) for inner in cast("list[object]", value)]
    return value


def plain(value: Any, name: str = "") -> Any:
    """Return the value as it is compared: without times, environments by digest."""
    if isinstance(value, Mapping):
        members = cast("Mapping[str, Any]", value)
        if name in _VEILED:
            return {key: _digest(str(inner)) for key, inner in members.items()}
        return {
            key: plain(inner, key)
            for key, inner in members.items()
            if not isinstance(inner, datetime)
        }
    if isinstance(value, list):
        return [plain(inner) for inner in cast("list[object]", value)]
    return value


def configuration_hash(desired: Members) -> str:
    """Return the hash of what is desired, whatever the order of its members."""
    return hashlib.sha256(_canonical(plain(desired)).encode()).hexdigest()


def kept(baseline: Baseline) -> str:
    """Return the baseline as a parameter holds it; "" where it is too large for one."""
    text = _canonical({"desired": baseline.desired, "seen": baseline.seen})
    packed = base64.b64encode(zlib.compress(text.encode(), level=9)).decode()
    return packed if len(packed) <= KEPT_MAXIMUM else ""


def baseline_of(packed: str) -> Baseline | None:
    """Return what `kept` has packed; None where it was too large, or somebody has edited it."""
    try:
        members = json.loads(zlib.decompress(base64.b64decode(packed, validate=True)))
        return Baseline(desired=members["desired"], seen=members["seen"])
    except (binascii.Error, zlib.error, ValueError, KeyError, TypeError):
        return None


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)


def _digest(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()[:16]


def _secrets(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in cast("Members", value).items():
            if name in _SECRET and isinstance(inner, str):
                yield f"{path}{name}"
            yield from _secrets(inner, f"{path}{name}.")
    elif isinstance(value, list):
        for number, inner in enumerate(cast("list[object]", value)):
            yield from _secrets(inner, f"{path}{number}.")
