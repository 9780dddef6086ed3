"""A Vault in memory with what matters of its leases, and the plainest adapter to it."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from fakes.a_day.script import DAY_S, Fault
from fakes.a_day.truth import Truth
from fakes.a_day.world import Fate
from trust.secret import Secret
from trust.secrets.reference import Reference, Scheme
from trust.secrets.source import Fetched, SecretOutage, SecretRefused, SigningSource, Source

T = TypeVar("T")

TOKEN_TTL_S, TOKEN_MAX_S, LEASE_S = 1200.0, 3600.0, 1800.0
GIVES_UP_S = 3.0
ENDS_BEFORE_S = 2.0


class _Denied(Exception):
    """Status 403: the token is over, or the policy says no."""


@dataclass(slots=True, kw_only=True)
class Token:
    """A login, which ends all that was made with it."""

    ends_at: float
    last_end: float
    revoked: bool = False


@dataclass(slots=True, kw_only=True)
class Lease:
    """Credentials of a database or of AWS, tied to the token that they were made with."""

    place: Reference
    token: Token
    ends_at: float
    last_end: float
    revoked: bool = False


class MemoryVault:
    """The keeper and its adapter in one: a source for all engines, and a signing source."""

    def __init__(self, truth: Truth) -> None:
        self._truth = truth
        self._token: Token | None = None
        self._leases: dict[str, Lease] = {}
        self._count = 0
        self.logins = 0

    @property
    def sources(self) -> Mapping[Scheme, Source]:
        """It keeps all kinds of secrets."""
        kinds = (Scheme.VAULT_KV, Scheme.VAULT_DATABASE, Scheme.VAULT_AWS)
        return dict.fromkeys(kinds, self)

    @property
    def signers(self) -> Mapping[Scheme, SigningSource]:
        """It signs, too."""
        return {Scheme.VAULT_TRANSIT: self}

    def fate(self, place: Reference, version: str) -> Fate:
        """Tell what has become of a lease; what has none stays."""
        del place
        lease, now = self._leases.get(version), self._truth.clock.world
        if lease is None:
            return Fate.ALIVE
        if lease.revoked:
            return Fate.REVOKED
        return Fate.ENDED if now >= min(lease.ends_at, lease.token.ends_at) else Fate.ALIVE

    async def close(self) -> None:
        """There is nothing to close."""

    # -- what the process under test calls

    async def fetch(self, place: Reference, known: Fetched | None) -> Fetched:
        """Return what is there now. Raises SecretOutage, SecretRefused."""
        return await self._logged_in(place, lambda token: self._read(place, known, token))

    async def sign(self, place: Reference, key: Fetched, message: bytes) -> bytes:
        """Sign. Raises SecretOutage, SecretRefused."""
        del key
        return await self._logged_in(place, lambda _: b"signed: " + message)

    # -- the adapter

    async def _logged_in(self, place: Reference, work: Callable[[Token], T]) -> T:
        try:
            return await self._call(place, await self._usable(place), work)
        except _Denied:
            self._token = None
        try:
            return await self._call(place, await self._usable(place), work)
        except _Denied:
            raise SecretRefused(f"{place}: denied") from None

    async def _usable(self, place: Reference) -> Token:
        token, now = self._token, self._truth.clock.world
        if token is not None and token.ends_at - now > TOKEN_TTL_S / 3:
            return token
        if token is not None and token.last_end - now > TOKEN_TTL_S / 3 and token.ends_at > now:
            try:
                return await self._call(place, token, lambda token: self._renewed(token, now))
            except _Denied:
                pass
        self._token = await self._call(place, None, lambda _: self._login())
        return self._token

    # -- the wire

    async def _call(self, place: Reference, token: Token | None, work: Callable[..., T]) -> T:
        fault = self._truth.fault()
        await asyncio.sleep(self._truth.random.uniform(0.002, 0.08))
        await _weather(fault, place)
        self._short_s = 20.0 if fault is Fault.SHORT_LEASE else None
        if fault is Fault.TOKEN_REVOKED:
            self._revoke_all()
        if token is not None:
            self._check(token, place)
        done = work(token)
        if fault is Fault.CUT_AFTER:
            raise SecretOutage(f"{place}: the connection broke")
        if fault is Fault.MALFORMED and isinstance(done, Fetched):
            return Fetched(value=Secret("null"), version=f"malformed-{self._next()}")  # type: ignore[return-value]  # it is what was asked for
        return done

    # -- the keeper

    def _check(self, token: Token, place: Reference) -> None:
        if token.revoked or token.ends_at <= self._truth.clock.world:
            raise _Denied
        if self._truth.denial(place) is not None:
            for lease in self._leases.values():
                lease.revoked |= lease.place == place
            raise _Denied

    def _login(self) -> Token:
        self.logins += 1
        now = self._truth.clock.world
        ttl_s = self._short_s or TOKEN_TTL_S
        return Token(ends_at=now + ttl_s, last_end=now + TOKEN_MAX_S)

    def _renewed(self, token: Token, now: float) -> Token:
        # It may come nearer by this, too: somebody has made the maximum shorter.
        token.ends_at = min(now + (self._short_s or TOKEN_TTL_S), token.last_end)
        return token

    def _revoke_all(self) -> None:
        if self._token is not None:
            self._token.revoked = True
            for lease in self._leases.values():
                lease.revoked |= lease.token is self._token

    def _read(self, place: Reference, known: Fetched | None, token: Token) -> Fetched:
        if place.scheme is Scheme.VAULT_KV:
            return self._kv(place)
        if place.scheme is Scheme.VAULT_TRANSIT:
            return self._public_key(place)
        lease = None if known is None else self._leases.get(known.version)
        renewable = place.scheme is Scheme.VAULT_DATABASE
        if known and lease and renewable and lease.token is token and not lease.revoked:
            left_s = self._lasts_s(token, lease.last_end)
            if left_s > LEASE_S / 2:
                lease.ends_at = self._truth.clock.world + left_s
                return replace(known, lease_s=left_s)
        return self._leased(place, token)

    def _kv(self, place: Reference) -> Fetched:
        every_s = DAY_S / max(1, self._truth.script.rotations)
        version = f"{place.path}-{int(self._truth.day_s / every_s)}"
        return _fetched(version, None)

    def _public_key(self, place: Reference) -> Fetched:
        version = f"{place.path}-1"
        jwk = {"kty": "EC", "alg": "ES256", "kid": version}
        return Fetched(value=Secret(json.dumps(jwk)), version=version)

    def _leased(self, place: Reference, token: Token) -> Fetched:
        version = f"{place.path}-lease-{self._next()}"
        now = self._truth.clock.world
        last_end = now + TOKEN_MAX_S
        lasts_s = self._lasts_s(token, last_end)
        self._leases[version] = Lease(
            place=place, token=token, ends_at=now + lasts_s, last_end=last_end
        )
        return replace(_fetched(version, lasts_s), ended=lambda: self._has_ended(token))

    def _has_ended(self, token: Token) -> bool:
        """Tell what the adapter knows of a token by now, from its last renewal."""
        return self._truth.clock.world >= token.ends_at - ENDS_BEFORE_S

    def _lasts_s(self, token: Token, last_end: float) -> float:
        now = self._truth.clock.world
        return min(self._short_s or LEASE_S, last_end - now, token.ends_at - now)

    _short_s: float | None = None

    def _next(self) -> int:
        self._count += 1
        return self._count


def _fetched(version: str, lasts_s: float | None) -> Fetched:
    value = f"canary-{version}"
    body = json.dumps({"password": value, "secret_key": value})
    return Fetched(value=Secret(body), version=version, lease_s=lasts_s)


async def _weather(fault: Fault | None, place: Reference) -> None:
    match fault:
        case Fault.TIMED_OUT:
            await asyncio.sleep(GIVES_UP_S)
            raise SecretOutage(f"{place}: no answer")
        case Fault.HANGS:
            await asyncio.sleep(1e9)
        case Fault.SLOW:
            await asyncio.sleep(2.5)
        case Fault.SERVER_ERROR | Fault.RATE_LIMITED | Fault.SEALED | Fault.CUT_BEFORE:
            raise SecretOutage(f"{place}: {fault.value}")
        case Fault.ADAPTER_FAILS:
            raise RuntimeError("canary-of-the-adapter")
        case _:
            pass
