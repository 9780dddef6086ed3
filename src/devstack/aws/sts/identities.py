"""Who owns an access key, and who else may vouch for somebody."""

import hmac
from collections.abc import Iterable, Mapping

from devstack.aws.errors import AwsError
from devstack.aws.iam.statement import Policy
from devstack.aws.sts.principal import Principal
from devstack.aws.sts.provider import Provider
from trust.secret import Secret

REMEMBERED_S = 86_400
"""How long an expired key is still told apart from one that never was, in seconds."""


class Identities:
    """The access keys of the local account: long-lived ones, and those that STS handed out."""

    def __init__(
        self,
        keys: Iterable[Principal] = (),
        *,
        providers: Iterable[Provider] = (),
        managed: Mapping[str, Policy] | None = None,
    ) -> None:
        """`managed` are the policies, by ARN, that AssumeRole's `PolicyArns` may name."""
        self._keys = {principal.access_key_id: principal for principal in keys}
        self._providers = {provider.issuer: provider for provider in providers}
        self._managed = dict(managed or {})

    def find(self, access_key_id: str, *, session_token: str | None, now: int) -> Principal:
        """Return the owner of a key. Raises AwsError: InvalidClientTokenId, ExpiredToken."""
        principal = self._keys.get(access_key_id)
        if principal is None or not _same_token(principal.session_token, session_token):
            raise AwsError(
                "InvalidClientTokenId",
                403,
                "The security token included in the request is invalid.",
            )
        if principal.expires_at is not None and principal.expires_at <= now:
            raise AwsError(
                "ExpiredToken", 403, "The security token included in the request is expired"
            )
        return principal

    def add(self, principal: Principal, *, now: int) -> None:
        """Take a new key in, and forget those that expired long ago."""
        long_gone = [
            key
            for key, known in self._keys.items()
            if known.expires_at is not None and known.expires_at + REMEMBERED_S < now
        ]
        for key in long_gone:
            del self._keys[key]
        self._keys[principal.access_key_id] = principal

    def provider(self, issuer: str) -> Provider | None:
        """Return the registered OpenID Connect provider with this `iss`."""
        return self._providers.get(issuer)

    def managed_policy(self, arn: str) -> Policy | None:
        """Return a managed policy of the account."""
        return self._managed.get(arn)


def _same_token(known: Secret | None, given: str | None) -> bool:
    # A long-lived key with a token is as wrong as a temporary one without.
    if known is None or given is None:
        return known is None and given is None
    # "surrogatepass": whatever bytes were sent, they are compared and not a reason to fail.
    return hmac.compare_digest(known.reveal().encode(), given.encode("utf-8", "surrogatepass"))
