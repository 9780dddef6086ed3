"""What a module imports, by reading it: nothing is run."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

_CAUGHT = {"ImportError", "ModuleNotFoundError"}
_CAUGHT_TOO = {"Exception", "BaseException"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One module that is asked for."""

    module: str
    """Absolute, dotted."""

    name: str
    """What is taken from it: an attribute, or a submodule. "" for `import a.b`."""

    line: int
    optional: bool
    """Whether the module goes on without it.

    It does where the import stands in a `try` that catches its failure, or in a function that is
    called in one by name.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Imports:
    """All imports of a module, with those in functions, in order of their lines."""

    found: tuple[Import, ...]
    unseen: tuple[int, ...]
    """Lines that import by a name made at run time. What they need has to be named."""


def imports_of(source: bytes, module: str, version: tuple[int, int], *, package: bool) -> Imports:
    """Read a module. `package`: it is an `__init__`, so one dot means itself. Raises SyntaxError.

    Of an `if` that is decided beforehand (`TYPE_CHECKING`, `sys.version_info`, `sys.platform`) only
    the branch counts that a Linux with Python `version` takes.
    """
    tree = ast.parse(source)
    reading = _Reading(module if package else module.rpartition(".")[0], version, _guarded(tree))
    reading.visit(tree)
    return Imports(found=tuple(reading.found), unseen=tuple(reading.unseen))


class _Reading(ast.NodeVisitor):
    def __init__(self, package: str, version: tuple[int, int], guarded: set[str]) -> None:
        self._package = package
        self._version = version
        self._guarded = guarded
        self._optional = False
        self.found: list[Import] = []
        self.unseen: list[int] = []

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._add(alias.name, "", node.lineno)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = self._absolute(node.module or "", node.level)
        for alias in node.names:
            self._add(module, "" if alias.name == "*" else alias.name, node.lineno)

    def visit_If(self, node: ast.If) -> None:
        decided = _decided(node.test, self._version)
        if decided is None:
            self.generic_visit(node)
            return
        for statement in node.body if decided else node.orelse:
            self.visit(statement)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._function(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        before = self._optional
        self._optional = before or node.name in self._guarded
        self.generic_visit(node)
        self._optional = before

    def visit_Try(self, node: ast.Try) -> None:
        before = self._optional
        self._optional = before or any(
            _catches(handler, _CAUGHT | _CAUGHT_TOO) for handler in node.handlers
        )
        for statement in node.body:
            self.visit(statement)
        self._optional = before
        for part in (*node.handlers, *node.orelse, *node.finalbody):
            self.visit(part)

    def visit_Call(self, node: ast.Call) -> None:
        if _called(node.func) in {"import_module", "__import__"}:
            match node.args:
                case [ast.Constant(value=str(name))] if not name.startswith("."):
                    self._add(name, "", node.lineno)
                case _:
                    self.unseen.append(node.lineno)
        self.generic_visit(node)

    def _add(self, module: str, name: str, line: int) -> None:
        self.found.append(Import(module=module, name=name, line=line, optional=self._optional))

    def _absolute(self, module: str, level: int) -> str:
        if level == 0:
            return module
        parts = self._package.split(".")
        base = parts[: len(parts) - level + 1]
        return ".".join([*base, module] if module else base)


def _called(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _decided(test: ast.expr, version: tuple[int, int]) -> bool | None:
    """Return what a condition is on the target, or None, where only running it tells."""
    match test:
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            return False
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = _decided(operand, version)
            return None if inner is None else not inner
        case ast.Compare(
            left=ast.Attribute(attr="version_info"),
            ops=[order],
            comparators=[ast.Tuple(elts=parts)],
        ):
            return _compared(version, order, parts)
        case ast.Compare(
            left=ast.Attribute(attr="platform"),
            ops=[order],
            comparators=[ast.Constant(value=str(name))],
        ):
            return _same(order, equal=name == "linux")
        case _:
            return None


def _same(order: ast.cmpop, *, equal: bool) -> bool | None:
    if isinstance(order, ast.Eq):
        return equal
    return not equal if isinstance(order, ast.NotEq) else None


def _compared(version: tuple[int, int], order: ast.cmpop, parts: list[ast.expr]) -> bool | None:
    numbers = tuple(
        part.value
        for part in parts
        if isinstance(part, ast.Constant) and isinstance(part.value, int)
    )
    if not 0 < len(numbers) == len(parts) <= len(version):
        return None
    # `sys.version_info` goes on after these two: it is never equal to them.
    if isinstance(order, ast.GtE | ast.Gt):
        return version >= numbers
    return version < numbers if isinstance(order, ast.Lt | ast.LtE) else None


def _guarded(tree: ast.Module) -> set[str]:
    """Return the functions that are called where their ImportError, by that name, is caught."""
    return {
        _called(call.func)
        for node in ast.walk(tree)
        if isinstance(node, ast.Try)
        and any(_catches(handler, _CAUGHT) for handler in node.handlers)
        for statement in node.body
        for call in ast.walk(statement)
        if isinstance(call, ast.Call)
    }


def _catches(handler: ast.ExceptHandler, names: set[str]) -> bool:
    return handler.type is None or any(name in names for name in _names(handler.type))


def _names(caught: ast.expr) -> Iterator[str]:
    for part in caught.elts if isinstance(caught, ast.Tuple) else [caught]:
        yield _called(part)
