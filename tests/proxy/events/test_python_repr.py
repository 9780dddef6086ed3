"""What can be read of a dictionary's repr, up to the first thing that is no literal."""

import datetime as dt
import uuid
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.events.python_repr import members_of

literals = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.binary(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.text(max_size=4), literals, max_size=4))
def test_a_dictionary_of_literals_is_read_whole(members: dict[str, Any]) -> None:
    assert members_of(repr(members)) == members


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.text(max_size=4), literals, min_size=1, max_size=4), literals)
def test_what_stands_before_an_object_is_read(members: dict[str, Any], later: object) -> None:
    thing = object()
    keys = {"agent": thing, "id": uuid.UUID(int=1), "at": dt.date(2026, 1, 1)}

    for name, value in keys.items():
        whole = {**{f"k{key}": member for key, member in members.items()}, name: value, "z": later}

        assert members_of(repr(whole)) == {f"k{key}": member for key, member in members.items()}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "}",
        "{'a'",
        "{'a': ",
        "{'a': <object>}",
        "[1]",
        "'x'",
        "{1, 2}",
        "{'a': 1 2}",
        "{'a': 1-'x', }",
        "{'a', 'b': 1}",
        "{[1]: 2}",
        r"{'a': '\d'}",
        r"{'a': '\N{DIGIT ONE}'}",
        r"{'a': '\Uffffffff'}",
        "{'a': 0777}",
        "{'a': 1e}",
        "{" * 50,
        "{'a': " + "[" * 50 + "]" * 50 + "}",
        "{'a': '" + "\\" * 70_000,
        "__import__('os').system('x')",
    ],
)
def test_what_is_no_such_dictionary_has_no_members(text: str) -> None:
    assert members_of(text) == {}


def test_only_names_that_are_strings_count() -> None:
    assert members_of("{1: 2, 'a': 3}") == {"a": 3}


def test_a_member_that_is_too_deep_ends_what_is_read() -> None:
    assert members_of("{'a': 1, 'b': " + "[" * 500 + "]" * 500 + "}") == {"a": 1}


def test_only_the_beginning_of_a_long_one_is_read() -> None:
    assert members_of(repr({"data": "x", "messages": ["y" * 1_000_000]})) == {"data": "x"}
