"""What a provider says of itself (OpenID Connect Discovery 1.0 §3), as far as it is used."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from trust.session.errors import ProviderUnavailable

SIGNING_ALGORITHMS = ("RS256", "ES256", "PS256", "EdDSA", "RS384", "RS512", "ES384", "ES512")
"""Algorithms of ID tokens that are accepted at all: asymmetric ones only. `none` and HS256, by
which a public key becomes a shared secret, are not among them."""


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


def well_known(issuer: str) -> str:
    """Return where the discovery document of `issuer` is (OpenID Connect Discovery §4)."""
    return issuer.rstrip("/") + "/.well-known/openid-configuration"


def parse_metadata(document: Mapping[str, Any], *, issuer: str, insecure: bool) -> Metadata:
    """Read a discovery document. Raises ProviderMisconfigured.

    `insecure` lets endpoints be plain http, as in development.
    """
    if document.get("issuer") != issuer:
        # Compared as it stands (§4.3): a slash more is another issuer.
        raise ProviderMisconfigured(f"issuer is {document.get('issuer')!r}, not {issuer!r}")
    given = document.get("id_token_signing_alg_values_supported", ["RS256"])
    offered = cast("list[object]", given) if isinstance(given, list) else ["RS256"]
    algorithms = tuple(name for name in SIGNING_ALGORITHMS if name in offered)
    if not algorithms:
        raise ProviderMisconfigured("signs ID tokens with no algorithm that is accepted")

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
        algorithms=algorithms,
    )


def _required(url: str | None, what: str) -> str:
    if url is None:
        raise ProviderMisconfigured(f"has no {what} endpoint")
    return url


def _endpoint(document: Mapping[str, Any], name: str, *, insecure: bool) -> str | None:
    url = document.get(name)
    if url is None:
        return None
    try:
        parts = urlsplit(str(url))
    except ValueError as error:
        raise ProviderMisconfigured(f"{name} is no URL") from error
    if parts.scheme != "https" and not (insecure and parts.scheme == "http"):
        raise ProviderMisconfigured(f"{name} is not https")
    if not parts.hostname:
        raise ProviderMisconfigured(f"{name} is no URL")
    return str(url)
