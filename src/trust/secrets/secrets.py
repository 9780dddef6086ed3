"""The secrets of a process: by reference, never older than their bounds, asked for once.

On a server a task tends them (`tending.py`) and `get` does not wait. Where nobody does, as on
Lambda, `get` looks by itself at what is due, and whoever uses `Kept.current` or a signer calls
`tend` first: ages are taken by both clocks, so that a process which was frozen for an hour knows
it.
"""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from math import inf
from typing import NamedTuple, TypeVar

from trust.clock import Clock, NumericDate
from trust.secret import Secret
from trust.secrets.backoff import Backoff
from trust.secrets.cell import Cell, Health
from trust.secrets.freshness import Draw, Terms
from trust.secrets.kept import Kept
from trust.secrets.members import MemberMissing, member, members
from trust.secrets.reference import SIGNING, Reference, Scheme
from trust.secrets.signing import KeptSigner
from trust.secrets.source import Fetched, SecretRefused, Signer, SigningSource, Source
from trust.secrets.versions import BothVersions, versions

T = TypeVar("T")
Found = TypeVar("Found", bound=Source)


class Held(NamedTuple):
    """A secret as it is now. From `expires_at` on it must not be used; None: it stays."""

    value: Secret
    version: str
    fetched_at: NumericDate
    expires_at: NumericDate | None


class Secrets:
    """All that references may point to, by scheme."""

    def __init__(
        self,
        sources: Mapping[Scheme, Source],
        signers: Mapping[Scheme, SigningSource],
        *,
        terms: Terms,
        clock: Clock,
        draw: Draw,
    ) -> None:
        self._sources = sources
        self._signers = signers
        self._terms = terms
        self._clock = clock
        self._draw = draw
        self._cells: dict[Reference, Cell] = {}
        self._opened: dict[Reference, KeptSigner] = {}
        self._members: set[Reference] = set()
        """What was found in secrets, and has to be in their next versions."""
        self._tended = False

    @property
    def tended(self) -> bool:
        """Whether somebody calls `tend` whenever something is due, so that `get` need not look."""
        return self._tended

    @tended.setter
    def tended(self, tended: bool) -> None:
        """Tell all of them."""
        self._tended = tended
        for cell in self._cells.values():
            cell.tended = tended

    async def get(self, reference: Reference) -> Held:
        """Return the secret. Raises SecretOutage, SecretRefused.

        Its keeper is waited for where there is none that may be used; and where nobody tends it and
        a newer one is due, but then for two seconds at most.
        """
        cell = self._cell(reference)
        await cell.value()
        return self._held(cell, reference)

    async def newer(self, reference: Reference, refused: str) -> Held:
        """Return the secret after its owner refused the version `refused`; it may be the same one.

        Whoever gets another version tries again, once. Raises as `get`.
        """
        cell = self._cell(reference)
        await cell.look_again(refused)
        return self._held(cell, reference)

    async def keep(self, reference: Reference, parse: Callable[[Secret], T]) -> Kept[T]:
        """Return the secret in the form that its user needs, which is then at hand without waiting.

        `parse` raises Unfit for what is not of that form. Raises as `get`.
        """
        cell = self._cell(reference)
        return await _opened(Kept(cell, lambda found: parse(member(found.value, reference))))

    async def keyring(self, reference: Reference, parse: Callable[[list[Secret]], T]) -> Kept[T]:
        """Return a secret of which the version before still counts, else as `keep`.

        `parse` gets the versions, newest first.
        """
        cell = self._cell(reference)
        if not isinstance(cell.source, BothVersions):
            cell.source = BothVersions(cell.source)
        if (await cell.value()).older is None:
            # It was fetched, or on its way, before anybody wanted to know the one before.
            await cell.look()
        return await _opened(Kept(cell, lambda found: parse(members(versions(found), reference))))

    async def signer(self, reference: Reference) -> Signer:
        """Return what signs by a key that stays where it is. Raises SecretOutage, SecretRefused."""
        place = reference.place
        if place not in self._opened:
            source = _of(self._signers, place)
            backoff = Backoff(self._terms, self._clock)
            self._opened[place] = KeptSigner(
                self._cell(place), source, backoff=backoff, draw=self._draw
            )
        await self._opened[place].open()
        return self._opened[place]

    def on_change(self, reference: Reference, callback: Callable[[Fetched | None], None]) -> None:
        """Have `callback` called with each new version, and with None once there is none.

        Of a keyring it is called with the newest, also where only the one before is another.
        """
        self._cell(reference).watchers.append(callback)

    async def tend(self, patience_s: float | None = None) -> float:
        """Look at all that is due, at the same time; return the seconds until something else is.

        It waits for each as `get` does; or for `patience_s`, and leaves what takes longer to it.
        """
        due = [cell for cell in self._cells.values() if cell.is_due()]
        if due and patience_s is None:
            await asyncio.gather(*(cell.freshen() for cell in due))
        elif due:
            await asyncio.wait({cell.begin() for cell in due}, timeout=patience_s)
        return min((cell.wait_s() for cell in self._cells.values()), default=inf)

    def health(self) -> list[Health]:
        """Say how all of them stand."""
        return [(self._opened.get(cell.place) or cell).health() for cell in self._cells.values()]

    async def close(self) -> None:
        """Forget them all, and give up the looks that are under way."""
        await asyncio.gather(*(cell.close() for cell in self._cells.values()))

    def _cell(self, reference: Reference) -> Cell:
        place = reference.place
        if place not in self._cells:
            signs = place.scheme in SIGNING
            source = _of(self._signers, place) if signs else _of(self._sources, place)
            cell = Cell(place, source, terms=self._terms, clock=self._clock, draw=self._draw)
            cell.tended = self._tended
            self._cells[place] = cell
        return self._cells[place]

    def _held(self, cell: Cell, reference: Reference) -> Held:
        known = cell.held()
        try:
            value = member(known.fetched.value, reference)
        except MemberMissing as error:
            raise SecretRefused(f"{reference.place} {error}") from None
        if reference.key is not None and reference not in self._members:
            # A version without it would be somebody's mistake, and the one before serves on.
            self._members.add(reference)
            cell.checks.append(partial(_has, reference))
        return Held(
            value=value,
            version=known.fetched.version,
            fetched_at=known.asked.wall,
            expires_at=known.expires_at,
        )


async def _opened(kept: Kept[T]) -> Kept[T]:
    try:
        await kept.open()
    except BaseException:
        # Whoever tries again expects it again; once is enough for whoever does not.
        kept.close()
        raise
    return kept


def _of(sources: Mapping[Scheme, Found], place: Reference) -> Found:
    found = sources.get(place.scheme)
    if found is None:
        raise SecretRefused(f"{place.scheme.value}: references are not for this use, or not here")
    return found


def _has(reference: Reference, found: Fetched) -> None:
    member(found.value, reference)
