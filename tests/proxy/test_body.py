"""Bodies: how large, how slow, and of what form they may be."""

import asyncio
import json
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message, Receive

from fakes.proxy.asgi import Exchange, exchange
from proxy import body as body_module
from proxy.body import ClientGone, asks, first_words, parse_object, peek_object, read_body
from proxy.errors import BodyForbidden, BodyNotJson, BodyTimeout, BodyTooLarge
from proxy.request import Request
from proxy.whole import Whole

LIMIT = 10
Reader = Callable[[bytes], Mapping[str, object]]
READERS = (parse_object, peek_object)


async def read(sent: Exchange, **headers: str) -> bytes:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return await read_body(asking(sent.receive, given), limit=LIMIT)


def asking(receive: Receive, headers: Mapping[str, str], whole: Whole | None = None) -> Request:
    async def nobody(_: Message) -> None: ...

    return Request("POST", "/", headers, (), "1", receive, nobody, whole=whole)


def request(*parts: bytes, complete: bool = True) -> Exchange:
    return exchange("POST", "/", body=parts, complete=complete)


async def test_a_body_of_just_the_limit_is_read() -> None:
    assert await read(request(b"x" * LIMIT), content_length=str(LIMIT)) == b"x" * LIMIT


async def test_a_body_in_pieces_is_put_together() -> None:
    assert await read(request(b"ab", b"", b"cde")) == b"abcde"


async def test_an_empty_body_is_empty() -> None:
    assert await read(request(b"")) == b""


async def test_one_byte_more_than_the_limit_is_refused() -> None:
    with pytest.raises(BodyTooLarge):
        await read(request(b"x" * (LIMIT + 1)))


async def test_one_byte_more_is_refused_in_whatever_pieces_it_comes() -> None:
    sent = request(*[b"x"] * (LIMIT + 1), b"never read")

    with pytest.raises(BodyTooLarge):
        await read(sent)

    assert sent.parts == [b"never read"]


async def test_an_announced_surplus_is_refused_before_a_byte_is_read() -> None:
    sent = request(b"x")

    with pytest.raises(BodyTooLarge):
        await read(sent, content_length=str(LIMIT + 1))

    assert sent.parts == [b"x"]


async def test_a_body_longer_than_it_announced_is_counted_all_the_same() -> None:
    with pytest.raises(BodyTooLarge):
        await read(request(b"x" * (LIMIT + 1)), content_length="1")


@pytest.mark.parametrize("length", ["", "-1", "1, 1", "0x5", "five", "1e9"])
async def test_a_length_that_is_none_leaves_the_bytes_to_be_counted(length: str) -> None:
    assert await read(request(b"abc"), content_length=length) == b"abc"


async def test_an_endless_length_is_a_body_too_large() -> None:
    with pytest.raises(BodyTooLarge):
        await read(request(b"abc"), content_length="9" * 5000)


async def test_a_body_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_module, "BODY_TIMEOUT_S", 0.01)

    with pytest.raises(BodyTimeout):
        await read(request(b"abc", complete=False))


async def test_a_body_that_drips_is_given_up_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_module, "BODY_TIMEOUT_S", 0.01)

    async def drip() -> dict[str, object]:
        await asyncio.sleep(0)
        return {"type": "http.request", "body": b"", "more_body": True}

    with pytest.raises(BodyTimeout):
        await read_body(asking(drip, {}), limit=LIMIT)


class Here:
    """A server that has the whole body, or has not."""

    def __init__(self, body: bytes | None) -> None:
        self._body = body

    def whole_body(self) -> bytes | None:
        """Return it."""
        return self._body

    def send_whole(self, status: int, headers: Mapping[str, str], body: bytes) -> bool:
        """Do nothing: nothing is answered here."""
        raise NotImplementedError(status, headers, body)

    def begin(self, status: int, headers: Mapping[str, str]) -> bool:
        """Do nothing, either."""
        raise NotImplementedError(status, headers)

    takes_parts = False

    def send_part(self, body: bytes) -> None:
        """Nor here."""
        raise NotImplementedError(body)


async def test_a_body_that_is_here_is_not_asked_for() -> None:
    async def never() -> Message:
        raise AssertionError("asked for")

    assert await read_body(asking(never, {}, Here(b"abc")), limit=LIMIT) == b"abc"


async def test_a_body_that_is_not_all_here_is_asked_for() -> None:
    sent = request(b"ab", b"cde")

    assert await read_body(asking(sent.receive, {}, Here(None)), limit=LIMIT) == b"abcde"


async def test_a_body_that_is_here_is_held_to_the_same_limit() -> None:
    sent = request(b"")

    assert await read_body(asking(sent.receive, {}, Here(b"x" * LIMIT)), limit=LIMIT)
    with pytest.raises(BodyTooLarge):
        await read_body(asking(sent.receive, {}, Here(b"x" * (LIMIT + 1))), limit=LIMIT)


