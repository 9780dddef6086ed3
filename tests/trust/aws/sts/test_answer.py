"""STS's answers: read as botocore reads them, and nothing of XML that could do harm."""

import pytest

from fakes import sts as wire
from fakes.botocore_oracle import read as by_botocore
from fakes.clock import NOW
from fakes.loopback import Reply as Said
from fakes.sts import sts_credentials, sts_error
from trust.aws.message import Reply
from trust.aws.sts.answer import (
    MAX_BYTES,
    MAX_DEPTH,
    AnswerMalformed,
    code_of,
    credentials_of,
    read,
)
from trust.clock import NumericDate
from trust.grant.record import Credentials
from trust.secret import Secret

GRANTED = sts_credentials("AssumeRole", expires_at=NOW + 900)


def reply(said: Said) -> Reply:
    return Reply(said.status, {"content-type": said.content_type}, said.body)


def granted(**changed: str) -> Reply:
    """Return a grant with some texts of it replaced."""
    body = GRANTED.body.decode()
    for before, after in changed.items():
        assert before in body
        body = body.replace(before, after)
    return Reply(200, {}, body.encode())


def test_a_grant_is_the_one_that_botocore_reads() -> None:
    found = credentials_of(reply(GRANTED))
    theirs = by_botocore("sts", "AssumeRole", status=200, headers={}, body=GRANTED.body)[
        "Credentials"
    ]

    assert found == Credentials(
        access_key_id=theirs["AccessKeyId"],
        secret_access_key=Secret(theirs["SecretAccessKey"]),
        session_token=Secret(theirs["SessionToken"]),
        expires_at=NumericDate(int(theirs["Expiration"].timestamp())),
    )
    assert found.expires_at == NOW + 900


@pytest.mark.parametrize("code", ["AccessDenied", "Throttling", "ExpiredTokenException"])
def test_a_code_is_the_one_that_botocore_reads(code: str) -> None:
    said = sts_error(code, status=403)
    theirs = by_botocore("sts", "AssumeRole", status=403, headers={}, body=said.body)

    assert code_of(reply(said)) == theirs["Error"]["Code"] == code


def test_an_expiration_may_have_fractions_and_a_zone() -> None:
    expiration = "<Expiration>2096-10-02T07:21:40.123+00:00</Expiration>"
    body = GRANTED.body.decode()
    start, end = body.index("<Expiration>"), body.index("</Expiration>") + len("</Expiration>")

    found = credentials_of(Reply(200, {}, (body[:start] + expiration + body[end:]).encode()))

    assert found.expires_at == 4_000_000_900


@pytest.mark.parametrize(
    "changed",
    [
        {"AccessKeyId>": "Other>"},
        {"SecretAccessKey>": "Other>"},
        {"SessionToken>": "Other>"},
        {"Expiration>": "Other>"},
        {wire.SESSION_TOKEN: " "},
        {"<Expiration>": "<Expiration>soon "},
        {"Z</Expiration>": "</Expiration>"},
    ],
)
def test_half_a_grant_is_none(changed: dict[str, str]) -> None:
    with pytest.raises(AnswerMalformed) as malformed:
        credentials_of(granted(**changed))

    assert wire.SECRET_ACCESS_KEY not in str(malformed.value)


BOMB = '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'
FILE = '<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/hostname">]><a>&f;</a>'


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<html>", id="no-xml"),
        pytest.param(b"\xff\xfe\x00", id="no-text"),
        pytest.param(BOMB.encode(), id="entities"),
        pytest.param(FILE.encode(), id="a-file"),
        pytest.param(b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/"><a/>', id="another-document"),
        pytest.param(b"<a>&undefined;</a>", id="an-entity-of-nobody"),
        pytest.param(b"<a>" * (MAX_DEPTH + 1) + b"</a>" * (MAX_DEPTH + 1), id="too-deep"),
        pytest.param(b"<a>" + b"x" * MAX_BYTES + b"</a>", id="too-large"),
        pytest.param(b"<a></a><b></b>", id="two-documents"),
    ],
)
def test_what_is_no_plain_xml_is_malformed_and_has_no_code(body: bytes) -> None:
    with pytest.raises(AnswerMalformed):
        read(body)
    assert code_of(Reply(400, {}, body)) == ""


def test_a_bomb_is_refused_before_it_goes_off() -> None:
    """At its document type: nothing of it is expanded, whatever expat's own limits are."""
    with pytest.raises(AnswerMalformed, match="document type"):
        read(BOMB.encode())


def test_of_two_elements_of_one_name_the_first_counts() -> None:
    assert read(b"<a><b> 1 </b><c><b>2</b></c><d/></a>") == {"b": "1"}


def test_the_deepest_that_is_read() -> None:
    body = b"<a>" * MAX_DEPTH + b"x" + b"</a>" * MAX_DEPTH

    assert read(body) == {"a": "x"}


def test_an_answer_without_an_error_has_no_code() -> None:
    assert code_of(reply(GRANTED)) == ""
    assert code_of(Reply(200, {}, b"<Code>AccessDenied</Code>")) == ""
    assert code_of(Reply(500, {}, b"<a/>")) == ""
