"""Where reports are kept: below the data grant's prefix, with all of that tenant and agent."""

from collections.abc import Callable
from datetime import datetime

from agent_host.storage import DataStorage
from strands.types.exceptions import StorageError

from deepresearch.report import Report

NOT_SAVED = "*Not saved: nobody has given me access to your team's data.*"
NOT_REACHED = "*Not saved: the place for reports cannot be reached at the moment.*"
MAX_LISTED = 20


class Reports:
    """One tenant's reports."""

    def __init__(
        self, storage: DataStorage | None, *, now: Callable[[], datetime], new_id: Callable[[], str]
    ) -> None:
        """Keep them in `storage`; None without a data grant."""
        self._storage = storage
        self._now = now
        self._new_id = new_id

    async def save(self, report: Report) -> str:
        """Save a report, and return a line that says where it is."""
        if self._storage is None:
            return NOT_SAVED
        key = f"{self._now().strftime('%Y%m%dT%H%M%SZ')}-{self._new_id()}.md"
        try:
            await self._storage.write(key, report.markdown.encode())
        except StorageError:
            return NOT_REACHED
        return f"*Saved as {key}.*"

    async def listed(self) -> str:
        """Return the names of the latest reports."""
        if self._storage is None:
            return NOT_SAVED
        try:
            keys = (await self._storage.list())[-MAX_LISTED:]
        except StorageError:
            return "The reports cannot be reached at the moment."
        return "\n".join(f"- {key}" for key in keys) or "There are no reports yet."
