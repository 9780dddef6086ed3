"""Secrets in what is said of values that nobody can read: by parsers that quote them."""

import ipaddress
import json
import tomllib
from collections.abc import Callable

import pytest
from pydantic import BaseModel

from attacks.telling import Telling
from fakes.cells import PLACE
from fakes.clock import StoppedClock
from fakes.proxy.canary import listening
from fakes.secret_source import KnownSecrets
from fakes.secrets import secrets_of
from trust.secrets.reference import Scheme
from trust.secrets.source import SecretUnavailable

CANARY = "canary7xparsed"


class Document(BaseModel):
    """What a secret should be."""

    port: int


class Quoting(ValueError):
    """An error of somebody's own, which quotes what it was given."""


def _quoting(text: str) -> None:
    raise Quoting(f"cannot use {text!r}")


PARSERS: dict[str, Callable[[str], object]] = {
    "pydantic": Document.model_validate_json,
    "an address": ipaddress.IPv4Address,
    "TOML": tomllib.loads,
    "a number": int,
    "JSON": json.loads,
    "their own": _quoting,
    "a look-up": dict[str, str]().__getitem__,
}


@pytest.mark.parametrize("name", PARSERS)
async def test_a_parser_that_quotes_is_not_repeated(name: str) -> None:
    """`parse` is anybody's: an agent's, too, and most libraries quote what they cannot read."""
    source = KnownSecrets({PLACE.path: f'{{"port": "{CANARY}'})
    secrets = secrets_of({Scheme.VAULT_KV: source}, StoppedClock())
    telling = Telling()
    with listening() as canary:
        with pytest.raises(SecretUnavailable) as raised:
            await secrets.keep(PLACE, lambda found: PARSERS[name](found.reveal()))
        telling.error("failure", raised.value)
        telling.document("health", secrets.health())
        telling.lines(canary.lines)

    assert PLACE.path in str(raised.value)
    assert telling.places_of({"parsed": CANARY}) == []
