"""Errors as the client sees them: `application/problem+json` (RFC 9457 §3)."""

import json

from trust.errors import AccessError, TrustError

MEDIA_TYPE = "application/problem+json"


def problem(error: TrustError, *, request_id: str) -> dict[str, object]:
    """Return the members of the problem document for `error`.

    Only what the class says goes out: the message may hold an upstream's words.
    """
    members: dict[str, object] = {
        "type": f"urn:gatehouse:error:{error.code}",
        "title": error.title,
        "status": error.status,
        "code": error.code,
        "request_id": request_id,
    }
    if error.retry_after is not None:
        members["retry_after"] = error.retry_after
    if isinstance(error, AccessError) and error.status == 401:  # noqa: PLR2004 its name is its number
        members["login_url"] = error.login_url
    return members


def problem_body(error: TrustError, *, request_id: str) -> bytes:
    """Return the problem document as the bytes of a body."""
    return json.dumps(problem(error, request_id=request_id)).encode()


def problem_headers(error: TrustError) -> dict[str, str]:
    """Return the headers that go with the document; `Retry-After` in seconds (RFC 9110 §10.2.3)."""
    headers = {"content-type": MEDIA_TYPE, "cache-control": "no-store"}
    if error.retry_after is not None:
        headers["retry-after"] = str(error.retry_after)
    return headers
