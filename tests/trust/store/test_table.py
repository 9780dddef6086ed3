"""Reading attributes of a row."""

import pytest

from contracts.rows import row
from trust.store.table import RowMalformed

ITEM = row(text="words", number=7, octets=b"\x00")


def test_an_attribute_is_read_by_its_kind() -> None:
    assert (ITEM.text("text"), ITEM.number("number"), ITEM.octets("octets")) == (
        "words",
        7,
        b"\x00",
    )


@pytest.mark.parametrize("name", ["number", "octets", "missing"])
def test_what_is_no_text_is_malformed(name: str) -> None:
    with pytest.raises(RowMalformed, match=f"no text {name}"):
        ITEM.text(name)


@pytest.mark.parametrize("name", ["text", "octets", "missing"])
def test_what_is_no_number_is_malformed(name: str) -> None:
    with pytest.raises(RowMalformed, match=f"no number {name}"):
        ITEM.number(name)


@pytest.mark.parametrize("name", ["text", "number", "missing"])
def test_what_is_no_bytes_is_malformed(name: str) -> None:
    with pytest.raises(RowMalformed, match=f"no bytes {name}"):
        ITEM.octets(name)
