"""Secrets that lie beside the program: in its environment, or in files."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from trust.secret import Secret
from trust.secrets.file import SpecialFile, regular_file
from trust.secrets.reference import Reference, Scheme
from trust.secrets.source import Fetched, SecretMalformed, SecretOutage, SecretRefused, Source

MOST_BYTES = 1 << 20
"""Longest file that is read; Secrets Manager's and Vault's secrets are shorter."""


class EnvironmentSource:
    """Secrets in the environment that the process was started with."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    async def fetch(self, place: Reference, known: Fetched | None) -> Fetched:
        """Return the variable's value, which stays. Raises SecretRefused."""
        del known
        value = self._environment.get(place.path)
        if not value:
            raise SecretRefused(f"the environment has no {place.path}")
        if not _is_text(value):
            raise SecretMalformed(f"{place} is no UTF-8")
        return Fetched(value=Secret(value), version=_version(value), constant=True)


class FileSource:
    """Secrets in files, which may change; a trailing newline does not belong to them."""

    async def fetch(self, place: Reference, known: Fetched | None) -> Fetched:
        """Return the file's text. Raises SecretOutage, SecretRefused."""
        del known
        try:
            text = _text_of(Path(place.path))
        except (FileNotFoundError, PermissionError) as error:
            raise SecretRefused(f"{place}: {type(error).__name__}") from None
        except SpecialFile:
            raise SecretRefused(f"{place} is no regular file") from None
        except UnicodeDecodeError:
            # Not as a cause: what cannot be decoded is quoted by the error.
            raise SecretMalformed(f"{place} is no UTF-8") from None
        except (OSError, ValueError) as error:
            raise SecretOutage(f"{place}: {type(error).__name__}") from None
        if len(text) > MOST_BYTES:
            raise SecretMalformed(f"{place} is too long for a secret")
        if not text.strip():
            # Somebody who writes it anew in place has cut it to nothing a moment before.
            raise SecretMalformed(f"{place} is empty")
        value = text.removesuffix("\n")
        return Fetched(value=Secret(value), version=_version(value))


def static_sources(environment: Mapping[str, str]) -> dict[Scheme, Source]:
    """Return who reads each of the schemes `STATIC`."""
    return {Scheme.ENV: EnvironmentSource(environment), Scheme.FILE: FileSource()}


def _text_of(path: Path) -> str:
    with regular_file(path) as file:
        text = file.read(MOST_BYTES + 1).decode()
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _is_text(value: str) -> bool:
    # Bytes that are no UTF-8 come out of the environment as surrogates (PEP 383).
    return not any("\ud800" <= letter <= "\udfff" for letter in value)


def _version(value: str) -> str:
    # Only ever compared, never shown: a hash of a weak secret could be guessed at.
    return hashlib.sha256(value.encode()).hexdigest()
