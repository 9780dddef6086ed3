"""Who in this process still holds a text: what can be reached, not what was freed."""

import asyncio
import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Generator[None]:
    """Keep Python from looking for what hangs together in circles: it counts as held, too."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def gone(backwards: str) -> bool:
    """Tell whether nobody holds a text, or soon does not: a server's thread has to end, too."""
    try:
        for _ in range(20):
            if not holders(backwards):
                return True
            await asyncio.sleep(0.05)
        return False
    finally:
        # As it was before: what is here stays, and is not looked through again and again.
        gc.freeze()


def holders(backwards: str) -> list[str]:
    """Return the kinds of objects that hold the text, which is given backwards.

    So that neither the test nor this search has it anywhere itself.
    """
    text = backwards[::-1]
    raw = text.encode()
    # Modules and their tables, too, which the tests as a whole set aside as no garbage.
    gc.unfreeze()
    tracked = gc.get_objects()
    mine = {id(text), id(raw)}
    # All at once, since there are a million of them; only what was found is looked for again.
    found = {id(one) for one in gc.get_referents(*tracked) if _is_in(one, text, raw)} - mine
    if not found:
        return []
    return [
        f"{type(one).__name__} holds {type(held).__name__}"
        for one in tracked
        for held in gc.get_referents(one)
        if id(held) in found
    ]


def _is_in(held: object, text: str, raw: bytes) -> bool:
    kind = type(held)
    if kind is str:
        return text in held  # type: ignore[operator] # it is a text
    return kind in {bytes, bytearray} and raw in held  # type: ignore[operator] # it is bytes
