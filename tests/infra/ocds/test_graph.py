"""From the entry to what it really imports: all of that, and nothing else."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from ocds.errors import SourceRefused
from ocds.graph import Closure, closure, importable

Tree = Callable[[Mapping[str, str]], Path]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    def write(texts: Mapping[str, str]) -> Path:
        for path, text in texts.items():
            file = tmp_path / "code" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return tmp_path / "code"

    return write


def over(source: Path, *starts: str, has: str = "") -> Closure:
    return closure(source, starts, lambda name: name in has.split(), (3, 13))


def packed(source: Path, *starts: str, has: str = "") -> list[str]:
    return [entry.path for entry in over(source, *starts, has=has).entries]


def test_what_is_imported_is_packed_with_its_packages_and_nothing_else(source: Path) -> None:
    assert packed(source, "shop/handler.py", has="json") == [
        "shop/__init__.py",
        "shop/handler.py",
        "shop/late.py",
        "shop/prices.py",
    ]


def test_a_second_start_is_followed_too(tree: Tree) -> None:
    source = tree({"a.py": "", "b/c.py": "import d", "d.py": "", "e.py": ""})

    assert packed(source, "a.py", "b/c.py") == ["a.py", "b/c.py", "d.py"]


def test_modules_that_import_each_other_come_to_an_end(tree: Tree) -> None:
    source = tree({"a.py": "import b", "b.py": "import a"})

    assert packed(source, "a.py") == ["a.py", "b.py"]


def test_a_package_wins_over_a_module_of_its_name(tree: Tree) -> None:
    source = tree({"a.py": "import b", "b.py": "", "b/__init__.py": ""})

    assert packed(source, "a.py") == ["a.py", "b/__init__.py"]


def test_an_attribute_is_no_file_and_a_submodule_is_one(tree: Tree) -> None:
    source = tree({"a.py": "from b import C, d", "b/__init__.py": "C = 1", "b/d.py": ""})

    assert packed(source, "a.py") == ["a.py", "b/__init__.py", "b/d.py"]


def test_a_package_without_an_init_is_followed(tree: Tree) -> None:
    source = tree({"a.py": "import b.c\nfrom b import d\nimport b", "b/c.py": "", "b/d.py": ""})

    assert packed(source, "a.py") == ["a.py", "b/c.py", "b/d.py"]


def test_an_import_that_nobody_can_answer_is_refused_by_its_place(tree: Tree) -> None:
    source = tree(
        {"a.py": "\nimport nowhere\nimport b.c\nfrom d import e\n", "b.py": "", "d/__init__.py": ""}
    )

    with pytest.raises(SourceRefused) as refused:
        over(source, "a.py")

    lines = str(refused.value).splitlines()[1:4]
    assert lines == ["  a.py:2: nowhere", "  a.py:3: b.c", "  a.py:4: d.e"]


def test_what_is_missing_and_caught_is_told_and_not_refused(tree: Tree) -> None:
    text = "try:\n    import nowhere\n    from b import c\nexcept ImportError:\n    pass\n"
    found = over(tree({"a.py": text, "b/__init__.py": ""}), "a.py")

    assert found.without == ("a.py:2: nowhere", "a.py:3: b.c")


def test_imports_by_name_are_told_by_their_place(tree: Tree) -> None:
    assert over(tree({"b/a.py": "import_module(n)"}), "b/a.py").unseen == ("b/a.py:1",)


@pytest.mark.parametrize(
    ("start", "said"),
    [
        ("../code/a.py", "not below"),
        ("/etc/passwd.py", "not below"),
        ("b.py", "no Python file"),
        ("notes.txt", "no Python file"),
        ("folder.py", "no Python file"),
    ],
)
def test_a_start_that_is_no_module_of_ours_is_refused(tree: Tree, start: str, said: str) -> None:
    source = tree({"a.py": "", "notes.txt": "", "folder.py/x.txt": ""})

    with pytest.raises(SourceRefused, match=said):
        over(source, start)


def test_a_link_that_leads_out_of_the_folder_is_refused(tree: Tree, tmp_path: Path) -> None:
    source = tree({"a.py": "import b"})
    (tmp_path / "secret.py").write_text("KEY = 1")
    (source / "b.py").symlink_to(tmp_path / "secret.py")

    with pytest.raises(SourceRefused, match=r"b\.py is a link that leads out"):
        over(source, "a.py")


@pytest.mark.parametrize("text", ["def", "a\x00b"])
def test_what_is_not_python_is_refused(tree: Tree, text: str) -> None:
    with pytest.raises(SourceRefused, match=r"a\.py cannot be read by Python"):
        over(tree({"a.py": text}), "a.py")


@pytest.mark.parametrize(
    ("module", "there"),
    [
        ("one", True),
        ("one.anything", True),
        ("_speed", True),
        ("space.part", True),
        ("space.part.deeper", True),
        ("space", True),
        ("space.other", False),
        ("other", False),
        ("outside", False),
        ("bare", True),
    ],
)
def test_a_layers_modules_are_known(module: str, *, there: bool) -> None:
    files = [
        "python/one/__init__.py",
        "python/_speed.cpython-313-aarch64-linux-gnu.so",
        "python/space/part/__init__.py",
        "python/bare.pyc",
        "python/one-1.dist-info/METADATA",
        "outside.py",
    ]

    assert importable(files, "python/")(module) is there
