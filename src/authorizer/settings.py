"""The authorizer's configuration: environment variables, read once, all their faults together.

A reader of its own: the BFF's is not light, and the authorizer needs a handful of its variables.
"""

import json
from collections.abc import Mapping
from typing import NamedTuple, cast

from trust.coordinates import AppId, SlugRefused, TenantId, app_id, tenant_id
from trust.errors import SettingsError

ALGORITHMS = ("RS256", "ES256")
"""Signatures that a bearer token may have at all: asymmetric ones (RFC 8725 §3.2)."""

_MODES = {"cookie": (True, False), "bearer": (False, True), "cookie,bearer": (True, True)}


class SessionTable(NamedTuple):
    """Where the sessions are."""

    name: str
    region: str


class TrustedIssuer(NamedTuple):
    """Whose bearer tokens count, and what has to stand in them."""

    issuer: str
    audience: str
    jwks_url: str
    algorithms: tuple[str, ...]
    tenant_claim: str
    tenants: Mapping[str, TenantId] | None
    """Claim value → tenant. None: the claim's value has to be the tenant's slug itself."""


class Settings(NamedTuple):
    """What counts as a proof of who is asking; at least one of the two is there."""

    app: AppId
    sessions: SessionTable | None
    bearer: TrustedIssuer | None


def load_settings(environment: Mapping[str, str]) -> Settings:
    """Read all settings. Raises SettingsError with every fault, each by its variable's name."""
    reader = _Reader(environment)
    app = reader.app()
    cookie, bearer = reader.modes()
    sessions = reader.sessions() if cookie else None
    issuer = reader.issuer() if bearer else None
    if reader.faults:
        raise SettingsError(reader.faults)
    return Settings(app=app, sessions=sessions, bearer=issuer)


class _Reader:
    """Reads variables and collects what is wrong with them; a value is never repeated."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.faults: list[str] = []

    def modes(self) -> tuple[bool, bool]:
        """Return whether cookies count, and whether bearer tokens do."""
        found = _MODES.get(self._environment.get("AUTHORIZER_MODE") or "cookie")
        if found is None:
            self.faults.append(f"AUTHORIZER_MODE is none of {'; '.join(_MODES)}")
        return found or (False, False)

    def app(self) -> AppId:
        """Return the app's id."""
        try:
            return app_id(self._text("BFF_APP_ID") or "unset")
        except SlugRefused:
            self.faults.append("BFF_APP_ID is no slug: a-z, 0-9 and - inside, 1 to 63 characters")
            return AppId("")

    def sessions(self) -> SessionTable:
        """Return where the sessions are."""
        kind, _, name = self._text("BFF_STORE").partition(":")
        if kind and (kind != "dynamodb" or not name):
            self.faults.append("BFF_STORE is not dynamodb:table; no other store is shared")
        return SessionTable(name=name, region=self._text("AWS_REGION"))

    def issuer(self) -> TrustedIssuer:
        """Return whose tokens count."""
        return TrustedIssuer(
            issuer=self._url("BFF_OIDC_ISSUER"),
            audience=self._text("AUTHORIZER_AUDIENCE"),
            jwks_url=self._url("AUTHORIZER_JWKS_URL"),
            algorithms=self._algorithms(),
            tenant_claim=self._text("BFF_TENANT_CLAIM"),
            tenants=self._tenants(),
        )

    def _text(self, name: str) -> str:
        value = self._environment.get(name, "").strip()
        if not value:
            self.faults.append(f"{name} is not set")
        return value

    def _url(self, name: str) -> str:
        value = self._text(name)
        schemes = {"https", "http"} if self._environment.get("BFF_ENV") == "dev" else {"https"}
        if value and not _is_url(value, schemes):
            self.faults.append(f"{name} is no https URL; only BFF_ENV=dev allows http")
        return value

    def _algorithms(self) -> tuple[str, ...]:
        named = (self._environment.get("AUTHORIZER_ALGORITHMS") or "RS256").split(",")
        if not set(named) <= set(ALGORITHMS):
            self.faults.append("AUTHORIZER_ALGORITHMS is none of RS256; ES256; RS256,ES256")
        return tuple(name for name in ALGORITHMS if name in named)

    def _tenants(self) -> Mapping[str, TenantId] | None:
        text = self._environment.get("AUTHORIZER_TENANTS")
        if not text:
            return None
        try:
            return _tenant_map(json.loads(text))
        except (ValueError, RecursionError, SlugRefused):
            self.faults.append('AUTHORIZER_TENANTS is no JSON object such as {"org_2x": "acme"}')
            return None


def _is_url(value: str, schemes: set[str]) -> bool:
    # Imported here: who only counts cookies has no URL among the settings.
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.hostname) and parts.username is None


def _tenant_map(document: object) -> Mapping[str, TenantId]:
    if not isinstance(document, dict):
        raise ValueError("not an object")  # noqa: TRY004 one kind of error for what is in the text
    members = cast("dict[str, object]", document)
    return {
        claim: tenant_id(tenant if isinstance(tenant, str) else "")
        for claim, tenant in members.items()
    }
