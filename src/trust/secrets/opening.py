"""From the environment to secrets that can be asked for; nothing is asked of anybody yet."""

import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Protocol

from trust.clock import Clock
from trust.secrets.late import Late, LateSigning
from trust.secrets.reference import Reference, Scheme
from trust.secrets.secrets import Secrets
from trust.secrets.settings import SecretSettings
from trust.secrets.source import SigningSource, Source
from trust.secrets.static import static_sources
from trust.wire.call import Wire

if TYPE_CHECKING:
    from trust.secrets.spiffe.svid import SvidSource
    from trust.secrets.vault.sources import Vault


class Closing(Protocol):
    """What has to be closed."""

    async def close(self) -> None:
        """Give back what is open."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Keepers:
    """The secrets, the workload's identity, and how both are closed."""

    secrets: Secrets
    clock: Clock
    svids: "Callable[[], SvidSource]"
    close: Callable[[], Awaitable[None]]


def open_keepers(settings: SecretSettings, environment: Mapping[str, str], clock: Clock) -> Keepers:
    """Return all that references may point to; a keeper's library comes with its first use."""
    opened: list[Closing] = []
    region = settings.region

    @cache
    def svids() -> "SvidSource":
        from trust.secrets.spiffe.opening import open_svids

        found = open_svids(settings, clock)
        opened.append(found)
        return found

    @cache
    def vault() -> "Vault":
        from trust.secrets.vault.sources import open_vault

        found = open_vault(settings, environment, clock, random.random, svids)
        opened.append(found)
        return found

    @cache
    def agent() -> Source:
        import ssl

        from trust.wire.client import LeanWire

        # The agent is http on this machine: nothing here needs, or believes, any authority.
        wire = LeanWire(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        opened.append(wire)
        return _agent(settings, environment, wire)

    async def close() -> None:
        """Close what was opened, in that order: Vault hears of it while there is an identity."""
        await secrets.close()
        for one in opened:
            await one.close()

    secrets = Secrets(
        {**static_sources(environment), **_aws(agent, region, clock), **_vault(vault)},
        {
            Scheme.KMS: _kms(region, clock),
            Scheme.VAULT_TRANSIT: LateSigning(lambda: vault().transit),
        },
        terms=settings.terms,
        clock=clock,
        draw=random.random,
    )
    return Keepers(secrets=secrets, clock=clock, svids=svids, close=close)


def _vault(vault: Callable[[], "Vault"]) -> dict[Scheme, Source]:
    return {
        Scheme.VAULT_KV: Late(lambda: vault().kv),
        Scheme.VAULT_DATABASE: Late(lambda: vault().database),
        Scheme.VAULT_AWS: Late(lambda: vault().aws),
    }


def _aws(agent: Callable[[], Source], region: str | None, clock: Clock) -> dict[Scheme, Source]:
    @cache
    def manager() -> Source:
        from trust.secrets.secretsmanager import SecretsManagerSource

        return SecretsManagerSource(region, clock)

    return {Scheme.SECRETS_MANAGER: Late(manager), Scheme.SECRETS_MANAGER_AGENT: Late(agent)}


def _agent(settings: SecretSettings, environment: Mapping[str, str], wire: Wire) -> Source:
    from trust.secrets.secretsmanager_agent import SecretsManagerAgentSource

    token = settings.aws_agent_token or Reference(scheme=Scheme.ENV, path="AWS_SESSION_TOKEN")
    return SecretsManagerAgentSource(
        wire,
        address=settings.aws_agent,
        token=token,
        tokens=static_sources(environment)[token.scheme],
    )


def _kms(region: str | None, clock: Clock) -> SigningSource:
    @cache
    def kms() -> SigningSource:
        from trust.secrets.kms import KmsSource

        return KmsSource(region, clock)

    return LateSigning(kms)
