"""Nothing in the tree tells on whose machine, or with which registry, it was made."""

import os
import re
from pathlib import Path

import pytest

from architecture.tree import ROOT, everything, short

_BINARY = frozenset({".png", ".jpg", ".ico", ".woff2", ".zip", ".gz", ".db", ".pyc"})
_LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
_NPM_LOCKS = [ROOT / folder / "package-lock.json" for folder in ("spa", "src/devstack/idp")]
_ALL_LOCKS = frozenset({*_LOCKS, *_NPM_LOCKS})

_HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
    )
)
"""Registries; spelled in parts, or this file would find itself."""

_HOME = re.compile(r"(?<![\w.])/(?:home|Users|root)/[\w.-]+/")


def traces(text: str) -> list[str]:
    """Return what in a text belongs to one machine: registries, home folders, the checkout."""
    found = [host for host in _HOSTS if host in text]
    found += _HOME.findall(text)
    return found + [place for place in (f"{ROOT}/", f"{ROOT.parent}/") if _telling(place, text)]


def _telling(place: str, text: str) -> bool:
    # A checkout in /tmp would forbid the word /tmp to everybody.
    return place.count("/") > 1 and place not in {"/tmp/", "/var/tmp/"} and place in text  # noqa: S108 a word here


def index_traces(text: str) -> list[str]:
    """Return what in a lock file tells where the packages came from."""
    words = re.compile(
        r"--(?:extra-)?index-url|--find-links|--trusted-host|://|\"resolved\": \"http"
    )
    return words.findall(re.sub(r'"url": "[^"]*"', "", text))


def test_no_file_names_a_machine_or_a_registry() -> None:
    read = [path for path in everything() if path.suffix not in _BINARY and path not in _ALL_LOCKS]
    found = {short(path): traces(path.read_text(errors="replace")) for path in read}

    assert found
    assert {path: words for path, words in found.items() if words} == {}


@pytest.mark.parametrize("lock", [*_LOCKS, *_NPM_LOCKS], ids=short)
def test_a_lock_names_packages_and_hashes_and_no_registry(lock: Path) -> None:
    text = lock.read_text()

    assert index_traces(text) == []
    assert text.count("sha256:") + text.count('"integrity"') > 0


@pytest.mark.parametrize("lock", _LOCKS, ids=short)
def test_every_locked_package_has_a_hash(lock: Path) -> None:
    entries = re.split(r"\n(?=\S)", lock.read_text().strip())

    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"see {ROOT}/src", id="checkout"),
        pytest.param("cd {0}home{0}somebody{0}x".format("/"), id="home"),
        pytest.param("open {0}Users{0}somebody{0}x".format("/"), id="mac"),
        pytest.param(f"https://{_HOSTS[0]}/simple", id="python registry"),
        pytest.param(f'"https://{_HOSTS[2]}/x"', id="node registry"),
    ],
)
def test_a_trace_is_seen(text: str) -> None:
    assert traces(text)


@pytest.mark.parametrize(
    "text",
    [
        "--index-url https://x.example/simple\n",
        "--extra-index-url=https://x.example\n",
        "--find-links /opt/wheels\n",
        "a @ https://x.example/a.whl --hash=sha256:00\n",
        '"resolved": "https://x.example/a.tgz"',
    ],
)
def test_a_registry_in_a_lock_is_seen(text: str) -> None:
    assert index_traces(text)


def test_a_packages_own_home_page_is_no_registry() -> None:
    assert index_traces('"funding": {"url": "https://x.example/sponsor"}') == []


def test_the_current_folder_is_no_trace() -> None:
    assert os.sep not in traces(os.sep)
