"""What a module imports is read off it, and nothing of it is run."""

import pytest

from ocds.imports import Import, imports_of


def read(text: str, module: str = "shop.cart", *, package: bool = False) -> list[str]:
    return [
        f"{one.module}:{one.name}{'?' if one.optional else ''}"
        for one in imports_of(text.encode(), module, (3, 13), package=package).found
    ]


def test_imports_are_found_wherever_they_stand() -> None:
    text = """
import a, a.b as c
from d.e import f, g
class H:
    import i
    async def j(self):
        from k import *
        with l:
            import m
"""

    assert read(text) == ["a:", "a.b:", "d.e:f", "d.e:g", "i:", "k:", "m:"]


@pytest.mark.parametrize(
    ("module", "package", "text", "found"),
    [
        ("shop.cart", False, "from . import x", "shop:x"),
        ("shop.cart", False, "from .y import x", "shop.y:x"),
        ("shop.cart.deep", False, "from .. import x", "shop:x"),
        ("shop", True, "from . import x", "shop:x"),
        ("shop.cart", True, "from ..y import x", "shop.y:x"),
    ],
)
def test_dots_are_counted_from_the_modules_package(
    module: str, text: str, found: str, *, package: bool
) -> None:
    assert read(text, module, package=package) == [found]


@pytest.mark.parametrize(
    ("condition", "branches"),
    [
        ("TYPE_CHECKING", "no"),
        ("typing.TYPE_CHECKING", "no"),
        ("not TYPE_CHECKING", "yes"),
        ("sys.version_info >= (3, 11)", "yes"),
        ("sys.version_info >= (3, 14)", "no"),
        ("sys.version_info > (3, 13)", "yes"),
        ("sys.version_info < (3,)", "no"),
        ("sys.version_info <= (3, 13)", "no"),
        ("not sys.version_info < (3, 12)", "yes"),
        ("sys.version_info == (3, 13)", "yes no"),
        ("sys.version_info >= (3, 13, 2)", "yes no"),
        ("sys.version_info >= (3, minor)", "yes no"),
        ("sys.version_info >= ()", "yes no"),
        ("sys.version_info[0] >= 3", "yes no"),
        ("sys.platform == 'linux'", "yes"),
        ("sys.platform == 'win32'", "no"),
        ("sys.platform != 'win32'", "yes"),
        ("sys.platform > 'a'", "yes no"),
        ("not found", "yes no"),
    ],
)
def test_of_a_decided_condition_only_the_branch_taken_counts(condition: str, branches: str) -> None:
    text = f"if {condition}:\n    import yes\nelse:\n    import no\n"

    assert read(text) == [f"{name}:" for name in branches.split()]


@pytest.mark.parametrize(
    ("caught", "optional"),
    [
        ("except ImportError", True),
        ("except (KeyError, ModuleNotFoundError)", True),
        ("except Exception", True),
        ("except builtins.ImportError", True),
        ("except", True),
        ("except KeyError", False),
    ],
)
def test_an_import_is_optional_where_its_failure_is_caught(caught: str, *, optional: bool) -> None:
    text = f"try:\n    import a\n{caught}:\n    import b\nelse:\n    import c\nimport d\n"

    mark = "?" if optional else ""
    assert read(text) == [f"a:{mark}", "b:", "c:", "d:"]


def test_an_import_is_optional_in_a_function_that_is_called_where_it_is_caught() -> None:
    text = """
def load(self):
    try:
        return self._loaded()
    except ImportError:
        return None
def _loaded(self):
    import a
    def within():
        import b
async def other():
    import c
"""

    assert read(text) == ["a:?", "b:?", "c:"]


def test_another_failure_that_is_caught_does_not_make_a_function_optional() -> None:
    text = "try:\n    load()\nexcept Exception:\n    pass\ndef load():\n    import a\n"

    assert read(text) == ["a:"]


def test_an_import_by_a_name_that_stands_there_is_found() -> None:
    assert read("importlib.import_module('a.b')\n__import__('c')\n") == ["a.b:", "c:"]


def test_an_import_by_a_name_made_at_run_time_is_reported_by_its_line() -> None:
    text = (
        "import_module(name)\n\nimportlib.import_module('.b', __package__)\n"
        "__import__('.a')\nf()()\n"
    )
    imports = imports_of(text.encode(), "m", (3, 13), package=False)

    assert imports.found == ()
    assert imports.unseen == (1, 3, 4)


def test_an_import_knows_its_line() -> None:
    (found,) = imports_of(b"\n\nimport a", "m", (3, 13), package=False).found

    assert found == Import(module="a", name="", line=3, optional=False)
