"""What the environment says, read once at start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass


class SettingsWrong(Exception):
    """A variable cannot be used; the message names it and says what would be right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The agent's configuration."""

    host: str
    port: int
    bedrock_model_id: str | None
    """Which model of Amazon Bedrock answers; None is the offline model."""
    region: str
    offline_pause_s: float
    """How long the offline model waits before each piece of its answer, in seconds."""


def settings_of(environment: Mapping[str, str]) -> Settings:
    """Read the settings. Raises SettingsWrong."""
    return Settings(
        host=environment.get("HOST", "127.0.0.1"),
        port=_whole(environment, "PORT", default=8080, most=65535),
        bedrock_model_id=environment.get("BEDROCK_MODEL_ID") or None,
        region=environment.get("AWS_REGION", "us-east-1"),
        offline_pause_s=_whole(environment, "OFFLINE_PAUSE_MS", default=40, most=60_000) / 1000,
    )


def current_settings() -> Settings:
    """Read the settings from this process's environment. Raises SettingsWrong."""
    return settings_of(os.environ)  # noqa: TID251 this is the one place


def _whole(environment: Mapping[str, str], name: str, *, default: int, most: int) -> int:
    raw = environment.get(name) or str(default)
    if not (raw.isascii() and raw.isdigit() and int(raw) <= most):
        raise SettingsWrong(f"{name}={raw!r}: must be a whole number from 0 to {most}")
    return int(raw)
