"""What several stanzas for the same path come to.

The capabilities are united, `deny` wins, and of wrapping's bounds the shorter counts. Two things
surprise: a stanza without parameters takes on the other's limits, and an empty list of values (any
value) beats a list.
"""

from dataclasses import replace

from devstack.vault.policy.hcl import Value
from devstack.vault.policy.rules import Capability, Parameters, Stanza


def merged(first: Stanza, second: Stanza) -> Stanza:
    """Return both together; of the two paths, which are the same, the first's."""
    for one in (first, second):
        if Capability.DENY in one.capabilities:
            return Stanza(path=first.path, capabilities=frozenset({Capability.DENY}))
    return replace(
        first,
        capabilities=first.capabilities | second.capabilities,
        allowed=_united(first.allowed, second.allowed),
        denied=_united(first.denied, second.denied),
        required=tuple(dict.fromkeys((*first.required, *second.required))),
        min_wrapping_s=_shorter(first.min_wrapping_s, second.min_wrapping_s),
        max_wrapping_s=_shorter(first.max_wrapping_s, second.max_wrapping_s),
    )


def _united(first: Parameters, second: Parameters) -> Parameters:
    found = dict(first)
    for name, values in second.items():
        before = found.get(name)
        both: list[Value] = [*values, *(before or ())]
        anything = not values or (before is not None and not before)
        found[name] = [] if anything else both
    return found


def _shorter(first: float, second: float) -> float:
    return min(first, second) if first and second else first or second
