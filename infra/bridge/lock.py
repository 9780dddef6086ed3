"""One run at a time per resource, by parameters that are made once and never overwritten by others.

The parameter store can make a parameter only if it is not there, but cannot replace or remove one
only if it is still the same. So a stale lock is never touched by who takes it over: each lock names
the place of its one successor (`lock-{token}`), and whoever makes that parameter is next. Whoever
has the last lock of the chain has the resource.

    lock          a's, over since 12:00
    lock-{a}      b's, over since 12:10
    lock-{b}      c's, until 12:20: c works

c removes the chain from its head. Someone who has walked it before that, and now makes a successor
of a lock that is gone, finds no chain that leads to it, and begins again.
"""

import json
from dataclasses import dataclass

from bridge.errors import Locked
from bridge.patience import Patience
from bridge.ports import Host, Parameters

LEASE_S = 90.0
"""How long a lock holds if it is not renewed; a call with the wait after it is shorter."""
GRACE_S = 15.0
"""How much longer others wait: clocks of machines differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Slot:
    owner: str
    until: float
    host: str


class Lock:
    """The right to work on one resource. Not for use by two threads."""

    def __init__(self, parameters: Parameters, patience: Patience, record: str, host: Host) -> None:
        """`record` is the resource's parameter."""
        self._parameters = parameters
        self._host = host
        self._patience = patience
        self._record = record
        self._owner = patience.chance.token()
        self._chain: list[str] = []
        self._until = 0.0

    def acquire(self) -> None:
        """Take the lock, waiting for who has it.

        Raises:
            OutOfTime: it was not given up within this run's time.

        """
        polls = self._patience.polls(f"lock of {self._record}")
        while not self._try():
            polls.wait("another run has it")

    def renew(self) -> None:
        """Hold on to the lock; to be called before everything that is done under it.

        Raises:
            Locked: it ran out, for this machine slept or stood still: others may be at work.

        """
        left = self._until - self._patience.clock.now()
        if left <= 0:
            raise Locked(
                f"the lock of {self._record} ran out while this run stood still, and another run "
                "may have taken over. Nothing more is done here: run it again"
            )
        if left < LEASE_S / 2:
            until = self._patience.clock.now() + LEASE_S
            self._parameters.write(self._chain[-1], self._text(until))
            self._until = until

    def release(self) -> None:
        """Give the lock up, if it is still ours for certain; else it runs out by itself."""
        if self._until <= self._patience.clock.now():
            return
        self._until = 0.0
        for name in self._chain:
            self._parameters.remove(name)

    @property
    def chain(self) -> frozenset[str]:
        """Names of the parameters that the lock consists of."""
        return frozenset(self._chain)

    def _try(self) -> bool:
        chain, last = self._walk()
        if last is None:
            until = self._patience.clock.now() + LEASE_S
            made = chain[-1]
            self._parameters.add(made, self._text(until))
            # Whether that made it, and whether the chain still leads here, only the chain says: it
            # may have been another's, and removed since we walked it.
            chain, last = self._walk()
            if made not in chain:
                self._parameters.remove(made)
        if last is None or last.owner != self._owner:
            return False
        self._chain, self._until = chain, last.until
        return True

    def _walk(self) -> tuple[list[str], _Slot | None]:
        """Return the names from the head to the lock that holds, or to the first free place."""
        name = f"{self._record}/lock"
        chain = [name]
        while True:
            slot = self._read(name)
            if slot is None or slot.owner == self._owner:
                return chain, slot
            if self._holds(slot):
                return chain, slot
            name = f"{self._record}/lock-{slot.owner}"
            chain.append(name)

    def _holds(self, slot: _Slot) -> bool:
        # Who was killed on this machine is not waited for.
        in_time = slot.until + GRACE_S > self._patience.clock.now()
        return in_time and not self._host.is_gone(slot.host)

    def _read(self, name: str) -> _Slot | None:
        text = self._parameters.read(name)
        if text is None:
            return None
        try:
            members = json.loads(text)
            return _Slot(
                owner=str(members["owner"]),
                until=float(members["until"]),
                host=str(members["host"]),
            )
        except (ValueError, KeyError, TypeError):
            # Nobody can hold what nobody can read; its place in the chain stays its own.
            return _Slot(owner="unreadable", until=0.0, host="")

    def _text(self, until: float) -> str:
        return json.dumps({"owner": self._owner, "until": until, "host": self._host.name()})
