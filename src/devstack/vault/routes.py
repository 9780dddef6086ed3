"""Which part of an engine answers a path: patterns and operations, as in Vault's framework."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from devstack.vault.errors import VaultError
from devstack.vault.request import Handler, Operation, Request, Response

NAME = r"[\w](?:[\w.-]*[\w])?"
"""What Vault's framework takes as a name (`GenericNameRegex`)."""


@dataclass(frozen=True, slots=True)
class Route:
    """The paths that match a pattern, and what can be done there."""

    pattern: str
    handlers: Mapping[Operation, Handler]


def writes(handler: Handler) -> Mapping[Operation, Handler]:
    """Return a handler for both ways of writing."""
    return {Operation.CREATE: handler, Operation.UPDATE: handler}


def answered(routes: Sequence[Route], request: Request) -> Response | None:
    """Return what the first fitting route answers. Raises VaultError."""
    for route in routes:
        match = re.fullmatch(route.pattern, request.below, re.ASCII)
        if match is None:
            continue
        handler = route.handlers.get(request.operation)
        if handler is None:
            raise VaultError(405, "1 error occurred:\n\t* unsupported operation\n\n")
        names = {name: part or "" for name, part in match.groupdict().items()}
        return handler(request, names)
    raise VaultError(404, "1 error occurred:\n\t* unsupported path\n\n")
