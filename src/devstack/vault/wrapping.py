"""Wrappers: an answer that is kept for whoever comes first, once ("Concepts: response wrapping").

A wrapper is a token of one use whose cubbyhole holds the answer. Whoever unwraps a wrapper that was
used already learns that somebody else has the secret: that is what it is for.
"""

from dataclasses import dataclass, field

from devstack.vault.errors import VaultError
from devstack.vault.fields import Document, Fields
from devstack.vault.lifetime import Bounds
from devstack.vault.request import Request, Response, WrapInfo
from devstack.vault.tokens.token import WRAPPING_POLICY, Grant, Token
from devstack.vault.tokens.tree import Origin, Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapped:
    """What lies in a wrapper."""

    body: Document | None
    """The whole answer as it would have been sent; None for one without a body."""
    info: WrapInfo


@dataclass(slots=True, kw_only=True)
class Wrappers:
    """All wrappers that nobody has opened."""

    tokens: Tokens
    _held: dict[str, Wrapped] = field(default_factory=dict[str, Wrapped])

    def wrap(self, body: Document | None, request: Request, *, ttl_s: float, path: str) -> Response:
        """Put an answer into a new wrapper; return the answer that names it."""
        grant = Grant(
            policies=(WRAPPING_POLICY,),
            bounds=Bounds(ttl_s=ttl_s, max_s=ttl_s, explicit_max_s=ttl_s),
            renewable=False,
            num_uses=1,
            no_default_policy=True,
        )
        origin = Origin(space=request.space, path=path, parent=None)
        token, _ = self.tokens.issue(grant, origin, asked_s=ttl_s, most_s=None, now=request.now)
        info = WrapInfo(
            token=token.id,
            accessor=token.accessor,
            ttl_s=ttl_s,
            created_at=request.now,
            path=path,
            wrapped_accessor=_accessor(body),
        )
        self._held[token.id] = Wrapped(body=body, info=info)
        return Response(wrapped=info)

    def taken(self, token: Token) -> Wrapped:
        """Return what lies in a wrapper, and the wrapper is no more."""
        self.tokens.revoke(token)
        return self._held.pop(token.id)

    def seen(self, token: Token) -> Wrapped:
        """Return what lies in a wrapper, and leave it there."""
        return self._held[token.id]

    def named(self, request: Request) -> Token:
        """Return the wrapper that a request names in its body, or else in its header.

        Raises VaultError.
        """
        token = self.tokens.find(request.fields.text("token") or request.token)
        if token is None or token.grant.policies != (WRAPPING_POLICY,):
            raise not_a_wrapper()
        return token


def not_a_wrapper() -> VaultError:
    """Return the refusal of a wrapper that was used, has run out or never was."""
    return VaultError(400, "wrapping token is not valid or does not exist")


def _accessor(body: Document | None) -> str:
    return Fields(Fields(body or {}).mapping("auth")).text("accessor")
