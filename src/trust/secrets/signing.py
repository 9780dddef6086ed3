"""A key that signs where it is kept, as its user sees it."""

import asyncio
import json
from collections.abc import Mapping
from typing import cast

from trust.secrets.cell import FETCH_S, Cell
from trust.secrets.kept import Kept
from trust.secrets.source import (
    Algorithm,
    Fetched,
    SecretOutage,
    SecretRefused,
    SecretUnavailable,
    SigningSource,
)


class PublicKeyUnusable(ValueError):
    """What a keeper calls a public key is none that we sign by."""


class KeptSigner:
    """The public key at hand, the private one never."""

    def __init__(self, cell: Cell, source: SigningSource) -> None:
        self._cell = cell
        self._source = source
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
        that was disabled is dropped at once, with what is known of it.
        """
        key = self._cell.fetched or await self._cell.look()
        try:
            async with asyncio.timeout(FETCH_S):
                return await self._source.sign(self._cell.place, key, message)
        except SecretRefused as error:
            self._cell.evict(error)
            raise
        except SecretUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 whatever the adapter trips over is an outage
            fault = type(error).__name__
            raise SecretOutage(f"{self._cell.place}: no signature, {fault}") from None


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
