"""Rotations in the middle of logins, as Secrets Manager's rotation functions do them.

Their steps (Secrets Manager User Guide, "Rotation function"): createSecret puts the new value
there, pending; setSecret tells the other side; finishSecret puts it in force.
"""

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from fakes.aws_keepers import AwsKeepers, pending, promoted, secret_named
from fakes.clock import StoppedClock
from fakes.secrets import secrets_of
from trust.secret import Secret
from trust.secrets.reference import Reference, Scheme
from trust.secrets.secrets import Secrets
from trust.secrets.secretsmanager import SecretsManagerSource

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient

ROTATIONS = 4
LOGINS = 5
"""At once, in each process."""


@dataclass
class Provider:
    """Takes credentials, of which some are good: the newest ones, as many as it keeps."""

    keeps: int
    good: list[str] = field(default_factory=list[str])
    refused: int = 0

    def learns(self, credential: str) -> None:
        self.good.append(credential)

    def forgets(self) -> None:
        del self.good[: -self.keeps]

    def accepts(self, credential: Secret) -> bool:
        self.refused += credential.reveal() not in self.good
        return credential.reveal() in self.good


@dataclass(frozen=True, kw_only=True)
class Processes:
    """Some processes of one deployment, whose secrets are of different ages."""

    reference: Reference
    clock: StoppedClock
    provider: Provider
    secrets: list[Secrets]

    async def log_in(self) -> None:
        """Have everybody log in everywhere. Raises AssertionError if one of them cannot."""
        done = await asyncio.gather(
            *(self._logged_in(secrets) for secrets in self.secrets for _ in range(LOGINS))
        )
        assert all(done)

    async def _logged_in(self, secrets: Secrets) -> bool:
        held = await secrets.get(self.reference)
        if self.provider.accepts(held.value):
            return True
        # What whoever presents a credential does: look once whether there is another by now.
        newer = await secrets.newer(self.reference, held.version)
        return newer.version != held.version and self.provider.accepts(newer.value)


async def processes(
    operator: "SecretsManagerClient", source: SecretsManagerSource, provider: Provider, first: str
) -> Processes:
    name = f"gatehouse/{uuid4()}"
    operator.create_secret(Name=name, SecretString=first)
    provider.learns(first)
    clock = StoppedClock()
    opened = Processes(
        reference=secret_named(name),
        clock=clock,
        provider=provider,
        secrets=[secrets_of({Scheme.SECRETS_MANAGER: source}, clock) for _ in range(3)],
    )
    for secrets in opened.secrets:
        await secrets.get(opened.reference)
        clock.advance(40)
    return opened


@pytest.mark.parametrize("keeps", [2, 1], ids=["keeps-the-one-before", "forgets-it-at-once"])
async def test_a_client_with_one_name_logs_in_through_rotations(
    aws: AwsKeepers, operator: "SecretsManagerClient", source: SecretsManagerSource, keeps: int
) -> None:
    provider = Provider(keeps=keeps)
    all_ = await processes(operator, source, provider, "secret-0")
    aws.calls.clear()
    for number in range(1, ROTATIONS + 1):
        pending(operator, all_.reference.path, f"secret-{number}")
        await all_.log_in()
        # The provider takes both from here on: a client may have two secrets while they change.
        provider.learns(f"secret-{number}")
        await all_.log_in()
        promoted(operator, all_.reference.path)
        await all_.log_in()
        provider.forgets()
        await all_.log_in()
        all_.clock.advance(31)
        await all_.log_in()

    # In none of these was it asked once for every login.
    assert len(aws.calls) <= ROTATIONS * len(all_.secrets)
    assert provider.refused


async def test_a_client_with_two_names_in_turn_logs_in_through_rotations(
    aws: AwsKeepers, operator: "SecretsManagerClient", source: SecretsManagerSource
) -> None:
    def of(number: int) -> str:
        return json.dumps({"client": f"gatehouse-{number % 2}", "secret": f"secret-{number}"})

    provider = Provider(keeps=2)
    all_ = await processes(operator, source, provider, of(0))
    for number in range(1, ROTATIONS + 1):
        pending(operator, all_.reference.path, of(number))
        await all_.log_in()
        # The name that is not in use gets another secret: what is in use stays good.
        provider.learns(of(number))
        provider.forgets()
        await all_.log_in()
        promoted(operator, all_.reference.path)
        await all_.log_in()
        all_.clock.advance(100)
        await all_.log_in()

    assert aws.calls


async def test_a_rotation_that_was_not_finished_changes_nothing(
    aws: AwsKeepers, operator: "SecretsManagerClient", source: SecretsManagerSource
) -> None:
    provider = Provider(keeps=1)
    all_ = await processes(operator, source, provider, "secret-0")
    pending(operator, all_.reference.path, "secret-1")
    for _ in range(4):
        all_.clock.advance(300)
        await all_.log_in()

    assert provider.refused == 0
    assert aws.calls


async def test_a_credential_that_stays_refused_is_asked_for_once_in_a_while(
    aws: AwsKeepers, operator: "SecretsManagerClient", source: SecretsManagerSource
) -> None:
    provider = Provider(keeps=1)
    all_ = await processes(operator, source, provider, "secret-0")
    provider.good.clear()
    aws.calls.clear()
    for _ in range(3):
        with pytest.raises(AssertionError):
            await all_.log_in()

    assert len(aws.calls) == len(all_.secrets)
