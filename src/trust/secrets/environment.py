"""The environment that a process was started with, and what its children would inherit of it."""

from collections.abc import Mapping, MutableMapping

from trust.secrets.reference import ReferenceMalformed, Scheme, parse_reference

_BY_DEFAULT = ("env:VAULT_TOKEN",)
"""References that hold without being written down: what `BFF_VAULT_TOKEN` is when it is not set."""


def taken_over(environment: MutableMapping[str, str]) -> dict[str, str]:
    """Return the environment whole, and leave in it only what is no secret.

    Everything that this process starts would have it otherwise, and shows it to whoever lists
    processes. What `/proc/<pid>/environ` shows of this process itself is the kernel's copy, which
    stays: that is for `trust.memory` to close.
    """
    whole = dict(environment)
    for name in secrets_in(whole):
        environment.pop(name, None)
    return whole


def secrets_in(environment: Mapping[str, str]) -> frozenset[str]:
    """Return the names of the variables that some `env:` reference in there points at."""
    named = {_named_by(value) for value in (*environment.values(), *_BY_DEFAULT)}
    return frozenset(name for name in environment if name in named)


def _named_by(value: str) -> str | None:
    try:
        reference = parse_reference(value)
    except ReferenceMalformed:
        return None
    return reference.path if reference.scheme is Scheme.ENV else None
