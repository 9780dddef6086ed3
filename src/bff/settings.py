"""The configuration: environment variables, read once, with all their faults told together."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from trust import parse
from trust.aws.endpoints import endpoint
from trust.coordinates import AppId
from trust.errors import SettingsError
from trust.limit.rate import Rate, parse_rate
from trust.registry.record import ClientAuthMethod
from trust.secrets.reference import SIGNING, STATIC, VAULT, Reference, parse_reference
from trust.secrets.settings import SecretSettings, read_secret_settings
from trust.variables import contradictions_of, values_of, variable

MOST_CACHE = timedelta(seconds=1)
"""Longest time for which a session is remembered: how late a revocation may be seen."""


class StsMode(Enum):
    """How grants are asked for."""

    ASSUME_ROLE = "assume-role"
    WEB_IDENTITY = "web-identity"


class Upstream(Enum):
    """What carries calls to agents."""

    LEAN = "lean"
    HTTPX = "httpx"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Settings:
    """One field for each variable; `docs/configuration.md` says what they mean."""

    dev: bool = variable("BFF_ENV", parse.mode, "prod")
    public_url: str = variable("BFF_PUBLIC_URL", parse.origin)
    app_id: AppId = variable("BFF_APP_ID", parse.slug)
    oidc_issuer: str = variable("BFF_OIDC_ISSUER", parse.url)
    oidc_client_id: str = variable("BFF_OIDC_CLIENT_ID", parse.text)
    oidc_scopes: str = variable("BFF_OIDC_SCOPES", parse.text, "openid profile email")
    oidc_client_auth: ClientAuthMethod = variable(
        "BFF_OIDC_CLIENT_AUTH", parse.choice(ClientAuthMethod), "client_secret_basic"
    )
    oidc_client_secret: Reference | None = variable("BFF_OIDC_CLIENT_SECRET", parse_reference, "")
    oidc_client_key: Reference | None = variable("BFF_OIDC_CLIENT_KEY", parse_reference, "")
    oidc_dpop: bool = variable("BFF_OIDC_DPOP", parse.switch, "0")
    oidc_private_network: bool = variable("BFF_OIDC_PRIVATE_NETWORK", parse.switch, "0")
    admin_issuer: str | None = variable("BFF_ADMIN_ISSUER", parse.url, "")
    admin_audience: str | None = variable("BFF_ADMIN_AUDIENCE", parse.text, "")
    tenant_claim: str = variable("BFF_TENANT_CLAIM", parse.text)
    registry: str = variable("BFF_REGISTRY", parse.place("file:registry.toml", "dynamodb", "store"))
    store: str = variable("BFF_STORE", parse.place("sqlite:path", "dynamodb:table", "memory:"))
    session_keys: Reference = variable("BFF_SESSION_KEYS", parse_reference)
    session_idle: timedelta = variable("BFF_SESSION_IDLE", parse.lasting, "30m")
    session_absolute: timedelta = variable("BFF_SESSION_ABSOLUTE", parse.lasting, "12h")
    session_cache: timedelta = variable("BFF_SESSION_CACHE", parse.duration, "1s")
    sts_mode: StsMode = variable("BFF_STS_MODE", parse.choice(StsMode), "assume-role")
    grant_seconds: int = variable("BFF_GRANT_SECONDS", parse.number(900, 43200), "900")
    max_body_bytes: int = variable("BFF_MAX_BODY_BYTES", parse.number(1, 100_000_000), "1048576")
    max_answer_bytes: int = variable("BFF_MAX_ANSWER_BYTES", parse.number(1, 1 << 40), "268435456")
    stream_idle: timedelta = variable("BFF_STREAM_IDLE", parse.lasting, "5m")
    stream_max: timedelta = variable("BFF_STREAM_MAX", parse.lasting, "60m")
    stream_drain: timedelta = variable("BFF_STREAM_DRAIN", parse.duration, "30s")
    streams_per_subject: int = variable("BFF_STREAMS_PER_SUBJECT", parse.number(1, 1000), "4")
    streams_per_tenant: int = variable("BFF_STREAMS_PER_TENANT", parse.number(1, 100_000), "500")
    streams: int = variable("BFF_STREAMS", parse.number(1, 100_000), "2000")
    upstream: Upstream = variable("BFF_UPSTREAM", parse.choice(Upstream), "lean")
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] | None = variable(
        "BFF_TRUSTED_PROXIES", parse.networks, ""
    )
    limit_logins: Rate | None = variable("BFF_LIMIT_LOGINS", parse_rate, "120/1m")
    limit_callbacks: Rate | None = variable("BFF_LIMIT_CALLBACKS", parse_rate, "120/1m")
    limit_address_calls: Rate | None = variable("BFF_LIMIT_ADDRESS_CALLS", parse_rate, "6000/1m")
    limit_calls: Rate | None = variable("BFF_LIMIT_CALLS", parse_rate, "600/1m")
    limit_tenant_calls: Rate | None = variable("BFF_LIMIT_TENANT_CALLS", parse_rate, "60000/1m")
    limit_messages: Rate | None = variable("BFF_LIMIT_MESSAGES", parse_rate, "6000/1m")
    limit_tenant_messages: Rate | None = variable(
        "BFF_LIMIT_TENANT_MESSAGES", parse_rate, "600000/1m"
    )
    spa: Path = variable("BFF_SPA", parse.folder, "spa/dist")
    allow_static_secrets: bool = variable("BFF_SECRETS_ALLOW_STATIC", parse.switch, "0")
    metrics: tuple[str, int] | None = variable("BFF_METRICS", parse.address, "")
    region: str = variable("AWS_REGION", parse.text)
    agentcore_endpoint: str = variable("AWS_ENDPOINT_URL_BEDROCK_AGENTCORE", parse.url, "")
    keepers: SecretSettings
    """Where secrets are, and how they are got at."""


def references(settings: Settings) -> dict[str, Reference | None]:
    """Return the settings that say where a secret is, by their variables' names."""
    return {
        "BFF_OIDC_CLIENT_SECRET": settings.oidc_client_secret,
        "BFF_OIDC_CLIENT_KEY": settings.oidc_client_key,
        "BFF_SESSION_KEYS": settings.session_keys,
    }


