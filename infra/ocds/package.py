"""A package whole: both stages, checked against each other and against what takes them."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ocds.archive import Compression, zipped, zlib_of
from ocds.cache import Cache, Say
from ocds.code import code, code_stage
from ocds.dependencies import dependencies
from ocds.entry import Entry
from ocds.errors import SourceRefused
from ocds.graph import closure, importable
from ocds.lock import pins_of
from ocds.sizes import Sizes, check
from ocds.stage import FORMAT, Rules, Stage
from ocds.target import Layout, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be built."""

    name: str
    target: Target
    source: Path
    starts: tuple[str, ...]
    """The entry, and what it imports by name at run time: files below `source`."""

    files: Mapping[str, bytes]
    """Path in the zip of the code -> contents."""

    lock: str
    """The text of the requirements; "" for none."""

    rules: Rules
    compression: Compression


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One zip."""

    key: str
    """Where it belongs, by its contents: `authorizer/code/<SHA-256>.zip`."""

    data: bytes
    unpacked: int

    @property
    def hash(self) -> str:
        """SHA-256 in base64, as Lambda and S3 have it."""
        return base64.b64encode(sha256(self.data).digest()).decode()

    def facts(self) -> dict[str, object]:
        """Return what the manifest says of it. Sizes in bytes."""
        return {
            "key": self.key,
            "hash": self.hash,
            "size": len(self.data),
            "unpacked": self.unpacked,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What was built."""

    wanted: Wanted
    code: Artifact
    layer: Artifact | None
    packages: Mapping[str, int]
    uncompiled: Mapping[str, str]
    unseen: tuple[str, ...]
    without: tuple[str, ...]

    @property
    def artifacts(self) -> tuple[Artifact, ...]:
        """The zips, the layer first."""
        return (self.code,) if self.layer is None else (self.layer, self.code)

    def manifest(self) -> dict[str, object]:
        """Return the facts by which others find it: small, for SSM takes 4 kB."""
        layer = None if self.layer is None else self.layer.facts()
        return {**about(self.wanted), "code": self.code.facts(), "layer": layer}


def about(wanted: Wanted) -> dict[str, object]:
    """Return what a manifest says of how its zips were made."""
    target, compiler = wanted.target, wanted.rules.compiler
    return {
        "format": FORMAT,
        "name": wanted.name,
        "layout": target.layout.value,
        "architecture": target.architecture.value,
        "python": target.python,
        "compiler": "" if compiler is None else compiler.version,
        "zlib": zlib_of(wanted.compression),
    }


def build_layer(wanted: Wanted, cache: Cache, say: Say) -> Artifact:
    """Build stage 1 alone, without a look at the code. Raises OcdsError."""
    pins = pins_of(wanted.lock, wanted.target.environment)
    stage = dependencies(pins, wanted.target, wanted.rules, cache, say)
    layer = _artifact(wanted, "layer", stage.entries)
    _check(wanted, stage, Stage(entries=[]), len(layer.data))
    return layer


def build(wanted: Wanted, cache: Cache, say: Say) -> Package:
    """Build both stages. Raises OcdsError."""
    target = wanted.target
    pins = pins_of(wanted.lock, target.environment)
    first = dependencies(pins, target, wanted.rules, cache, say) if pins else Stage(entries=[])
    has = importable((entry.path for entry in first.entries), target.dependencies_root)
    library = target.standard_library
    found = closure(
        wanted.source,
        wanted.starts,
        lambda name: name.partition(".")[0] in library or has(name),
        target.version,
    )
    entries = code(found, wanted.files)
    _refuse_shadows(entries, first.entries, target)
    say(f"code: {len(entries)} files")
    second = code_stage(entries, wanted.rules, target)
    layer, main = _zips(wanted, first, second)
    _check(wanted, first, second, max(len(main.data), len(layer.data) if layer else 0))
    return Package(
        wanted=wanted,
        code=main,
        layer=layer,
        packages=first.packages,
        uncompiled=first.uncompiled,
        unseen=found.unseen,
        without=found.without,
    )


def _zips(wanted: Wanted, first: Stage, second: Stage) -> tuple[Artifact | None, Artifact]:
    if wanted.target.layout is Layout.RUNTIME:
        return None, _artifact(wanted, "runtime", [*first.entries, *second.entries])
    layer = _artifact(wanted, "layer", first.entries) if first.entries else None
    return layer, _artifact(wanted, "code", second.entries)


def _check(wanted: Wanted, first: Stage, second: Stage, zipped_size: int) -> None:
    sizes = Sizes(
        dependencies=first.size, code=second.size, zipped=zipped_size, packages=first.packages
    )
    check(sizes, wanted.target.layout, list(wanted.starts))


def _artifact(wanted: Wanted, stage: str, entries: Sequence[Entry]) -> Artifact:
    data = zipped(entries, wanted.compression)
    key = f"{wanted.name}/{stage}/{sha256(data).hexdigest()}.zip"
    return Artifact(key=key, data=data, unpacked=sum(len(entry.data) for entry in entries))


def _refuse_shadows(ours: Sequence[Entry], theirs: Sequence[Entry], target: Target) -> None:
    """Refuse a module of ours that has a dependency's name: whoever imports one gets the other."""
    root = target.dependencies_root
    tops = {_top(entry.path[len(root) :]) for entry in theirs if entry.path.startswith(root)}
    for entry in ours:
        if entry.path.endswith(".py") and _top(entry.path) in tops:
            raise SourceRefused(f"{entry.path} has the name of a package in the lock: rename it")


def _top(path: str) -> str:
    return path.partition("/")[0].partition(".")[0]
