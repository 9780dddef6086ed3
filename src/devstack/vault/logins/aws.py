"""Logging in with a signed `GetCallerIdentity` (API docs, "AWS auth method", type iam)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from devstack.vault.errors import bad
from devstack.vault.fields import Document, Fields
from devstack.vault.logins.aws_caller import StsAddress, caller
from devstack.vault.logins.aws_keys import AwsKeys
from devstack.vault.logins.aws_request import check_server_id, signed_request
from devstack.vault.logins.globs import fits
from devstack.vault.logins.role import shown_terms, token_terms
from devstack.vault.request import Operation, Request, Response
from devstack.vault.roles import Roles
from devstack.vault.routes import Route, writes
from devstack.vault.tokens.token import Grant


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsLoginRole:
    """Which principals count, and what they get."""

    terms: Grant
    arns: tuple[str, ...]

    def shown(self) -> Document:
        """Return the role's fields."""
        return {
            "auth_type": "iam",
            "bound_iam_principal_arn": list(self.arns),
            "resolve_aws_unique_ids": False,
            **shown_terms(self.terms),
        }


@dataclass(slots=True, kw_only=True)
class AwsMethod:
    """One mount of the method."""

    keys: AwsKeys
    kind: str = "aws"
    address: StsAddress = field(default_factory=StsAddress)
    roles: Roles[AwsLoginRole] = field(default_factory=lambda: Roles("aws"))
    open_paths: str = "login"

    @property
    def routes(self) -> Sequence[Route]:
        """Its paths."""
        config = {Operation.READ: self._read_config, **writes(self._configure)}
        return (
            Route("config/client", config),
            *self.roles.routes(self._write_role),
            Route("login", writes(self._login)),
        )

    def exists(self, request: Request) -> bool:
        """Whether the role is there already."""
        return self.roles.exists(request)

    def _configure(self, request: Request, names: Mapping[str, str]) -> None:
        del names
        fields = request.fields
        self.address = StsAddress(
            host=urlsplit(fields.text("sts_endpoint")).netloc,
            by_region=fields.flag("use_sts_region_from_client"),
            server_id=fields.text("iam_server_id_header_value"),
        )

    def _read_config(self, request: Request, names: Mapping[str, str]) -> Response:
        del request, names
        data: Document = {
            "iam_server_id_header_value": self.address.server_id,
            "sts_endpoint": f"https://{self.address.host}" if self.address.host else "",
            "use_sts_region_from_client": self.address.by_region,
        }
        return Response(data=data, kind=self.kind)

    def _write_role(self, request: Request, names: Mapping[str, str]) -> None:
        self.roles[names["name"]] = _role(request.fields)

    def _login(self, request: Request, names: Mapping[str, str]) -> Response:
        del names
        name = request.fields.text("role")
        role = self.roles[name]
        if role is None:
            raise bad(f"entry for role {name} not found" if name else "missing role")
        asked = signed_request(request.fields)
        check_server_id(asked, self.address.server_id)
        key = caller(asked, self.keys, self.address, now=request.now)
        principal = canonical_arn(key.arn)
        if not any(fits(principal, arn) for arn in role.arns):
            raise bad(f'IAM Principal "{key.arn}" does not belong to the role "{name}"')
        metadata = {
            "account_id": key.arn.split(":")[4],
            "auth_type": "iam",
            "canonical_arn": principal,
            "client_arn": key.arn,
            "client_user_id": key.user_id.partition(":")[0],
            "role": name,
        }
        shown = principal.rpartition("/")[2]
        grant = replace(role.terms, display_name=shown, alias=principal, metadata=metadata)
        return Response(grant=grant, kind=self.kind)


def _role(fields: Fields) -> AwsLoginRole:
    if fields.text("auth_type", "iam") != "iam":
        raise bad("the local Vault serves roles of auth_type iam only")
    arns = fields.texts("bound_iam_principal_arn")
    if not arns:
        raise bad("at least be one bound parameter should be specified on the role")
    if fields.flag("resolve_aws_unique_ids", default=True):
        raise bad("the local Vault has no IAM to ask: set resolve_aws_unique_ids to false")
    return AwsLoginRole(terms=token_terms(fields), arns=arns)


def canonical_arn(arn: str) -> str:
    """Return the role behind a session, or the user: what roles are bound to."""
    parts = arn.split(":")
    kind, _, rest = parts[-1].partition("/")
    if kind != "assumed-role":
        return arn
    return f"arn:{parts[1]}:iam::{parts[4]}:role/{rest.partition('/')[0]}"
