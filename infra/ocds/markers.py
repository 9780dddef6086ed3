"""Environment markers (PEP 508), decided for the target.

Pip chooses wheels for the platform that it is told, but decides markers for the Python that it runs
in: on a Mac, `sys_platform == 'darwin'` would bring packages into a zip for Linux, or miss some.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from ocds.errors import MarkerRefused

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'[^']*'|\"[^\"]*\")|(?P<bracket>[()])"
    r"|(?P<operator>~=|==|!=|<=|>=|<|>|not\s+in\b|in\b)"
    r"|(?P<word>[a-z_]+))"
)
_VERSIONS: Final = ("python_version", "python_full_version", "implementation_version")
_PATCHES: Final = ("0", "99")
"""Which patch release is run there is not ours to say: a marker has to come out alike for all."""

_RELEASE = re.compile(r"\d+(?:\.\d+)*")

_Order = Callable[[tuple[int, ...], tuple[int, ...]], bool]
_ORDER: Final[dict[str, _Order]] = {
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def holds(marker: str, environment: Mapping[str, str]) -> bool:
    """Return whether a marker is true of the target with this environment (`Target.environment`).

    Raises MarkerRefused, if it is malformed, or depends on a patch release or on a kernel.
    """
    python = environment["python_version"]
    answers = {
        _Reading(marker, {**environment, **_full(f"{python}.{patch}")}).answer()
        for patch in _PATCHES
    }
    if len(answers) > 1:
        raise MarkerRefused(
            f"the marker {marker!r} depends on the patch release of Python {python}, which whoever "
            "runs it chooses. Lock a version of the package without such a marker."
        )
    return answers.pop()


def _full(version: str) -> dict[str, str]:
    return {"python_full_version": version, "implementation_version": version}


class _Reading:
    """One pass over a marker, by the grammar of PEP 508: `or` of `and`s of comparisons."""

    def __init__(self, marker: str, environment: Mapping[str, str]) -> None:
        self._marker = marker
        self._environment = environment
        self._tokens = self._split()
        self._at = 0

    def answer(self) -> bool:
        answer = self._any()
        if self._at < len(self._tokens):
            raise self._malformed()
        return answer

    def _split(self) -> list[tuple[str, str]]:
        tokens: list[tuple[str, str]] = []
        text = self._marker.strip()
        while text:
            found = _TOKEN.match(text)
            if found is None or found.lastgroup is None:
                raise self._malformed()
            tokens.append((found.lastgroup, " ".join(found[found.lastgroup].split())))
            text = text[found.end() :].lstrip()
        return tokens

    def _any(self) -> bool:
        answer = self._all()
        while self._takes("word", "or"):
            answer = self._all() or answer
        return answer

    def _all(self) -> bool:
        answer = self._one()
        while self._takes("word", "and"):
            answer = self._one() and answer
        return answer

    def _one(self) -> bool:
        if self._takes("bracket", "("):
            answer = self._any()
            if not self._takes("bracket", ")"):
                raise self._malformed()
            return answer
        name, left = self._value()
        operator = self._next("operator")
        other, right = self._value()
        if (name in _VERSIONS or other in _VERSIONS) and operator not in {"in", "not in"}:
            return self._ordered(left, operator, right)
        return self._alike(left, operator, right)

    def _value(self) -> tuple[str, str]:
        """Return the variable's name, or "", and the value."""
        if self._at < len(self._tokens) and self._tokens[self._at][0] == "text":
            return "", self._next("text")[1:-1]
        name = self._next("word")
        if name not in self._environment:
            raise MarkerRefused(
                f"the marker {self._marker!r} asks for {name}, which nobody knows of a machine "
                "that is yet to run. Lock a version of the package without it."
            )
        return name, self._environment[name]

    def _alike(self, left: str, operator: str, right: str) -> bool:
        answers = {"in": left in right, "not in": left not in right}
        answers |= {"==": left == right, "!=": left != right}
        if operator not in answers:
            raise self._malformed()
        return answers[operator]

    def _ordered(self, left: str, operator: str, right: str) -> bool:
        if right.endswith(".*") and operator in {"==", "!="}:
            begins = _release(left, self)[: right.count(".")] == _release(right[:-2], self)
            return begins if operator == "==" else not begins
        if operator == "~=":
            *but_last, _ = _release(right, self)
            same = _release(left, self)[: len(but_last)] == tuple(but_last)
            return same and self._ordered(left, ">=", right)
        length = max(left.count("."), right.count(".")) + 1
        padded = [
            (*part, *[0] * (length - len(part)))
            for part in (_release(left, self), _release(right, self))
        ]
        return _ORDER[operator](padded[0], padded[1])

    def _takes(self, kind: str, text: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at] == (kind, text):
            self._at += 1
            return True
        return False

    def _next(self, kind: str) -> str:
        if self._at == len(self._tokens) or self._tokens[self._at][0] != kind:
            raise self._malformed()
        self._at += 1
        return self._tokens[self._at - 1][1]

    def malformed_version(self) -> MarkerRefused:
        return self._malformed()

    def _malformed(self) -> MarkerRefused:
        return MarkerRefused(f"the environment marker {self._marker!r} cannot be read (PEP 508)")


def _release(version: str, reading: _Reading) -> tuple[int, ...]:
    if _RELEASE.fullmatch(version) is None:
        raise reading.malformed_version()
    return tuple(int(part) for part in version.split("."))
