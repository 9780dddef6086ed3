"""Calls to a provider's endpoints: as the client, and with the session's key where it has one."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from bff.provider import dpop
from bff.provider.client_auth import Client, authenticated
from bff.provider.http import ProviderHttp, Reply
from trust.clock import Clock
from trust.secret import Secret

_WANTS_NONCE = "use_dpop_nonce"
_REFUSED = frozenset({400, 401})


class ClientCalls:
    """Sends forms that prove who we are. Every call may raise ProviderUnavailable."""

    def __init__(self, client: Client, http: ProviderHttp, clock: Clock, *, issuer: str) -> None:
        self._client = client
        self._http = http
        self._clock = clock
        self._issuer = issuer
        self._nonces: dict[str, str] = {}
        """The newest nonce of each origin (RFC 9449 §8.2)."""

    async def post(self, url: str, form: str, *, key: Secret | None = None) -> Reply:
        """Send a form; with `key`, also its proof.

        A provider that wants its nonce in the proof has done nothing yet (RFC 9449 §8): the call is
        made once more, with a new proof and a new client assertion, for it remembers both by `jti`.
        """
        reply = await self._posted(url, form, key)
        if key is not None and reply.dpop_nonce and _wants_nonce(reply):
            reply = await self._posted(url, form, key)
        return reply

    async def _posted(self, url: str, form: str, key: Secret | None) -> Reply:
        body, headers = await authenticated(
            self._client, audience=self._issuer, url=url, form=form, now=self._clock.now()
        )
        proven = {**headers, **self._proof(key, dpop.Call(method="POST", url=url))}
        return self._noted(url, await self._http.post(url, body, proven))

    async def get(self, url: str, access_token: Secret, *, key: Secret | None) -> Reply:
        """Fetch what an access token gives access to (RFC 6750 §2.1, RFC 9449 §7.1)."""
        reply = await self._got(url, access_token, key)
        if key is not None and reply.dpop_nonce and reply.status in _REFUSED:
            reply = await self._got(url, access_token, key)
        return reply

    async def _got(self, url: str, access_token: Secret, key: Secret | None) -> Reply:
        scheme = "Bearer" if key is None else "DPoP"
        call = dpop.Call(method="GET", url=url, access_token=access_token)
        headers = {
            "Authorization": f"{scheme} {access_token.reveal()}",
            **self._proof(key, call),
        }
        return self._noted(url, await self._http.get(url, headers))

    def _proof(self, key: Secret | None, call: dpop.Call) -> Mapping[str, str]:
        if key is None:
            return {}
        known = replace(call, nonce=self._nonces.get(_origin(call.url)))
        now = self._clock.now()
        return {"DPoP": dpop.proof(key, known, now=now, random=secrets.token_bytes)}

    def _noted(self, url: str, reply: Reply) -> Reply:
        # Good answers bring the next nonce, too.
        if reply.dpop_nonce:
            self._nonces[_origin(url)] = reply.dpop_nonce
        return reply


def _wants_nonce(reply: Reply) -> bool:
    return reply.status in _REFUSED and reply.document.get("error") == _WANTS_NONCE


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
