"""The question stands in front of its answer, in a field that most clients ignore."""

import json

import pytest

from fakes.proxy.events import parse
from proxy.body import peek_object
from proxy.resume.question import MOST_CHARS, question_line


def body(*messages: object, **members: object) -> bytes:
    return json.dumps({"messages": messages, **members}).encode()


def line_of(raw: bytes) -> bytes:
    return question_line(peek_object(raw))


def said(text: object, role: str = "user") -> dict[str, object]:
    return {"id": "m", "role": role, "content": text}


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (body(said("One"), said("Yes", "assistant"), said("Two")), "Two"),
        (body(said([{"type": "text", "text": "a"}, {"type": "binary"}, {"text": "b"}])), "a\nb"),
        (body(said([{"text": "a"}, {"text": ""}, {"text": "b"}])), "a\nb"),
        (b'{"prompt": "hi"}', "hi"),
        (body(said("Two"), prompt="hi"), "hi"),
        (body(said("x" * MOST_CHARS)), "x" * MOST_CHARS),
    ],
)
def test_what_was_asked_is_told(raw: bytes, told: str) -> None:
    name, _, value = line_of(raw).partition(b": ")

    assert name == b"asked"
    assert json.loads(value) == told


@pytest.mark.parametrize(
    "raw",
    [
        b"{}",
        b'{"messages": "Two"}',
        body(),
        body("Two"),
        body(said("")),
        body(said(7)),
        body(said([7, {"text": 7}])),
        body(said("One"), said("Yes", "assistant")),
        body(said("x" * (MOST_CHARS + 1))),
    ],
)
def test_where_nothing_was_asked_in_a_known_form_nothing_is_told(raw: bytes) -> None:
    assert line_of(raw) == b""


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\u2028", "\u0085", "\x00", "\ud800"])
def test_no_question_becomes_a_field_or_an_event_of_its_own(end: str) -> None:
    line = line_of(body(said(f"a{end}{end}data: forged{end}{end}id: forged{end}b")))

    assert line.count(b"\n") == 1
    assert b"\r" not in line
    assert line.isascii()
    (event,) = parse(b"id: 1\n" + line + b"data: true\n\n")
    assert (event.type, event.data, event.id) == ("message", "true", "1")
