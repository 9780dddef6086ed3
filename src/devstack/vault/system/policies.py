"""`sys/policies/acl`, `sys/policy` and `sys/capabilities…` (API docs of those names)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from devstack.vault.core import Core
from devstack.vault.errors import absent, bad, unknown_token
from devstack.vault.policy.rules import Capability
from devstack.vault.request import Operation, Request, Response
from devstack.vault.routes import Route, writes
from devstack.vault.tokens.token import ROOT_POLICY, Token


@dataclass(frozen=True, slots=True, kw_only=True)
class PoliciesApi:
    """The policies of a namespace, and what they come to for a token."""

    core: Core

    @property
    def routes(self) -> Sequence[Route]:
        """Its paths."""
        by_name = {
            Operation.READ: self._read,
            Operation.DELETE: self._delete,
            **writes(self._write),
        }
        return (
            Route("policies/acl/?", {Operation.LIST: self._list}),
            Route("policy/?", {Operation.LIST: self._list, Operation.READ: self._list}),
            Route("(?:policies/acl|policy)/(?P<name>.+)", by_name),
            Route("capabilities-self", writes(self._own_capabilities)),
            Route("capabilities", writes(self._capabilities)),
        )

    def _list(self, request: Request, names: Mapping[str, str]) -> Response:
        del names
        known = list(self.core.spaces.named(request.space).authority.names)
        return Response(data={"keys": known, "policies": known})

    def _read(self, request: Request, names: Mapping[str, str]) -> Response:
        text = self.core.spaces.named(request.space).authority.text(names["name"])
        if text is None:
            raise absent()
        key = "policy" if request.below.startswith("policies/") else "rules"
        return Response(data={"name": names["name"], key: text})

    def _write(self, request: Request, names: Mapping[str, str]) -> None:
        text = request.fields.text("policy") or request.fields.text("rules")
        if not text:
            raise bad("'policy' parameter not supplied or empty")
        self.core.spaces.named(request.space).authority.write(names["name"], text)

    def _delete(self, request: Request, names: Mapping[str, str]) -> None:
        self.core.spaces.named(request.space).authority.delete(names["name"])

    def _own_capabilities(self, request: Request, names: Mapping[str, str]) -> Response:
        del names
        return self._of(request.who, request)

    def _capabilities(self, request: Request, names: Mapping[str, str]) -> Response:
        del names
        token = self.core.tokens.find(request.fields.text("token"))
        if token is None:
            raise unknown_token("bad token")
        return self._of(token, request)

    def _of(self, token: Token, request: Request) -> Response:
        paths = request.fields.texts("paths") or request.fields.texts("path")
        if not paths:
            raise bad("paths must be supplied")
        held = {path: self._at(path, token, request) for path in paths}
        # One path's capabilities stand under this name as well.
        return Response(data={**held, "capabilities": held[paths[0]]})

    def _at(self, path: str, token: Token, request: Request) -> list[str]:
        if ROOT_POLICY in token.policies:
            return [ROOT_POLICY]
        authority = self.core.spaces.named(request.space).authority
        doable = [one for one in Capability if one not in {Capability.SUDO, Capability.DENY}]
        held = [one.value for one in doable if authority.allows(token, path, one, request)]
        return sorted(held) or [Capability.DENY.value]
