"""The authorization request: what is asked of the provider, and how it is spelled."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from bff.provider import dpop
from bff.provider.client_auth import Client
from bff.provider.errors import PromptRefused
from bff.provider.metadata import Metadata, ProviderMisconfigured
from bff.provider.oauth import challenge_of
from trust.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What was agreed with the provider about us."""

    issuer: str
    client: Client
    scopes: str
    redirect_uri: str
    post_logout_uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """What is asked of the provider for one login attempt."""

    state: str
    nonce: str
    verifier: Secret
    prompt: str | None = None
    max_age: int | None = None
    acr_values: str | None = None
    dpop_key: Secret | None = None
    """The key that the tokens are to be bound to (RFC 9449)."""


def parameters_of(
    request: AuthorizationRequest, registration: Registration, metadata: Metadata
) -> dict[str, str]:
    """Return all parameters of the request. Raises PromptRefused, ProviderMisconfigured."""
    if request.prompt and metadata.prompts is not None and request.prompt not in metadata.prompts:
        raise PromptRefused("the provider knows no such prompt")
    wanted = {
        "response_type": "code",
        "client_id": registration.client.id,
        "scope": registration.scopes,
        "redirect_uri": registration.redirect_uri,
        "state": request.state,
        "nonce": request.nonce,
        "code_challenge": challenge_of(request.verifier),
        "code_challenge_method": "S256",
        "prompt": request.prompt,
        "max_age": None if request.max_age is None else str(request.max_age),
        "acr_values": request.acr_values,
        "dpop_jkt": _key_name(request.dpop_key, metadata),
    }
    return {name: value for name, value in wanted.items() if value is not None}


def _key_name(key: Secret | None, metadata: Metadata) -> str | None:
    """Return what binds the code to the key, too (RFC 9449 §10)."""
    if key is None:
        return None
    if metadata.dpop_algorithms is not None and dpop.ALGORITHM not in metadata.dpop_algorithms:
        raise ProviderMisconfigured(f"takes no DPoP proofs by {dpop.ALGORITHM}: switch dpop off")
    return dpop.thumbprint(key)


def located(endpoint: str, parameters: Mapping[str, str]) -> str:
    """Return the endpoint with the parameters added to those that it has (RFC 6749 §3.1)."""
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(parameters)}"
