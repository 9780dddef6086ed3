"""Both stages: the same input gives the same bytes, and a change changes what it has to."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from ocds.archive import Compression
from ocds.bytecode import Compiler
from ocds.cache import Cache
from ocds.dependencies import key_of
from ocds.entry import secret, unsafe
from ocds.errors import CompilerFailed, SourceRefused, TooLarge
from ocds.lock import Pin
from ocds.package import Artifact, Package, Wanted, build, build_layer
from ocds.sizes import EXPECTED
from ocds.stage import Rules
from ocds.target import Architecture, Target

Wheel = Callable[..., str]
Build = Callable[..., Package]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def wanted(source: Path, lambda_target: Target, plain: Rules) -> Wanted:
    return Wanted(
        name="shop",
        target=lambda_target,
        source=source,
        starts=("shop/handler.py",),
        files={},
        lock="",
        rules=plain,
        compression=Compression.STORED,
    )


@pytest.fixture
def built(wanted: Wanted, tmp_path: Path, said: list[str]) -> Build:
    def run(cache: str = "cache", **changed: object) -> Package:
        return build(
            replace(wanted, **changed),  # type: ignore[arg-type] # a test names the fields
            Cache(tmp_path / cache, said.append),
            said.append,
        )

    return run


def files(artifact: Artifact | None) -> dict[str, bytes]:
    assert artifact is not None
    with zipfile.ZipFile(BytesIO(artifact.data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_function_is_a_layer_and_its_code(built: Build, wheel: Wheel) -> None:
    package = built(lock=wheel("stock", {"stock/__init__.py": "x = 1"}))

    assert list(files(package.layer)) == [
        "python/stock-1.0.dist-info/METADATA",
        "python/stock-1.0.dist-info/WHEEL",
        "python/stock/__init__.py",
    ]
    assert list(files(package.code)) == [
        "shop/__init__.py",
        "shop/handler.py",
        "shop/late.py",
        "shop/prices.py",
    ]
    assert package.packages == {"stock": sum(map(len, files(package.layer).values()))}


def test_no_lock_is_no_layer(built: Build) -> None:
    package = built()

    assert package.layer is None
    assert package.artifacts == (package.code,)


def test_a_runtime_is_one_zip_of_both_that_runs_where_it_is_unpacked(
    built: Build, wheel: Wheel, runtime_target: Target, compiling: Rules, tmp_path: Path
) -> None:
    package = built(
        target=runtime_target,
        rules=replace(compiling, sources=False),
        lock=wheel("stock", {"stock.py": "x = 1"}),
    )
    assert package.layer is None
    assert package.code.key.startswith("shop/runtime/")
    with zipfile.ZipFile(BytesIO(package.code.data)) as archive:
        archive.extractall(tmp_path / "there")
    shutil.rmtree(tmp_path / "src")
    program = "import sys; sys.path.insert(0, sys.argv[1]); import stock, shop.handler as h; "
    program += "print(h.handler(stock.x, None), h.__file__)"

    done = subprocess.run(
        [sys.executable, "-I", "-c", program, str(tmp_path / "there")],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )

    assert "a text with 1 in it" in done.stdout
    assert done.stdout.endswith("shop/handler.pyc\n")
    assert not [name for name in files(package.code) if name.endswith(".py")]


def test_another_folder_umask_order_and_time_give_the_same_bytes(
    built: Build,
    wheel: Wheel,
    runtime_target: Target,
    compiling: Rules,
    source: Path,
    tmp_path: Path,
) -> None:
    one = wheel("one", {"one.py": "NAMES = {'a', 'b'}"})
    two = wheel("two", {"two.py": "def f(x): return x in {'p q', 'r', 's t'}"})
    first = built("here", target=runtime_target, rules=compiling, lock=one + two)

    before = os.umask(0o077)
    try:
        other = tmp_path / "another" / "folder"
        for path in sorted(source.rglob("*.py"), reverse=True):
            copy = other / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
            os.utime(copy, (1, 1))
        second = built(
            "there", target=runtime_target, rules=compiling, lock=two + one, source=other
        )
    finally:
        os.umask(before)

    assert first.code.data == second.code.data
    assert str(tmp_path).encode() not in first.code.data


def test_a_changed_line_leaves_the_layer_alone_and_asks_nobody_for_it(
    built: Build, wheel: Wheel, source: Path, index: Path, tmp_path: Path, said: list[str]
) -> None:
    lock = wheel("stock", {"stock.py": "x = 1"})
    before = built(lock=lock)
    index.rename(tmp_path / "away")
    with (source / "shop" / "prices.py").open("a") as text:
        text.write("# another line\n")

    after = built(lock="# said anew\n" + lock)

    assert after.layer == before.layer
    assert after.code.key != before.code.key
    assert any("as built before" in line for line in said)

    # A cache that somebody wrote to: it is not used.
    (tmp_path / "away").rename(index)
    (kept,) = (tmp_path / "cache").glob("*/stage.zip")
    kept.write_bytes(kept.read_bytes().replace(b"x = 1", b"x = 2"))
    assert built(lock=lock).layer == before.layer
    assert any("is not as it was written" in line for line in said)


def test_a_change_of_what_is_not_imported_changes_nothing(built: Build, source: Path) -> None:
    before = built()
    (source / "shop" / "unused.py").write_text("import elsewhere\n")

    assert built().code == before.code


def test_the_target_the_compiler_and_the_lock_have_builds_of_their_own(
    lambda_target: Target, runtime_target: Target, compiling: Rules, plain: Rules
) -> None:
    def pin(digit: str) -> Pin:
        return Pin(name="one", version="1", hashes=frozenset({digit * 64}))

    patch = Rules(compiler=Compiler(path=sys.executable, version="3.13.99"))
    keys = [
        key_of([pin("a")], lambda_target, plain),
        key_of([pin("b")], lambda_target, plain),
        key_of([], lambda_target, plain),
        key_of([pin("a")], replace(lambda_target, python="3.12"), plain),
        key_of([pin("a")], replace(lambda_target, architecture=Architecture.X86_64), plain),
        key_of([pin("a")], runtime_target, plain),
        key_of([pin("a")], lambda_target, compiling),
        key_of([pin("a")], lambda_target, patch),
        key_of([pin("a")], lambda_target, replace(patch, sources=False)),
    ]

    assert len(set(keys)) == len(keys)


def test_imports_are_answered_by_the_layer_and_by_pythons_own(
    built: Build, wheel: Wheel, source: Path
) -> None:
    (source / "shop" / "late.py").write_text("import stock.deep, email.message, nowhere\n")

    with pytest.raises(SourceRefused, match=r"shop/late\.py:1: nowhere\nAdd it"):
        built(lock=wheel("stock", {"stock/deep.py": ""}))


def test_what_a_module_goes_on_without_and_cannot_be_read_is_told(
    built: Build, source: Path
) -> None:
    text = "try:\n    import nowhere\nexcept ImportError:\n    pass\nimport_module(name)\n"
    (source / "shop" / "late.py").write_text(text + "def said(event): ...\n")

    package = built()

    assert package.without == ("shop/late.py:2: nowhere",)
    assert package.unseen == ("shop/late.py:5",)


def test_a_module_that_hides_a_dependency_is_refused(built: Build, wheel: Wheel) -> None:
    with pytest.raises(SourceRefused, match="has the name of a package in the lock"):
        built(lock=wheel("shop", {"shop/__init__.py": ""}))


def test_the_files_of_a_runtime_may_not_hide_a_dependencys(
    built: Build, wheel: Wheel, runtime_target: Target
) -> None:
    lock = wheel("stock", {"stock/data.json": "", "stock/__init__.py": ""})

    with pytest.raises(SourceRefused, match=r"the path stock/data\.json"):
        built(target=runtime_target, lock=lock, files={"stock/data.json": b"{}"})


def test_named_files_are_packed_and_programs_are_executable(built: Build) -> None:
    named = {"registry.toml": b"a = 1", "start": b"#!/bin/sh\n"}
    package = built(files=named)

    assert named.items() <= files(package.code).items()
    with zipfile.ZipFile(BytesIO(package.code.data)) as archive:
        modes = {name: archive.getinfo(name).external_attr >> 16 & 0o777 for name in named}
    assert modes == {"registry.toml": 0o644, "start": 0o755}


@pytest.mark.parametrize(
    ("path", "data", "reason"),
    [
        ("../outside", b"", "out of the folder"),
        ("/etc/passwd", b"", "root of the disk"),
        (".env", b"", r"files named \.env"),
        ("conf/.env.production", b"", r"named \.env\.\*"),
        ("tls/server.PEM", b"", r"named \*\.pem"),
        (".git/config", b"", r"named \.git"),
        ("home/.aws/credentials", b"", r"named \.aws"),
        ("notes.txt", b"-----BEGIN EC PRIVATE KEY-----", "private key"),
    ],
)
def test_what_looks_like_a_secret_is_refused_by_name(
    built: Build, path: str, data: bytes, reason: str
) -> None:
    with pytest.raises(SourceRefused, match=f"{path}.*{reason}"):
        built(files={path: data})


def test_code_in_a_folder_of_secrets_is_refused(built: Build, source: Path) -> None:
    (source / ".aws").mkdir()
    (source / ".aws" / "a.py").write_text("")

    with pytest.raises(SourceRefused, match=r"\.aws/a\.py is not packed: .*Secrets Manager"):
        built(starts=(".aws/a.py",))


def test_plain_names_are_no_secrets() -> None:
    assert secret("shop/environment.py") is None
    assert secret("shop/keys.py", b"BEGIN PUBLIC KEY") is None
    assert unsafe("shop/..hidden/a.py") is None


def test_code_that_is_not_the_targets_python_is_refused(
    built: Build, source: Path, compiling: Rules
) -> None:
    (source / "shop" / "late.py").write_text("return 1\n")  # read, but not compiled

    with pytest.raises(CompilerFailed, match=r"not Python 3\.13:\n  shop/late\.py: SyntaxError"):
        built(rules=compiling)


def test_a_dependencys_template_that_is_no_python_is_shipped_as_it_is(
    built: Build, wheel: Wheel, compiling: Rules
) -> None:
    lock = wheel("stock", {"stock/__init__.py": "", "stock/template.py": "class {{ name }}: ..."})

    package = built(lock=lock, rules=replace(compiling, sources=False))

    assert "python/stock/template.py" in files(package.layer)
    assert list(package.uncompiled) == ["python/stock/template.py"]


def test_a_package_beyond_its_table_is_refused_with_its_largest(
    built: Build,
    wanted: Wanted,
    wheel: Wheel,
    tmp_path: Path,
    said: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(EXPECTED, "shop/handler.py", (1, 1))
    lock = wheel("stock", {"stock.py": "#" * 1_000_001})

    with pytest.raises(TooLarge, match=r"the layer comes to 1\.0 MB.*packages: stock"):
        built(lock=lock)
    with pytest.raises(TooLarge, match="the layer comes to"):
        build_layer(replace(wanted, lock=lock), Cache(tmp_path / "cache", said.append), said.append)


def test_the_manifest_says_what_others_need(built: Build, wheel: Wheel, compiling: Rules) -> None:
    lock = wheel("stock", {"stock.py": ""})
    package = built(lock=lock, rules=compiling, compression=Compression.DEFLATE)
    manifest = package.manifest()

    assert package.layer is not None
    assert manifest["code"] == package.code.facts()
    assert manifest["layer"] == package.layer.facts()
    assert compiling.compiler is not None
    assert manifest["compiler"] == compiling.compiler.version
    assert manifest["zlib"]
    assert built().manifest()["layer"] is None


def started(root: Path, seed: str) -> "subprocess.Popen[bytes]":
    """Begin a build as another machine would: another process, hash seed, folder and language."""
    environment = {
        "PATH": os.defpath,
        "PYTHONPATH": str(Path(__file__).parents[3] / "infra"),
        "PYTHONHASHSEED": seed,
        "LC_ALL": "C",
    }
    arguments = ["--name", "shop", "--layout", "runtime", "--source", "src", "--output", "out"]
    python = ["--python-version", "3.11", "--python-for", f"3.11={sys.executable}"]
    return subprocess.Popen(
        [sys.executable, "-m", "ocds", "build", *arguments, *python, "shop/handler.py"],
        cwd=root,
        env=environment,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="this Python compiles for itself")
def test_two_machines_make_the_same_bytes(source: Path, tmp_path: Path) -> None:
    roots = [tmp_path / "one", tmp_path / "two" / "deeper"]
    builds: list[subprocess.Popen[bytes]] = []
    for seed, root in enumerate(roots):
        shutil.copytree(source, root / "src")
        builds.append(started(root, str(seed)))
    codes = [one.wait(timeout=60) for one in builds]

    zips = [sorted((root / "out").rglob("*.zip")) for root in roots]
    assert codes == [0, 0]
    assert [one.name for one in zips[0]] == [one.name for one in zips[1]]
    assert [one.read_bytes() for one in zips[0]] == [one.read_bytes() for one in zips[1]]
    assert len(zips[0]) == 1
