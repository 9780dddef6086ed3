"""How much one piece of research may cost."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds, for all sub-agents together."""

    questions: int = 3
    """Into how many questions the planner may divide one."""
    at_once: int = 2
    """How many researchers work at the same time."""
    steps: int = 12
    """Searches and pages."""
    tokens: int = 120_000
    seconds: int = 300


def limits_of(numbers: Mapping[str, int]) -> Limits:
    """Return the limits that RUNTIME_CONFIG sets; the others have their defaults."""
    usual = Limits()
    return Limits(
        questions=numbers.get("max_questions", usual.questions),
        at_once=numbers.get("max_researchers", usual.at_once),
        steps=numbers.get("max_steps", usual.steps),
        tokens=numbers.get("max_tokens", usual.tokens),
        seconds=numbers.get("max_seconds", usual.seconds),
    )


class Budget:
    """What is left of it."""

    def __init__(self, limits: Limits) -> None:
        """Begin with everything."""
        self.limits = limits
        self.slots = asyncio.Semaphore(limits.at_once)
        self._steps = limits.steps
        self._tokens = limits.tokens
        self.out_of: str | None = None
        """What has run out first: "steps", "tokens" or "seconds"."""

    def step(self) -> bool:
        """Take one step; False if there is none left."""
        if self._tokens <= 0 or self._steps <= 0:
            self.ran_out("tokens" if self._tokens <= 0 else "steps")
            return False
        self._steps -= 1
        return True

    def used(self, tokens: int) -> None:
        """Count what a model has used."""
        self._tokens -= tokens
        if self._tokens <= 0:
            self.ran_out("tokens")

    @property
    def tokens_left(self) -> int:
        """At least 1, which is the least that a model's limit may be."""
        return max(self._tokens, 1)

    def ran_out(self, of: str) -> None:
        """Note what has run out, the first time."""
        self.out_of = self.out_of or of
