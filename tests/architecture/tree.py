"""The project's own files, as the architecture tests read them."""

import ast
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("trust", "proxy", "bff", "authorizer")
"""Packages that are shipped; `devstack` is not."""

_NOT_OURS = frozenset({"node_modules", "dist", "htmlcov"})


def files(*folders: str, suffixes: Iterable[str] = (".py",), root: Path = ROOT) -> list[Path]:
    """Return our files below some folders; nothing hidden, nothing that was installed or built."""
    found: list[Path] = []
    for folder in folders:
        for parent, below, names in os.walk(root / folder):
            below[:] = [name for name in below if _ours(name)]
            paths = [Path(parent, name) for name in names]
            found += [path for path in paths if path.suffix in suffixes]
    return sorted(found)


def everything() -> list[Path]:
    """Return every file that is in the repository or would be added to it."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        return [*files("", suffixes=(".py", ".md", ".toml", ".ts", ".mjs", ".tf", ".txt", ".json"))]
    listing = [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in names.split("\0") if (path := ROOT / name).is_file()]


def product_files() -> list[Path]:
    """Return the Python files that are shipped."""
    return files(*(f"src/{package}" for package in PRODUCT))


def texts(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and value of each text in some Python.

    Parts of f-strings and bytes count, docstrings do not.
    """
    tree = ast.parse(source)
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in prose:
            continue
        if isinstance(node.value, str):
            yield node.lineno, node.value
        elif isinstance(node.value, bytes):
            yield node.lineno, node.value.decode("latin-1")


def short(path: Path) -> str:
    """Return the path as people write it."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def _ours(folder: str) -> bool:
    return not folder.startswith((".", "__pycache__")) and folder not in _NOT_OURS
