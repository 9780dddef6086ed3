"""`auth/token/…`: tokens seen, made, renewed and ended (API docs, "Token auth method")."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from devstack.vault.clock import stamp
from devstack.vault.core import Core
from devstack.vault.engines.engine import Closed
from devstack.vault.errors import VaultError, bad, unknown_token
from devstack.vault.fields import Document, Fields
from devstack.vault.lifetime import Bounds
from devstack.vault.request import Operation, Request, Response
from devstack.vault.routes import Route, writes
from devstack.vault.tokens.token import ROOT_POLICY, Grant, Token, assignable
from devstack.vault.tokens.tree import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenApi(Closed):
    """The method that is always mounted, at `auth/token/`."""

    core: Core
    kind: str = "token"

    @property
    def routes(self) -> Sequence[Route]:
        """Its paths."""
        look, renew, revoke = writes(self._lookup), writes(self._renew), writes(self._revoke)
        return (
            Route("create(?P<orphan>-orphan)?", writes(self._create)),
            Route("lookup-self", {Operation.READ: self._lookup_self, **writes(self._lookup_self)}),
            Route("lookup(?:-accessor)?", look),
            Route("renew-self", writes(self._renew_self)),
            Route("renew(?:-accessor)?", renew),
            Route("revoke-self", writes(self._revoke_self)),
            Route("revoke(?:-accessor)?", revoke),
            Route("revoke-orphan", writes(self._revoke_orphan)),
            Route("accessors/?", {Operation.LIST: self._accessors}),
        )

    def _named(self, fields: Fields) -> Token:
        """Return the token that is spoken of, by itself or by its accessor. Raises VaultError."""
        if fields.has("accessor"):
            token = self.core.tokens.by_accessor(fields.text("accessor"))
            if token is None:
                raise VaultError(403, "1 error occurred:\n\t* invalid accessor\n\n")
            return token
        token = self.core.tokens.find(fields.text("token"))
        if token is None:
            raise unknown_token("bad token")
        return token

    def _lookup_self(self, request: Request, names: Mapping[str, str]) -> Response:
        del names
        return Response(data=described(request.who, request.now), kind=self.kind)

    def _lookup(self, request: Request, names: Mapping[str, str]) -> Response:
        del names
        token = self._named(request.fields)
        data = described(token, request.now)
        if request.fields.has("accessor"):
            # An accessor names a token; it never becomes one.
            data = {**data, "id": ""}
        return Response(data=data, kind=self.kind)

    def _renew_self(self, request: Request, names: Mapping[str, str]) -> Response:
        del names
        return self._renewed(request.who, request)

    def _renew(self, request: Request, names: Mapping[str, str]) -> Response:
        del names
        return self._renewed(self._named(request.fields), request)

    def _renewed(self, token: Token, request: Request) -> Response:
        asked_s = request.fields.seconds("increment")
        life = self.core.tokens.renew(
            token, asked_s=asked_s, most_s=request.most_s, now=request.now
        )
        return Response(token=token, warnings=life.warnings, kind=self.kind)

    def _revoke_self(self, request: Request, names: Mapping[str, str]) -> None:
        del names
        self._end(request.who)

    def _revoke(self, request: Request, names: Mapping[str, str]) -> None:
        del names
        self._end(self._named(request.fields))

    def _end(self, token: Token) -> None:
        if token.grant.kind == "batch":
            raise bad("batch tokens cannot be revoked")
        self.core.tokens.revoke(token)

    def _revoke_orphan(self, request: Request, names: Mapping[str, str]) -> None:
        del names
        token = self._named(request.fields)
        self.core.tokens.orphan_children(token)
        self._end(token)

    def _accessors(self, request: Request, names: Mapping[str, str]) -> Response:
        del request, names
        accessors = [token.accessor for token in self.core.tokens.alive() if token.accessor]
        return Response(data={"keys": accessors}, kind=self.kind)

    def _create(self, request: Request, names: Mapping[str, str]) -> Response:
        parent, fields = request.who, request.fields
        orphan = bool(names["orphan"]) or fields.flag("no_parent")
        grant = _child(parent, fields, orphan=orphan)
        origin = Origin(space=request.space, path=request.path, parent=None if orphan else parent)
        token, warnings = self.core.tokens.issue(
            grant,
            origin,
            asked_s=fields.seconds("ttl"),
            most_s=request.most_s,
            now=request.now,
        )
        return Response(token=token, warnings=warnings, kind=self.kind)


def _child(parent: Token, fields: Fields, *, orphan: bool) -> Grant:
    """Return what a token may give another. Raises VaultError."""
    if parent.grant.kind == "batch":
        raise bad("batch tokens cannot create more tokens")
    if parent.grant.num_uses:
        raise bad("restricted use token cannot generate child tokens")
    root = ROOT_POLICY in parent.policies
    asked = assignable(fields.texts("policies"))
    if not root and not set(asked) <= set(parent.policies):
        raise bad("child policies must be subset of parent")
    if not root and orphan:
        raise bad("root or sudo privileges required to create orphan token")
    if not root and fields.has("period"):
        raise bad("root or sudo privileges required to create periodic token")
    metadata = {name: str(value) for name, value in fields.mapping("meta").items()}
    return Grant(
        policies=asked or parent.grant.policies,
        bounds=Bounds(
            ttl_s=fields.seconds("ttl"),
            explicit_max_s=fields.seconds("explicit_max_ttl"),
            period_s=fields.seconds("period"),
        ),
        kind="batch" if fields.text("type") == "batch" else "service",
        renewable=fields.flag("renewable", default=True),
        num_uses=fields.whole("num_uses"),
        no_default_policy=fields.flag("no_default_policy"),
        display_name=f"token-{name}" if (name := fields.text("display_name")) else "token",
        metadata=metadata,
        alias=parent.grant.alias,
        accessor=parent.grant.accessor,
    )


def described(token: Token, now: float) -> Document:
    """Return what there is to say about a token."""
    bounds = token.grant.bounds
    said: dict[str, object] = {
        "accessor": token.accessor,
        "creation_time": int(token.issued_at),
        "creation_ttl": int(bounds.period_s or bounds.ttl_s),
        "display_name": token.grant.display_name,
        "entity_id": token.entity_id,
        "expire_time": None if token.expires_at is None else stamp(token.expires_at),
        "explicit_max_ttl": int(bounds.explicit_max_s),
        "id": token.id,
        "issue_time": stamp(token.issued_at),
        "meta": dict(token.grant.metadata) or None,
        "num_uses": token.uses_left,
        "orphan": token.parent is None,
        "path": token.path,
        "policies": list(token.policies),
        "renewable": token.renewable,
        "ttl": token.left_s(now),
        "type": token.grant.kind,
    }
    return {**said, "period": int(bounds.period_s)} if bounds.period_s else said
