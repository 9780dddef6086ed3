"""What a rule says beyond its capabilities: parameters, and how the answer is wrapped.

Source: Vault's documentation, "Policies", parameter constraints and required response wrapping.
"""

from collections.abc import Mapping, Sequence

from devstack.vault.policy.rules import Stanza

_ANY = "*"


def required_there(stanza: Stanza, parameters: Mapping[str, object]) -> bool:
    """Return whether everything that is required was sent, whatever it says."""
    return all(name.lower() in parameters for name in stanza.required)


def parameters_fit(stanza: Stanza, parameters: Mapping[str, object]) -> bool:
    """Return whether no parameter is denied, and each is allowed where only some are."""
    if not parameters:
        return True
    if _ANY in stanza.denied:
        return False
    asked = {name.lower(): value for name, value in parameters.items()}
    if any(name in stanza.denied and _among(v, stanza.denied[name]) for name, v in asked.items()):
        return False
    return not stanza.allowed or all(_allowed(stanza, name, v) for name, v in asked.items())


def wrapped_right(stanza: Stanza, wrap_s: float) -> bool:
    """Return whether the answer will be wrapped as the rule wants it; 0 s: not wrapped."""
    shortest, longest = stanza.min_wrapping_s, stanza.max_wrapping_s
    if not shortest and not longest:
        return True
    return bool(wrap_s) and shortest <= wrap_s and (not longest or wrap_s <= longest)


def _allowed(stanza: Stanza, name: str, value: object) -> bool:
    values = stanza.allowed.get(name)
    return _ANY in stanza.allowed if values is None else _among(value, values)


def _among(value: object, values: Sequence[object]) -> bool:
    return not values or any(_same(known, value) for known in values)


def _same(known: object, value: object) -> bool:
    if isinstance(known, str) and isinstance(value, str):
        return _globbed(known, value)
    # True is 1 in Python, and not in JSON.
    return type(known) is type(value) and known == value


def _globbed(known: str, value: str) -> bool:
    starts, ends = known.startswith(_ANY), known.endswith(_ANY)
    if len(known) < len("*a") or not (starts or ends):
        return known == value
    if starts and ends:
        return known[1:-1] in value
    return value.endswith(known[1:]) if starts else value.startswith(known[:-1])
