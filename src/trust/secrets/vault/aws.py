"""AWS credentials that Vault gets from STS for us.

Only those: keys of IAM users (`aws/creds/…`) would open AWS until somebody deletes them.
"""

from functools import partial
from typing import Any

from trust.secrets.reference import Reference
from trust.secrets.source import Fetched
from trust.secrets.vault.answers import inner, texts
from trust.secrets.vault.leases import Leases
from trust.secrets.vault.paths import Place, named


class AwsSource:
    """Temporary credentials of a role."""

    def __init__(self, leases: Leases) -> None:
        self._leases = leases

    async def fetch(self, place: Reference, known: Fetched | None) -> Fetched:
        """Return `{"access_key", "secret_key", "security_token"}`, new ones each time.

        Raises SecretOutage, SecretRefused. What STS has given cannot be extended.
        """
        asking = partial(_asked, named(place))
        return await self._leases.issued(place, asking, _read, instead_of=known)


def _asked(role: Place, client: Any) -> object:
    return client.secrets.aws.generate_credentials(
        name=role.name, endpoint="sts", mount_point=role.mount
    )


def _read(answer: object) -> dict[str, str]:
    return texts(inner(answer, "data"), "access_key", "secret_key", "security_token")
