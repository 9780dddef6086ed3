"""From arguments and environment to what is to be built."""

import argparse
import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ocds.archive import Compression
from ocds.bytecode import Compiler, compiler_for
from ocds.cache import Say
from ocds.package import Wanted
from ocds.stage import Rules
from ocds.target import PYTHONS, Architecture, Layout, Target

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


class WrongUse(Exception):
    """An argument that no build can be made of."""


def wanted_of(given: argparse.Namespace, environment: Mapping[str, str], say: Say) -> Wanted:
    """Return what the arguments ask for. Raises WrongUse, and CompilerFailed."""
    target = _target(given)
    if _NAME.fullmatch(given.name) is None:
        raise WrongUse("--name has to be 1 to 63 lower-case letters, digits and inner hyphens")
    if given.no_bytecode and given.no_sources:
        raise WrongUse("--no-bytecode and --no-sources together leave nothing to run")
    return Wanted(
        name=given.name,
        target=target,
        source=_folder(given.source),
        starts=(given.entry, *given.also),
        files=_files(given.file, environment.get("OCDS_FILES", "")),
        lock=_read(given.requirements).decode() if given.requirements else "",
        rules=Rules(
            compiler=_compiler(given, target, environment, say), sources=not given.no_sources
        ),
        compression=Compression(given.compression),
    )


def _target(given: argparse.Namespace) -> Target:
    layout, architecture = Layout(given.layout), Architecture(given.architecture)
    if given.python_version not in PYTHONS[layout]:
        raise WrongUse(
            f"--python-version of layout {layout} has to be one of {', '.join(PYTHONS[layout])}"
        )
    if layout is Layout.RUNTIME and architecture is not Architecture.ARM64:
        raise WrongUse("a runtime of AgentCore runs on arm64")
    return Target(layout=layout, architecture=architecture, python=given.python_version)


def _compiler(
    given: argparse.Namespace, target: Target, environment: Mapping[str, str], say: Say
) -> Compiler | None:
    if given.no_bytecode:
        say(
            "no bytecode is shipped: every cold start compiles the modules, "
            "and takes more than twice as long"
        )
        return None
    named = dict(_pair(one, "--python-for") for one in given.python_for)
    home = Path(environment.get("HOME", "/"))
    folders = [
        Path(sys.base_prefix) / "bin",
        Path(environment.get("PYENV_ROOT", home / ".pyenv")) / "versions",
        home / ".local/share/uv/python",
        *(Path(folder) for folder in environment.get("PATH", "").split(os.pathsep) if folder),
    ]
    return compiler_for(target.python, named, folders)


def _files(named: Sequence[str], declared: str) -> dict[str, bytes]:
    """Return the files of `--file`, and those of OCDS_FILES: a JSON object, path -> text."""
    files = {path: _read(file) for path, file in (_pair(one, "--file") for one in named)}
    try:
        texts: Any = json.loads(declared or "{}")
        return files | {str(path): text.encode() for path, text in texts.items()}
    except (ValueError, AttributeError) as error:
        raise WrongUse(f"OCDS_FILES has to be a JSON object of texts: {error}") from error


def _pair(argument: str, option: str) -> tuple[str, str]:
    left, equals, right = argument.partition("=")
    if not (left and equals and right):
        raise WrongUse(f"{option} has to be NAME=PATH, and is {argument!r}")
    return left, right


def _folder(path: str) -> Path:
    if not Path(path).is_dir():
        raise WrongUse(f"--source has to be a folder, and {path} is none")
    return Path(path)


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise WrongUse(f"{path} cannot be read: {error.strerror}") from error
