"""What a client says that it has seen."""

import pytest

from proxy.resume.errors import EventIdInvalid
from proxy.resume.position import Position, position_of

TURN = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


def of(header: str | None = None, query: bytes = b"") -> Position | None:
    return position_of({} if header is None else {"last-event-id": header}, query)


@pytest.mark.parametrize("number", [0, 1, 10, 999_999_999])
def test_an_id_that_we_gave_is_understood(number: int) -> None:
    position = Position(TURN, number)

    assert of(position.text) == position
    assert of(query=f"last_event_id={position.text}".encode()) == position


def test_who_has_seen_nothing_says_nothing() -> None:
    assert of() is None
    assert of("") is None
    assert of(query=b"last_event_id=") is None
    assert of(query=b"other=1") is None


def test_the_header_counts_before_the_query() -> None:
    assert of(f"{TURN}.1", f"last_event_id={TURN}.2".encode()) == Position(TURN, 1)


@pytest.mark.parametrize(
    "raw",
    [
        TURN,
        f"{TURN}.",
        f"{TURN}.01",
        f"{TURN}.-1",
        f"{TURN}.+1",
        f"{TURN}.1 ",
        f" {TURN}.1",
        f"{TURN}.1\n",
        f"{TURN}.1.2",
        f"{TURN}.1, {TURN}.2",
        f"{TURN}.1000000000",
        f"{TURN}.\u0661",
        f"{TURN.lower()}.1",
        f"{TURN[:-1]}.1",
        f"{TURN[:-1]}U.1",
        f"8{TURN[1:]}.1",
        "x",
        "../HEAD.1",
    ],
)
def test_an_id_that_we_never_gave_is_refused(raw: str) -> None:
    with pytest.raises(EventIdInvalid):
        of(raw)


@pytest.mark.parametrize(
    "query",
    [
        f"last_event_id={TURN}.1&last_event_id={TURN}.1".encode(),
        b"last_event_id=%ff",
        b"last_event_id=\xff",
        b"&".join(b"a=%d" % number for number in range(20)),
    ],
)
def test_a_query_that_is_none_is_refused(query: bytes) -> None:
    with pytest.raises(EventIdInvalid):
        of(query=query)
