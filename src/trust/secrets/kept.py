"""A secret that is at hand without waiting, in the form that its user needs."""

from collections.abc import Callable
from typing import Generic, TypeVar, cast

from trust.secrets.cell import Cell
from trust.secrets.source import Fetched, SecretUnavailable

T = TypeVar("T")


class Kept(Generic[T]):
    """Parsed once for each version; `current` is cheap enough for every request.

    `parse` raises Unfit, which quotes nothing, for what is not of the form; of whatever else it
    raises only the class is told.
    """

    def __init__(self, cell: Cell, parse: Callable[[Fetched], T]) -> None:
        self._cell = cell
        self._parse = parse
        self._found: Fetched | None = None
        self._parsed: T | None = None
        cell.checks.append(parse)
        cell.watchers.append(self._changed)

    @property
    def current(self) -> T:
        """The secret as it is now. Raises SecretOutage, SecretRefused when there is none."""
        found = self._cell.fetched
        if found is None:
            raise self._cell.absent()
        if found is not self._found:
            self._read(found)
        return cast("T", self._parsed)

    @property
    def fault(self) -> SecretUnavailable | None:
        """Why the last look failed; None if it did not."""
        return self._cell.fault

    async def open(self) -> T:
        """Return the secret, asking its keeper as `Secrets.get` does. Raises as `current`."""
        await self._cell.value()
        return self.current

    async def newer(self, every_s: float | None = None) -> bool:
        """Ask the keeper whether there is another version; tell if so. Raises as `current`.

        At most once in `every_s` seconds, by default what the terms say.
        """
        before = self._cell.fetched
        version = "" if before is None else before.version
        return (await self._cell.look_again(version, every_s)).version != version

    def close(self) -> None:
        """Let go of it: what it expected of a new version is expected no longer."""
        self._cell.checks.remove(self._parse)
        self._cell.watchers.remove(self._changed)
        self._found = self._parsed = None

    def _read(self, found: Fetched) -> None:
        if self._found is None or self._found.version != found.version:
            self._parsed = self._cell.checked(self._parse, found)
        self._found = found

    def _changed(self, found: Fetched | None) -> None:
        if found is None:
            # Not only the secret itself is dropped, but also what was made of it.
            self._found = self._parsed = None
