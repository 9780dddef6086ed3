"""Vault: one request in, one answer out."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from re import fullmatch

from devstack.aws.wire import Answer, WireRequest
from devstack.vault.core import Core
from devstack.vault.entropy import base62, uuid
from devstack.vault.errors import VaultError, denied, unknown_token
from devstack.vault.fields import FieldRefused, Fields
from devstack.vault.leases import Lease, Leased
from devstack.vault.lifetime import lifetime
from devstack.vault.reading import (
    Moved,
    document_of,
    operation_of,
    path_of,
    token_of,
    wrap_ttl_s,
)
from devstack.vault.rendering import answer_of, body_of, refusal
from devstack.vault.request import Operation, Request, Response
from devstack.vault.routes import answered
from devstack.vault.spaces import Mount, Space
from devstack.vault.tokens.token import ROOT_POLICY, Grant, Token
from devstack.vault.tokens.tree import Origin

_WRITES = frozenset({Operation.CREATE, Operation.UPDATE})
_OPEN_WHILE_SEALED = frozenset({"sys/health", "sys/seal-status", "sys/unseal", "sys/init"})
_WRAPPERS_OWN = frozenset({"sys/wrapping/lookup", "sys/wrapping/unwrap", "sys/wrapping/rewrap"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Vault:
    """Answers requests, one after the other."""

    core: Core

    def answer(self, wire: WireRequest, *, most_s: float | None = None) -> Answer:
        """Answer a request; nothing that it makes lives longer than `most_s` seconds."""
        now = self.core.sweep()
        try:
            request = self._request(wire, now=now, most_s=most_s)
            response = self._answered(request)
            body = body_of(response, request_id=uuid(self.core.entropy), now=now)
        except Moved as moved:
            return Answer(status=301, headers=(("location", moved.location),))
        except VaultError as error:
            return refusal(error)
        except FieldRefused as refused:
            return refusal(VaultError(400, str(refused)))
        return answer_of(body, status=response.status)

    def _request(self, wire: WireRequest, *, now: float, most_s: float | None) -> Request:
        header = wire.header("x-vault-namespace") or ""
        space, path = self.core.spaces.split(header, path_of(wire))
        operation = operation_of(wire)
        return Request(
            operation=operation,
            # What is listed is a folder, whether it was asked so or not.
            path=f"{path.rstrip('/')}/" if operation is Operation.LIST else path,
            space=space,
            fields=Fields(document_of(wire)),
            headers=wire.headers,
            token=token_of(wire),
            wrap_ttl_s=wrap_ttl_s(wire),
            now=now,
            most_s=most_s,
        )

    def _answered(self, request: Request) -> Response:
        if request.path not in _OPEN_WHILE_SEALED:
            self.core.seal.check()
        space = self.core.spaces.named(request.space)
        mount = space.mount_of(request.path)
        if mount is None:
            return self._nowhere(request, space)
        below = request.path[len(mount.path) :]
        located = replace(request, mount=mount.path, below=below)
        if request.path in _WRAPPERS_OWN:
            # Before the token is looked at: a used wrapper is a 400 that says so, not a 403.
            self.core.wrappers.named(located)
        if fullmatch(mount.engine.open_paths, below):
            return self._finished(located, space, mount)
        with self._let_in(located, space, _precise(located, mount)) as known:
            return self._finished(known, space, mount)

    def _nowhere(self, request: Request, space: Space) -> Response:
        # Only who may do something there learns that there is nothing.
        with self._let_in(request, space, request.operation) as known:
            text = f'no handler for route "{known.path}". route entry not found.'
            raise VaultError(404, text)

    @contextmanager
    def _let_in(self, request: Request, space: Space, operation: Operation) -> Generator[Request]:
        """Find out who asks, and whether they may; a use of the token is used up either way."""
        token = self.core.tokens.find(request.token)
        if token is None or not space.name.startswith(token.space):
            raise unknown_token() if request.token else denied()
        spent = _use(token)
        known = replace(request, caller=token, operation=operation)
        try:
            self.core.spaces.named(token.space).authority.check(token, _from(token, known))
            yield known
        finally:
            if spent:
                self.core.tokens.revoke(token)

    def _finished(self, request: Request, space: Space, mount: Mount) -> Response:
        said = answered(mount.engine.routes, request) or Response()
        if said.grant is not None:
            said = self._logged_in(said, said.grant, request, mount)
        if said.leased is not None:
            said = self._leased(said, said.leased, request)
        ttl_s = request.wrap_ttl_s
        if ttl_s and said.wrapped is None and said.status < 400:  # noqa: PLR2004 an answer, no refusal
            body = body_of(said, request_id=uuid(self.core.entropy), now=request.now)
            path = f"{space.name}{request.path}"
            return self.core.wrappers.wrap(body, request, ttl_s=ttl_s, path=path)
        return said

    def _logged_in(self, said: Response, grant: Grant, request: Request, mount: Mount) -> Response:
        if ROOT_POLICY in grant.policies:
            raise VaultError(400, "auth methods cannot create root tokens")
        origin = Origin(space=request.space, path=request.path, parent=None)
        token, warnings = self.core.tokens.issue(
            replace(grant, accessor=mount.accessor),
            origin,
            asked_s=0,
            most_s=request.most_s,
            now=request.now,
        )
        return replace(said, token=token, warnings=(*said.warnings, *warnings))

    def _leased(self, said: Response, leased: Leased, request: Request) -> Response:
        token = request.who
        if token.grant.num_uses and not token.uses_left:
            leased.revoke()
            raise VaultError(
                400,
                "Secret cannot be returned; token had one use left, so leased credentials "
                "were immediately revoked.",
            )
        life = lifetime(leased.bounds, asked_s=0, since=request.now, now=request.now)
        ends = [request.now + life.left_s]
        if request.most_s is not None:
            ends.append(request.now + request.most_s)
        if token.grant.kind == "batch" and token.expires_at is not None:
            # Nothing revokes a batch token's leases, so they end when it does.
            ends.append(token.expires_at)
        lease = Lease(
            id=f"{request.path}/{base62(self.core.entropy, 24)}",
            token=token.id,
            space=request.space,
            leased=leased,
            issued_at=request.now,
            expires_at=min(ends),
        )
        self.core.leases.add(lease)
        return replace(said, lease=lease, warnings=(*said.warnings, *life.warnings))


def _use(token: Token) -> bool:
    """Count a use; whether it was the last."""
    if not token.grant.num_uses:
        return False
    token.uses_left -= 1
    return token.uses_left <= 0


def _precise(request: Request, mount: Mount) -> Operation:
    if request.operation in _WRITES and not mount.engine.exists(request):
        return Operation.CREATE
    return request.operation


def _from(token: Token, request: Request) -> Request:
    """Return a request with its path as the policies of the token's own namespace see it."""
    inner = request.space[len(token.space) :]
    return replace(request, path=f"{inner}{request.path}") if inner else request
