"""The beginning of a streamed answer."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devstack.runtime_api.prelude import parse_prelude
from proxy.lambda_stream.event import Form
from proxy.lambda_stream.prelude import DELIMITER, LONGEST, PreludeTooLong, prelude

TWICE = [(b"X-One", b"1"), (b"x-one", b"2"), (b"x-two", b"a"), (b"Set-Cookie", b"c=1; Path=/")]


def members(headers: list[tuple[bytes, bytes]], form: Form = Form.REST) -> dict[str, object]:
    written = prelude(200, headers, form)
    assert written.endswith(DELIMITER)
    found: dict[str, object] = json.loads(written.removesuffix(DELIMITER))
    return found


def test_a_header_that_comes_twice_is_written_where_a_rest_api_reads_both() -> None:
    assert members(TWICE) == {
        "statusCode": 200,
        "headers": {"x-two": "a"},
        "multiValueHeaders": {"x-one": ["1", "2"]},
        "cookies": ["c=1; Path=/"],
    }


def test_an_http_api_reads_one_value_for_each_header() -> None:
    assert members(TWICE, Form.HTTP) == {
        "statusCode": 200,
        "headers": {"x-one": "1, 2", "x-two": "a"},
        "cookies": ["c=1; Path=/"],
    }


@pytest.mark.parametrize(
    "name", [b"Content-Length", b"transfer-encoding", b"Connection", b"keep-alive", b"upgrade"]
)
def test_what_belongs_to_one_connection_is_not_passed_on(name: bytes) -> None:
    assert members([(name, b"1")])["headers"] == {}


def test_the_longest_head_that_is_read_is_written_and_a_longer_one_is_not() -> None:
    room = LONGEST - len(prelude(200, [(b"x", b"")], Form.REST))

    assert len(prelude(200, [(b"x", b"a" * room)], Form.REST)) == LONGEST
    with pytest.raises(PreludeTooLong):
        prelude(200, [(b"x", b"a" * (room + 1))], Form.REST)


@given(
    status=st.integers(200, 599),
    headers=st.lists(st.tuples(st.binary(min_size=1, max_size=8), st.binary(max_size=20))),
    form=st.sampled_from(Form),
)
def test_no_header_can_hold_the_delimiter(
    status: int, headers: list[tuple[bytes, bytes]], form: Form
) -> None:
    written = prelude(status, headers, form)

    assert b"\0" not in written.removesuffix(DELIMITER)
    assert parse_prelude(written.removesuffix(DELIMITER)).status == status
