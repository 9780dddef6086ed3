"""AWS STS's answers (Query protocol, XML): read with nothing of XML but elements and text.

A document type is refused before its first entity can be expanded; how large and how deep a
document may be is bounded. Its own words stay here: they name roles and policies.
"""

from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from xml.parsers import expat

from trust.aws.message import Reply, is_ok
from trust.clock import NumericDate
from trust.grant.record import Credentials
from trust.secret import Secret

MAX_BYTES = 100_000
"""Largest answer that is read: a grant has about two thousand bytes."""

MAX_DEPTH = 16

Leaves = Mapping[str, str]
"""The text of every element that holds nothing but text, by the element's local name."""


class AnswerMalformed(ValueError):
    """The answer is not of STS's form; the message quotes nothing of it."""


def credentials_of(reply: Reply) -> Credentials:
    """Read an AssumeRole… answer. Raises AnswerMalformed."""
    leaves = read(reply.body)
    try:
        expires_at = datetime.fromisoformat(leaves["Expiration"])
        given = {name: leaves[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")}
    except (KeyError, ValueError) as error:
        raise AnswerMalformed("no credentials in an answer of STS") from error
    if not all(given.values()) or expires_at.tzinfo is None:
        raise AnswerMalformed("half of the credentials in an answer of STS")
    return Credentials(
        access_key_id=given["AccessKeyId"],
        secret_access_key=Secret(given["SecretAccessKey"]),
        session_token=Secret(given["SessionToken"]),
        expires_at=NumericDate(int(expires_at.timestamp())),
    )


def code_of(reply: Reply) -> str:
    """Return the error's code; "" where there is none."""
    if is_ok(reply):
        return ""
    try:
        return read(reply.body).get("Code", "")[:100]
    except AnswerMalformed:
        return ""


def read(body: bytes) -> Leaves:
    """Return the texts of a document. Raises AnswerMalformed."""
    if len(body) > MAX_BYTES:
        raise AnswerMalformed("an answer of STS that is too large")
    reader = _Reader()
    try:
        reader.parser.ParseFile(BytesIO(body))
    except expat.ExpatError as error:
        raise AnswerMalformed("an answer of STS that is no plain XML") from error
    return reader.leaves


class _Reader:
    """Collects texts. The first of two elements of one name counts."""

    def __init__(self) -> None:
        self.leaves: dict[str, str] = {}
        self._open: list[str] = []
        self._text = ""
        # UTF-8 whatever the document says of itself; names come as `namespace name`.
        self.parser = expat.ParserCreate("UTF-8", " ")
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    def _refuse(self, *_about: object) -> None:
        # Entities are how XML grows without bound, and how it reads files.
        raise AnswerMalformed("an answer of STS with a document type")

    def _start(self, name: str, _attributes: object) -> None:
        if len(self._open) == MAX_DEPTH:
            raise AnswerMalformed("an answer of STS that is too deep")
        self._open.append(name.rpartition(" ")[2])
        self._text = ""

    def _end(self, _name: str) -> None:
        name = self._open.pop()
        if self._text.strip():
            self.leaves.setdefault(name, self._text.strip())
        self._text = ""

    def _characters(self, text: str) -> None:
        self._text += text
