"""What goes to an AWS API and comes back, whichever way it travels.

Named tuples, here and in what a Lambda authorizer loads besides: a dataclass costs four times as
much to define, and a cold start defines them all while somebody waits.
"""

import zlib
from collections.abc import Mapping
from typing import NamedTuple


class AwsUnavailable(Exception):
    """AWS cannot be asked: no identity, no connection, or no answer in time.

    The message names a kind of failure, never a peer's words.
    """


class Post(NamedTuple):
    """A call of an API: always a POST to its endpoint's root."""

    headers: Mapping[str, str]
    body: bytes
    signed: bool = True
    """False for the calls that are proven by what stands in them."""


class Reply(NamedTuple):
    """An answer, read whole."""

    status: int
    headers: Mapping[str, str]
    """By lower-case names."""
    body: bytes
    unsure: bool = False
    """Whether an earlier attempt at the same call was lost, and may have been carried out."""


class Lost(NamedTuple):
    """An attempt without an answer; `sent` tells whether it may have arrived."""

    kind: str
    sent: bool


OK = 200
SERVER_FAULT = 500
"""From here on (RFC 9110 §15.6) a call may have been carried out all the same."""


def is_ok(reply: Reply) -> bool:
    """Tell whether an API has done what it was asked: AWS's answer 200 and nothing else."""
    return reply.status == OK


def may_have_arrived(outcome: Reply | Lost) -> bool:
    """Tell whether a call that failed may have been carried out."""
    return outcome.sent if isinstance(outcome, Lost) else outcome.status >= SERVER_FAULT


def checked(reply: Reply) -> Reply | Lost:
    """Return the answer, unless its body is not the one that was sent: DynamoDB tells how to know.

    TCP's own sum is weak, and whoever ends TLS on the way may err.
    """
    said = reply.headers.get("x-amz-crc32")
    intact = said is None or said == str(zlib.crc32(reply.body))
    return reply if intact else Lost("an answer whose CRC-32 is wrong", sent=True)
