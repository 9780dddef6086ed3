"""From the settings to a session at Vault; nothing is asked of anybody yet."""

from collections.abc import Callable, Mapping
from pathlib import Path

from trust.clock import Clock
from trust.secrets.freshness import Draw
from trust.secrets.settings import SecretSettings, VaultAuth, VaultClientCert
from trust.secrets.spiffe.svid import SvidSource, X509SvidSource
from trust.secrets.static import static_sources
from trust.secrets.vault.http import VaultHttp
from trust.secrets.vault.login.port import Login
from trust.secrets.vault.session import VaultSession

_MOUNTS = {
    VaultAuth.JWT_SVID: "jwt",
    VaultAuth.JWT_FILE: "jwt",
    VaultAuth.AWS_IAM: "aws",
    VaultAuth.KUBERNETES: "kubernetes",
    VaultAuth.APPROLE_WRAPPED: "approle",
}
"""Where Vault puts a method that is enabled without a path."""


def open_session(
    settings: SecretSettings,
    environment: Mapping[str, str],
    clock: Clock,
    draw: Draw,
    svids: Callable[[], SvidSource],
) -> VaultSession:
    """Return a session that logs in when it is first used. Raises SettingsError.

    `svids` is called for the method `jwt-svid` alone: its library is large.
    """
    http = VaultHttp(
        address=settings.vault_address,
        namespace=settings.vault_namespace,
        ca_file=settings.vault_ca_file,
        timeout_s=settings.vault_timeout.total_seconds(),
        shown=_shown(settings, clock),
    )
    login = login_of(settings, environment, clock, svids)
    return VaultSession(http, login, terms=settings.terms, clock=clock, draw=draw)


def _shown(settings: SecretSettings, clock: Clock) -> Callable[[], X509SvidSource] | None:
    if settings.vault_client_cert is VaultClientCert.NONE:
        return None

    def opened() -> X509SvidSource:
        from trust.secrets.spiffe.opening import open_x509_svids

        return open_x509_svids(settings, clock)

    return opened


def login_of(
    settings: SecretSettings,
    environment: Mapping[str, str],
    clock: Clock,
    svids: Callable[[], SvidSource],
) -> Login:
    """Return the one way to log in that the settings name. Raises SettingsError."""
    mount = (settings.vault_mount or _MOUNTS.get(settings.vault_auth, "")).strip("/")
    role = settings.vault_role or ""
    match settings.vault_auth:
        case VaultAuth.TOKEN:
            return _ready_token(settings, environment)
        case VaultAuth.PROXY:
            from trust.secrets.vault.login.ready import ProxyLogin

            return ProxyLogin()
        case VaultAuth.JWT_SVID:
            from trust.secrets.vault.login.jwt import SvidLogin

            audience = settings.vault_audience
            return SvidLogin(svids, mount=mount, role=role, audience=audience)
        case VaultAuth.JWT_FILE | VaultAuth.KUBERNETES:
            return _jwt_file(settings, mount, role)
        case VaultAuth.AWS_IAM:
            return _aws_iam(settings, environment, clock, mount)
        case VaultAuth.APPROLE_WRAPPED:
            return _wrapped_role(settings, mount)


def _ready_token(settings: SecretSettings, environment: Mapping[str, str]) -> Login:
    from trust.secrets.vault.login.ready import TokenLogin

    reference = settings.vault_token
    return TokenLogin(reference, static_sources(environment)[reference.scheme])


def _jwt_file(settings: SecretSettings, mount: str, role: str) -> Login:
    from trust.secrets.vault.login.jwt import SERVICE_ACCOUNT, FileLogin

    file = settings.vault_jwt_file or SERVICE_ACCOUNT
    return FileLogin(file, method=settings.vault_auth.value, mount=mount, role=role)


def _wrapped_role(settings: SecretSettings, mount: str) -> Login:
    from trust.secrets.vault.login.approle import WrappedRoleLogin

    return WrappedRoleLogin(
        settings.vault_wrapped or Path(),
        mount=mount,
        role_id=settings.vault_role_id or "",
        role=settings.vault_role,
        namespace=settings.vault_namespace,
    )


def _aws_iam(
    settings: SecretSettings, environment: Mapping[str, str], clock: Clock, mount: str
) -> Login:
    from trust.aws.opening import open_identity
    from trust.secrets.vault.login.aws_iam import AwsLogin, Host

    return AwsLogin(
        open_identity(environment, clock),
        clock,
        mount=mount,
        role=settings.vault_role or "",
        to=Host(region=settings.region or "", server_id=settings.vault_server_id),
    )
