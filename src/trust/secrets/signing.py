"""A key that signs where it is kept, as its user sees it."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from trust.secrets.backoff import Backoff
from trust.secrets.cell import FETCH_S, Cell, Health, State
from trust.secrets.freshness import Draw
from trust.secrets.kept import Kept
from trust.secrets.source import (
    Algorithm,
    Fetched,
    SecretOutage,
    SecretRefused,
    SecretUnavailable,
    SigningSource,
    Unfit,
)


class PublicKeyUnusable(Unfit):
    """What a keeper calls a public key is none that we sign by."""


class KeptSigner:
    """The public key at hand, the private one never."""

    def __init__(self, cell: Cell, source: SigningSource, *, backoff: Backoff, draw: Draw) -> None:
        self._cell = cell
        self._source = source
        self._backoff = backoff
        """Of signatures: looks at the public half have their own."""
        self._draw = draw
        self._fault: SecretUnavailable | None = None
        self._public = Kept(cell, _public_jwk)

    async def open(self) -> None:
        """Fetch the public key, as `Secrets.get` does. Raises SecretOutage, SecretRefused."""
        await self._public.open()

    @property
    def algorithm(self) -> Algorithm:
        """What it signs by. Raises as `public_jwk`."""
        return Algorithm(self.public_jwk["alg"])

    @property
    def key_id(self) -> str:
        """The `kid` of the public key. Raises as `public_jwk`."""
        return self.public_jwk["kid"]

    @property
    def public_jwk(self) -> Mapping[str, str]:
        """The public key. Raises SecretOutage, SecretRefused when it is known no longer."""
        return self._public.current

    async def sign(self, message: bytes) -> bytes:
        """Return the signature as a JWS has it. Raises SecretOutage, SecretRefused.

        By the key whose `key_id` was read just before: between the two nothing is waited for. A key
        that was disabled is dropped at once, with what is known of it. After a failure there is a
        pause, in which everybody gets the same answer: the public half of a key that does not sign
        can be had at any time, and says nothing.
        """
        key = self._cell.fetched or await self._cell.look()
        if self._fault is not None and self._backoff.left_s > 0:
            raise self._fault.anew()
        failures = self._backoff.failures
        answer = await self._signature(key, message)
        if isinstance(answer, SecretUnavailable):
            self._failed(answer, failures)
            raise answer.anew()
        self._backoff.succeeded()
        self._fault = None
        return answer

    def health(self) -> Health:
        """Say how the key stands: as well as its public half, and no better than it signs."""
        found, fault = self._cell.health(), self._fault
        if fault is None or not self._backoff.is_news:
            # Where nobody has wanted a signature for long, nobody knows.
            return found
        return replace(
            found,
            state=self._state(found.state, fault),
            stale_s=max(found.stale_s, self._backoff.failing_s),
            failures=max(found.failures, self._backoff.failures),
            fault=type(fault).__name__,
        )

    def _state(self, public: State, fault: SecretUnavailable) -> State:
        if not isinstance(fault, SecretRefused):
            return State.STALE if public is State.FRESH else public
        # After the pause somebody has to try: a process that is not ready would never be asked to.
        return State.ABSENT if self._backoff.left_s > 0 else public

    async def _signature(self, key: Fetched, message: bytes) -> bytes | SecretUnavailable:
        try:
            async with asyncio.timeout(FETCH_S):
                return await self._source.sign(self._cell.place, key, message)
        except SecretUnavailable as error:
            return error
        except Exception as error:  # noqa: BLE001 whatever the adapter trips over is an outage
            return SecretOutage(f"{self._cell.place}: no signature, {type(error).__name__}")

    def _failed(self, error: SecretUnavailable, failures: int) -> None:
        # Many that were under way at once are one failure: a moment's throttling is no long pause.
        if failures == self._backoff.failures:
            self._backoff.failed(self._draw())
        self._fault = error.anew()
        if isinstance(error, SecretRefused):
            self._cell.evict(error)


def _public_jwk(found: Fetched) -> Mapping[str, str]:
    try:
        jwk = cast("dict[str, str]", json.loads(found.value.reveal()))
        known = jwk["alg"] in Algorithm.__members__ and bool(jwk["kty"] and jwk["kid"])
    except (ValueError, KeyError, TypeError, RecursionError):
        known, jwk = False, {}
    if not known or _PRIVATE & set(jwk):
        raise PublicKeyUnusable("the public key is none that signs RS256 or ES256")
    return jwk


_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "k"})
"""Members of private keys (RFC 7518 §6.2.2, §6.3.2): they would be published."""