def load_settings(environment: Mapping[str, str]) -> Settings:
    """Read all settings. Raises SettingsError with every fault, each by its variable's name."""
    faults: list[str] = []
    known = {**environment, **_derived(environment)}
    values = values_of(Settings, known, faults)
    keepers = read_secret_settings(known, faults)
    faults += contradictions_of({**values, "keepers": keepers}, _CHECKS)
    if faults or keepers is None:
        raise SettingsError(faults)
    return Settings(**values, keepers=keepers)


def _derived(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what one variable means for another, as in AWS's own SDKs."""
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or ""
    agentcore = (
        environment.get("AWS_ENDPOINT_URL_BEDROCK_AGENTCORE")
        or environment.get("AWS_ENDPOINT_URL")
        or (_agentcore(region, environment) if region else "")
    )
    derived = {"AWS_REGION": region, "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE": agentcore}
    if environment.get("BFF_ENV") == "dev" and not environment.get("BFF_STORE"):
        derived["BFF_STORE"] = "sqlite:gatehouse.db"
    return derived


def _agentcore(region: str, environment: Mapping[str, str]) -> str:
    with suppress(SettingsError):
        return endpoint("bedrock-agentcore", region, environment).url.rstrip("/")
    # What is wrong with the region is told by whoever asks for another service there.
    return f"https://bedrock-agentcore.{region}.amazonaws.com"


def _credential(settings: Settings) -> list[str]:
    if settings.oidc_client_auth is ClientAuthMethod.JWT_SPIFFE:
        return _identity(settings)
    key = settings.oidc_client_auth is ClientAuthMethod.PRIVATE_KEY_JWT
    found = settings.oidc_client_key if key else settings.oidc_client_secret
    wanted = "BFF_OIDC_CLIENT_KEY" if key else "BFF_OIDC_CLIENT_SECRET"
    needed = f"{wanted} is not set; {settings.oidc_client_auth.value} needs it"
    return [needed] if found is None else []


def _identity(settings: Settings) -> list[str]:
    if settings.keepers.spiffe_socket or settings.keepers.spiffe_jwt_file:
        return []
    return ["SPIFFE_ENDPOINT_SOCKET is not set; jwt-spiffe needs it, or BFF_SPIFFE_JWT_FILE"]


def _cache(settings: Settings) -> list[str]:
    too_long = "BFF_SESSION_CACHE is more than 1s, the longest that a revocation may wait"
    return [too_long] if settings.session_cache > MOST_CACHE else []


def _lifetimes(settings: Settings) -> list[str]:
    longer = "BFF_SESSION_IDLE is longer than BFF_SESSION_ABSOLUTE"
    return [longer] if settings.session_idle > settings.session_absolute else []


def _scopes(settings: Settings) -> list[str]:
    return [] if "openid" in settings.oidc_scopes.split() else ["BFF_OIDC_SCOPES lacks openid"]


def _administration(settings: Settings) -> list[str]:
    issuer, audience = settings.admin_issuer, settings.admin_audience
    if (issuer is None) != (audience is None):
        missing = "BFF_ADMIN_ISSUER" if issuer is None else "BFF_ADMIN_AUDIENCE"
        return [f"{missing} is not set; administrators need both, issuer and audience"]
    if audience is not None and audience == settings.oidc_client_id:
        # What people's tokens are for must never be what makes an administrator.
        return ["BFF_ADMIN_AUDIENCE is BFF_OIDC_CLIENT_ID; administration needs one of its own"]
    return []


def _https(name: str, url_of: Callable[[Settings], str]) -> Callable[[Settings], list[str]]:
    def check(settings: Settings) -> list[str]:
        plain = not url_of(settings).startswith("https://") and not settings.dev
        return [f"{name} is not https; only BFF_ENV=dev allows http"] if plain else []

    return check


def _vault(settings: Settings) -> list[str]:
    used = any(ref and ref.scheme in VAULT for ref in references(settings).values())
    return _https("VAULT_ADDR", lambda s: s.keepers.vault_address)(settings) if used else []


def _signing(settings: Settings) -> list[str]:
    return [
        f"{name} is a {ref.scheme.value}: reference, a key that signs where it is; this one is read"
        for name, ref in references(settings).items()
        if ref is not None and ref.scheme in SIGNING and name != "BFF_OIDC_CLIENT_KEY"
    ]


def _memory(settings: Settings) -> list[str]:
    forbidden = settings.store == "memory:" and not settings.dev
    return ["BFF_STORE memory: is for BFF_ENV=dev only"] if forbidden else []


def _registry(settings: Settings) -> list[str]:
    elsewhere = settings.registry == "dynamodb" and not settings.store.startswith("dynamodb:")
    needed = "BFF_REGISTRY dynamodb is the table of BFF_STORE, which is none: dynamodb:table"
    return [needed] if elsewhere else []


def _static(settings: Settings) -> list[str]:
    if settings.dev or settings.allow_static_secrets:
        return []
    return [
        f"{name} is an {ref.scheme.value}: reference; outside BFF_ENV=dev that needs"
        " BFF_SECRETS_ALLOW_STATIC=1"
        for name, ref in references(settings).items()
        if ref is not None and ref.scheme in STATIC
    ]


_CHECKS: tuple[Callable[[Settings], list[str]], ...] = (
    _credential,
    _cache,
    _lifetimes,
    _scopes,
    _https("BFF_PUBLIC_URL", lambda settings: settings.public_url),
    _https("BFF_OIDC_ISSUER", lambda settings: settings.oidc_issuer),
    _https("BFF_ADMIN_ISSUER", lambda settings: settings.admin_issuer or "https://"),
    _administration,
    _https("AWS_ENDPOINT_URL_BEDROCK_AGENTCORE", lambda settings: settings.agentcore_endpoint),
    _vault,
    _signing,
    _memory,
    _registry,
    _static,
)
