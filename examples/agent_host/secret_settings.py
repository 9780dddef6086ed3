"""Where the agent's own secrets are, as its environment says: references, never the secrets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trust.secrets.reference import Reference
    from trust.secrets.settings import SecretSettings

PREFIX = "AGENT_SECRET_"

MODEL_KEY = "model_key"
"""The name of the key that the model is called with, where there is one."""

ABSENT = (
    "`trust`, which asks for secrets, is not beside this agent; the images of 3-deepresearch and"
    " 4-research have it"
)


class SecretsMisplaced(Exception):
    """What the environment says of secrets cannot be used; each line names a variable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSecrets:
    """Where the agent's secrets are, and how it proves who it is."""

    references: "Mapping[str, Reference]"
    """By name, in lower case: AGENT_SECRET_SEARCH_TOKEN is `search_token`."""
    settings: "SecretSettings"
    environment: Mapping[str, str] = field(repr=False)
    """For `env:` references, which are for one's own machine: a child process gets them, too."""


def agent_secrets_of(environment: Mapping[str, str]) -> AgentSecrets | None:
    """Read where secrets are; None where none are named. Raises SecretsMisplaced.

    Late imports: an agent without secrets of its own needs nothing of `trust`.
    """
    named = {
        name.removeprefix(PREFIX).lower(): text
        for name, text in environment.items()
        if name.startswith(PREFIX) and text
    }
    if not named:
        return None
    try:
        return _read(named, environment)
    except ImportError:
        raise SecretsMisplaced(f"{PREFIX}…: {ABSENT}") from None


def _read(named: Mapping[str, str], environment: Mapping[str, str]) -> AgentSecrets:
    from trust.secrets.reference import ReferenceMalformed, parse_reference
    from trust.secrets.settings import VaultAuth, read_secret_settings

    faults: list[str] = []
    references: dict[str, Reference] = {}
    for name, text in named.items():
        try:
            references[name] = parse_reference(text)
        except ReferenceMalformed as malformed:
            faults.append(f"{PREFIX}{name.upper()}: {malformed}")
    settings = read_secret_settings(environment, faults)
    if settings is not None and settings.vault_auth is VaultAuth.APPROLE_WRAPPED:
        faults.append(
            "BFF_VAULT_AUTH: approle-wrapped opens once, and an agent logs in each time; use"
            " another method"
        )
    if settings is None or faults:
        raise SecretsMisplaced("\n".join(faults))
    return AgentSecrets(references=references, settings=settings, environment=environment)
