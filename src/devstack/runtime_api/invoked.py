"""One invocation of a local function, as whoever invoked it sees it."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, cast

ERROR_TYPE = "lambda-runtime-function-error-type"
ERROR_BODY = "lambda-runtime-function-error-body"


class FunctionFailed(Exception):
    """The function told a failure instead of an answer, or broke off; `told` is what it said."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__(str(told.get("errorType", "no word")))
        self.told = told


@dataclass(slots=True, kw_only=True, eq=False)
class Invoked:
    """An event on its way to a function, and the answer on its way back.

    One piece is held: the function's next has to wait until it was taken.
    """

    id: str
    event: bytes
    deadline_ms: int
    trace_id: str | None = None
    head: dict[str, str] = field(default_factory=dict[str, str])
    """The headers with which the answer was sent."""
    trailers: dict[str, str] = field(default_factory=dict[str, str])
    _pieces: "asyncio.Queue[bytes | FunctionFailed | None]" = field(
        default_factory=asyncio.Queue["bytes | FunctionFailed | None"]
    )

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the chunks of the answer, each as it was sent. Raises FunctionFailed."""
        while True:
            piece = await self._pieces.get()
            self._pieces.task_done()
            if piece is None:
                return
            if isinstance(piece, FunctionFailed):
                raise piece
            yield piece

    async def put(self, piece: bytes) -> None:
        """Take a chunk from the function; return when it was taken further."""
        self._pieces.put_nowait(piece)
        await self._pieces.join()

    def end(self) -> None:
        """The function has ended its answer, perhaps by a failure in its trailers."""
        if ERROR_TYPE in self.trailers:
            body = base64.b64decode(self.trailers.get(ERROR_BODY, ""), validate=True)
            self._pieces.put_nowait(FunctionFailed(_told(body)))
        else:
            self._pieces.put_nowait(None)

    def fail(self, body: bytes) -> None:
        """The function has told a failure, or died (without a word)."""
        self._pieces.put_nowait(FunctionFailed(_told(body)))


def _told(body: bytes) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(body or b"{}"))
