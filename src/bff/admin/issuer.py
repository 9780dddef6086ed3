"""The issuer of administrators' tokens: where its keys are, asked of it and forgotten in time."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bff.provider.compact import Unverified
from bff.provider.http import ProviderHttp, Reply
from bff.provider.keys import RETRY_EVERY_S, ProviderKeys
from bff.provider.metadata import ProviderMisconfigured, endpoint_fault, well_known
from trust.clock import Clock, Instant, elapsed_s, instant
from trust.session.errors import ProviderUnavailable

if TYPE_CHECKING:
    from joserfc.jwk import Key

KEPT_S = 3600.0
"""How long keys count without being looked at again. Then they have to be had anew: a key that
was withdrawn must not go on making administrators, not even while nobody can be asked."""

_OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    jwks_uri: str
    keys: ProviderKeys
    since: Instant


class AdminIssuer:
    """Finds the keys of one issuer, by its discovery document (OpenID Connect Discovery 1.0 §4).

    `insecure` lets it be plain http, as in development.
    """

    def __init__(self, issuer: str, http: ProviderHttp, clock: Clock, *, insecure: bool) -> None:
        self.issuer = issuer
        self._http = http
        self._clock = clock
        self._insecure = insecure
        self._known: _Known | None = None
        self._tried_at: Instant | None = None
        self._asking = asyncio.Lock()

    async def key_of(self, token: Unverified) -> "Key":
        """Return the key that a token names. Raises SigningKeyUnknown, ProviderUnavailable."""
        # One at a time: who waits here looks again at what the first one has found.
        async with self._asking:
            known = self._current() or await self._discovered()
        return await known.keys.find(token.kid, algorithm=token.algorithm, jwks_uri=known.jwks_uri)

    def _current(self) -> _Known | None:
        known = self._known
        fresh = known is not None and elapsed_s(known.since, self._clock) < KEPT_S
        return known if fresh else None

    async def _discovered(self) -> _Known:
        if self._tried_at is not None and elapsed_s(self._tried_at, self._clock) < RETRY_EVERY_S:
            # A flood of forged tokens is not a flood of requests to the issuer.
            raise ProviderUnavailable("the administrators' issuer could not be asked a moment ago")
        # Written down before the call: one that fails is throttled, too.
        since = self._tried_at = instant(self._clock)
        reply = await self._http.get(well_known(self.issuer))
        jwks_uri = jwks_uri_of(reply, issuer=self.issuer, insecure=self._insecure)
        self._known = _Known(
            jwks_uri=jwks_uri, keys=ProviderKeys(self._http, self._clock), since=since
        )
        return self._known


def jwks_uri_of(reply: Reply, *, issuer: str, insecure: bool) -> str:
    """Return where the keys are. Raises ProviderUnavailable, ProviderMisconfigured.

    Of the document nothing else is needed: an issuer for machines alone has no page to log in at.
    """
    if reply.status != _OK or not reply.document:
        raise ProviderUnavailable(f"discovery: {reply.status}")
    if reply.document.get("issuer") != issuer:
        raise ProviderMisconfigured("the discovery document is another issuer's")
    jwks_uri = reply.document.get("jwks_uri")
    fault = endpoint_fault(jwks_uri, insecure=insecure)
    if fault is not None:
        raise ProviderMisconfigured(f"jwks_uri {fault}")
    return str(jwks_uri)
