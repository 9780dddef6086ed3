"""Files are named for what lives in them, and import nothing by the way."""

import re
from pathlib import Path

import pytest

from architecture.tree import ROOT, files, short

_OURS = files(
    *("src", "infra", "tests", "examples", "bench", "spa/src"),
    suffixes=(".py", ".tf", ".ts", ".mjs"),
)
_SAYS_NOTHING = re.compile(r"(^|[_-])(utils?|helpers?|common|managers?|misc|stuff)([_-]|$)")


def says_nothing(path: Path) -> bool:
    """Return whether a file or one of its folders has a name under which anything fits."""
    return any(_SAYS_NOTHING.search(part) for part in (*path.parts[:-1], path.stem))


def test_no_name_fits_everything() -> None:
    assert [short(path) for path in _OURS if says_nothing(path.relative_to(ROOT))] == []


@pytest.mark.parametrize(
    "path", ["src/bff/utils.py", "src/helpers/a.py", "spa/src/dom_util.ts", "session-manager.py"]
)
def test_such_a_name_is_seen(path: str) -> None:
    assert says_nothing(Path(path))


def test_a_package_imports_nothing_by_itself() -> None:
    """What an `__init__` imports, every importer of any module beside it pays for."""
    packages = [path for path in files("src") if path.name == "__init__.py"]

    assert packages
    assert [short(path) for path in packages if path.read_text().strip()] == []
