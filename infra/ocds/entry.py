"""One file of a package, and which paths and files may become one."""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Final

_SECRETS: Final = (
    ".env",
    ".env.*",
    "*.pem",
    "*.key",
    "*.p12",
    "*.pfx",
    "*.jks",
    "*.tfstate",
    "*.tfvars",
    "id_rsa*",
    "id_ecdsa*",
    "id_ed25519*",
    ".git",
    ".aws",
    ".ssh",
    ".gnupg",
    ".netrc",
    ".npmrc",
    ".pypirc",
    ".git-credentials",
    ".terraform",
    ".gatehouse",
)
"""Names, of a file or of a folder on the way to it, that keep secrets by custom."""

_PRIVATE_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file, as it stands in the zip."""

    path: str
    data: bytes
    executable: bool = False


def unsafe(path: str) -> str | None:
    """Return why a path must not stand in a zip, or nothing.

    Whoever unpacks may write where the path says: above the folder ("zip slip"), or at the root.
    """
    if not path or "\x00" in path or "\\" in path:
        return "it is not a path"
    if path.startswith("/") or re.match(r"[A-Za-z]:", path):
        return "it leads to the root of the disk"
    parts = path.split("/")
    if ".." in parts:
        return "it leads out of the folder"
    if any(part in {"", "."} for part in parts):
        return "it is not in its simplest form"
    return None


def secret(path: str, data: bytes = b"") -> str | None:
    """Return why a file looks like a secret, or nothing. A package is no place for one."""
    for part in PurePosixPath(path).parts:
        for name in _SECRETS:
            if fnmatchcase(part.lower(), name):
                return f"files named {name} keep secrets"
    if _PRIVATE_KEY.search(data):
        return "there is a private key in it"
    return None