async def test_a_client_that_goes_away_ends_the_reading() -> None:
    sent = request(b"abc", complete=False)
    sent.leave()

    with pytest.raises(ClientGone):
        await read(sent)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"hello", id="text"),
        pytest.param(b"{'a': 1}", id="single quotes"),
        pytest.param(b'{"a": 1', id="unfinished"),
        pytest.param(b'{"a": 1} {"b": 2}', id="two"),
        pytest.param(b'{"a": 1}\x0b', id="another white space behind it"),
        pytest.param(b'\xc2\xa0{"a": 1}', id="another white space before it"),
        pytest.param(b'\xef\xbb\xbf{"a": 1}', id="byte order mark"),
        pytest.param(b" \n", id="white space"),
        pytest.param(b"[]", id="array"),
        pytest.param(b'"text"', id="string"),
        pytest.param(b"null", id="null"),
        pytest.param(b"1", id="number"),
        pytest.param(b"\xff\xfe\xfd", id="bytes"),
        pytest.param(b'{"a": "\xff"}', id="no UTF-8"),
        pytest.param(b'{"a": ' + b"9" * 5000 + b"}", id="endless number"),
        pytest.param(b'{"a": ' * 100_000 + b"1" + b"}" * 100_000, id="deep objects"),
        pytest.param(b"[" * 500_000, id="deep arrays"),
    ],
)
@pytest.mark.parametrize("read_as", READERS)
def test_what_is_no_json_object_is_refused(read_as: Reader, body: bytes) -> None:
    with pytest.raises(BodyNotJson):
        read_as(body)


@pytest.mark.parametrize("read_as", READERS)
def test_an_object_is_read(read_as: Reader) -> None:
    assert read_as(b'{"prompt": "hi", "state": {"a": [1]}}')["prompt"] == "hi"


@pytest.mark.parametrize("read_as", READERS)
def test_white_space_around_an_object_is_no_part_of_it(read_as: Reader) -> None:
    assert read_as(b' \t\r\n{"a": 1} \t\r\n') == {"a": 1}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"prompt": "cut \\ud83d"}', id="half a surrogate pair"),
        pytest.param(b'{"prompt": "hi", "a": NaN}', id="no number"),
        pytest.param(b'{"prompt": "hi", "a": 1e999}', id="a number beyond all"),
        pytest.param(b'{"prompt": "hi", "a": %b1%b}' % (b"[" * 500, b"]" * 500), id="deep"),
        pytest.param(b'{"prompt": "hi", "prompt": "ho"}', id="a member twice"),
    ],
)
def test_what_only_one_of_two_readers_takes_is_looked_at_as_it_is_read(body: bytes) -> None:
    assert repr(peek_object(body)) == repr(parse_object(body))


def outcome(read_as: Reader, body: bytes) -> object:
    try:
        return read_as(body)
    except (BodyNotJson, BodyForbidden) as error:
        return error.code


@given(
    st.dictionaries(st.text(max_size=5), st.none() | st.booleans() | st.floats(0, 1) | st.text()),
    st.integers(0, 60),
    st.binary(max_size=3),
)
def test_a_body_that_was_damaged_is_looked_at_as_it_is_read(
    members: dict[str, object], at: int, damage: bytes
) -> None:
    whole = json.dumps(members, ensure_ascii=False).encode("utf-8", "surrogatepass")
    body = whole[:at] + damage + whole[at + 1 :]

    assert repr(outcome(peek_object, body)) == repr(outcome(parse_object, body))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"_agent_core_app_action": "list_jobs"}', id="plain"),
        pytest.param(b'{"prompt": "hi", "_agent_core_app_action": null}', id="null"),
        pytest.param(b'{"\\u005fagent_core_app_action": 1}', id="escaped"),
        pytest.param(b'{"_agent_core_app_action": 1, "_agent_core_app_action": 2}', id="twice"),
    ],
)
@pytest.mark.parametrize("read_as", READERS)
def test_the_sdks_remote_control_is_refused(read_as: Reader, body: bytes) -> None:
    with pytest.raises(BodyForbidden):
        read_as(body)


@given(st.dictionaries(st.text(max_size=5), st.none() | st.booleans() | st.integers() | st.text()))
def test_every_other_object_is_read_as_it_is(members: dict[str, object]) -> None:
    assert parse_object(json.dumps(members).encode()) == members


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"prompt": "hello"}, "hello"),
        ({"prompt": 7}, ""),
        ({"messages": [{"role": "user", "content": "first"}]}, "first"),
        (
            {
                "messages": [
                    {"role": "user", "content": "first"},
                    {"role": "user", "content": "last"},
                    {"role": "assistant", "content": "answer"},
                ]
            },
            "last",
        ),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, ""),
        ({"messages": ["user", None, 7, {"role": "user"}]}, ""),
        ({"messages": {"role": "user", "content": "no list"}}, ""),
        ({"messages": None}, ""),
        ({}, ""),
    ],
)
def test_a_persons_words_are_found_where_they_stand(members: dict[str, object], words: str) -> None:
    assert first_words(members) == words


@pytest.mark.parametrize(
    ("members", "asked"),
    [
        ({}, False),
        ({"messages": []}, False),
        ({"messages": [], "threadId": "t"}, False),
        ({"messages": [{"role": "user", "content": "hi"}]}, True),
        ({"prompt": "hi"}, True),
        ({"input": {"file": "x"}}, True),
    ],
)
def test_a_body_without_any_message_asks_nothing(members: dict[str, object], asked: bool) -> None:  # noqa: FBT001 a parameter of the test
    assert asks(members) is asked
