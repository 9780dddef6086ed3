"""A stream that somebody watches, in a thread of its own: when it began and when it was cut off."""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from journeys.visitor import Visitor

BEGINS_WITHIN_S = 20.0
ENDS_WITHIN_S = 20.0

PIECE = "TEXT_MESSAGE_CONTENT"

LONG = "count to 1000"
"""Forty seconds of the offline model's: nobody here waits for its end."""


@dataclass(kw_only=True)
class WatchedStream:
    """An answer as it comes. Times are seconds of the monotonic clock."""

    news: threading.Condition = field(default_factory=threading.Condition)
    over: threading.Event = field(default_factory=threading.Event)
    ended_at: float = 0.0
    text: str = ""

    def read(self, visitor: Visitor) -> None:
        """Read the answer to its end."""
        try:
            with visitor.asking(LONG) as answer:
                for chunk in answer.iter_text():
                    with self.news:
                        self.text += chunk
                        self.news.notify_all()
        finally:
            self.ended_at = time.monotonic()
            self.over.set()

    def wait_for(self, pieces: int) -> None:
        """Wait until the agent has said so many pieces."""
        with self.news:
            assert self.news.wait_for(lambda: self.text.count(PIECE) >= pieces, BEGINS_WITHIN_S)

    def cut_after(self, acknowledged_at: float) -> float:
        """Wait for the end; return how many seconds after `acknowledged_at` it came."""
        assert self.over.wait(ENDS_WITHIN_S), "the stream goes on"
        return self.ended_at - acknowledged_at

    @property
    def last_event(self) -> str:
        """The last frame."""
        return self.text.rstrip().rpartition("\n\n")[2]


@contextmanager
def watching(*visitors: Visitor) -> Generator[list[WatchedStream]]:
    """Have each visitor open a stream; go on once all of them have begun."""
    streams = [WatchedStream() for _ in visitors]
    threads = [
        threading.Thread(target=stream.read, args=(visitor,), daemon=True)
        for stream, visitor in zip(streams, visitors, strict=True)
    ]
    for thread in threads:
        thread.start()
    for stream in streams:
        stream.wait_for(1)
    yield streams
    for thread in threads:
        thread.join(ENDS_WITHIN_S)
