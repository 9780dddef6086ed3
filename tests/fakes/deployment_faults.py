"""Facts that are wrong in one place, and what the doctor has to say of them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bff.doctor.clause import Outcome
from bff.doctor.facts import Answer, Facts, Probe, Published, Unreached
from fakes.deployment import (
    ANSWERS,
    DOCUMENT,
    KEY,
    LOCATION,
    LOGIN_COOKIE,
    SESSION_COOKIE,
    agreed,
    answering,
    configured,
    entry,
    good,
    offering,
    published,
    publishing,
    with_header,
)
from trust.registry.record import ClientAuthMethod

FAILED, WARNED, NOT_CHECKED = Outcome.FAILED, Outcome.WARNED, Outcome.NOT_CHECKED


def cookie(probe: Probe, line: str) -> Facts:
    """Return the facts with another cookie."""
    return with_header(probe, "set-cookie", line)


def login(location: str) -> Facts:
    """Return the facts with a login that leads elsewhere."""
    return with_header(Probe.LOGIN, "location", location)


def silent(name: str, *, own_callback: bool) -> Published:
    """Return a provider that does not name itself in its answers."""
    document = {**DOCUMENT, "authorization_response_iss_parameter_supported": False}
    agreed_on = entry(name=name, issuer=f"https://{name}.example", own_callback=own_callback)
    return published(document, entry=agreed_on)


def two(*, own_callback: bool) -> Facts:
    """Return the facts with a second, silent provider."""
    return replace(good(), providers=(published(), silent("corp", own_callback=own_callback)))


def plain(answer: Answer | Unreached) -> Facts:
    """Return the facts with another answer over plain http."""
    return replace(good(), answers={**ANSWERS, Probe.PLAIN: answer})


def with_settings(**changes: Any) -> Facts:
    """Return the facts with settings that no configuration could make."""
    return replace(good(), settings=replace(good().settings, **changes))


def away(**changes: Any) -> Published:
    """Return a provider that cannot be asked."""
    gone = Unreached(why="timeout")
    return replace(published(), document=gone, keys=gone, **changes)


PLANTED: list[tuple[str, Outcome, Facts]] = [
    ("B1a", FAILED, agreed(client_key=None)),
    ("B1b", FAILED, login("https://idp.example/authorize?response_type=token")),
    ("B1b", FAILED, answering(Probe.LOGIN, status=200)),
    ("B1b", FAILED, login("https://[idp.example/?response_type=code")),
    ("B2a", FAILED, cookie(Probe.LOGIN, LOGIN_COOKIE.replace("; Secure", ""))),
    ("B2a", FAILED, cookie(Probe.AGENTS, SESSION_COOKIE.replace("; Secure", ""))),
    ("B2a", FAILED, with_header(Probe.LOGIN, "set-cookie", None)),
    ("B2b", FAILED, cookie(Probe.LOGIN, LOGIN_COOKIE.replace("; HttpOnly", ""))),
    ("B3a", WARNED, cookie(Probe.AGENTS, SESSION_COOKIE.replace("Strict", "Lax"))),
    ("B3a", WARNED, cookie(Probe.AGENTS, SESSION_COOKIE.replace("; SameSite=Strict", ""))),
    ("B3a", WARNED, with_header(Probe.AGENTS, "set-cookie", None)),
    ("B3b", WARNED, cookie(Probe.LOGIN, LOGIN_COOKIE.replace("Path=/", "Path=/auth"))),
    ("B3c", WARNED, cookie(Probe.LOGIN, f"{LOGIN_COOKIE}; Domain=example")),
    ("B3d", WARNED, cookie(Probe.AGENTS, SESSION_COOKIE.removeprefix("__Host-Http-"))),
    ("B5a", FAILED, answering(Probe.SESSION_CROSS_SITE, status=200)),
    ("B5a", FAILED, answering(Probe.SESSION_SIBLING, status=200)),
    ("B5a", FAILED, answering(Probe.SESSION_ORIGIN, status=404)),
    ("B5b", FAILED, answering(Probe.SESSION_NO_HEADER, status=200)),
    ("B5b", FAILED, answering(Probe.LOGOUT_NO_HEADER, status=200)),
    ("B5b", FAILED, answering(Probe.INVOCATION_NO_HEADER, status=401)),
    ("B5c", FAILED, with_header(Probe.PREFLIGHT, "access-control-allow-origin", "*")),
    ("B5c", FAILED, with_header(Probe.SESSION_CROSS_SITE, "access-control-allow-origin", "*")),
    ("B7b", WARNED, answering(Probe.INVOCATION_GET, status=200)),
    ("B8a", WARNED, configured(BFF_SESSION_ABSOLUTE="25h")),
    ("B9a", WARNED, answering(Probe.SESSION, body="<html>")),
    ("B9b", WARNED, answering(Probe.LOGIN, status=302)),
    ("B10", WARNED, configured(BFF_LIMIT_LOGINS="off")),
    ("B10", WARNED, configured(BFF_LIMIT_TENANT_CALLS="off")),
    ("B11", WARNED, configured(BFF_STORE="sqlite:x.db", BFF_REGISTRY="store")),
    ("B12", FAILED, answering(Probe.AGENTS, body='{"access_token": "x"}')),
    ("B12", FAILED, answering(Probe.INVOCATION, body="eyJhbGciOiJSUzI1NiJ9.e30.x")),
    ("B12", FAILED, login(f"{LOCATION}&id_token_hint=eyJhbGciOi.e30.x")),
    ("B12", FAILED, login(f"{LOCATION}&access_token=opaque")),
    ("B12", FAILED, login(f"{LOCATION}&hint=eyJhbGciOi.e30.x")),
    ("B13", WARNED, with_header(Probe.APP, "content-security-policy", None)),
    ("B13", WARNED, with_header(Probe.APP, "content-security-policy", "script-src https:")),
    (
        "B13",
        WARNED,
        with_header(Probe.APP, "content-security-policy", "default-src 'self' 'unsafe-inline'"),
    ),
    ("S1", FAILED, login(LOCATION.replace("app.example", "evil.example"))),
    ("S1", FAILED, login(LOCATION.replace("callback", "callback%2F"))),
    ("S1", FAILED, login("https://idp.example/authorize?response_type=code")),
    ("S1", FAILED, login("https://idp.example/a?request=eyJ&redirect_uri=https://evil.example")),
    ("S2", FAILED, answering(Probe.LOGIN_AWAY, status=303)),
    ("S3", FAILED, answering(Probe.CALLBACK_BARE, status=200)),
    ("S3", FAILED, answering(Probe.CALLBACK_FORGED, status=200)),
    ("S4", FAILED, two(own_callback=False)),
    ("S4", NOT_CHECKED, replace(good(), registry=Unreached(why="the store is away"))),
    ("S5", WARNED, login(LOCATION.replace("S256", "plain"))),
    ("S5", WARNED, login(LOCATION.replace("code_challenge=abc", "code_challenge="))),
    ("S7", FAILED, offering(code_challenge_methods_supported=["plain"])),
    ("S7", WARNED, offering(code_challenge_methods_supported=None)),
    ("S8", WARNED, login(LOCATION.replace("response_type=code", "response_type=code+token"))),
    ("S8", WARNED, login("https://idp.example/authorize")),
    ("S9", WARNED, agreed(dpop=False)),
    (
        "S9",
        WARNED,
        replace(good(), providers=(published({"issuer": "x"}, entry=entry(dpop=False)),)),
    ),
    ("S11", WARNED, agreed(scopes="openid admin")),
    ("S13", WARNED, agreed(client_auth=ClientAuthMethod.BASIC)),
    ("S15", WARNED, configured(BFF_ENV="dev", BFF_PUBLIC_URL="http://localhost:8000")),
    ("S15", FAILED, configured(BFF_ENV="dev", BFF_PUBLIC_URL="http://app.example")),
    ("S16", WARNED, with_header(Probe.CALLBACK_FORGED, "referrer-policy", "origin")),
    ("S17", FAILED, configured(BFF_TRUSTED_PROXIES="10.0.0.0/8,0.0.0.0/0")),
    ("S17", FAILED, configured(BFF_TRUSTED_PROXIES="::/0")),
    ("P1", FAILED, replace(good(), providers=(away(),))),
    ("P2", FAILED, offering(issuer="https://idp.example/")),
    ("P2", FAILED, offering(issuer=None)),
    ("P3", FAILED, offering(token_endpoint="http://idp.example/token")),
    ("P3", FAILED, offering(revocation_endpoint="http://idp.example/revoke")),
    ("P3", FAILED, offering(token_endpoint=None)),
    ("P3", FAILED, offering(jwks_uri="https://[idp")),
    ("P3", FAILED, offering(authorization_endpoint="https:///authorize")),
    ("P3", FAILED, offering(authorization_endpoint=["https://idp.example/authorize"])),
    ("P3", FAILED, offering(end_session_endpoint="https://idp.example@evil.example/")),
    ("P4", FAILED, offering(response_types_supported=["id_token"])),
    ("P4", FAILED, offering(response_types_supported="code")),
    ("P5", FAILED, offering(response_modes_supported=["form_post"])),
    ("P6", WARNED, offering(authorization_response_iss_parameter_supported="true")),
    ("P7", WARNED, offering(pushed_authorization_request_endpoint=None)),
    ("P8", WARNED, offering(require_pushed_authorization_requests=None)),
    ("P9a", FAILED, offering(id_token_signing_alg_values_supported=["HS256", "none"])),
    ("P9b", WARNED, offering(id_token_signing_alg_values_supported=["RS256", "none"])),
    ("P9b", WARNED, offering(id_token_signing_alg_values_supported=["RS256", "HS512"])),
    ("P10", FAILED, offering(token_endpoint_auth_methods_supported=["client_secret_post"])),
    ("P10", FAILED, offering(token_endpoint_auth_methods_supported=None)),
    ("P11", FAILED, offering(token_endpoint_auth_signing_alg_values_supported=["none", "RS256"])),
    ("P11", FAILED, offering(token_endpoint_auth_signing_alg_values_supported=["PS256"])),
    ("P11", FAILED, offering(token_endpoint_auth_signing_alg_values_supported=None)),
    ("P12", WARNED, offering(dpop_signing_alg_values_supported=None)),
    ("P12", FAILED, offering(dpop_signing_alg_values_supported=["RS256"])),
    ("P12", FAILED, offering(dpop_signing_alg_values_supported=["ES256", "none"])),
    ("P12", FAILED, offering(dpop_signing_alg_values_supported=["HS256"])),
    ("P13", WARNED, offering(end_session_endpoint="")),
    ("P14", WARNED, offering(backchannel_logout_supported=None)),
    ("P15", WARNED, offering(revocation_endpoint=None)),
    ("P16", FAILED, publishing()),
    ("P16", FAILED, publishing({**KEY, "use": "enc"}, "junk")),
    ("P16", FAILED, publishing({**KEY, "alg": "PS256"})),
    ("P16", FAILED, replace(good(), providers=(published(keys=Unreached(why="503")),))),
    ("P16", NOT_CHECKED, replace(good(), providers=(away(),))),
    ("P17", NOT_CHECKED, replace(good(), providers=(published(keys=Unreached(why="503")),))),
    ("P17", FAILED, publishing(KEY, {**KEY, "d": "AQAB"})),
    ("P17", FAILED, publishing(KEY, {"kty": "oct"})),
    ("P18", FAILED, publishing({"kty": "RSA", "n": "AQAB", "e": "AQAB"})),
    ("P18", FAILED, publishing({"kty": "RSA", "n": "%", "e": "AQAB"})),
    ("P19", FAILED, publishing(KEY, {**KEY, "kid": None})),
    ("P19", FAILED, publishing(KEY, KEY)),
    ("P20", WARNED, offering(scopes_supported=["openid"])),
    ("P21", WARNED, offering(claims_supported=["sub"])),
    ("P22", WARNED, offering(grant_types_supported=["authorization_code", "password"])),
    (
        "P23",
        FAILED,
        replace(
            good(),
            providers=(
                published(
                    {**DOCUMENT, "require_signed_request_object": True},
                    entry=entry(client_auth=ClientAuthMethod.BASIC),
                ),
            ),
        ),
    ),
    ("L1", FAILED, answering(Probe.BACKCHANNEL, status=200)),
    ("L1", WARNED, with_header(Probe.BACKCHANNEL, "cache-control", None)),
    ("G1", FAILED, with_header(Probe.SESSION, "cache-control", "max-age=60")),
    ("G1", FAILED, with_header(Probe.LOGIN, "cache-control", None)),
    ("G2", FAILED, with_header(Probe.AGENTS, "x-content-type-options", None)),
    ("G3", FAILED, with_header(Probe.APP, "content-security-policy", "frame-ancestors 'self'")),
    ("G3", FAILED, answering(Probe.LOGIN_FRAMED, status=303)),
    ("G4", FAILED, plain(Answer(status=200))),
    ("G4", FAILED, plain(Answer(status=301, headers=(("location", "http://other.example"),)))),
    ("G4", FAILED, configured(BFF_ENV="dev", BFF_PUBLIC_URL="http://app.example")),
    (
        "G4",
        NOT_CHECKED,
        configured(BFF_ENV="dev", BFF_PUBLIC_URL="http://localhost:8000"),
    ),
    ("G4", NOT_CHECKED, replace(good(), answers=dict.fromkeys(Probe, Unreached(why="away")))),
    ("G5", WARNED, with_header(Probe.APP, "strict-transport-security", None)),
    ("G5", WARNED, with_header(Probe.APP, "strict-transport-security", "includeSubDomains")),
    ("G5", WARNED, with_header(Probe.APP, "strict-transport-security", "x; max-age=0")),
    ("G5", WARNED, with_header(Probe.APP, "strict-transport-security", "not-max-age=1")),
    (
        "G5",
        NOT_CHECKED,
        configured(BFF_ENV="dev", BFF_PUBLIC_URL="http://localhost:8000"),
    ),
    ("G6", FAILED, with_header(Probe.AGENTS, "content-type", "text/html")),
    ("G6", FAILED, answering(Probe.INVOCATION, status=403)),
    (
        "G7",
        WARNED,
        configured(BFF_SESSION_KEYS="file:keys.json", BFF_SECRETS_ALLOW_STATIC="1"),
    ),
    ("G8", FAILED, with_settings(session_cache=timedelta(seconds=2))),
    ("G9", FAILED, answering(Probe.SESSION, status=404)),
    ("G9", FAILED, answering(Probe.SESSION, body="[]")),
]
"""A clause, what becomes of it, and facts that are wrong in one place."""
