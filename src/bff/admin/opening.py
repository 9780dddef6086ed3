"""From the settings to the administrators' desk, where they name its issuer."""

from bff.admin.administration import Administration
from bff.admin.issuer import AdminIssuer
from bff.provider.http import ProviderHttp
from bff.registry import registry_place
from bff.streaming_path import Ground
from trust.clock import Clock
from trust.registry.file import FileRegistry
from trust.registry.opening import Place
from trust.registry.registrar import Registrar
from trust.registry.watched import WatchedFile
from trust.store.table import Table


def open_administration(
    ground: Ground, http: ProviderHttp, *, issuer: str, audience: str
) -> Administration:
    """Return the desk. Raises SettingsError with every fault of the registry's file."""
    settings, clock = ground.settings, ground.clock
    place = registry_place(settings)
    return Administration(
        issuer=AdminIssuer(issuer, http, clock, insecure=settings.dev),
        audience=audience,
        registry=ground.registry,
        registrar=_Registrars(place, ground.table, clock),
        ledger=ground.ledger,
        clock=clock,
        default_issuer=settings.oidc_issuer,
        remembered_s=place.cache_s,
    )


class _Registrars:
    """Makes a registrar for each act, since the file may have changed since the last one.

    While the file is broken, its last good reading counts, as for everybody else: a slip in it
    must not be what keeps a tenant from being suspended.
    """

    def __init__(self, place: Place, table: Table, clock: Clock) -> None:
        self._place = place
        self._table = table
        self._clock = clock
        path = place.file
        self._file = None if path is None else WatchedFile(path, clock, terms=place.terms)

    async def __call__(self) -> Registrar:
        """Return who writes the registry now."""
        file: FileRegistry | None = None if self._file is None else await self._file.current()
        app, terms = self._place.app, self._place.terms
        return Registrar(self._table, self._clock, app=app, terms=terms, file=file)
