"""What the environment says, read once at start."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from agent_host.database_settings import DatabaseMisplaced, DatabasePlace, database_of
from agent_host.secret_settings import AgentSecrets, SecretsMisplaced, agent_secrets_of

LOCAL_ROLE_ARN = "arn:aws:sts::000000000000:assumed-role/local-agent/local"


class SettingsWrong(Exception):
    """A variable cannot be used; the message names it and says what would be right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guardrail:
    """A guardrail of Amazon Bedrock."""

    id: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The agent's configuration."""

    host: str
    port: int
    bedrock_model_id: str | None
    """Which model of Amazon Bedrock answers; None is the offline model."""
    region: str
    """Of Bedrock."""
    agentcore_region: str
    """Of the gateway, the tools and the memory."""
    offline_pause_s: float
    """How long the offline model waits before each piece of its answer, in seconds."""
    gateway_url: str | None
    guardrail: Guardrail | None
    memory_id: str | None
    browser_id: str | None
    code_interpreter_id: str | None
    role_arn: str
    """Whom policies know the agent by, where it evaluates them itself: without a gateway."""
    search_url: str | None = None
    """A search engine's; its token is the secret `search_token`."""
    database: DatabasePlace | None = None
    """A database of tenants' own passages; who reads in it is the secret `database`."""
    secrets: AgentSecrets | None = None
    """Where the agent's own secrets are; None where it has none."""
    numbers: Mapping[str, int] = field(default_factory=dict[str, int])
    """The agent's own settings (RUNTIME_CONFIG), by name."""


def settings_of(environment: Mapping[str, str]) -> Settings:
    """Read the settings. Raises SettingsWrong."""
    region = environment.get("AWS_REGION") or "us-east-1"
    return Settings(
        host=environment.get("HOST", "127.0.0.1"),
        port=_whole(environment, "PORT", default=8080, most=65535),
        bedrock_model_id=environment.get("BEDROCK_MODEL_ID") or None,
        region=environment.get("BEDROCK_REGION") or region,
        agentcore_region=region,
        offline_pause_s=_whole(environment, "OFFLINE_PAUSE_MS", default=40, most=60_000) / 1000,
        gateway_url=_address(environment, "GATEWAY_URL"),
        guardrail=_guardrail(environment),
        memory_id=environment.get("MEMORY_ID") or None,
        browser_id=environment.get("BROWSER_ID") or None,
        code_interpreter_id=environment.get("CODE_INTERPRETER_ID") or None,
        role_arn=environment.get("AGENT_ROLE_ARN") or LOCAL_ROLE_ARN,
        search_url=_search(environment),
        database=_database(environment),
        secrets=_secrets(environment),
        numbers=_numbers(environment),
    )


def current_settings() -> Settings:
    """Read the settings from this process's environment. Raises SettingsWrong."""
    return settings_of(os.environ)  # noqa: TID251 this is the one place


def _whole(environment: Mapping[str, str], name: str, *, default: int, most: int) -> int:
    raw = environment.get(name) or str(default)
    if not (raw.isascii() and raw.isdigit() and int(raw) <= most):
        raise SettingsWrong(f"{name}={raw!r}: must be a whole number from 0 to {most}")
    return int(raw)


def _address(environment: Mapping[str, str], name: str) -> str | None:
    url = environment.get(name) or None
    # Calls over plain http could be read and changed on the way; loopback has no way.
    if url is None or url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        return url
    raise SettingsWrong(f"{name}={url!r}: must begin with https://")


def _search(environment: Mapping[str, str]) -> str | None:
    url = _address(environment, "SEARCH_URL")
    if url is not None and not environment.get("AGENT_SECRET_SEARCH_TOKEN"):
        raise SettingsWrong("AGENT_SECRET_SEARCH_TOKEN is not set; SEARCH_URL needs it")
    return url


def _database(environment: Mapping[str, str]) -> DatabasePlace | None:
    try:
        return database_of(environment)
    except DatabaseMisplaced as misplaced:
        raise SettingsWrong(str(misplaced)) from None


def _secrets(environment: Mapping[str, str]) -> AgentSecrets | None:
    try:
        return agent_secrets_of(environment)
    except SecretsMisplaced as misplaced:
        raise SettingsWrong(str(misplaced)) from None


def _guardrail(environment: Mapping[str, str]) -> Guardrail | None:
    name, version = environment.get("GUARDRAIL_ID"), environment.get("GUARDRAIL_VERSION")
    if not name and not version:
        return None
    if not name or not version:
        # Half a guardrail would be none, and nobody would notice.
        raise SettingsWrong("GUARDRAIL_ID and GUARDRAIL_VERSION: set both, or neither")
    return Guardrail(id=name, version=version)


def _numbers(environment: Mapping[str, str]) -> dict[str, int]:
    raw = environment.get("RUNTIME_CONFIG") or "{}"
    wrong = SettingsWrong("RUNTIME_CONFIG: must be a JSON object of whole numbers from 1 by name")
    try:
        found: object = json.loads(raw)
    except ValueError:
        raise wrong from None
    if not isinstance(found, dict):
        raise wrong
    numbers: dict[str, int] = {}
    for name, value in cast("dict[str, object]", found).items():
        # Terraform's map(any) makes texts of numbers, if there is one text among them.
        text = str(value)
        if isinstance(value, bool) or not (text.isascii() and text.isdigit() and int(text) >= 1):
            raise wrong
        numbers[name] = int(text)
    return numbers
