"""Session ids and the cookie's value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.login import new_session, ticket_of
from trust.coordinates import TenantId
from trust.secret import Secret
from trust.session.ids import Ticket, hash_of, new_session_id, parse_ticket

SUBJECT = "a_b-cdefghijklmnopqrst"
ID = "A" * 43


def test_a_session_id_is_256_bits_that_nobody_has_seen() -> None:
    ids = {new_session_id().reveal() for _ in range(100)}

    assert len(ids) == 100
    assert {len(value) for value in ids} == {43}


def test_the_store_s_name_of_a_session_is_the_sha_256_of_its_id() -> None:
    # FIPS 180-4: SHA-256("abc"), in base64url.
    assert hash_of(Secret("abc")) == "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"


def test_a_ticket_is_read_as_it_was_written() -> None:
    ticket = ticket_of(new_session())

    assert parse_ticket(str(ticket)) == ticket


def test_a_cookie_s_value_is_taken_apart() -> None:
    ticket = parse_ticket(f"v1.acme.{SUBJECT}.{ID}")

    assert ticket == Ticket(tenant=TenantId("acme"), subject=SUBJECT, id=Secret(ID))


def test_a_ticket_does_not_show_its_id() -> None:
    assert ID not in repr(parse_ticket(f"v1.acme.{SUBJECT}.{ID}"))


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("", id="empty"),
        pytest.param("v1", id="version-only"),
        pytest.param(f"v2.acme.{SUBJECT}.{ID}", id="newer-version"),
        pytest.param(f"V1.acme.{SUBJECT}.{ID}", id="version-in-upper-case"),
        pytest.param(f"v1.acme.{SUBJECT}", id="three-parts"),
        pytest.param(f"v1.acme.{SUBJECT}.{ID}.x", id="five-parts"),
        pytest.param(f"v1.acme.{SUBJECT}.{ID}.", id="dot-at-the-end"),
        pytest.param(f"v1..{SUBJECT}.{ID}", id="no-tenant"),
        pytest.param(f"v1.Acme.{SUBJECT}.{ID}", id="tenant-in-upper-case"),
        pytest.param(f"v1.acme#x.{SUBJECT}.{ID}", id="tenant-with-a-separator"),
        pytest.param(f"v1.acme\n.{SUBJECT}.{ID}", id="tenant-with-a-newline"),
        pytest.param(f"v1.acme.{SUBJECT[:-1]}.{ID}", id="subject-too-short"),
        pytest.param(f"v1.acme.{SUBJECT}x.{ID}", id="subject-too-long"),
        pytest.param(f"v1.acme.{SUBJECT[:-1]}#.{ID}", id="subject-with-a-separator"),
        pytest.param(f"v1.acme.{SUBJECT[:-1]}é.{ID}", id="subject-not-ascii"),
        pytest.param(f"v1.acme.{SUBJECT}.{ID[:-1]}", id="id-too-short"),
        pytest.param(f"v1.acme.{SUBJECT}.{ID}A", id="id-too-long"),
        pytest.param(f"v1.acme.{SUBJECT}.{ID[:-1]}=", id="id-with-padding"),
        pytest.param(f"v1.acme.{SUBJECT}.{ID[:-1]}+", id="id-in-plain-base64"),
        pytest.param(f"v1.acme.{SUBJECT}.{ID}\n", id="newline-at-the-end"),
        pytest.param(f'"v1.acme.{SUBJECT}.{ID}"', id="quoted"),
        pytest.param(f"v1%2Eacme.{SUBJECT}.{ID}", id="percent-encoded"),
    ],
)
def test_what_we_did_not_write_is_no_ticket(value: str) -> None:
    assert parse_ticket(value) is None


@given(st.text(max_size=120))
def test_no_text_makes_reading_a_ticket_fail(value: str) -> None:
    assert parse_ticket(value) is None
