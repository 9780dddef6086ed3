"""The configuration: environment variables, read once, with all their faults told together."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any

from bff import parse
from bff.provider.client_auth import Method
from trust.coordinates import AppId
from trust.errors import SettingsError
from trust.secrets.reference import STATIC, Reference, parse_reference

MOST_CACHE = timedelta(seconds=1)
"""Longest time for which a session is remembered: how late a revocation may be seen."""


class StsMode(Enum):
    """How grants are asked for."""

    ASSUME_ROLE = "assume-role"
    WEB_IDENTITY = "web-identity"


def variable(name: str, read: Callable[[str], object], default: str | None = None) -> Any:
    """Return a field that is read from the environment; without a default it has to be set."""
    return dataclasses.field(metadata={"name": name, "read": read, "default": default})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One field for each variable; `docs/configuration.md` says what they mean."""

    dev: bool = variable("BFF_ENV", parse.mode, "prod")
    public_url: str = variable("BFF_PUBLIC_URL", parse.origin)
    app_id: AppId = variable("BFF_APP_ID", parse.slug)
    oidc_issuer: str = variable("BFF_OIDC_ISSUER", parse.url)
    oidc_client_id: str = variable("BFF_OIDC_CLIENT_ID", parse.text)
    oidc_scopes: str = variable("BFF_OIDC_SCOPES", parse.text, "openid profile email")
    oidc_client_auth: Method = variable(
        "BFF_OIDC_CLIENT_AUTH", parse.choice(Method), "client_secret_basic"
    )
    oidc_client_secret: Reference | None = variable("BFF_OIDC_CLIENT_SECRET", parse_reference, "")
    oidc_client_key: Reference | None = variable("BFF_OIDC_CLIENT_KEY", parse_reference, "")
    tenant_claim: str = variable("BFF_TENANT_CLAIM", parse.text)
    registry: str = variable("BFF_REGISTRY", parse.place("file:registry.toml"))
    store: str = variable("BFF_STORE", parse.place("sqlite:path", "dynamodb:table", "memory:"))
    session_keys: Reference = variable("BFF_SESSION_KEYS", parse_reference)
    session_idle: timedelta = variable("BFF_SESSION_IDLE", parse.duration, "30m")
    session_absolute: timedelta = variable("BFF_SESSION_ABSOLUTE", parse.duration, "12h")
    session_cache: timedelta = variable("BFF_SESSION_CACHE", parse.duration, "1s")
    sts_mode: StsMode = variable("BFF_STS_MODE", parse.choice(StsMode), "assume-role")
    grant_seconds: int = variable("BFF_GRANT_SECONDS", parse.number(900, 43200), "900")
    max_body_bytes: int = variable("BFF_MAX_BODY_BYTES", parse.number(1, 100_000_000), "1048576")
    stream_idle: timedelta = variable("BFF_STREAM_IDLE", parse.duration, "5m")
    stream_max: timedelta = variable("BFF_STREAM_MAX", parse.duration, "60m")
    stream_drain: timedelta = variable("BFF_STREAM_DRAIN", parse.duration, "30s")
    streams_per_subject: int = variable("BFF_STREAMS_PER_SUBJECT", parse.number(1, 1000), "4")
    spa: Path = variable("BFF_SPA", parse.folder, "spa/dist")
    allow_static_secrets: bool = variable("BFF_SECRETS_ALLOW_STATIC", parse.switch, "0")
    vault_token: Reference = variable("BFF_VAULT_TOKEN", parse_reference, "env:VAULT_TOKEN")
    vault_address: str = variable("VAULT_ADDR", parse.url, "https://127.0.0.1:8200")
    region: str = variable("AWS_REGION", parse.text)
    agentcore_endpoint: str = variable("AWS_ENDPOINT_URL_BEDROCK_AGENTCORE", parse.url, "")

    @property
    def secrets(self) -> dict[str, Reference | None]:
        """The settings that say where a secret is, by their variables' names."""
        return {
            "BFF_OIDC_CLIENT_SECRET": self.oidc_client_secret,
            "BFF_OIDC_CLIENT_KEY": self.oidc_client_key,
            "BFF_SESSION_KEYS": self.session_keys,
        }


