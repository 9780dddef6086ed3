"""A strict provider on loopback: discovery, token and revocation endpoint, and what came in."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock

from fakes.loopback import WAIT_S, Call, Reply, serving
from fakes.rotation import LIFETIME_S, Rotation


@dataclass(kw_only=True)
class LoopbackProvider:
    """One login at the provider, and levers to hold its answers back."""

    url: str = ""
    rotation: Rotation = field(default_factory=Rotation)
    away: bool = False
    rotates: bool = True
    """Whether an answer holds a new refresh token; if not, the old one serves on (RFC 6749 §6)."""
    loses: bool = False
    """Whether requests get lost on the way: the token is not spent."""
    arrived: Event = field(default_factory=Event)
    """Set when a refresh has come in, and its token is spent."""
    release: Event = field(default_factory=Event)
    """Clear it to hold answers back."""
    _lock: Lock = field(default_factory=Lock)

    def answer(self, call: Call) -> Reply:
        """Answer a request."""
        if call.path == "/.well-known/openid-configuration":
            return _json(self._metadata())
        if self.away:
            return _json({"error": "server_error"}, status=503)
        if call.path == "/revoke":
            with self._lock:
                self.rotation.revoke(call.form["token"])
            return Reply()
        return self._refreshed(call)

    def _refreshed(self, call: Call) -> Reply:
        assert call.form["grant_type"] == "refresh_token"
        given = None
        if not self.loses:
            with self._lock:
                given = self.rotation.spend(call.form["refresh_token"], rotate=self.rotates)
        self.arrived.set()
        assert self.release.wait(WAIT_S)
        if given is None:
            return _json({"error": "invalid_grant"}, status=400)
        access_token, refresh_token = given
        answer: dict[str, object] = {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": LIFETIME_S,
        }
        return _json({**answer, "refresh_token": refresh_token} if self.rotates else answer)

    def _metadata(self) -> dict[str, object]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "revocation_endpoint": f"{self.url}/revoke",
            "jwks_uri": f"{self.url}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }


@contextmanager
def providing() -> Generator[LoopbackProvider]:
    """Serve a provider; answers that are still held at the end are let go."""
    provider = LoopbackProvider()
    provider.release.set()
    with serving(provider.answer) as provider.url:
        try:
            yield provider
        finally:
            provider.release.set()


def _json(document: dict[str, object], *, status: int = 200) -> Reply:
    return Reply(status=status, body=json.dumps(document).encode())
