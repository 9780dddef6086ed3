"""Whether the policies of a token allow a request: a pure decision, with the rule that made it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import reduce

from devstack.vault.policy.builtin import guarded
from devstack.vault.policy.constraints import parameters_fit, required_there, wrapped_right
from devstack.vault.policy.merging import merged
from devstack.vault.policy.paths import Pattern, chosen, requested
from devstack.vault.policy.rules import ROOT_NAME, Capability, Policy, Stanza
from devstack.vault.policy.templates import Entity, filled


class Reason(Enum):
    """Why a request is refused."""

    NO_PATH = "the target is no path"
    NO_RULE = "no policy has a rule for this path"
    DENIED = "a rule denies this path"
    CAPABILITY = "the rule for this path does not have this capability"
    SUDO = "the path is root-protected, and the rule has no sudo"
    REQUIRED = "a parameter that the rule requires is missing"
    PARAMETER = "a parameter, or its value, is not one that the rule allows"
    WRAPPING = "the rule wants the answer wrapped, or for another time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What decided: a path, and all that the policies together say of it."""

    path: str
    policies: tuple[str, ...]
    stanza: Stanza


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """The request may go on; `rule` is None for the root policy."""

    rule: Rule | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The request ends here (403); `rule` is None where no rule is for the path."""

    reason: Reason
    rule: Rule | None = None


Verdict = Allowed | Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks, for the templates in the policies' paths."""

    entity: Entity | None = None
    refused: frozenset[str] = frozenset()
    """What no value in a template may hold: nothing in Vault, `LIKE_OPENBAO` in OpenBao."""


NOBODY = Asker()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    path: str
    capability: Capability
    parameters: Mapping[str, object]
    wrap_s: float


def evaluate(
    policies: Sequence[Policy],
    path: str,
    capability: Capability,
    *,
    parameters: Mapping[str, object] | None = None,
    wrap_s: float = 0,
    asker: Asker = NOBODY,
) -> Verdict:
    """Decide on one request.

    `path` is the target after `/v1/`, still encoded; `capability` what its method needs (GET read,
    LIST list, POST and PUT update, or create where the engine tells the two apart, DELETE delete,
    PATCH patch); `parameters` the body; `wrap_s` what `X-Vault-Wrap-TTL` asks, in seconds.
    """
    if [policy.name for policy in policies] == [ROOT_NAME]:
        return Allowed(rule=None)
    named = requested(path)
    if named is None:
        return Refused(reason=Reason.NO_PATH)
    listing = capability is Capability.LIST
    asked = _Request(
        # The server makes a prefix of what is listed.
        path=f"{named.removesuffix('/')}/" if listing else named,
        capability=capability,
        parameters=parameters or {},
        wrap_s=wrap_s,
    )
    rule = _rule_for(asked, policies, asker)
    if rule is None:
        return Refused(reason=Reason.NO_RULE)
    reason = _refusal(rule.stanza, asked)
    return Allowed(rule=rule) if reason is None else Refused(reason=reason, rule=rule)


def capabilities(
    policies: Sequence[Policy], path: str, *, asker: Asker = NOBODY
) -> frozenset[Capability]:
    """Return what may be done at a path, as `sys/capabilities` says it: `deny` where nothing may.

    Parameters, wrapping and root protection are not asked about there; `sudo` is told.
    """
    verdict = evaluate(policies, path, Capability.READ, asker=asker)
    if verdict.rule is None:
        nothing = frozenset({Capability.DENY})
        return frozenset(Capability) - nothing if isinstance(verdict, Allowed) else nothing
    return verdict.rule.stanza.capabilities or frozenset({Capability.DENY})


def _rule_for(asked: _Request, policies: Sequence[Policy], asker: Asker) -> Rule | None:
    stanzas = list(_filled(policies, asker))
    patterns = {pattern for pattern, _, _ in stanzas}
    pattern = chosen(patterns, asked.path, listing=asked.capability is Capability.LIST)
    if pattern is None:
        return None
    of_it = [(name, stanza) for own, name, stanza in stanzas if own == pattern]
    return Rule(
        path=pattern.text,
        policies=tuple(dict.fromkeys(name for name, _ in of_it)),
        stanza=reduce(merged, (stanza for _, stanza in of_it)),
    )


def _filled(policies: Sequence[Policy], asker: Asker) -> Iterable[tuple[Pattern, str, Stanza]]:
    for policy in policies:
        for stanza in policy.stanzas:
            path = filled(stanza.path, asker.entity, refused=asker.refused)
            if path is not None:
                yield Pattern(text=path), policy.name, stanza


def _refusal(stanza: Stanza, asked: _Request) -> Reason | None:
    held = {
        Reason.DENIED: Capability.DENY not in stanza.capabilities,
        Reason.CAPABILITY: asked.capability in stanza.capabilities,
        Reason.SUDO: Capability.SUDO in stanza.capabilities or not guarded(asked.path),
        Reason.WRAPPING: wrapped_right(stanza, asked.wrap_s),
    }
    # A listing and a deletion have no body to look at.
    if asked.capability not in {Capability.LIST, Capability.DELETE}:
        held[Reason.REQUIRED] = required_there(stanza, asked.parameters)
        held[Reason.PARAMETER] = parameters_fit(stanza, asked.parameters)
    return next((reason for reason, holds in held.items() if not holds), None)
