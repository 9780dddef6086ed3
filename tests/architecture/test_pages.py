"""The documents as they are read: every link leads somewhere, every row stands in a table."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from architecture.tree import ROOT, everything, short

PAGES = [path for path in everything() if path.suffix == ".md"]

_LINK = re.compile(r"\]\((?P<path>[^)#\s]*)(?:#(?P<heading>[^)\s]+))?\)")
_RULE = re.compile(r"\|[ :|-]+\|")
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def prose(markdown: str) -> str:
    """Return a page without what is quoted from programs."""
    return _FENCED.sub("", markdown)


def headings(markdown: str) -> set[str]:
    """Return the names by which a page's headings are linked to, as GitHub and GitLab make them."""
    found = re.findall(r"^#+ (.+)$", prose(markdown), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in found}


def dead_links(page: Path) -> list[str]:
    """Return the links of a page that lead nowhere in the repository."""
    dead: list[str] = []
    for found in _LINK.finditer(prose(page.read_text())):
        path, heading = found["path"], found["heading"]
        if ":" in path:
            continue
        target = page.parent / path if path else page
        known = target.exists()
        if known and heading and target.suffix == ".md":
            known = heading in headings(target.read_text())
        if not known:
            dead.append(found[0])
    return dead


def lost_rows(markdown: str) -> list[str]:
    """Return rows that no table's head stands over: they are shown as text."""
    lines = ["", *prose(markdown).splitlines(), ""]
    firsts = [at for at, (before, line) in enumerate(pairwise(lines), 1) if begins(before, line)]
    return [lines[at] for at in firsts if not _RULE.fullmatch(lines[at + 1])]


def begins(before: str, line: str) -> bool:
    """Tell whether a row is the first of its table."""
    return line.startswith("|") and not before.startswith("|")


@pytest.mark.parametrize("page", PAGES, ids=short)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert dead_links(page) == []


@pytest.mark.parametrize("page", PAGES, ids=short)
def test_every_row_stands_in_a_table(page: Path) -> None:
    assert lost_rows(page.read_text()) == []


def test_a_lost_row_and_a_dead_link_would_be_seen(tmp_path: Path) -> None:
    table = "| a |\n|---|\n| b |\n"
    page = tmp_path / "page.md"
    page.write_text(
        "# A `b`: c\n[x](#a-b-c) [x](#a) [x](gone.md) [x](page.md#a-b-c) [x](http://a/b#c)"
    )

    assert (lost_rows(table), lost_rows(f"{table}\n| c |\n")) == ([], ["| c |"])
    assert dead_links(page) == ["](#a)", "](gone.md)"]
    assert ROOT / "README.md" in PAGES
