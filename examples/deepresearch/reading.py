"""The researchers' tools: they look things up, and do nothing else."""

from typing import Any

from strands import tool  # pyright: ignore[reportUnknownVariableType] its schema is a bare dict

from deepresearch.budget import Budget
from deepresearch.fence import Fence
from deepresearch.library import MAX_PAGE_CHARS, Library, Page, PageMissing

MAX_QUERY_CHARS = 300
SPENT = "The budget is spent. Answer now, with what you have read."


class Reading:
    """What one researcher reads."""

    def __init__(self, library: Library, fence: Fence, budget: Budget) -> None:
        """Nothing has been read yet."""
        self._library = library
        self._fence = fence
        self._budget = budget
        self.read: list[Page] = []
        """In order; these are the sources, and not what a model says it has read."""

    def tools(self) -> list[Any]:
        """Return the tools, bound to this researcher."""

        @tool
        async def search(query: str) -> str:
            """Find pages.

            Args:
                query: A few words.
            """
            return await self._search(query)

        @tool
        async def read_page(address: str) -> str:
            """Read a page.

            Args:
                address: Its address, as search has told it.
            """
            return await self._read(address)

        return [search, read_page]

    async def _search(self, query: str) -> str:
        if not self._budget.step():
            return SPENT
        pages = await self._library.search(query[:MAX_QUERY_CHARS])
        if not pages:
            return "Nothing was found."
        return self._fence.around("\n".join(f"{page.address} | {page.title}" for page in pages))

    async def _read(self, address: str) -> str:
        if not self._budget.step():
            return SPENT
        try:
            page = await self._library.read(address)
        except PageMissing as missing:
            return f"It cannot be read: {missing}."
        self.read.append(page)
        return self._fence.around(f"{page.title}\n\n{page.text[:MAX_PAGE_CHARS]}")
