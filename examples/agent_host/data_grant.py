"""The data grant: short-lived AWS credentials for one tenant's data with this agent.

The caller hands it over in a request header with each call, since the agent's own role may touch
no tenant's data. It is used for that one request and kept nowhere.
"""

import base64
import binascii
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

GRANT_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-Custom-Data-Grant"

_MAX_HEADER_CHARS = 8192
_SLUG = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PREFIX = re.compile(rf"({_SLUG})/({_SLUG})/{_SLUG}/", re.ASCII)
_PARTITION = re.compile(rf"APP#({_SLUG})#TENANT#({_SLUG})", re.ASCII)
_PLAIN = re.compile(r"[\x21-\x7e]{1,4096}", re.ASCII)
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII)
_TABLE = re.compile(r"[A-Za-z0-9_.-]{3,255}", re.ASCII)
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]", re.ASCII)

_FORMS: dict[str, re.Pattern[str]] = {
    "access_key_id": _PLAIN,
    "secret_access_key": _PLAIN,
    "session_token": _PLAIN,
    "expiration": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII),
    "region": _REGION,
    "bucket": _BUCKET,
    "prefix": _PREFIX,
    "table": _TABLE,
    "partition": _PARTITION,
}
"""Every member besides `v`, each with the only form that it may have."""


class GrantRefused(Exception):
    """The header is not a data grant that can be used now. It says nothing of what stood in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataGrant:
    """A parsed data grant: where the data lies, and what opens it until `expiration`."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    expiration: datetime
    region: str
    bucket: str
    prefix: str
    """Starts every object key; ends with a slash."""
    table: str
    partition: str


def data_grant(header: str, *, now: datetime) -> DataGrant:
    """Parse the header: base64url without padding of compact JSON. Raises GrantRefused.

    Nothing in it is optional and nothing more may stand in it: a grant that is only nearly
    right was not made by our proxy.
    """
    members = _members(header)
    texts = {name: _text(members, name, form) for name, form in _FORMS.items()}
    if type(members.get("v")) is not int or members["v"] != 1 or len(members) != len(_FORMS) + 1:
        raise GrantRefused("the data grant is not of version 1")
    grant = _grant(texts)
    if _coordinates(_PREFIX, grant.prefix) != _coordinates(_PARTITION, grant.partition):
        raise GrantRefused("the data grant's prefix and partition are not of one tenant")
    if grant.expiration <= now:
        raise GrantRefused("the data grant has expired")
    return grant


def _members(header: str) -> dict[str, object]:
    if len(header) > _MAX_HEADER_CHARS or not re.fullmatch(r"[A-Za-z0-9_-]+", header, re.ASCII):
        raise GrantRefused("the data grant is not base64url")
    try:
        padded = header + "=" * (-len(header) % 4)
        members: object = json.loads(
            base64.b64decode(padded, altchars=b"-_", validate=True), object_pairs_hook=_once
        )
    except (binascii.Error, ValueError, RecursionError):
        # Without the cause, whose text quotes the credentials.
        raise GrantRefused("the data grant is not JSON") from None
    if not isinstance(members, dict):
        raise GrantRefused("the data grant is not a JSON object")
    return members  # pyright: ignore[reportUnknownVariableType] JSON's keys are texts


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse a name that stands twice: readers differ in which of the two they take."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name stands twice")
    return members


def _text(members: dict[str, object], name: str, form: re.Pattern[str]) -> str:
    value = members.get(name)
    if not isinstance(value, str) or not form.fullmatch(value):
        raise GrantRefused(f"the data grant's {name} is missing or malformed")
    return value


def _grant(texts: dict[str, str]) -> DataGrant:
    try:
        expiration = datetime.strptime(texts["expiration"], "%Y-%m-%dT%H:%M:%SZ").replace(
            tzinfo=UTC
        )
    except ValueError:
        raise GrantRefused("the data grant's expiration is not a time") from None
    return DataGrant(
        access_key_id=texts["access_key_id"],
        secret_access_key=texts["secret_access_key"],
        session_token=texts["session_token"],
        expiration=expiration,
        region=texts["region"],
        bucket=texts["bucket"],
        prefix=texts["prefix"],
        table=texts["table"],
        partition=texts["partition"],
    )


def _coordinates(form: re.Pattern[str], text: str) -> tuple[str | None, ...]:
    match = form.fullmatch(text)
    return match.groups() if match else ()
