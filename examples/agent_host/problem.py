"""Refusals of a request (RFC 9457): a code to act on and our own words, never somebody else's."""

import json
from dataclasses import dataclass

from starlette.responses import Response


@dataclass(frozen=True, slots=True)
class Refusal(Exception):
    """The request cannot be served as it was sent."""

    status: int
    code: str
    title: str


def answer_of(refusal: Refusal) -> Response:
    """Return the answer that tells the caller about it."""
    body = {
        "type": f"urn:agent:problem:{refusal.code}",
        "title": refusal.title,
        "status": refusal.status,
        "code": refusal.code,
    }
    return Response(
        json.dumps(body),
        status_code=refusal.status,
        media_type="application/problem+json",
        headers={"Cache-Control": "no-store"},
    )
