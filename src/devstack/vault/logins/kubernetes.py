"""Logging in with a service account's token (API docs, "Kubernetes auth method").

There is no cluster that could review a token, so the keys that the mount is configured with
(`pem_keys`) decide, and the token's own times and audience.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from devstack.vault.errors import VaultError, bad, denied
from devstack.vault.fields import Document, FieldRefused, Fields
from devstack.vault.logins.globs import fits
from devstack.vault.logins.keys import Key, from_pem
from devstack.vault.logins.role import shown_terms, token_terms
from devstack.vault.logins.verification import Claims, Expected, verified
from devstack.vault.request import Operation, Request, Response
from devstack.vault.roles import Roles
from devstack.vault.routes import Route, writes
from devstack.vault.tokens.token import Grant


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterRole:
    """Which service accounts count, and what they get."""

    terms: Grant
    names: tuple[str, ...]
    namespaces: tuple[str, ...]
    audience: str

    def shown(self) -> Document:
        """Return the role's fields."""
        return {
            "audience": self.audience,
            "bound_service_account_names": list(self.names),
            "bound_service_account_namespaces": list(self.namespaces),
            "alias_name_source": "serviceaccount_uid",
            **shown_terms(self.terms),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccount:
    """Whose token it is."""

    name: str
    namespace: str
    uid: str


@dataclass(slots=True, kw_only=True)
class KubernetesMethod:
    """One mount of the method."""

    kind: str = "kubernetes"
    host: str = ""
    issuer: str = ""
    keys: tuple[Key, ...] = ()
    roles: Roles[ClusterRole] = field(default_factory=lambda: Roles("kubernetes"))
    open_paths: str = "login"

    @property
    def routes(self) -> Sequence[Route]:
        """Its paths."""
        config = {Operation.READ: self._read_config, **writes(self._configure)}
        return (
            Route("config", config),
            *self.roles.routes(self._write_role),
            Route("login", writes(self._login)),
        )

    def exists(self, request: Request) -> bool:
        """Whether the role is there already."""
        return self.roles.exists(request)

    def _configure(self, request: Request, names: Mapping[str, str]) -> None:
        del names
        fields = request.fields
        if not fields.text("kubernetes_host"):
            raise bad("no host provided")
        if not fields.texts("pem_keys"):
            raise bad("the local Vault has no cluster to ask: pem_keys must be given")
        self.host, self.issuer = fields.text("kubernetes_host"), fields.text("issuer")
        self.keys = from_pem(fields.texts("pem_keys"))

    def _read_config(self, request: Request, names: Mapping[str, str]) -> Response:
        del request, names
        data: Document = {"kubernetes_host": self.host, "issuer": self.issuer}
        return Response(data=data, kind=self.kind)

    def _write_role(self, request: Request, names: Mapping[str, str]) -> None:
        self.roles[names["name"]] = _role(request.fields)

    def _login(self, request: Request, names: Mapping[str, str]) -> Response:
        del names
        name, token = request.fields.text("role"), request.fields.text("jwt")
        if not name or not token:
            raise bad(f"missing {'jwt' if name else 'role'}")
        role = self.roles[name]
        if role is None:
            raise bad(f'invalid role name "{name}"')
        if not self.host:
            raise VaultError(500, "could not load backend configuration")
        account = self._account(token, role, now=request.now)
        metadata = {
            "role": name,
            "service_account_name": account.name,
            "service_account_namespace": account.namespace,
            "service_account_uid": account.uid,
        }
        shown = f"{account.namespace}-{account.name}"
        grant = replace(role.terms, display_name=shown, alias=account.uid, metadata=metadata)
        return Response(grant=grant, kind=self.kind)

    def _account(self, token: str, role: ClusterRole, *, now: float) -> ServiceAccount:
        """Return whose token it is. Raises VaultError: 403, whatever is wrong with it."""
        audiences = (role.audience,) if role.audience else ()
        # A cluster's own review knows no leeway for a token that has run out.
        expected = Expected(issuer=self.issuer, audiences=audiences, skew_s=0)
        try:
            claims = verified(token, self.keys, expected, now=now)
        except VaultError:
            raise denied() from None
        account = _account(claims)
        if not _among(account.name, role.names):
            raise VaultError(403, "service account name not authorized")
        if not _among(account.namespace, role.namespaces):
            raise VaultError(403, "namespace not authorized")
        return account


def _role(fields: Fields) -> ClusterRole:
    names = fields.texts("bound_service_account_names")
    namespaces = fields.texts("bound_service_account_namespaces")
    if not names:
        raise bad('"bound_service_account_names" can not be empty')
    if not namespaces:
        raise bad('"bound_service_account_namespaces" can not be empty')
    if names == namespaces == ("*",):
        raise bad('service_account_names and service_account_namespaces can not both be "*"')
    return ClusterRole(
        terms=token_terms(fields),
        names=names,
        namespaces=namespaces,
        audience=fields.text("audience"),
    )


def _account(claims: Claims) -> ServiceAccount:
    """Read a projected token's claims (Kubernetes docs, "Managing Service Accounts")."""
    try:
        of_cluster = Fields(Fields(claims).mapping("kubernetes.io"))
        account = Fields(of_cluster.mapping("serviceaccount"))
        found = ServiceAccount(
            name=account.text("name"),
            namespace=of_cluster.text("namespace"),
            uid=account.text("uid"),
        )
    except FieldRefused:
        raise denied() from None
    if claims.get("sub") != f"system:serviceaccount:{found.namespace}:{found.name}":
        raise denied()
    return found


def _among(text: str, allowed: tuple[str, ...]) -> bool:
    return any(fits(text, one) for one in allowed)
