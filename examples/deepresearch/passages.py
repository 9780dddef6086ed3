"""The tenant's own passages in PostgreSQL, as a part of the library.

The database lets a session see the rows of the tenant that it names (row-level security), so a
query here that forgot the tenant would find nothing. What that cannot do: code in the microVM that
took the credentials could name another tenant. Rows that must be apart even then belong into
databases, or under users, of their own.
"""

import re
from collections.abc import Sequence

from deepresearch.library import MAX_HITS, MAX_PAGE_CHARS, Library, Page, PageMissing
from deepresearch.postgres import DatabaseAway, Question, rows

PREFIX = "passages:"
MAX_TITLE_CHARS = 200
_ADDRESS = re.compile(rf"{PREFIX}(?P<number>[0-9]{{1,18}})", re.ASCII)

# Any of the words will do, as in the corpus; PostgreSQL's text search decides what a word is. The
# form of a query that it wrote itself is safe to change: `&` stands in it between words alone, or
# inside of quotes.
_SEARCH = b"""
SELECT id, left(title, %s::int)
FROM library.passages,
     (SELECT replace(plainto_tsquery('english', %s::text)::text, '&', '|')::tsquery)
         AS asked (words)
WHERE passages.words @@ asked.words
ORDER BY ts_rank_cd(passages.words, asked.words) DESC, id
LIMIT %s::int
"""

_READ = (
    b"SELECT left(title, %s::int), left(text, %s::int) FROM library.passages WHERE id = %s::bigint"
)


class Passages:
    """A library with one tenant's passages before it."""

    def __init__(self, library: Library, tenant: str) -> None:
        """Show the rows of `tenant`, as the data grant names it: nothing else says who asks."""
        self._library = library
        self._tenant = tenant

    async def search(self, query: str) -> Sequence[Page]:
        """Return the tenant's passages, then the library's; without the database, what there is."""
        known = await self._library.search(query)
        try:
            found = await self._found(_SEARCH, MAX_TITLE_CHARS, _sendable(query), MAX_HITS)
        except DatabaseAway:
            return known
        own = [Page(address=f"{PREFIX}{row[0]}", title=_one_line(row[1]), text="") for row in found]
        return [*own, *known][:MAX_HITS]

    async def read(self, address: str) -> Page:
        """Return a page. Raises PageMissing."""
        if not address.startswith(PREFIX):
            return await self._library.read(address)
        named = _ADDRESS.fullmatch(address)
        missing = PageMissing("there is no such page: read what search has found")
        if named is None:
            raise missing
        number = int(named["number"])
        try:
            found = await self._found(_READ, MAX_TITLE_CHARS, MAX_PAGE_CHARS, number)
        except DatabaseAway:
            raise PageMissing("the page cannot be reached") from None
        if not found:
            raise missing
        return Page(address=address, title=_one_line(found[0][0]), text=str(found[0][1]))

    async def _found(self, query: bytes, *values: object) -> Sequence[tuple[object, ...]]:
        return await rows(Question(query=query, values=values, tenant=self._tenant))


def _sendable(text: str) -> str:
    """Return a text that PostgreSQL takes: models write halves of characters, and NUL, too."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode()


def _one_line(title: object) -> str:
    # A line break would be another page in the list that the model is shown.
    return " ".join(str(title).split())
