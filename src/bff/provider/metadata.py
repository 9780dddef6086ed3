"""What a provider says of itself (OpenID Connect Discovery 1.0 §3), as far as it is used."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from trust.session.errors import ProviderUnavailable

SIGNING_ALGORITHMS = ("RS256", "ES256", "PS256", "EdDSA", "RS384", "RS512", "ES384", "ES512")
"""Algorithms of ID tokens that are accepted at all: asymmetric ones only. `none` and HS256, by
which a public key becomes a shared secret, are not among them."""


_QUOTED = 200
"""Most characters of a foreign document that a message repeats."""


class ProviderMisconfigured(ProviderUnavailable):
    """The discovery document cannot be trusted or lacks something; the message says what."""

    code = "provider_misconfigured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """A provider's endpoints and abilities."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    par_endpoint: str | None
    end_session_endpoint: str | None
    revocation_endpoint: str | None
    sends_issuer: bool
    """`authorization_response_iss_parameter_supported` (RFC 9207 §3)."""
    algorithms: tuple[str, ...]
    userinfo_endpoint: str | None = None
    signed_requests_only: bool = False
    """`require_signed_request_object` (RFC 9101 §10.5)."""
    prompts: tuple[str, ...] | None = None
    """`prompt_values_supported` (Initiating User Registration 1.0 §4); None if not said."""
    dpop_algorithms: tuple[str, ...] | None = None
    """`dpop_signing_alg_values_supported` (RFC 9449 §5.1); None where it is not said."""


def well_known(issuer: str) -> str:
    """Return where the discovery document of `issuer` is (OpenID Connect Discovery §4)."""
    return issuer.rstrip("/") + "/.well-known/openid-configuration"


def parse_metadata(document: Mapping[str, Any], *, issuer: str, insecure: bool) -> Metadata:
    """Read a discovery document. Raises ProviderMisconfigured.

    `insecure` lets endpoints be plain http, as in development.
    """
    if document.get("issuer") != issuer:
        # Compared as it stands (§4.3): a slash more is another issuer.
        given = str(document.get("issuer"))[:_QUOTED]
        raise ProviderMisconfigured(f"issuer is {given!r}, not {issuer!r}")

    def endpoint(name: str) -> str | None:
        return _endpoint(document, name, insecure=insecure)

    return Metadata(
        issuer=issuer,
        authorization_endpoint=_required(endpoint("authorization_endpoint"), "authorization"),
        token_endpoint=_required(endpoint("token_endpoint"), "token"),
        jwks_uri=_required(endpoint("jwks_uri"), "JWKS"),
        par_endpoint=endpoint("pushed_authorization_request_endpoint"),
        end_session_endpoint=endpoint("end_session_endpoint"),
        revocation_endpoint=endpoint("revocation_endpoint"),
        sends_issuer=document.get("authorization_response_iss_parameter_supported") is True,
        algorithms=_algorithms(document),
        userinfo_endpoint=endpoint("userinfo_endpoint"),
        signed_requests_only=document.get("require_signed_request_object") is True,
        prompts=_texts(document, "prompt_values_supported"),
        dpop_algorithms=_texts(document, "dpop_signing_alg_values_supported"),
    )


def _algorithms(document: Mapping[str, Any]) -> tuple[str, ...]:
    given = document.get("id_token_signing_alg_values_supported", ["RS256"])
    offered = cast("list[object]", given) if isinstance(given, list) else ["RS256"]
    algorithms = tuple(name for name in SIGNING_ALGORITHMS if name in offered)
    if not algorithms:
        raise ProviderMisconfigured("signs ID tokens with no algorithm that is accepted")
    return algorithms


def _texts(document: Mapping[str, Any], name: str) -> tuple[str, ...] | None:
    given = document.get(name)
    return tuple(map(str, cast("list[object]", given))) if isinstance(given, list) else None


def _required(url: str | None, what: str) -> str:
    if url is None:
        raise ProviderMisconfigured(f"has no {what} endpoint")
    return url


def _endpoint(document: Mapping[str, Any], name: str, *, insecure: bool) -> str | None:
    url = document.get(name)
    if url is None:
        return None
    fault = endpoint_fault(url, insecure=insecure)
    if fault is not None:
        raise ProviderMisconfigured(f"{name} {fault}")
    return str(url)


def endpoint_fault(url: object, *, insecure: bool) -> str | None:
    """Return why a URL of a discovery document is not taken, if it is not."""
    if not isinstance(url, str) or not _PLAIN.fullmatch(url):
        return "is no URL"
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return "is no URL"
    if parts.scheme != "https" and not (insecure and parts.scheme == "http"):
        return "is not https"
    if "@" in parts.netloc or "#" in url:
        # A user in front of the host misleads who reads it and is sent as credentials; what is
        # appended to a fragment (our parameters) never arrives (RFC 6749 §3.1, §3.2).
        return "has a user or a fragment"
    return None if usable else "is no URL"


_PLAIN = re.compile(r"[!#-;=?-\[\]_a-z~]+")
"""The characters of URLs (RFC 3986 §2): no backslash, which browsers read as a slash, so that the
host would be another one to them; no space, no line break, no quotes."""
