"""Where secrets come from: one port, one adapter for each kind of place."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from trust.errors import UpstreamError
from trust.secret import Secret
from trust.secrets.reference import Reference, Scheme


class SecretUnavailable(UpstreamError):
    """The secret is not there, or its keeper cannot be asked. The message names the reference."""

    code, status, title = "secret_unavailable", 503, "The service is not ready. Please try again."
    retry_after = 5


class SecretSource(Protocol):
    """Somewhere that keeps secrets."""

    async def read(self, reference: Reference) -> Secret:
        """Return the secret. Raises SecretUnavailable."""
        ...


class EnvironmentSource:
    """Secrets in the environment that the process was started with."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    async def read(self, reference: Reference) -> Secret:
        """Return the variable's value. Raises SecretUnavailable."""
        value = self._environment.get(reference.path)
        if not value:
            raise SecretUnavailable(f"the environment has no {reference.path}")
        return Secret(value)


class FileSource:
    """Secrets in files; a trailing newline does not belong to them."""

    async def read(self, reference: Reference) -> Secret:
        """Return the file's text. Raises SecretUnavailable."""
        try:
            text = Path(reference.path).read_text(encoding="utf-8")  # noqa: ASYNC240 small, at start
        except (OSError, UnicodeDecodeError) as error:
            raise SecretUnavailable(f"file {reference.path}: {type(error).__name__}") from error
        if not text.strip():
            raise SecretUnavailable(f"file {reference.path} is empty")
        return Secret(text.removesuffix("\n"))


class Secrets:
    """All sources, by scheme."""

    def __init__(self, sources: Mapping[Scheme, SecretSource]) -> None:
        self._sources = sources

    async def read(self, reference: Reference) -> Secret:
        """Return the secret from wherever it is. Raises SecretUnavailable."""
        source = self._sources.get(reference.scheme)
        if source is None:
            raise SecretUnavailable(f"no source for {reference.scheme.value}: references")
        return await source.read(reference)


def member(text: str, reference: Reference) -> Secret:
    """Pick `#key` out of a secret that is a JSON object. Raises SecretUnavailable."""
    if reference.key is None:
        return Secret(text)
    try:
        document: dict[str, object] = json.loads(text)
        return text_member(document, reference)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        where = f"{reference.scheme.value}:{reference.path}"
        raise SecretUnavailable(f"{where} has no member {reference.key} that is a text") from error


def text_member(document: Mapping[str, object], reference: Reference) -> Secret:
    """Return the text `#key` of an object. Raises KeyError, TypeError where there is none."""
    value = document[str(reference.key)]
    if not isinstance(value, str) or not value:
        raise TypeError("no text")
    return Secret(value)
