"""Wheels made for a test, a folder of code, and the interpreters that this machine has."""

import os
import sys
import zipfile
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

import pytest

from ocds.bytecode import Compiler, compiler_for
from ocds.errors import CompilerFailed
from ocds.stage import Rules
from ocds.target import Architecture, Layout, Target

Wheel = Callable[..., str]
"""Writes a wheel into the local index and returns its line in a lock."""


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the only place where pip looks for wheels."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return folder


@pytest.fixture
def wheel(index: Path) -> Wheel:
    def write(
        name: str,
        files: Mapping[str, str],
        *,
        version: str = "1.0",
        tag: str = "py3-none-any",
        marker: str = "",
    ) -> str:
        path = index / f"{name}-{version}-{tag}.whl"
        info = f"{name}-{version}.dist-info"
        about = {
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
            f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n",
            f"{info}/RECORD": "",
        }
        with zipfile.ZipFile(path, "w") as archive:
            for place, text in {**files, **about}.items():
                archive.writestr(place, text)
        digest = sha256(path.read_bytes()).hexdigest()
        return f"{name}=={version}{f' ; {marker}' if marker else ''} --hash=sha256:{digest}\n"

    return write


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder with an entry that imports two modules, one of them late, and not a third."""
    folder = tmp_path / "src"
    texts = {
        "shop/__init__.py": "",
        "shop/handler.py": (
            "import json\nfrom shop import prices\n\n\n"
            "def handler(event, context):\n    from shop.late import said\n\n"
            "    return json.dumps({'prices': sorted(prices.PRICES), 'said': said(event)})\n"
        ),
        "shop/prices.py": "PRICES = frozenset({'apple', 'pear', 'a plum'})\n",
        "shop/late.py": "def said(event):\n    return f'a text with {event} in it'\n",
        "shop/unused.py": "import nowhere\n",
    }
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def lambda_target() -> Target:
    return Target(layout=Layout.LAMBDA, architecture=Architecture.ARM64, python="3.13")


@pytest.fixture
def runtime_target() -> Target:
    """A target of the Python that runs the tests: it is always there to compile."""
    return Target(layout=Layout.RUNTIME, architecture=Architecture.ARM64, python=here())


@pytest.fixture
def compiling() -> Rules:
    """Bytecode by the Python that runs the tests."""
    named = {here(): sys.executable}
    return Rules(compiler=compiler_for(here(), named, []))


@pytest.fixture
def plain() -> Rules:
    """Without bytecode."""
    return Rules(compiler=None)


def here() -> str:
    """Return the version of the Python that runs the tests."""
    return ".".join(map(str, sys.version_info[:2]))


@pytest.fixture
def compiler_of() -> Callable[[str], Compiler]:
    def found(python: str) -> Compiler:
        """Return this machine's interpreter of a version, or skip the test, by name."""
        folders = [Path(folder) for folder in os.get_exec_path()]
        try:
            return compiler_for(python, {}, [Path.home() / ".pyenv/versions", *folders])
        except CompilerFailed:
            pytest.skip(f"there is no CPython {python} on this machine")

    return found
