"""An OpenID Connect provider that is registered with the local account."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


class KeysUnavailable(Exception):
    """A provider's keys could not be had; raised by the function that fetches them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Whose tokens AssumeRoleWithWebIdentity takes (IAM User Guide: "Creating OIDC providers")."""

    issuer: str
    """Compared with the token's `iss` character by character."""
    account: str
    client_ids: frozenset[str]
    """The audiences whose tokens count."""
    jwks: Callable[[], Mapping[str, object]]
    """Returns the provider's JWK Set (RFC 7517 §5). Raises KeysUnavailable. May block: an
    asynchronous caller runs the whole of STS in a thread."""

    @property
    def name(self) -> str:
        """The issuer without its scheme: the prefix of its condition keys, as in `<name>:aud`."""
        return self.issuer.partition("://")[2]

    @property
    def arn(self) -> str:
        """What a trust policy names as `Federated`."""
        return f"arn:aws:iam::{self.account}:oidc-provider/{self.name}"
