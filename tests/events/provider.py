"""A small identity provider on loopback: discovery, keys, one code, one person."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from events.issuer import SigningKey, ec_key
from trust.clock import SystemClock

CODE = "code-1"


class Provider(ThreadingHTTPServer):
    """Issues Alice's tokens for CODE; `nonce` is what her ID token repeats."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.key: SigningKey = ec_key("p-1")
        self.nonce = ""
        self.revoked: list[str] = []

    @property
    def issuer(self) -> str:
        """The provider's identifier."""
        return f"http://127.0.0.1:{self.server_port}"

    def document(self, path: str) -> Mapping[str, object]:
        """Return what GET answers."""
        if path == "/jwks":
            return {"keys": [self.key.jwk()]}
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "revocation_endpoint": f"{self.issuer}/revoke",
            "end_session_endpoint": f"{self.issuer}/logout",
            "id_token_signing_alg_values_supported": ["ES256"],
        }

    def tokens(self, code: str) -> Mapping[str, object]:
        """Return what the token endpoint answers."""
        if code != CODE:
            return {"error": "invalid_grant"}
        now = SystemClock().now()
        claims = {
            "iss": self.issuer,
            "aud": "gatehouse",
            "sub": "alice",
            "exp": now + 300,
            "iat": now,
            "nonce": self.nonce,
            "name": "Alice Archer",
            "tenant_id": "acme",
        }
        return {
            "access_token": "at-1",
            "token_type": "Bearer",
            "expires_in": 3600,
            "refresh_token": "rt-1",
            "id_token": self.key.token(claims),
        }


class _Answers(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        """Answer with a document."""
        self._answer(200, self.server.document(self.path))

    def do_POST(self) -> None:
        """Answer as token or revocation endpoint."""
        length = int(self.headers["Content-Length"])
        form = {
            name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()
        }
        if self.path == "/revoke":
            self.server.revoked.append(form["token"])
            self._answer(200, {})
        else:
            answer = self.server.tokens(form.get("code", ""))
            self._answer(400 if "error" in answer else 200, answer)

    def _answer(self, status: int, document: Mapping[str, object]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Be silent."""


@contextmanager
def running_provider() -> Iterator[Provider]:
    """Run a provider until the block ends."""
    provider = Provider()
    thread = threading.Thread(target=provider.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield provider
    finally:
        provider.shutdown()
        thread.join()
        provider.server_close()
