"""Work of which the first step is taken at once: most often it is the last, too."""

from collections.abc import Coroutine, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Begun(Generic[T]):
    """A coroutine that was begun. To be awaited unless it `is_over`; then `result` is there.

    So what is only needed for waiting, such as a timer, need not be there where nothing waits. What
    the first step raises is raised at once. Between that step and the awaiting nothing may wait.
    """

    __slots__ = ("_steps", "_waits_for", "is_over", "result")

    result: T

    def __init__(self, work: Coroutine[Any, Any, T]) -> None:
        self._steps = work
        self.is_over = False
        try:
            self._waits_for = work.send(None)
        except StopIteration as over:
            self.is_over, self.result = True, over.value

    def __await__(self) -> Generator[Any, Any, T]:
        """Hand the task what the work waits for, and the work what the task has to say of it."""
        waits_for = self._waits_for
        try:
            while True:
                try:
                    said = yield waits_for
                except BaseException as error:  # noqa: BLE001 the work's to handle: it may clean up
                    waits_for = self._steps.throw(error)
                else:
                    waits_for = self._steps.send(said)
        except StopIteration as over:
            value: T = over.value
            return value
