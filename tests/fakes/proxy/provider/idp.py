"""An OpenID provider, written a second time: strict where RFC 9700 is, broken where a test says.

It knows no HTTP: `reply` answers a request, whoever carries it.
"""

import base64
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from fakes.proxy.provider.people import ALICE, Person
from fakes.proxy.provider.proofs import (
    Key,
    checked_assertion,
    checked_proof,
    checked_request,
    header_of,
)
from fakes.proxy.provider.tokens import (
    Claims,
    SigningKey,
    challenge_of,
    half_hash,
    public,
    rsa_key,
    signed,
)
from trust.clock import Clock

CLIENT_ID = "gatehouse"
CLIENT_SECRET = "made-up: secret+of/the%client"
REDIRECT_URI = "https://app.example/auth/callback"
TOKEN_LIFETIME_S = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the provider answers."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)


def document(members: Mapping[str, Any], status: int = 200) -> Reply:
    """Return a JSON answer."""
    return Reply(status=status, body=json.dumps(members).encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a code or a refresh token stands for."""

    person: Person
    nonce: str | None
    challenge: str
    redirect_uri: str
    family: str
    jkt: str | None = None
    """The key that it is bound to (RFC 9449)."""


@dataclass(kw_only=True, eq=False)
class FakeProvider:
    """The provider. Public fields are for tests to read or to change."""

    issuer: str
    clock: Clock
    keys: list[SigningKey] = field(default_factory=lambda: [rsa_key()])
    par: bool = True
    sends_issuer: bool = True
    rotates: bool = True
    metadata: dict[str, Any] = field(default_factory=dict[str, Any])
    """Members of the discovery document to change; None leaves one out."""
    entries: list[Any] | None = None
    """The key set as it is published, where it is not that of `keys`."""
    claims: dict[str, Any] = field(default_factory=dict[str, Any])
    """Claims of the ID token to change; None leaves one out."""
    make: Callable[[Claims, SigningKey], str] = signed
    """How an ID token is made of its claims."""
    token: dict[str, Any] = field(default_factory=dict[str, Any])
    """Members of the token endpoint's answer to change; None leaves one out."""
    faults: dict[str, Reply] = field(default_factory=dict[str, Reply])
    """What a path answers in place of its own answer."""
    calls: list[tuple[str, dict[str, str]]] = field(
        default_factory=list[tuple[str, dict[str, str]]]
    )
    """Every request: its path and its form."""
    cookies: list[str] = field(default_factory=list[str])
    """Cookie headers that came along."""
    codes: dict[str, Grant] = field(default_factory=dict[str, Grant])
    spent: set[str] = field(default_factory=set[str])
    refresh_tokens: dict[str, Grant] = field(default_factory=dict[str, Grant])
    ended: set[str] = field(default_factory=set[str])
    """Families of tokens that were revoked or abused."""
    pushed: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    client_key: Key | None = None
    """The client's public key, where it proves itself by one."""
    jtis: list[str] = field(default_factory=list[str])
    """Of every proof and assertion; none may come twice."""
    dpop: bool = False
    dpop_nonce: str | None = None
    """What a proof has to hold; None where nothing is asked for."""
    proofs: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    userinfo: dict[str, Any] | None = None
    """What the UserInfo endpoint says; None where there is none."""
    issued: list[str] = field(default_factory=list[str])
    """Everything that nobody but the BFF and the provider may ever see."""

    def count(self, path: str) -> int:
        """Return how often `path` was asked for."""
        return sum(1 for called, _ in self.calls if called == path)

    def reply(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Answer a request; header names are in lower case."""
        form = dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body)))
        self.calls.append((path, form))
        if "cookie" in headers:
            self.cookies.append(headers["cookie"])
        if path in self.faults:
            return self.faults[path]
        match method, path:
            case "GET", "/.well-known/openid-configuration":
                return document(self.discovery())
            case "GET", "/jwks":
                entries = public(*self.keys) if self.entries is None else self.entries
                return document({"keys": entries})
            case "POST", "/par" | "/token" | "/revoke":
                return self._authenticated(path, headers, form)
            case "GET", "/userinfo" if self.userinfo is not None:
                return self._told(headers, self.userinfo)
            case _:
                return document({"error": "not_found"}, 404)

    def discovery(self) -> dict[str, Any]:
        """Return the discovery document."""
        members: dict[str, Any] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "end_session_endpoint": f"{self.issuer}/logout",
            "revocation_endpoint": f"{self.issuer}/revoke",
            "authorization_response_iss_parameter_supported": self.sends_issuer,
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        }
        if self.par:
            members["pushed_authorization_request_endpoint"] = f"{self.issuer}/par"
        if self.dpop:
            members["dpop_signing_alg_values_supported"] = ["ES256"]
        if self.userinfo is not None:
            members["userinfo_endpoint"] = f"{self.issuer}/userinfo"
        return _changed(members, self.metadata)

    def authorize(self, url: str, person: Person = ALICE) -> dict[str, str]:
        """Log `person` in at the URL that the browser was sent to; return the callback's query."""
        asked = self.request_of(url)
        assert asked["client_id"] == CLIENT_ID
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert asked["redirect_uri"] == REDIRECT_URI
        code = self._secret()
        self.codes[code] = Grant(
            person=person,
            nonce=asked.get("nonce"),
            challenge=asked["code_challenge"],
            redirect_uri=asked["redirect_uri"],
            family=secrets.token_hex(4),
            jkt=asked.get("dpop_jkt"),
        )
        answer = {"code": code, "state": asked["state"]}
        return {**answer, "iss": self.issuer} if self.sends_issuer else answer

    def request_of(self, url: str) -> dict[str, str]:
        """Return the authorization request that a URL stands for, pushed or not."""
        place = urlsplit(url)
        assert f"{place.scheme}://{place.netloc}" == self.issuer
        query = dict(parse_qsl(place.query))
        if "request_uri" in query:
            # RFC 9126 §4: nothing but these two, and once.
            assert query.keys() == {"client_id", "request_uri"}
            return self._unsigned(self.pushed.pop(query["request_uri"]))
        return self._unsigned(query)

    def _unsigned(self, asked: dict[str, str]) -> dict[str, str]:
        if "request" not in asked:
            assert "require_signed_request_object" not in self.metadata
            return asked
        assert self.client_key is not None
        outside = {"client_id", "request", "client_assertion", "client_assertion_type"}
        assert asked.keys() <= outside, "what is signed stands in the object alone"
        return checked_request(
            asked["request"],
            self.client_key,
            client_id=CLIENT_ID,
            issuer=self.issuer,
            now=self.clock.now(),
        )

    def _authenticated(self, path: str, headers: Mapping[str, str], form: dict[str, str]) -> Reply:
        if not (self._knows_key(form) if self.client_key else _knows_secret(headers, form)):
            return document({"error": "invalid_client"}, 401)
        if path == "/token" and self.dpop and not self._proven(headers, "POST", path):
            return self._wants_nonce(400)
        match path:
            case "/par":
                uri = f"urn:ietf:params:oauth:request_uri:{secrets.token_urlsafe(16)}"
                self.pushed[uri] = form
                return document({"request_uri": uri, "expires_in": 60}, 201)
            case "/revoke":
                grant = self.refresh_tokens.get(form["token"])
                self.ended |= {grant.family} if grant else set()
                return Reply()
            case _:
                return self._with_nonce(self._tokens(form, self._jkt(headers)))

    def _knows_key(self, form: Mapping[str, str]) -> bool:
        assert self.client_key is not None
        try:
            jti = checked_assertion(
                form["client_assertion"],
                self.client_key,
                client_id=CLIENT_ID,
                issuer=self.issuer,
                now=self.clock.now(),
            )
        except JoseError:
            # Another key, one of before.
            return False
        assert jti not in self.jtis, "an assertion came twice"
        self.jtis.append(jti)
        return True

    def _jkt(self, headers: Mapping[str, str]) -> str | None:
        if "dpop" not in headers or not self.dpop:
            return None
        return ECKey.import_key(header_of(headers["dpop"])["jwk"]).thumbprint()

    def _proven(
        self, headers: Mapping[str, str], method: str, path: str, token: str | None = None
    ) -> bool:
        """Check a proof; tell whether it has the nonce that is asked for."""
        url = f"{self.issuer}{path}"
        _, claims = checked_proof(
            headers["dpop"], method=method, url=url, now=self.clock.now(), access_token=token
        )
        assert claims["jti"] not in self.jtis, "a proof came twice"
        self.jtis.append(claims["jti"])
        self.proofs.append(claims)
        return self.dpop_nonce is None or claims.get("nonce") == self.dpop_nonce

    def _wants_nonce(self, status: int) -> Reply:
        return self._with_nonce(document({"error": "use_dpop_nonce"}, status))

    def _with_nonce(self, reply: Reply) -> Reply:
        if self.dpop_nonce is None:
            return reply
        return replace(reply, headers=(*reply.headers, ("DPoP-Nonce", self.dpop_nonce)))

    def _told(self, headers: Mapping[str, str], claims: dict[str, Any]) -> Reply:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        assert scheme == ("DPoP" if self.dpop else "Bearer")
        assert token in self.issued
        if self.dpop and not self._proven(headers, "GET", "/userinfo", token):
            return self._wants_nonce(401)
        return self._with_nonce(document(claims))

    def _tokens(self, form: dict[str, str], jkt: str | None) -> Reply:
        grant = self._spent(form)
        if grant is None or grant.family in self.ended or grant.jkt != jkt:
            return document({"error": "invalid_grant"}, 400)
        access_token, refresh_token = self._secret(), self._secret()
        self.refresh_tokens[refresh_token] = grant
        id_token = self.make(self.id_claims(grant, access_token), self.keys[0])
        self.issued.append(id_token)
        members = {
            "access_token": access_token,
            "token_type": "DPoP" if jkt else "Bearer",
            "expires_in": TOKEN_LIFETIME_S,
            "refresh_token": refresh_token,
            "id_token": id_token,
        }
        if form["grant_type"] == "refresh_token" and not self.rotates:
            del members["refresh_token"]
        return document(_changed(members, self.token))

    def _spent(self, form: dict[str, str]) -> Grant | None:
        if form["grant_type"] == "refresh_token":
            return self._refreshed(form["refresh_token"])
        code, grant = form["code"], self.codes.get(form["code"])
        if grant is None or grant.challenge != challenge_of(form["code_verifier"]):
            return None
        self.issued.append(form["code_verifier"])
        if code in self.spent or grant.redirect_uri != form["redirect_uri"]:
            # RFC 6749 §4.1.2: what the code had given is taken back.
            self.ended.add(grant.family)
            return None
        self.spent.add(code)
        return grant

    def _refreshed(self, token: str) -> Grant | None:
        grant = self.refresh_tokens.get(token)
        if grant is None:
            return None
        if self.rotates:
            if token in self.spent:
                self.ended.add(grant.family)
            self.spent.add(token)
        return replace(grant, nonce=None)

    def id_claims(self, grant: Grant, access_token: str) -> Claims:
        """Return the claims of an ID token."""
        now, person = self.clock.now(), grant.person
        members: Claims = {
            "iss": self.issuer,
            "sub": person.sub,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "auth_time": now,
            "nonce": grant.nonce,
            "acr": "pwd",
            "sid": "provider-session",
            "at_hash": half_hash(access_token),
            "name": person.name,
            "email": person.email,
            "tenant_id": person.tenant,
        }
        return _changed(members, self.claims)

    def _secret(self) -> str:
        made = secrets.token_urlsafe(24)
        self.issued.append(made)
        return made


def _changed(members: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**members, **changes}.items() if value is not None}


def _knows_secret(headers: Mapping[str, str], form: Mapping[str, str]) -> bool:
    if form.get("client_secret") == CLIENT_SECRET and form.get("client_id") == CLIENT_ID:
        return True
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if scheme != "Basic":
        return False
    name, _, secret = base64.b64decode(given).decode().partition(":")
    # RFC 6749 §2.3.1: both were form-encoded.
    return (unquote_plus(name), unquote_plus(secret)) == (CLIENT_ID, CLIENT_SECRET)


def query_of(parameters: Mapping[str, str]) -> str:
    """Return a query string."""
    return urlencode(parameters)
