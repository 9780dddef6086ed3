"""Days of which nothing is known before, path by path: each may fail in a way of its own."""

from collections.abc import Sequence
from functools import partial
from random import Random
from typing import Any

from fakes.a_day.worse import HOUR_S, Deed, Keeper

PATHS = (
    "",
    "auth/jwt/login",
    "auth/token/lookup-self",
    "auth/token/renew-self",
    "aws/sts",
    "database/creds",
    "secret/data",
    "sys/leases/renew",
    "sys/leases/revoke",
    "transit/keys",
    "transit/sign",
)

WAYS: Sequence[dict[str, Any]] = (
    *({"status": status} for status in (403, 412, 429, 500, 503)),
    *({"cut": cut} for cut in ("before", "after")),
    *({"spoiled": spoiled} for spoiled in ("html", "malformed")),
    *({"lease_s": lease_s} for lease_s in (1, 20, 60, 700)),
)

Timed = tuple[float, Deed]


def by_path(seed: int, hours: float) -> list[Timed]:
    """Return a day's deeds: several at once, each for seconds or for most of an hour."""
    draw = Random(seed)  # noqa: S311 a day that can be repeated
    kinds = (_orders, _orders, _orders, _seal, _revocation, _clock, _rotation)
    deeds: list[Timed] = []
    for _ in range(draw.randint(4, 12)):
        at_s = draw.uniform(0, hours * HOUR_S)
        deeds += draw.choice(kinds)(draw, at_s, at_s + draw.uniform(5, 2400))
    return deeds


def _orders(draw: Random, at_s: float, until_s: float) -> list[Timed]:
    ordered: list[Timed] = [
        (at_s, partial(Keeper.order, path=draw.choice(PATHS), **draw.choice(WAYS)))
        for _ in range(draw.randint(1, 3))
    ]
    return [*ordered, (until_s, Keeper.heal)]


def _seal(_: Random, at_s: float, until_s: float) -> list[Timed]:
    return [(at_s, Keeper.seal), (until_s, Keeper.unseal)]


def _revocation(_: Random, at_s: float, __: float) -> list[Timed]:
    return [(at_s, Keeper.revoke_tokens)]


def _clock(draw: Random, at_s: float, until_s: float) -> list[Timed]:
    by_s = draw.uniform(-2 * HOUR_S, 2 * HOUR_S)
    return [
        (at_s, lambda keeper: keeper.set_clock(by_s)),
        (until_s, lambda keeper: keeper.set_clock(0)),
    ]


def _rotation(_: Random, at_s: float, __: float) -> list[Timed]:
    return [(at_s, _rotate)]


def _rotate(keeper: Keeper) -> None:
    if not keeper.is_sealed:
        keeper.write("transit/keys/client/rotate")
