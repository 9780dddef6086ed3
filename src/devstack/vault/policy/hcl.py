"""HCL (and JSON, which Vault takes as well) into plain values: names, blocks, lists, texts.

Only what policies are written in: no here documents, no interpolation, no expressions.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from devstack.vault.policy.tokens import Kind, PolicyMalformed, Token, tokens_of

Value = str | int | float | bool | list["Value"] | dict[str, "Value"]

_MOST_DEPTH = 16
"""Deeper than any policy: a text of brackets alone must not end the process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """`path "label" { … }`."""

    kind: str
    label: str
    body: Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A policy's text, read."""

    attributes: Mapping[str, Value]
    blocks: tuple[Block, ...]


def read(text: str) -> Document:
    """Read a policy's text. Raises PolicyMalformed."""
    return _from_json(text) if text.lstrip().startswith("{") else _Reader(text).document()


def _from_json(text: str) -> Document:
    try:
        found = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as wrong:
        raise PolicyMalformed("it starts as JSON and is not") from wrong
    paths: object = found.pop("path", {})
    rows = cast("list[object]", paths) if isinstance(paths, list) else [paths]
    blocks: list[Block] = []
    for row in rows:
        if not isinstance(row, dict):
            raise PolicyMalformed('"path" is an object of paths')
        for label, body in cast("dict[str, object]", row).items():
            if not isinstance(body, dict):
                raise PolicyMalformed(f"path {label!r} is an object")
            known = cast("dict[str, Value]", body)
            blocks.append(Block(kind="path", label=label, body=known))
    return Document(attributes=found, blocks=tuple(blocks))


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("twice")
    return found


@dataclass(slots=True)
class _Reader:
    text: str
    _tokens: list[Token] = field(init=False)
    _at: int = 0

    def __post_init__(self) -> None:
        self._tokens = list(tokens_of(self.text))

    def document(self) -> Document:
        attributes: dict[str, Value] = {}
        blocks: list[Block] = []
        while self._seen.kind is not Kind.END:
            name = self._name()
            if self._seen.kind is Kind.STRING:
                label = self._take().text
                blocks.append(Block(kind=name, label=label, body=self._object(1)))
            else:
                self._put(attributes, name, 1)
        return Document(attributes=attributes, blocks=tuple(blocks))

    def _object(self, depth: int) -> dict[str, Value]:
        self._sign("{")
        found: dict[str, Value] = {}
        while not self._is("}"):
            self._put(found, self._name(), depth)
            if self._is(","):
                self._take()
        self._sign("}")
        return found

    def _put(self, into: dict[str, Value], name: str, depth: int) -> None:
        line = self._seen.line
        # `name { … }` is `name = { … }`.
        if not self._is("{"):
            self._sign("=")
        value = self._value(depth)
        if name in into:
            # Which of the two holds differs between versions of Vault: neither is safe to assume.
            raise PolicyMalformed(f"line {line}: {name!r} stands twice")
        into[name] = value

    def _value(self, depth: int) -> Value:
        if depth > _MOST_DEPTH:
            raise PolicyMalformed(f"line {self._seen.line}: too deep")
        if self._is("{"):
            return self._object(depth + 1)
        if self._is("["):
            return self._list(depth + 1)
        token = self._take()
        if token.kind is Kind.STRING:
            return token.text
        if token.kind is Kind.NUMBER:
            return float(token.text) if "." in token.text else int(token.text)
        if token.text in {"true", "false"}:
            return token.text == "true"
        raise PolicyMalformed(f"line {token.line}: a value is expected")

    def _list(self, depth: int) -> list[Value]:
        self._sign("[")
        found: list[Value] = []
        while not self._is("]"):
            found.append(self._value(depth))
            if not self._is("]"):
                self._sign(",")
        self._sign("]")
        return found

    @property
    def _seen(self) -> Token:
        return self._tokens[self._at]

    def _is(self, sign: str) -> bool:
        return self._seen.kind is Kind.SIGN and self._seen.text == sign

    def _take(self) -> Token:
        token = self._seen
        # The end is never passed.
        self._at += token.kind is not Kind.END
        return token

    def _name(self) -> str:
        token = self._take()
        if token.kind not in {Kind.NAME, Kind.STRING}:
            raise PolicyMalformed(f"line {token.line}: a name is expected")
        return token.text

    def _sign(self, sign: str) -> None:
        token = self._take()
        if token.kind is not Kind.SIGN or token.text != sign:
            raise PolicyMalformed(f"line {token.line}: {sign!r} is expected")
