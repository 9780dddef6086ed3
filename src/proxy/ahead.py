"""What is begun before anybody is known to need it, so that whoever does need not wait for it."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from trust.errors import TrustError


class Ahead:
    """Questions whose answers are remembered where they are looked for, and that nobody awaits."""

    def __init__(self) -> None:
        self._under_way: set[asyncio.Task[None]] = set()

    def begin(self, *questions: Coroutine[Any, Any, object]) -> None:
        """Ask them all at once. One that fails is nobody's failure: whoever needs it asks again."""
        for question in questions:
            task = asyncio.ensure_future(_quietly(question))
            # The event loop alone would let go of it.
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)


async def _quietly(question: Coroutine[Any, Any, object]) -> None:
    with suppress(TrustError):
        await question
