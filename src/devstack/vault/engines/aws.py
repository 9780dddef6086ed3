"""The AWS engine (API docs, "AWS secrets engine"): STS credentials, which nobody can renew."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from devstack.vault.engines.engine import Closed
from devstack.vault.entropy import Entropy, base62
from devstack.vault.errors import bad
from devstack.vault.fields import Document, Fields
from devstack.vault.leases import Leased
from devstack.vault.lifetime import Bounds
from devstack.vault.request import Operation, Request, Response
from devstack.vault.roles import Roles
from devstack.vault.routes import NAME, Route, writes

_STS_TYPES = frozenset({"assumed_role", "federation_token", "session_token"})
_STS_DEFAULT_S = 3600.0
_STS_LEAST_S = 900.0
"""STS API Reference, AssumeRole, `DurationSeconds`: at least 15 minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsRole:
    """What credentials a role makes."""

    credential_type: str
    role_arns: tuple[str, ...]
    default_sts_s: float
    max_sts_s: float
    policy_document: str

    def shown(self) -> Document:
        """Return the role's fields."""
        return {
            "credential_type": self.credential_type,
            "default_sts_ttl": int(self.default_sts_s),
            "max_sts_ttl": int(self.max_sts_s),
            "policy_document": self.policy_document,
            "role_arns": list(self.role_arns),
        }


@dataclass(slots=True, kw_only=True)
class Aws(Closed):
    """One mount."""

    entropy: Entropy
    kind: str = "aws"
    users: dict[str, str] = field(default_factory=dict[str, str])
    """Access keys of IAM users that are there: they go with their lease, unlike STS's."""
    _roles: Roles[AwsRole] = field(default_factory=lambda: Roles("aws"))
    _root: Document = field(default_factory=dict[str, object])

    @property
    def routes(self) -> Sequence[Route]:
        """Its paths."""
        made = {Operation.READ: self._creds, **writes(self._creds)}
        return (
            Route("config/root", {Operation.READ: self._read_root, **writes(self._write_root)}),
            *self._roles.routes(self._write_role, at="roles"),
            Route(rf"(?P<how>sts|creds)/(?P<name>{NAME})", made),
        )

    def _write_root(self, request: Request, names: Mapping[str, str]) -> None:
        del names
        self._root = request.fields.all

    def _read_root(self, request: Request, names: Mapping[str, str]) -> Response:
        del request, names
        shown = {name: value for name, value in self._root.items() if name != "secret_key"}
        return Response(data=shown, kind=self.kind)

    def _write_role(self, request: Request, names: Mapping[str, str]) -> None:
        fields = request.fields
        kind = fields.text("credential_type")
        if kind not in {*_STS_TYPES, "iam_user"}:
            raise bad(f"unrecognized credential_type: {kind}")
        if kind == "assumed_role" and not fields.has("role_arns"):
            raise bad("must supply role_arns when credential_type is assumed_role")
        self._roles[names["name"]] = AwsRole(
            credential_type=kind,
            role_arns=fields.texts("role_arns"),
            default_sts_s=fields.seconds("default_sts_ttl"),
            max_sts_s=fields.seconds("max_sts_ttl"),
            policy_document=fields.text("policy_document"),
        )

    def _creds(self, request: Request, names: Mapping[str, str]) -> Response:
        role = self._roles[names["name"]]
        if role is None:
            raise bad(f"Role '{names['name']}' not found")
        if role.credential_type == "iam_user":
            if names["how"] == "sts":
                raise bad("attempted to retrieve iam_user credentials through the sts path")
            return self._user()
        return self._session(role, request.fields)

    def _session(self, role: AwsRole, fields: Fields) -> Response:
        ttl_s = fields.seconds("ttl") or role.default_sts_s or _STS_DEFAULT_S
        if role.max_sts_s:
            ttl_s = min(ttl_s, role.max_sts_s)
        if ttl_s < _STS_LEAST_S:
            raise bad("Error assuming role: ValidationError: DurationSeconds must be at least 900")
        data: Document = {
            "access_key": self._key_id("ASIA"),
            "arn": _assumed(_arn(role, fields), fields.text("role_session_name") or "vault"),
            "secret_key": base64.b64encode(self.entropy(30)).decode(),
            "security_token": base64.b64encode(self.entropy(96)).decode(),
            "ttl": int(ttl_s),
        }
        leased = Leased(bounds=Bounds(ttl_s=ttl_s, max_s=ttl_s), renewable=False)
        return Response(data=data, leased=leased, kind=self.kind)

    def _user(self) -> Response:
        key_id = self._key_id("AKIA")
        self.users[key_id] = f"vault-token-{base62(self.entropy, 8)}"
        data: Document = {
            "access_key": key_id,
            "secret_key": base64.b64encode(self.entropy(30)).decode(),
            "security_token": None,
        }
        leased = Leased(bounds=Bounds(), renewable=True, revoke=lambda: self._remove(key_id))
        return Response(data=data, leased=leased, kind=self.kind)

    def _remove(self, key_id: str) -> None:
        self.users.pop(key_id, None)

    def _key_id(self, prefix: str) -> str:
        return prefix + base64.b32encode(self.entropy(10)).decode()


def _arn(role: AwsRole, fields: Fields) -> str:
    asked = fields.text("role_arn")
    if role.credential_type != "assumed_role":
        return "arn:aws:iam::123456789012:role/vault"
    if asked and asked not in role.role_arns:
        raise bad(f"role_arn {asked!r} not in allowed role arns for Vault role")
    if asked:
        return asked
    if len(role.role_arns) != 1:
        raise bad("did not supply a role_arn parameter and unable to determine one")
    return role.role_arns[0]


def _assumed(arn: str, session: str) -> str:
    account, name = arn.split(":")[4], arn.rpartition("/")[2]
    return f"arn:aws:sts::{account}:assumed-role/{name}/{session}"
