"""Checks of signatures: of ID tokens, of the BFF as a client, and of bound tokens."""

from collections.abc import Callable, Mapping

from bff.doctor.checks.offer import Offer
from bff.doctor.finding import Finding, met, quoted, tolerated, unmet
from bff.provider import dpop
from bff.provider.metadata import SIGNING_ALGORITHMS
from trust.registry.record import ClientAuthMethod
from trust.secrets.source import Algorithm

_ASSERTIONS = frozenset(algorithm.value for algorithm in Algorithm)
"""What the BFF signs client assertions with: by the kind of its key."""

_DPOP = "dpop_signing_alg_values_supported"


def _accepted_algorithm(offer: Offer) -> Finding:
    offered = offer.texts("id_token_signing_alg_values_supported", default=("RS256",))
    accepted = [name for name in SIGNING_ALGORITHMS if name in offered]
    if accepted:
        return met(", ".join(accepted))
    return unmet(quoted(", ".join(offered)), do="choose RS256, PS256, ES256 or EdDSA there")


def _no_weak_algorithm(offer: Offer) -> Finding:
    offered = offer.texts("id_token_signing_alg_values_supported")
    weak = [name for name in offered if name == "none" or name.startswith("HS")]
    if not weak:
        return met("none")
    return unmet(
        f"{quoted(', '.join(weak))}: refused here", do="switch them off at the provider if you can"
    )


def _taken_method(offer: Offer) -> Finding:
    taken = offer.texts(
        "token_endpoint_auth_methods_supported", default=(ClientAuthMethod.BASIC.value,)
    )
    method = offer.entry.client_auth.value
    if method in taken:
        return met(method)
    return unmet(
        f"{method} is not among {quoted(', '.join(taken))}",
        do="client_auth (BFF_OIDC_CLIENT_AUTH) has to be one of them",
    )


def _assertion_algorithms(offer: Offer) -> Finding:
    if offer.entry.client_auth is not ClientAuthMethod.PRIVATE_KEY_JWT:
        return met("no assertions are used")
    offered = offer.texts("token_endpoint_auth_signing_alg_values_supported")
    if "none" in offered:
        return unmet("takes unsigned assertions", do="leave this provider: anybody can be us there")
    known = sorted(_ASSERTIONS & set(offered))
    if known:
        return met(", ".join(known))
    return unmet(
        f"takes {quoted(', '.join(offered)) or 'none'}", do="ES256 or RS256 has to be among them"
    )


def _dpop(offer: Offer) -> Finding:
    if not offer.entry.dpop:
        return met("not asked for")
    offered = offer.texts(_DPOP)
    weak = [name for name in offered if name == "none" or name.startswith("HS")]
    if weak:
        return unmet(quoted(", ".join(weak)), do="leave this provider: such a proof proves nothing")
    if _DPOP not in offer.document:
        return tolerated("not told in the metadata", do="ask the provider whether it takes DPoP")
    if dpop.ALGORITHM in offered:
        return met(dpop.ALGORITHM)
    return unmet(
        f"not by {dpop.ALGORITHM}", do="switch that on at the provider, or dpop (BFF_OIDC_DPOP) off"
    )


def _bound_tokens(offer: Offer) -> Finding:
    if offer.entry.dpop:
        return met("DPoP")
    if dpop.ALGORITHM in offer.texts(_DPOP):
        return unmet("DPoP is offered and not used", do="dpop = true (BFF_OIDC_DPOP=1)")
    return unmet("the provider offers no DPoP", do="switch it on there, then dpop (BFF_OIDC_DPOP)")


def _signed_requests(offer: Offer) -> Finding:
    if not offer.says("require_signed_request_object"):
        return met("not demanded")
    if offer.entry.client_auth is ClientAuthMethod.PRIVATE_KEY_JWT:
        return met("demanded, and signed by the client's key")
    return unmet(
        "demanded, and there is no key to sign with",
        do="register a public key there; client_auth (BFF_OIDC_CLIENT_AUTH) private_key_jwt",
    )


OFFERS: Mapping[str, Callable[[Offer], Finding]] = {
    "S9": _bound_tokens,
    "P9a": _accepted_algorithm,
    "P9b": _no_weak_algorithm,
    "P10": _taken_method,
    "P11": _assertion_algorithms,
    "P12": _dpop,
    "P23": _signed_requests,
}
"""Checks of signatures, by clause."""