def load_settings(environment: Mapping[str, str]) -> Settings:
    """Read all settings. Raises SettingsError with every fault, each by its variable's name."""
    faults: list[str] = []
    values: dict[str, Any] = {}
    known = {**environment, **_derived(environment)}
    for field in dataclasses.fields(Settings):
        name, default = field.metadata["name"], field.metadata["default"]
        raw = known.get(name) or default
        if raw is None:
            faults.append(f"{name} is not set")
        elif raw == "":
            values[field.name] = None
        else:
            _read(values, faults, field, raw)
    if faults:
        raise SettingsError(faults)
    settings = Settings(**values)
    contradictions = _contradictions(settings)
    if contradictions:
        raise SettingsError(contradictions)
    return settings


def _read(
    values: dict[str, Any], faults: list[str], field: "dataclasses.Field[Any]", raw: str
) -> None:
    try:
        values[field.name] = field.metadata["read"](raw)
    except (ValueError, OverflowError) as error:
        # The value itself is not repeated: it may be a secret in the wrong place.
        faults.append(f"{field.metadata['name']} {error}")


def _derived(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what one variable means for another, as in AWS's own SDKs."""
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or ""
    endpoint = (
        environment.get("AWS_ENDPOINT_URL_BEDROCK_AGENTCORE")
        or environment.get("AWS_ENDPOINT_URL")
        or (f"https://bedrock-agentcore.{region}.amazonaws.com" if region else "")
    )
    derived = {"AWS_REGION": region, "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE": endpoint}
    if environment.get("BFF_ENV") == "dev" and not environment.get("BFF_STORE"):
        derived["BFF_STORE"] = "sqlite:gatehouse.db"
    return derived


def _contradictions(settings: Settings) -> list[str]:
    """Return what is right by itself and wrong together."""
    faults: list[str] = []
    key = settings.oidc_client_auth is Method.PRIVATE_KEY_JWT
    wanted = "BFF_OIDC_CLIENT_KEY" if key else "BFF_OIDC_CLIENT_SECRET"
    if settings.secrets[wanted] is None:
        faults.append(f"{wanted} is not set; {settings.oidc_client_auth.value} needs it")
    if settings.session_cache > MOST_CACHE:
        faults.append("BFF_SESSION_CACHE is more than 1s, the longest that a revocation may wait")
    if settings.session_idle > settings.session_absolute:
        faults.append("BFF_SESSION_IDLE is longer than BFF_SESSION_ABSOLUTE")
    if "openid" not in settings.oidc_scopes.split():
        faults.append("BFF_OIDC_SCOPES lacks openid")
    return faults + ([] if settings.dev else _insecure(settings))


def _insecure(settings: Settings) -> list[str]:
    """Return what only `BFF_ENV=dev` may have."""
    urls = {
        "BFF_PUBLIC_URL": settings.public_url,
        "BFF_OIDC_ISSUER": settings.oidc_issuer,
        "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE": settings.agentcore_endpoint,
    }
    faults = [
        f"{name} is not https; only BFF_ENV=dev allows http"
        for name, url in urls.items()
        if not url.startswith("https://")
    ]
    if settings.store == "memory:":
        faults.append("BFF_STORE memory: is for BFF_ENV=dev only")
    if settings.allow_static_secrets:
        return faults
    return faults + [
        f"{name} is an {ref.scheme.value}: reference; outside BFF_ENV=dev that needs"
        " BFF_SECRETS_ALLOW_STATIC=1"
        for name, ref in settings.secrets.items()
        if ref is not None and ref.scheme in STATIC
    ]
