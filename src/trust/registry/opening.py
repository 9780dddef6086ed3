"""From what `BFF_REGISTRY` says to a registry that can be asked, and to who may write it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from trust.clock import Clock
from trust.coordinates import AppId
from trust.registry.file import load_registry
from trust.registry.layered import LayeredRegistry
from trust.registry.members import Terms
from trust.registry.registry import Registry
from trust.registry.stored import StoredRegistry
from trust.registry.watched import WatchedFile
from trust.store.table import Table

if TYPE_CHECKING:
    from trust.registry.registrar import Registrar


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Place:
    """Where the registry is kept. `file` None: in the store alone."""

    file: Path | None
    app: AppId
    terms: Terms
    cache_s: float
    """How long a stored row is remembered: the bound on how late a suspension is seen."""


def open_registry(place: Place, table: Table, clock: Clock) -> Registry:
    """Return the registry. Raises SettingsError with every fault of its file."""
    stored = StoredRegistry(table, clock, app=place.app, terms=place.terms, cache_s=place.cache_s)
    if place.file is None:
        return stored
    return LayeredRegistry(WatchedFile(place.file, clock, terms=place.terms).current, stored)


def open_registrar(place: Place, table: Table, clock: Clock) -> "Registrar":
    """Return who writes it. Raises SettingsError with every fault of its file."""
    # Here: whoever only reads the registry starts sooner without it.
    from trust.registry.registrar import Registrar

    file = None if place.file is None else load_registry(place.file, place.terms)
    return Registrar(table, clock, app=place.app, terms=place.terms, file=file)
