"""What is true of a day, whatever the process under test believes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from fakes.a_day.script import Denial, Fault, Script
from fakes.a_day.virtual import BEGIN, WorldClock
from trust.secrets.reference import Reference
from trust.secrets.source import Fetched, SecretRefused, SigningSource, Source


@dataclass(slots=True, kw_only=True)
class Truth:
    """What happens to calls, when each place was asked, and what was denied."""

    clock: WorldClock
    script: Script
    places: Sequence[Reference]
    random: Random
    asked_at: dict[Reference, float] = field(default_factory=dict[Reference, float])
    """When the last question was put that was answered well."""
    told_no: dict[Reference, float] = field(default_factory=dict[Reference, float])
    """When the process was last told no."""
    calls: int = 0
    faulted: int = 0

    @property
    def day_s(self) -> float:
        """Seconds since the day began."""
        return self.clock.world - BEGIN

    def fault(self) -> Fault | None:
        """Return what happens to the call that is made now."""
        self.calls += 1
        found = self._drawn()
        self.faulted += found is not None
        return found

    def denial(self, place: Reference) -> Denial | None:
        """Return the denial of this place that holds now."""
        now_s = self.day_s
        for denial in self.script.denials:
            about = self.places[denial.place % len(self.places)]
            if about == place and denial.begin_s <= now_s < denial.end_s:
                return denial
        return None

    def is_denied_and_known(self, place: Reference) -> bool:
        """Tell whether the keeper denies this place now, and has already said so when asked."""
        denial = self.denial(place)
        told = self.told_no.get(place)
        return denial is not None and told is not None and told >= BEGIN + denial.begin_s

    def _drawn(self) -> Fault | None:
        now_s = self.day_s
        for window in self.script.windows:
            if window.begin_s <= now_s < window.end_s:
                return window.fault
        if self.script.faults and self.random.random() < self.script.rate:
            return self.random.choice(list(self.script.faults))
        return None


class Watched:
    """Notes what the process was told, on the way from an adapter to the core."""

    def __init__(self, source: Source, truth: Truth) -> None:
        self._source = source
        self._truth = truth

    async def fetch(self, place: Reference, known: Fetched | None) -> Fetched:
        """Return what is there now. Raises as the adapter."""
        asked_at = self._truth.clock.world
        try:
            found = await self._source.fetch(place, known)
        except SecretRefused:
            self._truth.told_no[place] = self._truth.clock.world
            raise
        if json.loads(found.value.reveal()) is not None:
            self._truth.asked_at[place] = asked_at
        return found


class WatchedSigning(Watched):
    """The same of keys that sign where they are."""

    def __init__(self, source: SigningSource, truth: Truth) -> None:
        super().__init__(source, truth)
        self._signing = source

    async def sign(self, place: Reference, key: Fetched, message: bytes) -> bytes:
        """Sign. Raises as the adapter."""
        try:
            return await self._signing.sign(place, key, message)
        except SecretRefused:
            self._truth.told_no[place] = self._truth.clock.world
            raise
