"""Logging in with a role id and a secret id (API docs, "AppRole auth method")."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from devstack.vault.entropy import Entropy, uuid
from devstack.vault.errors import VaultError, absent, bad
from devstack.vault.fields import Document
from devstack.vault.logins.role import shown_terms, token_terms
from devstack.vault.request import Operation, Request, Response
from devstack.vault.roles import Roles
from devstack.vault.routes import NAME, Route, writes
from devstack.vault.tokens.token import Grant


@dataclass(slots=True, kw_only=True)
class SecretId:
    """One secret id."""

    accessor: str
    expires_at: float | None
    """Seconds since 1970; None for never."""
    uses_left: int
    """0 for any number."""


@dataclass(slots=True, kw_only=True)
class AppRole:
    """A role, its id, and the secret ids that are good for it."""

    terms: Grant
    role_id: str
    bind_secret_id: bool
    secret_ttl_s: float
    secret_uses: int
    secret_ids: dict[str, SecretId] = field(default_factory=dict[str, SecretId])

    def shown(self) -> Document:
        """Return the role's fields."""
        return {
            "bind_secret_id": self.bind_secret_id,
            "secret_id_num_uses": self.secret_uses,
            "secret_id_ttl": int(self.secret_ttl_s),
            **shown_terms(self.terms),
        }


@dataclass(slots=True, kw_only=True)
class AppRoleMethod:
    """One mount of the method."""

    entropy: Entropy
    kind: str = "approle"
    roles: Roles[AppRole] = field(default_factory=lambda: Roles("approle"))
    open_paths: str = "login"

    @property
    def routes(self) -> Sequence[Route]:
        """Its paths."""
        at = rf"role/(?P<name>{NAME})"
        role_id = {Operation.READ: self._read_role_id, **writes(self._write_role_id)}
        return (
            *self.roles.routes(self._write_role),
            Route(f"{at}/role-id", role_id),
            Route(f"{at}/secret-id", writes(self._make_secret_id)),
            Route(f"{at}/secret-id/destroy", writes(self._destroy)),
            Route(f"{at}/secret-id/lookup", writes(self._lookup)),
            Route("login", writes(self._login)),
        )

    def exists(self, request: Request) -> bool:
        """Whether the role is there already."""
        parts = request.below.split("/")
        return parts[0] != "role" or self.roles[parts[-1]] is not None or len(parts) > 2  # noqa: PLR2004 `role/<name>/…`

    def _role(self, names: Mapping[str, str]) -> AppRole:
        role = self.roles[names["name"]]
        if role is None:
            raise absent()
        return role

    def _write_role(self, request: Request, names: Mapping[str, str]) -> None:
        fields, known = request.fields, self.roles[names["name"]]
        self.roles[names["name"]] = AppRole(
            terms=token_terms(fields),
            role_id=uuid(self.entropy) if known is None else known.role_id,
            bind_secret_id=fields.flag("bind_secret_id", default=True),
            secret_ttl_s=fields.seconds("secret_id_ttl"),
            secret_uses=fields.whole("secret_id_num_uses"),
            secret_ids={} if known is None else known.secret_ids,
        )

    def _read_role_id(self, request: Request, names: Mapping[str, str]) -> Response:
        del request
        return Response(data={"role_id": self._role(names).role_id}, kind=self.kind)

    def _write_role_id(self, request: Request, names: Mapping[str, str]) -> None:
        if not request.fields.text("role_id"):
            raise bad("missing role_id")
        self._role(names).role_id = request.fields.text("role_id")

    def _make_secret_id(self, request: Request, names: Mapping[str, str]) -> Response:
        role, fields = self._role(names), request.fields
        ttl_s = fields.seconds("ttl") or role.secret_ttl_s
        uses = fields.whole("num_uses") or role.secret_uses
        made, accessor = uuid(self.entropy), uuid(self.entropy)
        expires_at = request.now + ttl_s if ttl_s else None
        role.secret_ids[made] = SecretId(accessor=accessor, expires_at=expires_at, uses_left=uses)
        data: Document = {
            "secret_id": made,
            "secret_id_accessor": accessor,
            "secret_id_num_uses": uses,
            "secret_id_ttl": int(ttl_s),
        }
        return Response(data=data, kind=self.kind)

    def _destroy(self, request: Request, names: Mapping[str, str]) -> None:
        self._role(names).secret_ids.pop(request.fields.text("secret_id"), None)

    def _lookup(self, request: Request, names: Mapping[str, str]) -> Response:
        known = self._role(names).secret_ids.get(request.fields.text("secret_id"))
        if known is None:
            return Response()
        data: Document = {
            "secret_id_accessor": known.accessor,
            "secret_id_num_uses": known.uses_left,
        }
        return Response(data=data, kind=self.kind)

    def _login(self, request: Request, names: Mapping[str, str]) -> Response:
        del names
        fields = request.fields
        if not fields.text("role_id"):
            raise bad("missing role_id")
        named = [
            (name, role)
            for name, role in self.roles.all()
            if role.role_id == fields.text("role_id")
        ]
        if not named:
            raise _refused()
        name, role = named[0]
        if role.bind_secret_id:
            _use(role, fields.text("secret_id"), request.now)
        grant = replace(
            role.terms, display_name="approle", alias=role.role_id, metadata={"role_name": name}
        )
        return Response(grant=grant, kind=self.kind)


def _use(role: AppRole, secret_id: str, now: float) -> None:
    if not secret_id:
        raise bad("missing secret_id")
    known = role.secret_ids.get(secret_id)
    if known is None:
        raise _refused()
    if known.expires_at is not None and known.expires_at <= now:
        del role.secret_ids[secret_id]
        raise _refused()
    if known.uses_left == 1:
        del role.secret_ids[secret_id]
    elif known.uses_left > 1:
        known.uses_left -= 1


def _refused() -> VaultError:
    # The same for every reason: nobody is told which half was right.
    return bad("invalid role or secret ID")
