"""All that Vault keeps for a process, by one login."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from trust.clock import Clock
from trust.secrets.freshness import Draw
from trust.secrets.late import LateSigning
from trust.secrets.settings import SecretSettings
from trust.secrets.source import SigningSource, Source
from trust.secrets.spiffe.svid import SvidSource
from trust.secrets.vault.aws import AwsSource
from trust.secrets.vault.database import DatabaseSource
from trust.secrets.vault.kv import KvSource
from trust.secrets.vault.leases import Leases
from trust.secrets.vault.opening import open_session
from trust.secrets.vault.session import VaultSession


@dataclass(frozen=True, slots=True, kw_only=True)
class Vault:
    """The engines, behind one login."""

    kv: Source
    database: Source
    aws: Source
    transit: SigningSource
    leases: Leases
    session: VaultSession

    async def close(self) -> None:
        """Give back what Vault made for us, and then the login; best effort."""
        await self.leases.close()
        await self.session.close()


def open_vault(
    settings: SecretSettings,
    environment: Mapping[str, str],
    clock: Clock,
    draw: Draw,
    svids: Callable[[], SvidSource],
) -> Vault:
    """Return the engines; nothing is asked yet, and nobody is logged in."""
    session = open_session(settings, environment, clock, draw, svids)
    leases = Leases(session, clock)

    @cache
    def transit() -> SigningSource:
        # Late: whoever signs nothing needs no cryptography.
        from trust.secrets.vault.transit import TransitSource

        return TransitSource(session)

    return Vault(
        kv=KvSource(session),
        database=DatabaseSource(leases),
        aws=AwsSource(leases),
        transit=LateSigning(transit),
        leases=leases,
        session=session,
    )
