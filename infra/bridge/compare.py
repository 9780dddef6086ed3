"""What differs between two configurations, named by path."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from bridge.ports import Members

_SHOWN_MAXIMUM = 120
# Lists of plain values are sets to the API, and come back in any order; but not these.
_ORDERED = frozenset({"entryPoint"})
_KEYS = ("name", "key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A value that is another than it should be; None for "there is none"."""

    path: str
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"{self.path}: {_shown(self.before)} → {_shown(self.after)}"


def missing(wanted: Any, got: Any, path: str) -> Iterator[Difference]:
    """Yield what is wanted and not got; what is got beyond that is the API's default."""
    yield from _compare(wanted, got, path, exact=False)


def changed(before: Any, after: Any, path: str = "") -> Iterator[Difference]:
    """Yield every difference, with the later state as `after`."""
    for difference in _compare(before, after, path, exact=True):
        yield Difference(path=difference.path, before=difference.after, after=difference.before)


def _compare(wanted: Any, got: Any, path: str, *, exact: bool) -> Iterator[Difference]:
    if isinstance(wanted, dict) and isinstance(got, dict):
        yield from _structures(cast("Members", wanted), cast("Members", got), path, exact=exact)
    elif isinstance(wanted, list) and isinstance(got, list):
        entries = cast("list[object]", wanted), cast("list[object]", got)
        yield from _lists(*entries, path, exact=exact)
    elif not _same(wanted, got):
        yield Difference(path=path, before=got, after=wanted)


def _structures(wanted: Members, got: Members, path: str, *, exact: bool) -> Iterator[Difference]:
    names = sorted(wanted.keys() | got.keys()) if exact else sorted(wanted)
    for name in names:
        inner = f"{path}.{name}" if path else name
        yield from _compare(wanted.get(name), got.get(name), inner, exact=exact)


def _lists(wanted: list[Any], got: list[Any], path: str, *, exact: bool) -> Iterator[Difference]:
    for key in _KEYS:
        if _keyed(wanted, key) and _keyed(got, key):
            # Taking one away is always a difference: a list is wanted whole.
            left = {entry[key]: entry for entry in wanted}
            right = {entry[key]: entry for entry in got}
            for name in sorted(left.keys() | right.keys()):
                inner = f"{path}[{name}]"
                yield from _compare(left.get(name), right.get(name), inner, exact=exact)
            return
    if len(wanted) == len(got) and all(isinstance(entry, dict) for entry in [*wanted, *got]):
        for number, (one, other) in enumerate(zip(wanted, got, strict=True)):
            yield from _compare(one, other, f"{path}[{number}]", exact=exact)
    elif not _same_list(wanted, got, path):
        yield Difference(path=path, before=got, after=wanted)


def _keyed(entries: list[Any], key: str) -> bool:
    names = [
        cast("Members", entry).get(key) if isinstance(entry, dict) else None for entry in entries
    ]
    return bool(names) and None not in names and len(set(names)) == len(names)


def _same_list(wanted: list[Any], got: list[Any], path: str) -> bool:
    if path.rpartition(".")[2] in _ORDERED:
        return wanted == got
    return sorted(wanted, key=repr) == sorted(got, key=repr)


def _same(wanted: Any, got: Any) -> bool:
    # To the API, an empty text, list or structure is the same as none.
    if wanted in ("", [], {}, None) and got in ("", [], {}, None):
        return True
    return (type(wanted) is type(got) and wanted == got) or _same_number(wanted, got)


def _same_number(wanted: Any, got: Any) -> bool:
    numbers = (int, float)
    if isinstance(wanted, bool) or isinstance(got, bool):
        return False
    return isinstance(wanted, numbers) and isinstance(got, numbers) and wanted == got


def _shown(value: Any) -> str:
    if value is None:
        return "(none)"
    text = repr(value)
    return text if len(text) <= _SHOWN_MAXIMUM else text[: _SHOWN_MAXIMUM - 1] + "…"
