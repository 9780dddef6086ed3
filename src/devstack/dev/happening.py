"""What can happen to a running stack, as values that the main thread takes from one queue."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ready:
    """A program has said that it is ready."""

    name: str


@dataclass(frozen=True, slots=True)
class Died:
    """A program has ended."""

    name: str
    code: int
    """Its exit code; negative is the signal that ended it."""


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody asked us to stop."""

    signal: int


Happening = Ready | Died | Told


class StackFailed(Exception):
    """The local stack cannot start or go on; its text is the line to show."""


class Stopped(Exception):
    """We were asked to stop while still starting."""
