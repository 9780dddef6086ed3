"""What the environment says of the keepers of secrets; read by services and by agents alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from trust import parse
from trust.errors import SettingsError
from trust.secrets.freshness import Terms
from trust.secrets.reference import STATIC, Reference, parse_reference
from trust.variables import contradictions_of, values_of, variable


class VaultAuth(Enum):
    """How this process proves to Vault who it is."""

    TOKEN = "token"  # noqa: S105 a name
    """By a token that something beside the process obtained: an agent's sink, a developer."""
    PROXY = "proxy"
    """Not at all: Vault Proxy beside it does, and adds its token to every request."""
    JWT_SVID = "jwt-svid"
    JWT_FILE = "jwt-file"
    AWS_IAM = "aws-iam"
    KUBERNETES = "kubernetes"
    APPROLE_WRAPPED = "approle-wrapped"


class VaultClientCert(Enum):
    """What this process shows to a listener of Vault's that asks for a client certificate."""

    NONE = "none"
    SPIFFE = "spiffe"
    """The X509-SVID of this workload."""


def _socket(raw: str) -> str:
    from trust.secrets.spiffe.workload_api import socket_path

    socket_path(raw)
    return raw


def _spiffe_id(raw: str) -> str:
    from trust.secrets.spiffe.spiffe_id import expected

    expected(raw)
    return raw


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class SecretSettings:
    """One field for each variable; `docs/configuration.md` says what they mean."""

    ttl: timedelta = variable("BFF_SECRETS_TTL", parse.lasting, "5m")
    max_stale: timedelta = variable("BFF_SECRETS_MAX_STALE", parse.lasting, "15m")
    vault_address: str = variable("VAULT_ADDR", parse.url, "https://127.0.0.1:8200")
    vault_namespace: str | None = variable("VAULT_NAMESPACE", parse.text, "")
    vault_ca_file: Path | None = variable("VAULT_CACERT", parse.folder, "")
    vault_timeout: timedelta = variable("BFF_VAULT_TIMEOUT", parse.lasting, "3s")
    vault_auth: VaultAuth = variable("BFF_VAULT_AUTH", parse.choice(VaultAuth), "token")
    vault_client_cert: VaultClientCert = variable(
        "BFF_VAULT_CLIENT_CERT", parse.choice(VaultClientCert), "none"
    )
    vault_mount: str | None = variable("BFF_VAULT_MOUNT", parse.text, "")
    """Where the method of `vault_auth` is; None: under the name that Vault gives it."""
    vault_role: str | None = variable("BFF_VAULT_ROLE", parse.text, "")
    vault_audience: str = variable("BFF_VAULT_AUDIENCE", parse.text, "vault")
    vault_jwt_file: Path | None = variable("BFF_VAULT_JWT_FILE", parse.folder, "")
    vault_server_id: str | None = variable("BFF_VAULT_AWS_SERVER_ID", parse.text, "")
    """What `X-Vault-AWS-IAM-Server-ID` says, so that a login for one Vault is none for another."""
    vault_role_id: str | None = variable("BFF_VAULT_ROLE_ID", parse.text, "")
    vault_wrapped: Path | None = variable("BFF_VAULT_WRAPPED_SECRET_ID", parse.folder, "")
    """The file that holds the wrapping token of a secret id."""
    vault_token: Reference = variable("BFF_VAULT_TOKEN", parse_reference, "env:VAULT_TOKEN")
    spiffe_socket: str | None = variable("SPIFFE_ENDPOINT_SOCKET", _socket, "")
    spiffe_id: str | None = variable("BFF_SPIFFE_ID", _spiffe_id, "")
    """Who this process must be; an identity of another name is refused."""
    spiffe_jwt_file: Path | None = variable("BFF_SPIFFE_JWT_FILE", parse.folder, "")
    """A JWT-SVID that spiffe-helper writes: used in place of the socket, needs no gRPC."""
    spiffe_timeout: timedelta = variable("BFF_SPIFFE_TIMEOUT", parse.lasting, "5s")
    aws_agent: str = variable("BFF_AWSSM_AGENT", parse.loopback, "http://localhost:2773")
    aws_agent_token: Reference | None = variable("BFF_AWSSM_AGENT_TOKEN", parse_reference, "")
    """None: `AWS_SESSION_TOKEN`, as Lambda's extension has it."""
    region: str | None = variable("AWS_REGION", parse.text, "")

    @property
    def terms(self) -> Terms:
        """The bounds of all secrets."""
        return Terms(ttl_s=self.ttl.total_seconds(), max_stale_s=self.max_stale.total_seconds())


