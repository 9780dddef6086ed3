"""The identity provider's keys, fetched as STS does: from its discovery document."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import httpx

from devstack.aws.sts.provider import KeysUnavailable
from trust.clock import Clock

TIMEOUT_S = 3.0
FRESH_S = 60.0
"""How long fetched keys are used: a provider that was restarted with new keys is soon known."""


@dataclass(slots=True, kw_only=True)
class ProviderKeys:
    """The JWK Set of one issuer (RFC 7517 §5), fetched when it is asked for."""

    issuer: str
    clock: Clock
    _keys: Mapping[str, object] | None = None
    _fetched_at: float = field(default=0.0)

    def __call__(self) -> Mapping[str, object]:
        """Return the keys. Raises KeysUnavailable. Blocks for up to twice `TIMEOUT_S`."""
        now = self.clock.monotonic()
        if self._keys is None or now - self._fetched_at > FRESH_S:
            self._keys, self._fetched_at = self._fetched(), now
        return self._keys

    def _fetched(self) -> Mapping[str, object]:
        try:
            with httpx.Client(trust_env=False, timeout=TIMEOUT_S) as client:
                metadata = _object(client.get(f"{self.issuer}/.well-known/openid-configuration"))
                return _object(client.get(str(metadata.get("jwks_uri"))))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise KeysUnavailable(f"{self.issuer}: {error}") from error


def _object(answer: httpx.Response) -> Mapping[str, object]:
    read: object = answer.raise_for_status().json()
    if not isinstance(read, dict):
        raise KeysUnavailable(f"{answer.url} did not answer with a JSON object")
    return cast("Mapping[str, object]", read)
