"""Apache with mod_auth_openidc: the field's own answer to "a session before my application"."""

from dataclasses import dataclass
from pathlib import Path

from bench.peers.nginx import Route

MODULES = Path("/usr/lib/apache2/modules")
_LOADED = (
    *("mpm_event", "authn_core", "authz_core", "authz_user", "headers", "dir", "alias"),
    *("socache_shmcb", "ssl", "proxy", "proxy_http", "auth_openidc"),
)
_PROCESSES = 20
_THREADS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What this peer is at the provider."""

    issuer: str
    origin: str
    secret: str


def configuration(folder: Path, name: str, port: int, route: Route, client: Client) -> str:
    """Return httpd.conf: code flow with PKCE, sessions in shared memory, the token passed on."""
    (folder / "htdocs").mkdir(exist_ok=True)
    (folder / "htdocs" / "ready").touch()
    return "\n".join([_server(folder, name, port), _upstream(route), _session(client)])


def _server(folder: Path, name: str, port: int) -> str:
    """Return the server itself.

    Every thread stands ready from the start, so that none ends while its time is counted; a stream
    occupies one for as long as it is open.
    """
    modules = "\n".join(f"LoadModule {one}_module {MODULES}/mod_{one}.so" for one in _LOADED)
    return f"""\
{modules}
ServerRoot {folder}
ServerName localhost
PidFile {folder}/{name}.pid
DefaultRuntimeDir {folder}
Mutex file:{folder} default
ErrorLog {folder}/{name}-error.log
LogLevel error
Listen 127.0.0.1:{port}
ListenBacklog 4096
User www-data
Group www-data
ThreadsPerChild {_THREADS}
ServerLimit {_PROCESSES}
StartServers {_PROCESSES}
MaxRequestWorkers {_PROCESSES * _THREADS}
MinSpareThreads {_PROCESSES * _THREADS}
MaxSpareThreads {_PROCESSES * _THREADS}
MaxConnectionsPerChild 0
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 3600
Timeout 7200
DocumentRoot {folder}/htdocs
"""


def _upstream(route: Route) -> str:
    """Return the way on: verified, kept alive, every byte passed on at once."""
    options = "keepalive=On flushpackets=on disablereuse=Off"
    return f"""\
SSLProxyEngine on
SSLProxyVerify require
SSLProxyCACertificateFile {route.authority}
# It knows no addresses in certificates, only names.
SSLProxyCheckPeerName off
ProxyPass /ready !
ProxyPass /auth/callback !
ProxyPass /events {route.events}/events {options}
ProxyPass / {route.json}/ {options}
"""


def _session(client: Client) -> str:
    """Return the login, and what a call has to show and gets."""
    return f"""\
OIDCProviderMetadataURL {client.issuer}/.well-known/openid-configuration
OIDCClientID gatehouse
OIDCClientSecret {client.secret}
OIDCProviderTokenEndpointAuth client_secret_basic
OIDCRedirectURI {client.origin}/auth/callback
OIDCCryptoPassphrase of-this-benchmark-only
OIDCScope "openid profile email"
OIDCPKCEMethod S256
OIDCCacheType shm
OIDCSessionInactivityTimeout 86400
OIDCPassClaimsAs environment

<Location />
    AuthType openid-connect
    Require valid-user
    RequestHeader set Authorization "Bearer %{{OIDC_access_token}}e"
    RequestHeader unset Cookie
</Location>
<Location /ready>
    AuthType None
    Require all granted
</Location>
"""
