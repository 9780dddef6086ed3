"""Where the researchers look things up."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

MAX_HITS = 5
MAX_PAGE_CHARS = 20_000
_LITTLE = 3
"""Words of this many letters and fewer say nothing of what is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Something to read. All of it was written by strangers."""

    address: str
    title: str
    text: str


class PageMissing(Exception):
    """There is no such page, or it may not be read; the message is for the model."""


class Library(Protocol):
    """Something that can be searched and read."""

    async def search(self, query: str) -> Sequence[Page]:
        """Return the pages that fit best, best first, MAX_HITS at most."""
        ...

    async def read(self, address: str) -> Page:
        """Return a page. Raises PageMissing."""
        ...


class Corpus:
    """A folder of Markdown files: the title in the first line, `# …`."""

    def __init__(self, pages: Sequence[Page]) -> None:
        """Search and read these pages."""
        self._pages = {page.address: page for page in pages}

    async def search(self, query: str) -> Sequence[Page]:
        """Rank by how many of the query's words a page has, the title's counting double."""
        wanted = words_of(query)
        scored = [(_score(page, wanted), page) for page in self._pages.values()]
        # Sorted is stable: equal scores keep the folder's order.
        ranked = sorted(scored, key=lambda one: -one[0])
        return [page for score, page in ranked if score > 0][:MAX_HITS]

    async def read(self, address: str) -> Page:
        """Return a page. Raises PageMissing."""
        page = self._pages.get(address)
        if page is None:
            raise PageMissing("there is no such page: read what search has found")
        return page


def corpus_of(folder: Path) -> Corpus:
    """Read a corpus; a folder that is not there holds nothing."""
    return Corpus([_page(file) for file in sorted(folder.glob("*.md"))])


def words_of(text: str) -> set[str]:
    """Return the words that matter, in lower case and without a plural's s."""
    found: list[str] = re.findall(r"[a-z]+", text.lower())
    return {word.removesuffix("s") for word in found if len(word) > _LITTLE}


def _page(file: Path) -> Page:
    title, _, text = file.read_text(encoding="utf-8").partition("\n")
    return Page(
        address=f"corpus:{file.stem}",
        title=title.removeprefix("# ").strip(),
        text=text.strip()[:MAX_PAGE_CHARS],
    )


def _score(page: Page, wanted: set[str]) -> int:
    return 2 * len(wanted & words_of(page.title)) + len(wanted & words_of(page.text))
