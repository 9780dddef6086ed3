"""An event loop's clock that stands still."""

import asyncio

import pytest


class LoopTime:
    """The loop's clock, which stands still until a test lets time pass."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.now = loop.time()

    def __call__(self) -> float:
        """Return the loop's time."""
        return self.now

    async def passes(self, seconds: float) -> None:
        """Move on, and let everybody do what is due."""
        self.now += seconds
        for _ in range(5):
            await asyncio.sleep(0)


def stopped(monkeypatch: pytest.MonkeyPatch) -> LoopTime:
    """Stop the running loop's clock until the end of the test."""
    loop = asyncio.get_running_loop()
    time = LoopTime(loop)
    monkeypatch.setattr(loop, "time", time)
    return time


def timers() -> set[asyncio.TimerHandle]:
    """Return those that are set in the running loop."""
    # Not to be seen from outside: a timer that stays keeps its task alive until it is due.
    loop = vars(asyncio.get_running_loop())
    # One that is due is about to run: whoever sets one for a moment that is over does so for ever.
    handles: list[asyncio.Handle] = [*loop["_scheduled"], *loop["_ready"]]
    found = {handle for handle in handles if isinstance(handle, asyncio.TimerHandle)}
    return {timer for timer in found if not timer.cancelled()}
