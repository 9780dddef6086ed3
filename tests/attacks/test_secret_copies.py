"""What holds a secret, put through all that shows, copies or writes down an object."""

import copy
import json
import logging
import pickle
import pprint
import traceback
from collections.abc import Callable
from dataclasses import asdict, astuple
from typing import Any

import pytest

from fakes.clock import StoppedClock
from fakes.secret_source import KnownSecrets
from fakes.secrets import secrets_of
from trust.clock import Instant, NumericDate
from trust.seal.keyring import new_keyring, parse_keyring
from trust.secret import Secret
from trust.secrets.freshness import FOR_EVER, Terms
from trust.secrets.known import known_of
from trust.secrets.reference import Reference, Scheme
from trust.secrets.secrets import Held
from trust.secrets.source import Fetched
from trust.secrets.spiffe.svid import JwtSvid, X509Svid
from trust.secrets.vault.token import Auth, Token

CANARY = "canary5xcopied"
SECRET = Secret(CANARY)
NOW = NumericDate(4_000_000_000)
AT = Instant(NOW, 0.0)
FETCHED = Fetched(value=SECRET, version="1", lease_s=600.0)
AUTH = Auth(token=SECRET, lease_s=600.0, renewable=True)
PLACE = Reference(scheme=Scheme.VAULT_KV, path="secret/a")

HOLDERS: dict[str, object] = {
    "fetched": FETCHED,
    "held": Held(value=SECRET, version="1", fetched_at=NOW, expires_at=NOW),
    "known": known_of(FETCHED, AT, Terms(), 0.0),
    "JWT-SVID": JwtSvid(token=SECRET, spiffe_id="spiffe://a.example/b", expires_at=NOW),
    "X509-SVID": X509Svid(
        spiffe_id="spiffe://a.example/b", chain="", key=SECRET, authorities="", expires_at=NOW
    ),
    "auth": AUTH,
    "token": Token(auth=AUTH, login=1, asked=AT, life=FOR_EVER),
    "keyring": parse_keyring(new_keyring(lambda size: CANARY.encode().ljust(size, b"k"))),
    "in containers": {"a": [SECRET, (SECRET,), {"b": FETCHED}]},
}


def _logged(holder: object) -> str:
    record = logging.LogRecord("n", logging.INFO, "p", 1, "%s %r", (holder, holder), None)
    record.extra = holder
    return f"{logging.Formatter().format(record)} {vars(record)!r}"


def _traced(holder: object) -> str:
    try:
        _fails(holder)
    except ValueError as error:
        shown = traceback.TracebackException.from_exception(error, capture_locals=True)
        return "".join(shown.format())
    return ""


def _fails(holder: object) -> None:
    raise ValueError(holder)


WAYS: dict[str, Callable[[Any], object]] = {
    "repr": repr,
    "str": str,
    "an f-string": lambda holder: f"{holder} {holder!r} {holder!s:>9}",
    "format": "{0} {0!r}".format,
    "percent": lambda holder: "%s %r" % (holder, holder),  # noqa: UP031 one of the ways
    "pretty": lambda holder: pprint.pformat(holder, width=1),
    "JSON": lambda holder: json.dumps({"a": holder}, default=str),
    "JSON of what is in it": lambda holder: json.dumps(holder, default=asdict),
    "asdict": asdict,
    "astuple": astuple,
    "pickle": pickle.dumps,
    "a copy": copy.deepcopy,
    "vars": vars,
    "a log's record": _logged,
    "a traceback with variables": _traced,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", HOLDERS)
def test_no_way_of_showing_an_object_shows_the_secret_in_it(name: str, way: str) -> None:
    try:
        shown = WAYS[way](HOLDERS[name])
    except (TypeError, pickle.PicklingError) as refused:
        # A secret does not let itself be copied, and not everything is a dataclass.
        shown = f"{refused!r}"

    assert CANARY not in str(shown)


async def test_nor_does_all_that_a_process_has(caplog: pytest.LogCaptureFixture) -> None:
    source = KnownSecrets({PLACE.path: CANARY})
    secrets = secrets_of({Scheme.VAULT_KV: source}, StoppedClock())
    kept = await secrets.keep(PLACE, Secret.reveal)
    with caplog.at_level(logging.DEBUG):
        for shown in (secrets, secrets.health(), kept, await secrets.get(PLACE)):
            for name in ("repr", "str", "pretty", "a log's record", "a traceback with variables"):
                assert CANARY not in str(WAYS[name](shown)), name

    assert kept.current == CANARY
    assert CANARY not in caplog.text


def test_the_search_finds_what_is_shown() -> None:
    """Else everything here would hold."""
    for name, way in WAYS.items():
        if name in {"asdict", "astuple", "vars"}:
            continue
        assert CANARY in str(way({"a": CANARY})), name
