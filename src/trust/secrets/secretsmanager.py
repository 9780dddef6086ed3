"""Secrets in AWS Secrets Manager."""

from typing import TYPE_CHECKING, Any, cast

import boto3

from trust.clock import Clock, SystemClock
from trust.secrets.aws_region import region_of
from trust.secrets.botocore import Calls, config
from trust.secrets.reference import Reference
from trust.secrets.secretsmanager_answer import CURRENT, version_in
from trust.secrets.source import Fetched

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient

_CLOCK = SystemClock()


class SecretsManagerSource:
    """Reads by the process's own identity; one client for each region that references name."""

    def __init__(self, region: str | None, *, clock: Clock = _CLOCK) -> None:
        self._region = region
        self._clock = clock
        self._calls: dict[str | None, Calls[SecretsManagerClient]] = {}

    async def fetch(self, place: Reference, known: Fetched | None) -> Fetched:
        """Return the version of a stage. Raises SecretOutage, SecretRefused."""
        del known  # there are no leases here
        # The stage is always named: without it, a rotation in progress may answer with the old one.
        stage = place.version or CURRENT
        answer = await self._in(region_of(place) or self._region).done(
            place, lambda client: client.get_secret_value(SecretId=place.path, VersionStage=stage)
        )
        return version_in(answer, place)

    def _in(self, region: str | None) -> "Calls[SecretsManagerClient]":
        if region not in self._calls:
            self._calls[region] = Calls(lambda fresh: _client(region, fresh=fresh), self._clock)
        return self._calls[region]


def _client(region: str | None, *, fresh: bool) -> "SecretsManagerClient":
    # Its stubs have an overload for each of 400 services.
    session = cast("Any", boto3.Session() if fresh else boto3)
    client: SecretsManagerClient = session.client(
        "secretsmanager", region_name=region, config=config()
    )
    return client
