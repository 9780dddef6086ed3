"""Bytecode of the target's Python: the same bytes whoever compiled it, and whatever before."""

import importlib.util
import json
import marshal
import sys
import sysconfig
import types
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import cast

import pytest

from ocds.bytecode import Compiler, compiled, compiler_for
from ocds.entry import Entry
from ocds.errors import CompilerFailed
from ocds.stage import source_of
from ocds.there.compile_all import compiled as pyc_of
from ocds.there.compile_all import main, place
from ocds.there.marshalled import Malformed, canonical

HERE = ".".join(map(str, sys.version_info[:2]))
LIBRARY = Path(sysconfig.get_path("stdlib"))
MODULES = ["ast", "dataclasses", "decimal", "enum", "locale", "statistics", "tokenize", "typing"]

TEXT = b"""
NAMES = frozenset({"a b", "c", 1, (2, "c"), b"d", None, 1.5, 2j, 10 ** 30, True, ...})
def area(x): return x in {"a b", "south east", "north"}
class Shop:
    def prices(self, *, fee="a b"): return [(fee, n) for n in range(70000)]
NAME = "\\u00e4rger"; LONG = "x y" * 200; WORD = "w" * 300
"""


def code_of(text: bytes, name: str = "/var/task/a.py") -> types.CodeType:
    return compile(text, name, "exec", dont_inherit=True, optimize=0)


def form(code: types.CodeType) -> bytes:
    return canonical(marshal.dumps(code), sys.version_info[:2])


def held(value: object, keep: list[object]) -> None:
    """Hold every object that a code object holds: its marshalled form is another then."""
    keep.append(value)
    if isinstance(value, types.CodeType):
        for part in (*value.co_consts, *value.co_names, value.co_code, value.co_linetable):
            held(part, keep)
    elif isinstance(value, tuple | frozenset):
        for member in cast("Iterable[object]", value):
            held(member, keep)


def test_who_else_holds_an_object_changes_nothing() -> None:
    loose, tight, keep = code_of(TEXT), code_of(TEXT), list[object]()
    held(tight, keep)

    assert marshal.dumps(loose) != marshal.dumps(tight), "the trap is gone: so is the reason"
    assert form(loose) == form(tight)


@pytest.mark.parametrize("text", ["south east", "\u00e4rger", "w" * 300, "x y" * 100, "name"])
def test_what_another_module_interned_changes_nothing(text: str) -> None:
    code = code_of(b"pass")
    fresh = code.replace(co_consts=("".join(text), "".join(["", *text])))
    interned = code.replace(co_consts=(sys.intern(text), sys.intern(text)))
    other = code.replace(co_consts=(text + "!", text + "!"))

    assert form(fresh) == form(interned)
    assert form(fresh) != form(other)


@pytest.mark.parametrize("module", MODULES)
def test_the_code_is_the_same_in_one_form(module: str) -> None:
    text = (LIBRARY / f"{module}.py").read_bytes()
    code = code_of(text)
    written = form(code)

    assert marshal.loads(written) == code  # noqa: S302 our own
    assert canonical(written, sys.version_info[:2]) == written
    assert len(written) <= len(marshal.dumps(code))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "index out of range"),
        (b"i\x01", "breaks off"),
        (b"s\xff\xff\xff\xff", "a length of -1"),
        (b"(\x01", "unpack_from"),
        (b"r\x00\x00\x00\x00", "out of range"),
        (b"NN", "after it"),
        (b"[\x00\x00\x00\x00", "type '\\['"),
        (b"?", "type '\\?'"),
    ],
)
def test_what_is_not_marshalled_code_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(Malformed, match=said):
        canonical(data, (3, 13))


def test_a_slice_of_3_14_is_read() -> None:
    # marshal.dumps(slice(1, None, 1)) there: three objects after a colon
    data = b":" + b"i\x01\x00\x00\x00" + b"N" + b"i\x01\x00\x00\x00"

    assert canonical(data, (3, 14)) == (
        b":" + b"\xe9\x01\x00\x00\x00" + b"N" + b"r\x00\x00\x00\x00"
    )


def test_a_module_is_valid_by_its_hash_and_nobody_looks() -> None:
    made = pyc_of(TEXT, "/var/task/a.py")

    assert made[:4] == importlib.util.MAGIC_NUMBER
    assert made[4:8] == b"\x01\x00\x00\x00"
    assert made[8:16] == importlib.util.source_hash(TEXT)
    assert marshal.loads(made[16:]).co_filename == "/var/task/a.py"  # noqa: S302 our own


@pytest.mark.parametrize(
    ("path", "where", "found"),
    [
        ("a.py", "beside", f"__pycache__/a.{sys.implementation.cache_tag}.pyc"),
        ("b/c.d/a.py", "beside", f"b/c.d/__pycache__/a.{sys.implementation.cache_tag}.pyc"),
        ("b/a.py", "instead", "b/a.pyc"),
    ],
)
def test_bytecode_stands_where_python_looks_for_it(path: str, where: str, found: str) -> None:
    assert place(path, where) == found
    assert source_of(found) == path
    assert source_of(path) == path