def load_secret_settings(environment: Mapping[str, str]) -> SecretSettings:
    """Read all settings. Raises SettingsError with every fault, each by its variable's name."""
    faults: list[str] = []
    found = read_secret_settings(environment, faults)
    if found is None:
        raise SettingsError(faults)
    return found


def read_secret_settings(
    environment: Mapping[str, str], faults: list[str]
) -> SecretSettings | None:
    """Return the settings, or None and what is wrong with them added to `faults`."""
    before = len(faults)
    values: dict[str, Any] = values_of(SecretSettings, environment, faults)
    faults += contradictions_of(values, _CHECKS)
    return SecretSettings(**values) if len(faults) == before else None


def _bounds(settings: SecretSettings) -> list[str]:
    longer = "BFF_SECRETS_TTL is longer than BFF_SECRETS_MAX_STALE"
    return [longer] if settings.ttl > settings.max_stale else []


def _first_secrets(settings: SecretSettings) -> list[str]:
    """What opens a keeper cannot be kept by it, nor by another one that is opened in turn."""
    first = {
        "BFF_VAULT_TOKEN": settings.vault_token,
        "BFF_AWSSM_AGENT_TOKEN": settings.aws_agent_token,
    }
    return [
        f"{name} is no env: or file: reference; it opens what keeps secrets"
        for name, reference in first.items()
        if reference is not None and reference.scheme not in STATIC
    ]


def _encrypted(settings: SecretSettings) -> list[str]:
    """Secrets, and what opens them, leave this machine encrypted only."""
    parts = urlsplit(settings.vault_address)
    plain = parts.scheme == "http" and not parse.is_here(str(parts.hostname))
    return ["VAULT_ADDR is plain http to another machine; https, or http to this one"] * plain


def _shown(settings: SecretSettings) -> list[str]:
    """Return what a client certificate lacks: somebody who gives it, and a handshake."""
    if settings.vault_client_cert is VaultClientCert.NONE:
        return []
    needs = {
        "SPIFFE_ENDPOINT_SOCKET is not set": settings.spiffe_socket is not None,
        "VAULT_ADDR is no https": urlsplit(settings.vault_address).scheme == "https",
    }
    shown = settings.vault_client_cert.value
    return [
        f"{lacking}; BFF_VAULT_CLIENT_CERT={shown} needs it"
        for lacking, there in needs.items()
        if not there
    ]


def _login(settings: SecretSettings) -> list[str]:
    needs: dict[VaultAuth, dict[str, object]] = {
        VaultAuth.JWT_SVID: {
            "BFF_VAULT_ROLE": settings.vault_role,
            "SPIFFE_ENDPOINT_SOCKET or BFF_SPIFFE_JWT_FILE": settings.spiffe_socket
            or settings.spiffe_jwt_file,
        },
        VaultAuth.JWT_FILE: {
            "BFF_VAULT_ROLE": settings.vault_role,
            "BFF_VAULT_JWT_FILE": settings.vault_jwt_file,
        },
        VaultAuth.AWS_IAM: {
            "BFF_VAULT_ROLE": settings.vault_role,
            "AWS_REGION": settings.region,
        },
        VaultAuth.KUBERNETES: {"BFF_VAULT_ROLE": settings.vault_role},
        VaultAuth.APPROLE_WRAPPED: {
            "BFF_VAULT_ROLE_ID": settings.vault_role_id,
            "BFF_VAULT_WRAPPED_SECRET_ID": settings.vault_wrapped,
        },
    }
    return [
        f"{name} is not set; BFF_VAULT_AUTH={settings.vault_auth.value} needs it"
        for name, value in needs.get(settings.vault_auth, {}).items()
        if value is None
    ]


_CHECKS: tuple[Callable[[SecretSettings], list[str]], ...] = (
    _bounds,
    _login,
    _first_secrets,
    _encrypted,
    _shown,
)
