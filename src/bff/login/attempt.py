"""A login attempt: what one tab has to remember until it comes back from the provider.

Sealed in a cookie of its own, so that tabs do not disturb one another and nothing has to be stored
for somebody who never comes back. The state names the cookie, the cookie holds the state: a
callback counts only in the browser that began it (login CSRF, RFC 9700 §4.7).
"""

import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bff.login.return_path import ReturnPath
from bff.login.step_up import NO_DEMAND, Demand, Holder
from bff.provider.errors import AttemptUnknown
from trust.clock import NumericDate
from trust.coordinates import TenantId
from trust.seal.base64url import encode
from trust.seal.box import NONCE_BYTES, KeyUnknown, Place, SealBroken, parse_box, seal, unseal
from trust.seal.keyring import Keyring
from trust.secret import Secret

LIFETIME_S = 600
"""How long a person may take at the provider."""

MOST_AT_ONCE = 5
"""Attempts that one browser may have open; the oldest gives way (a full cookie jar answers 431)."""

_STATE = re.compile(r"([A-Za-z0-9_-]{16})\.[A-Za-z0-9_-]{43}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One login in one tab."""

    id: str
    state: str
    nonce: str
    verifier: Secret
    return_to: ReturnPath
    issuer: str
    tenant: str | None
    begun_at: NumericDate
    demand: Demand = NO_DEMAND
    holder: Holder | None = None
    """Whose session has to go on, where one is to."""
    silent: bool = False
    """Whether the person is not to be asked (`prompt=none`): then a no is no failure."""
    dpop_key: Secret | None = None
    """The key that the tokens are to be bound to (RFC 9449), where they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants of a login."""

    return_to: ReturnPath
    tenant: str | None = None
    prompt: str | None = None
    demand: Demand = NO_DEMAND
    holder: Holder | None = None


def new_attempt(
    wish: Wish,
    *,
    issuer: str,
    now: NumericDate,
    random: Callable[[int], bytes],
    dpop_key: Secret | None = None,
) -> Attempt:
    """Begin an attempt at `issuer`; `random` returns that many unguessable bytes."""
    attempt_id = encode(random(12))
    return Attempt(
        id=attempt_id,
        state=f"{attempt_id}.{encode(random(32))}",
        nonce=encode(random(32)),
        # 43 characters of 256 bits (RFC 7636 §4.1, §7.1).
        verifier=Secret(encode(random(32))),
        return_to=wish.return_to,
        issuer=issuer,
        tenant=wish.tenant,
        begun_at=now,
        demand=wish.demand,
        holder=wish.holder,
        silent=wish.prompt == "none",
        dpop_key=dpop_key,
    )


def sealed(attempt: Attempt, keyring: Keyring, *, random: Callable[[int], bytes]) -> str:
    """Return the cookie's value."""
    members = {
        "state": attempt.state,
        "nonce": attempt.nonce,
        "verifier": attempt.verifier.reveal(),
        "return_to": attempt.return_to,
        "issuer": attempt.issuer,
        "tenant": attempt.tenant,
        "begun_at": attempt.begun_at,
        "acr_values": attempt.demand.acr_values,
        "max_age": attempt.demand.max_age,
        "holder": _written(attempt.holder),
        "silent": attempt.silent,
        "dpop_key": attempt.dpop_key.reveal() if attempt.dpop_key else None,
    }
    plain = json.dumps(members).encode()
    return str(seal(keyring, plain, _place(attempt.id), nonce=random(NONCE_BYTES)))


def opened(attempt_id: str, value: str, keyring: Keyring, *, now: NumericDate) -> Attempt | None:
    """Open a cookie's value; None for one that we did not write, or wrote too long ago."""
    try:
        plain = unseal(keyring, parse_box(value), _place(attempt_id))
    except (SealBroken, KeyUnknown):
        return None
    members: Mapping[str, Any] = json.loads(plain)
    attempt = Attempt(
        id=attempt_id,
        state=members["state"],
        nonce=members["nonce"],
        verifier=Secret(members["verifier"]),
        return_to=ReturnPath(members["return_to"]),
        issuer=members["issuer"],
        tenant=members["tenant"],
        begun_at=NumericDate(members["begun_at"]),
        demand=Demand(acr_values=tuple(members["acr_values"]), max_age=members["max_age"]),
        holder=_holder(members["holder"]),
        silent=members["silent"],
        dpop_key=Secret(members["dpop_key"]) if members["dpop_key"] else None,
    )
    return attempt if now - attempt.begun_at < LIFETIME_S else None


def _written(holder: Holder | None) -> list[str] | None:
    return None if holder is None else [holder.tenant, holder.subject, holder.id_hash]


def _holder(members: list[str] | None) -> Holder | None:
    if members is None:
        return None
    tenant, subject, id_hash = members
    return Holder(tenant=TenantId(tenant), subject=subject, id_hash=id_hash)


def sealed_with(state: str, cookies: Mapping[str, str]) -> str | None:
    """Return the id of the key that the attempt of `state` is sealed with, as far as it says."""
    found = _cookie_of(state, cookies)
    return found[1].partition(".")[0] if found else None


def attempt_of(
    state: str, cookies: Mapping[str, str], keyring: Keyring, *, now: NumericDate
) -> Attempt:
    """Return the attempt of `state`; `cookies` by attempt id. Raises AttemptUnknown."""
    found = _cookie_of(state, cookies)
    attempt = opened(*found, keyring, now=now) if found else None
    if attempt is None or not hmac.compare_digest(attempt.state, state):
        raise AttemptUnknown("no attempt of this browser has this state")
    return attempt


def _cookie_of(state: str, cookies: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the id of the attempt that `state` names, and what is sealed under it."""
    named = _STATE.fullmatch(state)
    value = cookies.get(named.group(1)) if named else None
    return (named.group(1), value) if named and value else None


def surplus(cookies: Mapping[str, str], keyring: Keyring, *, now: NumericDate) -> list[str]:
    """Return the ids of attempts to give up, so that one more fits: dead ones, then the oldest."""
    begun = {name: _begun_at(name, value, keyring, now) for name, value in cookies.items()}
    dead = [name for name, begun_at in begun.items() if begun_at is None]
    alive = sorted((begun_at, name) for name, begun_at in begun.items() if begun_at is not None)
    return dead + [name for _, name in alive[: max(0, len(alive) - MOST_AT_ONCE + 1)]]


def _begun_at(
    attempt_id: str, value: str, keyring: Keyring, now: NumericDate
) -> NumericDate | None:
    """Return when an attempt was begun; None for a dead one."""
    try:
        known = parse_box(value).kid in keyring.sealing
    except SealBroken:
        return None
    attempt = opened(attempt_id, value, keyring, now=now)
    # Another instance may seal with a key that this one lacks yet: not ours to throw away.
    return attempt.begun_at if attempt else None if known else now


def _place(attempt_id: str) -> Place:
    return Place(purpose="login attempt", salt=attempt_id.encode(), context=attempt_id)
