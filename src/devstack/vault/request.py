"""A request to Vault, read; and the answer before it is written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from devstack.aws.wire import Pairs
from devstack.vault.errors import denied
from devstack.vault.fields import Document, Fields
from devstack.vault.leases import Lease, Leased
from devstack.vault.tokens.token import Grant, Token


class Operation(StrEnum):
    """What is done at a path; the value is the capability that a policy must give."""

    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    DELETE = "delete"
    LIST = "list"
    PATCH = "patch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request below `/v1/`."""

    operation: Operation
    path: str
    """Without `/v1/`, decoded, from the mount on."""
    space: str = ""
    """The namespace: empty for the root, else `a/b/`."""
    fields: Fields = field(default_factory=lambda: Fields({}))
    headers: Pairs = ()
    token: str = ""
    wrap_ttl_s: float = 0
    """How long the answer is to be kept in a wrapper; 0 for not at all."""
    now: float
    most_s: float | None = None
    """A lifetime that nothing this request makes may exceed, by order of a test."""
    caller: Token | None = None
    below: str = ""
    """The path below the mount."""
    mount: str = ""
    """The path of the mount, with its slash."""

    @property
    def who(self) -> Token:
        """The token of a request that was let in. Raises VaultError if nobody was asked for one."""
        if self.caller is None:
            raise denied()
        return self.caller


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapInfo:
    """Where an answer was put instead of being given."""

    token: str
    accessor: str
    ttl_s: float
    created_at: float
    path: str
    wrapped_accessor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer; one that says nothing at all is a 204."""

    data: Document | None = None
    grant: Grant | None = None
    """A login: a token is to be made of it."""
    leased: Leased | None = None
    """A secret that ends: a lease is to be made of it."""
    token: Token | None = None
    """A token to show, new or renewed."""
    lease: Lease | None = None
    """A lease to show, new or renewed."""
    wrapped: WrapInfo | None = None
    raw: Document | None = None
    """A body of a form of its own, such as that of `sys/health`."""
    warnings: tuple[str, ...] = ()
    status: int = 200
    kind: str = "system"
    """What Vault calls `mount_type`."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to say."""
        parts = (self.data, self.token, self.lease, self.wrapped, self.raw)
        return all(part is None for part in parts) and not self.warnings


Handler = Callable[[Request, Mapping[str, str]], Response | None]
"""Answers a request, with the named parts of its path; None for nothing to say."""
