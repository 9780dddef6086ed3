"""Where the registry is, as the settings say."""

from pathlib import Path

from bff.settings import Settings
from trust.registry.members import Terms
from trust.registry.opening import Place


def registry_place(settings: Settings) -> Place:
    """Return where tenants, agents and providers are kept, and what may stand there."""
    scheme, _, path = settings.registry.partition(":")
    return Place(
        file=Path(path) if scheme == "file" else None,
        app=settings.app_id,
        terms=Terms(
            default_issuer=settings.oidc_issuer,
            plain_http=settings.dev,
            static_secrets=settings.dev or settings.allow_static_secrets,
        ),
        # One bound for both: how late a session's end is seen, and how late a tenant's.
        cache_s=settings.session_cache.total_seconds(),
    )
