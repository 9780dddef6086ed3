"""JSON text: what is read quickly is what Python's reader reads."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trust.json_text import read_json

_DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text() | st.floats(-1e9, 1e9),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(_DOCUMENTS)
def test_a_document_is_read_as_pythons_reader_reads_it(document: object) -> None:
    text = json.dumps(document).encode()
    assert read_json(text) == json.loads(text)


def test_half_a_surrogate_pair_is_read() -> None:
    """orjson refuses it; a browser sends it, and a session whose name has one must still open."""
    assert read_json(b'{"name": "\\ud83d"}') == {"name": "\ud83d"}


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"{} {}", b"\xff", b'"\xed\xa0\x80"', "{}".encode("utf-16"), b"\xef\xbb\xbf{}"],
    ids=["nothing", "torn", "two", "no-utf-8", "surrogate-bytes", "utf-16", "byte-order-mark"],
)
def test_what_is_no_json_in_utf_8_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_json(text)
