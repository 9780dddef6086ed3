"""Answers of an upstream that says two things at once, or what nobody asked for."""

import gzip

import pytest

from fakes.proxy.asgi import problem_of
from fakes.proxy.browser import Browser
from fakes.proxy.house import House
from fakes.proxy.runtime import EVENTS, JSON, Play, answers, refuses
from fakes.proxy.served import asking, served
from fakes.proxy.wire import Call, Headers

EVENT = b"data: 1\n\n"
ERROR = b'data: {"error": "Traceback of the agent"}\n\n'


@pytest.mark.parametrize("kind", [EVENTS, JSON], ids=["events", "JSON"])
@pytest.mark.parametrize("coding", ["gzip", "identity, gzip", "br"])
async def test_an_answer_in_a_coding_that_nobody_asked_for_is_no_answer(
    house: House, alice: Browser, kind: Headers, coding: str
) -> None:
    """Nobody could see an agent's error in it, and the browser could not read it."""
    compressed = gzip.compress(ERROR)
    house.runtime.script = [answers(compressed, headers=[*kind, ("Content-Encoding", coding)])]

    answer = await alice.say("hello")

    assert (answer.status, problem_of(answer)["code"]) == (502, "agent_failed")
    assert compressed not in answer.body


@pytest.mark.parametrize("kind", ["text/event-stream", "application/json", "text/plain"])
@pytest.mark.parametrize(
    "said",
    [
        "charset=utf-16",
        'Charset = "UTF16-LE"',
        "charset=utf-32be",
        "charset=utf_16",
        "charset=U16",
        "charset=utf-7",
        "charset=csUnicode",
        "charset=unicodefffe",
        "charset=iso-10646-ucs-2",
        "charset=utf-8; charset=utf-16",
    ],
)
async def test_an_answer_in_an_encoding_that_hides_its_ascii_is_no_answer(
    house: House, alice: Browser, kind: str, said: str
) -> None:
    """As above: Python's clients decode by it, and find the error."""
    wide = ERROR.decode().encode("utf-16")
    house.runtime.script = [answers(wide, headers=[("Content-Type", f"{kind}; {said}")])]

    answer = await alice.say("hello")

    assert (answer.status, problem_of(answer)["code"]) == (502, "agent_failed")
    assert wide not in answer.body


@pytest.mark.parametrize(
    "charset", ["utf-8", "UTF8", "iso-8859-1", "us-ascii", "unicode-1-1-utf-8"]
)
async def test_an_answer_in_an_encoding_that_keeps_ascii_passes(
    house: House, alice: Browser, charset: str
) -> None:
    kind = ("Content-Type", f"application/json; charset={charset}")
    house.runtime.script = [answers(b"{}", headers=[kind])]

    assert (await alice.say("hello")).body == b"{}"


async def test_the_identity_is_no_coding(house: House, alice: Browser) -> None:
    house.runtime.script = [answers(b"{}", headers=[*JSON, ("Content-Encoding", "Identity")])]

    assert (await alice.say("hello")).body == b"{}"


async def test_a_length_is_not_told_of_what_may_become_shorter(
    house: House, alice: Browser
) -> None:
    """A server that is told too much can only break the answer off."""
    insides = b"data: \"{'agent': <strands.agent.agent.Agent object at 0x7f4db1750710>}\"\n\n"
    house.runtime.script = [answers(insides + EVENT, headers=[("Content-Type", "text/plain")])]

    async with served(house) as running, asking(running, alice) as answer:
        assert await answer.aread() == EVENT


@pytest.mark.parametrize("kind", ["application/octet-stream", "text/plain", "image/png"])
@pytest.mark.parametrize("file", [b"", b"dat", b"\n\n", b"{}", b"\x89PNG" * 100_000])
async def test_the_length_of_a_file_is_told(
    house: House, alice: Browser, kind: str, file: bytes
) -> None:
    """Else nobody sees how far a download is, nor clients of HTTP/1.0 that it was torn."""
    house.runtime.script = [answers(file, headers=[("Content-Type", kind)])]

    async with served(house) as running, asking(running, alice) as answer:
        assert answer.headers.get("content-length") == str(len(file))
        assert await answer.aread() == file


def says_no_content(length: bytes) -> Play:
    """Answer 204, and say how much of nothing there is."""

    async def play(call: Call) -> None:
        call.send(b"HTTP/1.1 204 No Content\r\nContent-Length: %b\r\n\r\n" % length)

    return play


async def test_no_content_has_no_length(house: House, alice: Browser) -> None:
    """Whoever announces bytes of it leaves a browser, or whatever is before us, waiting."""
    house.runtime.script = [says_no_content(b"99")]

    answer = await alice.say("hello")

    assert (answer.status, answer.header("content-length"), answer.body) == (204, None, b"")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("7", "7"),
        ("0000000000120", "120"),
        ("0", "0"),
        ("99999999999999999999", "3600"),
        ("-5", "5"),
        ("1e9", "5"),
        ("Wed, 21 Oct 2099 07:28:00 GMT", "5"),
        ("\xb2", "5"),
    ],
)
async def test_a_wait_that_is_asked_for_is_told_within_bounds(
    house: House, alice: Browser, said: str, told: str
) -> None:
    house.runtime.script = [refuses(429, headers=[("Retry-After", said)])]

    answer = await alice.say("hello")

    assert (answer.status, answer.header("retry-after")) == (429, told)
