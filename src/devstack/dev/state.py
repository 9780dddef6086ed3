"""What the local stack makes up once and keeps, so that the second start is like the first."""

import json
import os
import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from devstack.dev.happening import StackFailed

_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits that a person can type from a screen: no i, l, o, 0, 1."""

_KEY_ID = string.ascii_uppercase + "234567"
_KEY = string.ascii_letters + string.digits + "+/"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalSecrets:
    """Secrets of one developer's machine: random, worth nothing elsewhere, shown on purpose."""

    password: str
    """The one password of all people of the local identity provider."""
    client_secret: str
    access_key_id: str
    """The BFF's own AWS credentials; only the local AWS knows them."""
    secret_access_key: str


_MAKERS: dict[str, Callable[[], str]] = {
    "password": lambda: "-".join(_letters(_READABLE, 4) for _ in range(4)),
    "client_secret": lambda: _letters(string.ascii_letters + string.digits, 43),
    "access_key_id": lambda: "AKIA" + _letters(_KEY_ID, 16),
    "secret_access_key": lambda: _letters(_KEY, 40),
}


def local_secrets(path: Path) -> LocalSecrets:
    """Return the secrets kept in a file; what it lacks is made up and added (mode 600)."""
    kept = _read(path)
    whole = {name: kept.get(name) or make() for name, make in _MAKERS.items()}
    if whole != kept:
        write_private(path, json.dumps(whole, indent=2) + "\n")
    return LocalSecrets(**whole)


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read; whoever reads it sees all of it or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    # With its mode from the first byte on: chmod afterwards would leave a moment to read it.
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    part.replace(path)


def _read(path: Path) -> dict[str, str]:
    try:
        kept: object = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise StackFailed(f"{path} cannot be read ({error}): delete it") from error
    return dict(cast("dict[str, str]", kept)) if isinstance(kept, dict) else {}


def _letters(alphabet: str, count: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(count))
