"""The report: Markdown, with the pages that were really read as its sources."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from deepresearch.library import Page

MAX_REPORT_CHARS = 40_000
_CITATION = re.compile(r"\s?\[(?P<number>\d{1,3})\]")
_OUT_OF = {
    "steps": "all steps it was allowed",
    "tokens": "all tokens it was allowed",
    "seconds": "all the time it was allowed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came out."""

    question: str
    body: str
    sources: tuple[Page, ...]
    out_of: str | None

    @property
    def markdown(self) -> str:
        """The report as it is shown and saved."""
        parts = [f"# {one_line(self.question)}", cited(self.body, len(self.sources))]
        if self.out_of is not None:
            parts.append(f"*Unfinished: the research has used {_OUT_OF[self.out_of]}.*")
        lines = [
            f"{number}. {one_line(page.title)} ({page.address})"
            for number, page in enumerate(self.sources, start=1)
        ]
        parts += ["## Sources", "\n".join(lines) or "None was found."]
        return "\n\n".join(parts)[:MAX_REPORT_CHARS]


def cited(body: str, sources: int) -> str:
    """Return the body without citations of sources that there are not: a model may make them up."""

    def kept(match: re.Match[str]) -> str:
        return match[0] if 1 <= int(match["number"]) <= sources else ""

    return _CITATION.sub(kept, body).strip()


def distinct(pages: Iterable[Page]) -> tuple[Page, ...]:
    """Return each page once, in the order of its first reading."""
    return tuple({page.address: page for page in pages}.values())


def one_line(text: str) -> str:
    """Return a text that cannot begin a heading or a list of its own."""
    return " ".join(text.split())
