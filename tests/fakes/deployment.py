"""A deployment in which the doctor finds nothing wrong, and ways to break it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bff.doctor.facts import Answer, Facts, Probe, Published, Unreached
from bff.provider.configured import default_entry
from bff.settings import Settings, load_settings
from fakes.proxy.provider.tokens import public, rsa_key
from trust.registry.record import ProviderEntry

ISSUER = "https://idp.example"
PUBLIC_URL = "https://app.example"

ENVIRONMENT = {
    "BFF_ENV": "prod",
    "BFF_PUBLIC_URL": PUBLIC_URL,
    "BFF_APP_ID": "demo",
    "BFF_OIDC_ISSUER": ISSUER,
    "BFF_OIDC_CLIENT_ID": "gatehouse",
    "BFF_OIDC_CLIENT_AUTH": "private_key_jwt",
    "BFF_OIDC_CLIENT_KEY": "awssm:gatehouse/client-key",
    "BFF_OIDC_DPOP": "1",
    "BFF_TENANT_CLAIM": "tenant_id",
    "BFF_REGISTRY": "dynamodb",
    "BFF_STORE": "dynamodb:sessions",
    "BFF_SESSION_KEYS": "awssm:gatehouse/session-keys",
    "AWS_REGION": "us-east-1",
}

KEY = public(rsa_key())[0]
"""A public key as a provider publishes it."""

DOCUMENT: Mapping[str, Any] = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/jwks",
    "pushed_authorization_request_endpoint": f"{ISSUER}/par",
    "require_pushed_authorization_requests": True,
    "end_session_endpoint": f"{ISSUER}/logout",
    "revocation_endpoint": f"{ISSUER}/revoke",
    "response_types_supported": ["code"],
    "response_modes_supported": ["query", "form_post"],
    "grant_types_supported": ["authorization_code", "refresh_token"],
    "code_challenge_methods_supported": ["S256"],
    "authorization_response_iss_parameter_supported": True,
    "id_token_signing_alg_values_supported": ["RS256", "ES256"],
    "token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt"],
    "token_endpoint_auth_signing_alg_values_supported": ["RS256", "ES256"],
    "dpop_signing_alg_values_supported": ["ES256"],
    "backchannel_logout_supported": True,
    "backchannel_logout_session_supported": True,
    "scopes_supported": ["openid", "profile", "email", "offline_access"],
    "claims_supported": ["sub", "tenant_id"],
}

PROBLEM = "application/problem+json"
_HEADERS = (
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
)
SESSION_COOKIE = "__Host-Http-session=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict"
LOGIN_COOKIE = "__Host-Http-login-a1b2=x.y; Path=/; Max-Age=600; Secure; HttpOnly; SameSite=Lax"
LOCATION = (
    f"{ISSUER}/authorize?response_type=code&client_id=gatehouse&code_challenge=abc"
    "&code_challenge_method=S256&redirect_uri=https%3A%2F%2Fapp.example%2Fauth%2Fcallback"
)


def refusal(status: int) -> Answer:
    """Return a refusal as the BFF gives it."""
    return Answer(status=status, headers=(*_HEADERS, ("content-type", PROBLEM)))


ANSWERS: Mapping[Probe, Answer | Unreached] = {
    Probe.LOGIN: Answer(
        status=303, headers=(*_HEADERS, ("location", LOCATION), ("set-cookie", LOGIN_COOKIE))
    ),
    Probe.LOGIN_FRAMED: refusal(403),
    Probe.LOGIN_AWAY: refusal(400),
    Probe.CALLBACK_BARE: refusal(400),
    Probe.CALLBACK_FORGED: refusal(400),
    Probe.SESSION: Answer(status=200, headers=_HEADERS, body=json.dumps({"authenticated": False})),
    Probe.SESSION_NO_HEADER: refusal(403),
    Probe.SESSION_CROSS_SITE: refusal(403),
    Probe.SESSION_SIBLING: refusal(403),
    Probe.SESSION_ORIGIN: refusal(403),
    Probe.LOGOUT_NO_HEADER: refusal(403),
    Probe.PREFLIGHT: refusal(403),
    Probe.AGENTS: replace(
        refusal(401), headers=(*refusal(401).headers, ("set-cookie", SESSION_COOKIE))
    ),
    Probe.INVOCATION: refusal(401),
    Probe.INVOCATION_NO_HEADER: refusal(403),
    Probe.INVOCATION_GET: refusal(405),
    Probe.BACKCHANNEL: refusal(400),
    Probe.APP: Answer(
        status=200,
        headers=(
            *_HEADERS,
            (
                "content-security-policy",
                "default-src 'none'; script-src 'self'; frame-ancestors 'none'",
            ),
            ("strict-transport-security", "max-age=63072000; includeSubDomains"),
        ),
    ),
    Probe.PLAIN: Answer(status=301, headers=(("location", PUBLIC_URL),)),
}


def settings(**changes: str) -> Settings:
    """Return the settings, with some variables changed."""
    return load_settings({**ENVIRONMENT, **changes})


def entry(**changes: Any) -> ProviderEntry:
    """Return what was agreed with the default provider, with some members changed."""
    return replace(default_entry(settings()), **changes)


def published(document: Mapping[str, Any] | None = None, **changes: Any) -> Published:
    """Return what the default provider says of itself; `changes` are members of it."""
    return replace(
        Published(entry=entry(), document=DOCUMENT if document is None else document, keys=[KEY]),
        **changes,
    )


def good() -> Facts:
    """Return the facts of a deployment in which everything is as it should be."""
    return Facts(settings=settings(), providers=(published(),), answers=ANSWERS)


def configured(**changes: str) -> Facts:
    """Return the facts with some variables changed."""
    return replace(good(), settings=settings(**changes))


def agreed(**changes: Any) -> Facts:
    """Return the facts with something else agreed with the provider."""
    return replace(good(), providers=(published(entry=entry(**changes)),))


def offering(**members: Any) -> Facts:
    """Return the facts with members of the provider's document changed; None leaves one out."""
    changed = {**DOCUMENT, **members}
    document = {name: value for name, value in changed.items() if value is not None}
    return replace(good(), providers=(published(document),))


def publishing(*keys: Any) -> Facts:
    """Return the facts with another key set."""
    return replace(good(), providers=(published(keys=list(keys)),))


def answering(probe: Probe, **changes: Any) -> Facts:
    """Return the facts with one answer of the BFF changed."""
    before = ANSWERS[probe]
    assert isinstance(before, Answer)
    return replace(good(), answers={**ANSWERS, probe: replace(before, **changes)})


def with_header(probe: Probe, name: str, value: str | None) -> Facts:
    """Return the facts with one header of one answer changed, or gone."""
    before = ANSWERS[probe]
    assert isinstance(before, Answer)
    others = tuple(pair for pair in before.headers if pair[0] != name)
    return answering(probe, headers=others if value is None else (*others, (name, value)))