def test_what_does_not_compile_is_named_with_the_reason(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        archive.writestr("good.py", "x = 1")
        archive.writestr("bad.py", "print 'x'")
        archive.writestr("worse.py", b"a\x00b")
    main([str(tmp_path / "in.zip"), str(tmp_path / "out.zip"), "/opt/", "instead"])

    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        failed = json.loads(archive.read("failed.json"))
        assert archive.namelist() == ["good.pyc", "failed.json"]
    assert sorted(failed) == ["bad.py", "worse.py"]
    assert failed["bad.py"].startswith("SyntaxError: ")


@pytest.fixture
def this() -> Compiler:
    return compiler_for(HERE, {HERE: sys.executable}, [])


def test_the_order_of_the_modules_changes_nothing(this: Compiler) -> None:
    texts = {name: (LIBRARY / f"{name}.py").read_bytes() for name in MODULES}
    entries = [Entry(path=f"{name}.py", data=text) for name, text in texts.items()]
    alone = [Entry(path=f"{MODULES[-1]}.py", data=texts[MODULES[-1]])]

    all_of_them = compiled(entries, this, "/opt/python/", sources=True).entries
    (one,) = compiled(alone, this, "/opt/python/", sources=True).entries

    assert len(all_of_them) == len(MODULES)
    assert one in all_of_them


@pytest.mark.parametrize("python", ["3.12", "3.13"])
def test_the_targets_own_python_reads_it(
    python: str, compiler_of: Callable[[str], Compiler]
) -> None:
    compiler = compiler_of(python)
    made = compiled([Entry(path="a.py", data=TEXT)], compiler, "/var/task/", sources=True)

    assert [entry.path for entry in made.entries] == [
        f"__pycache__/a.cpython-{python.replace('.', '')}.pyc"
    ]
    assert made.failed == {}
    assert compiler.version.startswith(f"{python}.")


def test_an_interpreter_is_looked_for_where_pyenv_and_uv_keep_them(tmp_path: Path) -> None:
    folder = tmp_path / "versions" / f"{HERE}.1" / "bin"
    folder.mkdir(parents=True)
    (folder / f"python{HERE}").symlink_to(sys.executable)

    found = compiler_for(HERE, {}, [tmp_path, tmp_path / "versions"])

    assert found.path == str(folder / f"python{HERE}")
    assert found.version == ".".join(map(str, sys.version_info[:3]))


@pytest.mark.parametrize(
    "script",
    [
        "echo cpython final 3.12 3.12.1",
        "echo cpython candidate 3.13 3.13.0",
        "echo pypy final 3.13 3.13.0",
        "echo cpython final 3.13 3.13.0; exit 1",
        "echo no version is set >&2; exit 127",
    ],
)
def test_what_is_not_a_released_cpython_of_the_version_is_not_taken(
    script: str, tmp_path: Path
) -> None:
    shim = tmp_path / "python3.13"
    shim.write_text(f"#!/bin/sh\n{script}\n")
    shim.chmod(0o755)

    with pytest.raises(CompilerFailed, match=r"no CPython 3\.13 here .*--no-bytecode"):
        compiler_for("3.13", {}, [tmp_path])


def test_one_that_was_named_is_the_only_one_that_is_asked(tmp_path: Path) -> None:
    with pytest.raises(CompilerFailed, match=r"Asked: .*/nobody"):
        compiler_for(HERE, {HERE: str(tmp_path / "nobody")}, [Path(sys.executable).parent])


def test_where_there_is_none_nobody_was_asked(tmp_path: Path) -> None:
    with pytest.raises(CompilerFailed, match=r"target with\. Install"):
        compiler_for("3.13", {}, [tmp_path])


def test_a_compiler_that_fails_is_told_with_what_it_said(tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.write_text("#!/bin/sh\necho out of luck >&2\nexit 3\n")
    bad.chmod(0o755)

    with pytest.raises(CompilerFailed, match="out of luck"):
        compiled([], Compiler(path=str(bad), version="3.13.0"), "/", sources=True)


def test_a_compiler_that_cannot_be_run_or_does_nothing_is_told() -> None:
    for path, said in (("/nowhere/python", "did not compile"), ("/bin/true", "no bytecode")):
        with pytest.raises(CompilerFailed, match=said):
            compiled([], Compiler(path=path, version="3.13.0"), "/", sources=True)


def test_bytecode_that_is_not_the_codes_is_never_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*_: object) -> bytes:
        return form(code_of(b"x = 2"))

    monkeypatch.setattr("ocds.there.compile_all.canonical", wrong)

    with pytest.raises(RuntimeError, match=r"the bytecode of /var/task/a\.py was not kept"):
        pyc_of(b"x = 1", "/var/task/a.py")
