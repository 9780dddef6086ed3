"""Checks of what a provider offers for a login."""

from collections.abc import Callable, Mapping

from bff.doctor.checks.configured import is_local
from bff.doctor.checks.offer import Offer
from bff.doctor.finding import Finding, met, quoted, tolerated, unmet
from bff.provider.metadata import endpoint_fault

_REQUIRED = ("authorization_endpoint", "token_endpoint", "jwks_uri")


def _issuer(offer: Offer) -> Finding:
    named = offer.document.get("issuer")
    if named == offer.entry.issuer:
        return met("the same")
    return unmet(
        f"issuer is {quoted(repr(named))}",
        do=f"configure the issuer as the provider spells it, not {quoted(offer.entry.issuer)}",
    )


def _https(offer: Offer) -> Finding:
    urls = {
        name: value
        for name, value in offer.document.items()
        if name in _REQUIRED or name.endswith("_endpoint")
    }
    missing = [name for name in _REQUIRED if name not in urls]
    if missing:
        return unmet(f"lacks {', '.join(missing)}", do="this is no OpenID provider's document")
    faults = {name: endpoint_fault(url, insecure=offer.dev) for name, url in urls.items()}
    bad = sorted(f"{name} {fault}" for name, fault in faults.items() if fault is not None)
    # What development lets pass is still told, and beyond this machine it is not let pass.
    plain = {name: url for name, url in urls.items() if str(url).startswith("http://")}
    bad += sorted(f"{name} is not https" for name, url in plain.items() if not is_local(str(url)))
    if bad:
        return unmet(quoted("; ".join(dict.fromkeys(bad))), do="ask the provider; nothing is sent")
    if plain:
        return tolerated("http, on this machine alone", do="a provider with https outside of it")
    return met(f"{len(urls)} endpoints")


def _code_flow(offer: Offer) -> Finding:
    types = offer.texts("response_types_supported")
    if "code" in types:
        return met("response type code")
    return unmet("no response type code", do="allow the authorization code flow at the provider")


def _query_mode(offer: Offer) -> Finding:
    if "query" in offer.texts("response_modes_supported", default=("query", "fragment")):
        return met("response mode query")
    return unmet("no response mode query", do="allow it at the provider")


def _names_itself(offer: Offer) -> Finding:
    if offer.says("authorization_response_iss_parameter_supported"):
        return met("announced; a missing or another one is refused")
    return unmet("does not say so", do="switch it on there, or own_callback = true in its entry")


def _pushed(offer: Offer) -> Finding:
    if offer.has("pushed_authorization_request_endpoint"):
        return met("offered, and used")
    return unmet("not offered", do="switch it on at the provider; it is then used by itself")


def _pushed_only(offer: Offer) -> Finding:
    if offer.says("require_pushed_authorization_requests"):
        return met("required")
    return unmet("not required", do="require it for this client: nobody else can begin a login")


def _pkce(offer: Offer) -> Finding:
    name = "code_challenge_methods_supported"
    if "S256" in offer.texts(name):
        return met("S256")
    if name in offer.document:
        return unmet("not with S256", do="leave this provider: stolen codes are good there")
    # RFC 9700 §2.1.1 lets a provider tell it in another way.
    return tolerated(
        "not told in the metadata", do="ask the provider whether it checks PKCE (S256)"
    )


def _scopes(offer: Offer) -> Finding:
    if not (offered := offer.texts("scopes_supported")):
        return met("the provider names none")
    missing = [scope for scope in offer.entry.scopes.split() if scope not in offered]
    if not missing:
        return met(" ".join(offer.entry.scopes.split()))
    return unmet(f"not offered: {' '.join(missing)}", do="leave them out, or allow them there")


def _tenant_claim(offer: Offer) -> Finding:
    if not (offered := offer.texts("claims_supported")):
        return met("the provider names none")
    claim = offer.entry.tenant_claim
    if claim in offered:
        return met(quoted(claim))
    return unmet(
        f"{quoted(claim)} is not among them", do="check an ID token: without it nobody gets in"
    )


def _no_password_grant(offer: Offer) -> Finding:
    if "password" in offer.texts("grant_types_supported"):
        return unmet("offered", do="switch it off at the provider, for this client at least")
    return met("not offered")


OFFERS: Mapping[str, Callable[[Offer], Finding]] = {
    "S7": _pkce,
    "P2": _issuer,
    "P3": _https,
    "P4": _code_flow,
    "P5": _query_mode,
    "P6": _names_itself,
    "P7": _pushed,
    "P8": _pushed_only,
    "P20": _scopes,
    "P21": _tenant_claim,
    "P22": _no_password_grant,
}
"""Checks of the flow, by clause."""
