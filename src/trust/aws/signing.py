"""A call of an API as it leaves, for any way of sending it."""

from collections.abc import Mapping
from typing import NamedTuple

from trust.aws.endpoints import Endpoint
from trust.aws.message import Post
from trust.aws.signer import Scope, Unsigned, signed_headers
from trust.clock import NumericDate
from trust.grant.record import Credentials


class Place(NamedTuple):
    """One API of one region: where it is, and what a signature for it is good for."""

    endpoint: Endpoint
    scope: Scope


def outgoing_headers(
    post: Post, place: Place, credentials: Credentials, *, now: NumericDate
) -> Mapping[str, str]:
    """Return the headers of a call with its signature; Host and Content-Length come on the way."""
    unsigned = Unsigned(
        method="POST",
        host=place.endpoint.host,
        path=place.endpoint.path,
        headers=post.headers,
        body=post.body,
    )
    return signed_headers(unsigned, credentials, place.scope, now=now)
