"""What Secrets Manager answers, by whichever way: its API, or the agent beside the process."""

from typing import cast

from trust.secret import Secret
from trust.secrets.reference import Reference
from trust.secrets.source import Fetched, SecretMalformed

CURRENT = "AWSCURRENT"
"""The stage of the version that is in force."""


def version_in(answer: object, place: Reference) -> Fetched:
    """Read an answer to GetSecretValue. Raises SecretMalformed, which quotes nothing."""
    members = cast("dict[str, object]", answer) if isinstance(answer, dict) else {}
    text, version = members.get("SecretString"), members.get("VersionId")
    if members.get("SecretBinary") is not None:
        raise SecretMalformed(f"{place} is of bytes; it has to be a text (SecretString)")
    if not isinstance(text, str) or not text or not isinstance(version, str) or not version:
        raise SecretMalformed(f"{place}: an answer without the secret or its version")
    return Fetched(value=Secret(text), version=version)
