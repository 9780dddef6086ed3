"""Marshalled code whose bytes follow from the code alone.

Three things that `marshal` writes depend on what else the compiling process has done: the mark of
an object that may be referred to (it counts who holds it), whether a text is interned (another
module may have interned the same), and the order of a frozenset's members (by bytes with those
marks in them). So what it wrote is read, and written anew: equal objects once, referred to from
then on; marks where there is a reference and nowhere else; texts interned that look like names.
The format is `Python/marshal.c` of 3.10 to 3.14.

This runs in the target's interpreter, which may be older than the builder's.
"""

import re
import struct

_FLAG = 0x80
_NOTHING = frozenset(b"0NFTS.")
_FIXED = {ord("i"): 4, ord("I"): 8, ord("g"): 8, ord("y"): 16}
_LONG_TEXT = frozenset(b"stuaA")
_SHORT_TEXT = frozenset(b"zZ")
_LONG_GROUP = frozenset(b"(>")
_FROZENSET = ord(">")
_CODE_OBJECTS = {False: (6, 8, 1), True: (5, 8, 2)}
"""Of a code object: numbers before, objects before the line number, objects after it."""


_PLAIN = {ord("t"): ord("u"), ord("A"): ord("a"), ord("Z"): ord("z")}
_INTERNED = {ord("a"): ord("A"), ord("z"): ord("Z")}
_NAME = re.compile(rb"[A-Za-z0-9_]*")
_LENGTH = {ord("a"): 4, ord("z"): 1}
"""Bytes of a text's length, which stand before it."""


class Malformed(Exception):
    """It is not marshalled code as 3.10 to 3.14 write it."""


class Node:
    """One object: its type, its own bytes, and what it holds.

    Attributes: `kind` the type's byte; `head` and `tail` its own bytes before and between what it
    holds; `held` the objects; `split` how many of them come before `tail`.
    """

    __slots__ = ("head", "held", "kind", "split", "tail")

    def __init__(self, kind: int, head: bytes = b"") -> None:
        self.kind = kind
        self.head = head
        self.tail = b""
        self.held: list[Node] = []
        self.split = -1


def canonical(data: bytes, version: tuple[int, int]) -> bytes:
    """Return the same object, marshalled with no mark that is not referred to. Raises Malformed."""
    reading = _Reading(data, _CODE_OBJECTS[version >= (3, 11)])
    try:
        node = reading.node()
    except (IndexError, struct.error) as error:
        raise Malformed(str(error)) from error
    if reading.at != len(data):
        raise Malformed("there is something after it")
    return _Writing(node).written()


class _Reading:
    def __init__(self, data: bytes, shape: tuple[int, int, int]) -> None:
        self._data = data
        self._shape = shape
        self._marked: list[Node] = []
        self.at = 0

    def node(self) -> Node:
        kind = self._data[self.at]
        self.at += 1
        if kind == ord("r"):
            return self._marked[self._number()]
        node = Node(kind & ~_FLAG)
        if kind & _FLAG:
            self._marked.append(node)
        self._fill(node)
        return node

    def _fill(self, node: Node) -> None:
        kind = node.kind
        if kind in _NOTHING:
            return
        if kind in _FIXED:
            node.head = self._take(_FIXED[kind])
        elif kind in _SHORT_TEXT:
            node.head = self._take(1 + self._data[self.at])
        elif kind in _LONG_TEXT:
            node.head = self._take(4 + self._length())
        elif kind == ord("l"):
            node.head = self._take(4 + 2 * abs(self._peek()))
        else:
            self._fill_group(node)

    def _fill_group(self, node: Node) -> None:
        kind = node.kind
        if kind == ord(")"):
            node.head = self._take(1)
            self._hold(node, node.head[0])
        elif kind in _LONG_GROUP:
            number = self._length()
            node.head = self._take(4)
            self._hold(node, number)
        elif kind == ord(":"):
            self._hold(node, 3)
        elif kind == ord("c"):
            numbers, before, after = self._shape
            node.head = self._take(4 * numbers)
            self._hold(node, before)
            node.split = before
            node.tail = self._take(4)
            self._hold(node, after)
        else:
            raise Malformed(f"type {chr(kind)!r} at {self.at}")

    def _hold(self, node: Node, number: int) -> None:
        for _ in range(number):
            node.held.append(self.node())

    def _length(self) -> int:
        length = self._peek()
        if length < 0:
            raise Malformed(f"a length of {length} at {self.at}")
        return length

    def _peek(self) -> int:
        return int(struct.unpack_from("<i", self._data, self.at)[0])

    def _number(self) -> int:
        return int(struct.unpack("<i", self._take(4))[0])

    def _take(self, length: int) -> bytes:
        taken = self._data[self.at : self.at + length]
        if len(taken) != length:
            raise Malformed(f"it breaks off at {self.at}")
        self.at += length
        return taken


class _Writing:
    def __init__(self, root: Node) -> None:
        self._equal: dict[tuple[object, ...], Node] = {}
        self._settled: dict[int, Node] = {}
        self._seen: dict[int, int] = {}
        self._numbers: dict[int, int] = {}
        self._out: list[bytes] = []
        self._root = self._settle(root)
        self._count(self._root)

    def written(self) -> bytes:
        self._write(self._root)
        return b"".join(self._out)

    def _settle(self, node: Node) -> Node:
        """Return the one node that stands for all that equal this one."""
        known = self._settled.get(id(node))
        if known is not None:
            return known
        node.kind = _settled_kind(node)
        node.held = [self._settle(held) for held in node.held]
        if node.kind == _FROZENSET:
            node.held.sort(key=_alone)
        key = (node.kind, node.head, node.tail, *map(id, node.held))
        settled = self._equal.setdefault(key, node)
        self._settled[id(node)] = settled
        return settled

    def _count(self, node: Node) -> None:
        times = self._seen.get(id(node), 0)
        self._seen[id(node)] = times + 1
        if times == 0:
            for held in node.held:
                self._count(held)

    def _write(self, node: Node) -> None:
        number = self._numbers.get(id(node))
        if number is not None:
            self._out.append(b"r" + struct.pack("<i", number))
            return
        mark = 0
        if self._seen[id(node)] > 1 and node.kind not in _NOTHING:
            self._numbers[id(node)] = len(self._numbers)
            mark = _FLAG
        self._out.append(bytes([node.kind | mark]) + node.head)
        for index, held in enumerate(node.held):
            if index == node.split:
                self._out.append(node.tail)
            self._write(held)


def _settled_kind(node: Node) -> int:
    kind = _PLAIN.get(node.kind, node.kind)
    if kind in _LENGTH and _NAME.fullmatch(node.head, _LENGTH[kind]):
        return _INTERNED[kind]
    return kind


def _alone(node: Node) -> bytes:
    """Return a member's bytes with neither marks nor references: an order that only it decides."""
    return bytes([node.kind]) + node.head + b"".join(_alone(held) for held in node.held)
