"""An application that logs people in with the provider: what the BFF does, written a second time.

It shares no code with the BFF, so that a test of the provider does not fail with the BFF's faults.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

import httpx
from joserfc import jwk, jwt

from idp_client.login_form import sign_in
from idp_client.process import CLIENT_SECRET, PASSWORD

CALLBACK = "http://localhost:8000/auth/callback"
HOME = "http://localhost:8000/"
SCOPE = "openid profile email offline_access"
ALICE = "alice@acme.test"

Parameters = dict[str, str]
Claims = dict[str, object]


def challenge_of(verifier: str) -> str:
    """Return the S256 code challenge of a verifier (RFC 7636 §4.2)."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def basic(client_id: str = "gatehouse", secret: str = CLIENT_SECRET) -> dict[str, str]:
    """Return the header of client_secret_basic; both parts are form-encoded (RFC 6749 §2.3.1)."""
    pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


@dataclass(kw_only=True)
class RelyingParty:
    """One login attempt after the other at one provider, with one browser."""

    issuer: str
    browser: httpx.Client
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    headers: dict[str, str] = field(default_factory=basic)

    def request(self, **changes: str) -> Parameters:
        """Return an authorization request; a change to the empty text leaves a parameter out."""
        parameters = {
            "client_id": "gatehouse",
            "response_type": "code",
            "redirect_uri": CALLBACK,
            "scope": SCOPE,
            "state": "a-state",
            "nonce": "a-nonce",
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
            **changes,
        }
        return {name: value for name, value in parameters.items() if value}

    def link(self, **changes: str) -> str:
        """Return the address that a login begins at."""
        return f"{self.issuer}/auth?{urlencode(self.request(**changes))}"

    def login(self, login: str = ALICE, **changes: str) -> httpx.QueryParams:
        """Log in at the form and return the parameters of the authorization response."""
        return sign_in(
            self.browser, self.link(**changes), login=login, password=PASSWORD, until=CALLBACK
        ).params

    def post(self, path: str, form: Parameters, **headers: str) -> httpx.Response:
        """Call an endpoint as the client `gatehouse`, unless `headers` says otherwise."""
        # Not with the person's browser: the back channel has no cookies.
        return httpx.post(
            f"{self.issuer}{path}", data=form, headers={**self.headers, **headers}, timeout=5
        )

    def redeem(self, code: str, *, verifier: str | None = None, **headers: str) -> httpx.Response:
        """Send an authorization code to the token endpoint."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": self.verifier if verifier is None else verifier,
        }
        return self.post("/token", form, **headers)

    def refresh(self, token: str, **headers: str) -> httpx.Response:
        """Send a refresh token to the token endpoint."""
        form = {"grant_type": "refresh_token", "refresh_token": token}
        return self.post("/token", form, **headers)

    def tokens(self, login: str = ALICE, **changes: str) -> dict[str, str]:
        """Log in and return the token response."""
        answer = self.redeem(self.login(login, **changes)["code"])
        assert answer.status_code == 200, answer.text
        tokens: dict[str, str] = answer.json()
        return tokens

    def verified(self, token: str) -> jwt.Token:
        """Return a token's header and claims; its signature is checked with the provider's keys."""
        keys = jwk.KeySet.import_key_set(httpx.get(f"{self.issuer}/jwks", timeout=5).json())
        return jwt.decode(token, keys, algorithms=["RS256"])
