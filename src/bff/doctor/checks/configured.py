"""Checks of the configuration alone: they need no connection."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from bff.doctor.finding import Finding, met, quoted, tolerated, unmet
from bff.provider.opening import credential_of
from bff.settings import MOST_CACHE, Settings, references
from trust.registry.record import ClientAuthMethod, ProviderEntry
from trust.secrets.reference import STATIC

_LOCAL = ("localhost", "127.0.0.1", "::1")
_LONGEST = timedelta(hours=24)
"""Longest session without a new login that needs no second thought."""
_STANDARD_SCOPES = frozenset({"openid", "profile", "email", "offline_access"})
_FEWEST_ADDRESS_BITS = 8
"""A trusted network larger than this is no proxy's."""


_ASYMMETRIC = frozenset({ClientAuthMethod.PRIVATE_KEY_JWT, ClientAuthMethod.JWT_SPIFFE})
"""Methods by which the provider can prove us and not be us."""


def is_local(url: str) -> bool:
    """Tell whether a URL is one of this machine, which nobody can listen in on from outside."""
    return urlsplit(url).hostname in _LOCAL


def _confidential(entry: ProviderEntry) -> Finding:
    if entry.client_auth is not ClientAuthMethod.JWT_SPIFFE and credential_of(entry) is None:
        return unmet(
            f"{entry.client_auth.value} without a credential",
            do="say where it is: client_secret or client_key of its entry",
        )
    return met(entry.client_auth.value)


def _by_key(entry: ProviderEntry) -> Finding:
    if entry.client_auth in _ASYMMETRIC:
        return met(entry.client_auth.value)
    return unmet(
        f"{entry.client_auth.value}: a secret that the provider has, too",
        do="register a public key there; client_auth (BFF_OIDC_CLIENT_AUTH) private_key_jwt",
    )


def _few_scopes(entry: ProviderEntry) -> Finding:
    more = sorted(set(entry.scopes.split()) - _STANDARD_SCOPES)
    if not more:
        return met(" ".join(entry.scopes.split()))
    asked = quoted(" ".join(more))
    return unmet(f"asks for {asked}", do="leave out of the scopes what no agent needs")


def _lifetime(settings: Settings) -> Finding:
    seen = f"idle {_spelled(settings.session_idle)}, at most {_spelled(settings.session_absolute)}"
    if settings.session_absolute <= _LONGEST:
        return met(seen)
    return unmet(
        seen,
        do="shorten BFF_SESSION_ABSOLUTE, or make sure that refresh tokens live as long",
    )


def _spelled(lasting: timedelta) -> str:
    """Return a duration as the configuration spells it."""
    seconds = lasting.total_seconds()
    for size, unit in ((3600, "h"), (60, "m")):
        if seconds % size == 0:
            return f"{seconds / size:g}{unit}"
    return f"{seconds:g}s"


def _rates(settings: Settings) -> Finding:
    limits = {
        "BFF_LIMIT_LOGINS": settings.limit_logins,
        "BFF_LIMIT_CALLBACKS": settings.limit_callbacks,
        "BFF_LIMIT_ADDRESS_CALLS": settings.limit_address_calls,
        "BFF_LIMIT_CALLS": settings.limit_calls,
        "BFF_LIMIT_TENANT_CALLS": settings.limit_tenant_calls,
        "BFF_LIMIT_MESSAGES": settings.limit_messages,
        "BFF_LIMIT_TENANT_MESSAGES": settings.limit_tenant_messages,
    }
    missing = [name for name, rate in limits.items() if rate is None]
    if missing:
        return unmet(f"no limit: {', '.join(missing)}", do="set them, such as 600/1m")
    return met("logins, callbacks, calls and messages are limited by address, session and tenant")


def _shared_store(settings: Settings) -> Finding:
    kind = settings.store.partition(":")[0]
    if kind == "dynamodb":
        return met("dynamodb")
    do = "BFF_STORE=dynamodb:TABLE as soon as there are two machines"
    return unmet(f"{kind}: one machine", do=do)


def _encrypted(settings: Settings) -> Finding:
    if settings.public_url.startswith("https://"):
        return met("the redirect URI is https")
    do = "serve people over https: BFF_PUBLIC_URL=https://…"
    if is_local(settings.public_url):
        return tolerated("http, on this machine alone", do=do)
    return unmet("http, over a network", do=do)


def _known_proxies(settings: Settings) -> Finding:
    trusted = settings.trusted_proxies or ()
    # Who trusts everybody takes any client's word for another's address.
    wide = [str(one) for one in trusted if one.prefixlen < _FEWEST_ADDRESS_BITS]
    if wide:
        return unmet(
            f"trusts {', '.join(wide)}",
            do="name the load balancer's own networks in BFF_TRUSTED_PROXIES",
        )
    return met(f"trusted networks: {len(trusted) or 'none'}")


def _kept_secrets(settings: Settings) -> Finding:
    beside = [
        name
        for name, ref in references(settings).items()
        if ref is not None and ref.scheme in STATIC
    ]
    if not beside:
        return met("all in a vault")
    seen = f"beside the program: {', '.join(beside)}"
    do = "awssm:… or vault-kv:… in place of env: and file:"
    return unmet(seen, do=do)


def _revocation(settings: Settings) -> Finding:
    seen = f"sessions are remembered for {settings.session_cache.total_seconds():g} s"
    if settings.session_cache <= MOST_CACHE:
        return met(seen)
    return unmet(seen, do="BFF_SESSION_CACHE=1s or less")


ENTRIES: Mapping[str, Callable[[ProviderEntry], Finding]] = {
    "B1a": _confidential,
    "S11": _few_scopes,
    "S13": _by_key,
}
"""Checks of what was agreed with one provider, by clause."""

SETTINGS: Mapping[str, Callable[[Settings], Finding]] = {
    "B8a": _lifetime,
    "B10": _rates,
    "B11": _shared_store,
    "S15": _encrypted,
    "S17": _known_proxies,
    "G7": _kept_secrets,
    "G8": _revocation,
}
"""Checks of the settings, by clause."""
