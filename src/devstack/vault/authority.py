"""Who may do what: the policies of one namespace, and the question that every request asks."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from devstack.vault.errors import bad, denied
from devstack.vault.policy.builtin import DEFAULT, ROOT
from devstack.vault.policy.evaluation import Allowed, Asker, evaluate
from devstack.vault.policy.rules import ROOT_NAME, Capability, Policy, parse_policy
from devstack.vault.policy.templates import Alias, Entity
from devstack.vault.policy.tokens import PolicyMalformed
from devstack.vault.request import Operation, Request
from devstack.vault.tokens.token import WRAPPING_POLICY as WRAPPING
from devstack.vault.tokens.token import Token

_WRAPPING_TEXT = """
path "cubbyhole/response" { capabilities = ["create", "read"] }
path "sys/wrapping/unwrap" { capabilities = ["update"] }
"""


def _built_in() -> dict[str, Policy]:
    wrapping = parse_policy(WRAPPING, _WRAPPING_TEXT)
    return {DEFAULT.name: DEFAULT, ROOT_NAME: ROOT, WRAPPING: wrapping}


@dataclass(slots=True, kw_only=True)
class Authority:
    """The policies of one namespace."""

    _read: dict[str, Policy] = field(default_factory=_built_in)
    _texts: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def names(self) -> tuple[str, ...]:
        """The policies that there are, but for the wrappers' own."""
        return tuple(sorted(name for name in self._read if name != WRAPPING))

    def write(self, name: str, text: str) -> None:
        """Set a policy. Raises VaultError."""
        if name in {ROOT_NAME, WRAPPING}:
            raise bad(f"cannot update {name!r} policy")
        try:
            self._read[name.lower()] = parse_policy(name.lower(), text)
        except PolicyMalformed as malformed:
            raise bad(f"failed to parse policy: {malformed}") from malformed
        self._texts[name.lower()] = text

    def text(self, name: str) -> str | None:
        """Return a policy as it was written; None if there is none."""
        return self._texts.get(name, "" if name in self._read and name != WRAPPING else None)

    def delete(self, name: str) -> None:
        """Forget a policy: whoever has it can do less from now on. Raises VaultError."""
        if name in {ROOT_NAME, DEFAULT.name, WRAPPING}:
            raise bad(f"cannot delete {name!r} policy")
        self._read.pop(name, None)
        self._texts.pop(name, None)

    def allows(self, token: Token, path: str, capability: Capability, request: Request) -> bool:
        """Whether a token may do this at a path, with this body and this wrapping."""
        # A policy that does not exist, or no longer, gives nothing.
        held = [self._read[name] for name in token.policies if name in self._read]
        verdict = evaluate(
            held,
            path,
            capability,
            parameters=request.fields.all,
            wrap_s=request.wrap_ttl_s,
            asker=asker(token),
        )
        return isinstance(verdict, Allowed)

    def check(self, token: Token, request: Request) -> None:
        """Let a request go on, or not. Raises VaultError."""
        if not self.allows(token, request.path, CAPABILITY[request.operation], request):
            raise denied()


CAPABILITY: Mapping[Operation, Capability] = {
    operation: Capability(operation.value) for operation in Operation
}
"""What an operation needs."""


def asker(token: Token) -> Asker:
    """Return who a token speaks for, for templates in policies."""
    if not token.entity_id:
        return Asker()
    grant = token.grant
    alias = Alias(name=grant.alias, metadata=grant.metadata)
    entity = Entity(
        id=token.entity_id, name=f"entity_{token.entity_id[:8]}", aliases={grant.accessor: alias}
    )
    return Asker(entity=entity)
