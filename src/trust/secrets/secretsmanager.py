"""Secrets in AWS Secrets Manager."""

from typing import TYPE_CHECKING, Any, cast

import boto3

from trust.clock import Clock
from trust.secrets.botocore import Regions, config
from trust.secrets.reference import Reference
from trust.secrets.secretsmanager_answer import CURRENT, version_in
from trust.secrets.source import Fetched

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient


class SecretsManagerSource:
    """Reads by the process's own identity; one client for each region that references name."""

    def __init__(self, region: str | None, clock: Clock) -> None:
        self._regions: Regions[SecretsManagerClient] = Regions(
            lambda where, fresh: _client(where, fresh=fresh), region, clock
        )

    async def fetch(self, place: Reference, known: Fetched | None) -> Fetched:
        """Return the version of a stage. Raises SecretOutage, SecretRefused."""
        del known  # there are no leases here
        # The stage is always named: without it, a rotation in progress may answer with the old one.
        stage = place.version or CURRENT
        answer = await self._regions.of(place).done(
            place, lambda client: client.get_secret_value(SecretId=place.path, VersionStage=stage)
        )
        return version_in(answer, place)


def _client(region: str | None, *, fresh: bool) -> "SecretsManagerClient":
    # Its stubs have an overload for each of 400 services.
    session = cast("Any", boto3.Session() if fresh else boto3)
    client: SecretsManagerClient = session.client(
        "secretsmanager", region_name=region, config=config()
    )
    return client
