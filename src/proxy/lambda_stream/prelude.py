"""The beginning of a streamed answer: status and headers as JSON, then eight NUL bytes.

Documented for API Gateway ("Lambda proxy integration format for response streaming"): the JSON may
have `statusCode`, `headers`, `multiValueHeaders` and `cookies`, and has to end within 16 KiB.
"""

import json
from collections.abc import Iterable

from proxy.lambda_stream.event import Form

DELIMITER = b"\0" * 8
LONGEST = 16 * 1024

_OF_THE_CONNECTION = frozenset(
    {"connection", "content-length", "keep-alive", "transfer-encoding", "upgrade"}
)
"""What belongs to one connection is not passed on: the next one frames the body in its own way."""


class PreludeTooLong(Exception):
    """API Gateway does not look for the delimiter any further."""


def prelude(status: int, headers: Iterable[tuple[bytes, bytes]], form: Form) -> bytes:
    """Return the bytes before the body. Raises PreludeTooLong."""
    cookies: list[str] = []
    values: dict[str, list[str]] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if name == "set-cookie":
            cookies.append(value)
        elif name not in _OF_THE_CONNECTION:
            values.setdefault(name, []).append(value)
    members = {"statusCode": status, **_fields(values, form), "cookies": cookies}
    # ASCII: a NUL in a value is \u0000 here and can be taken for no delimiter.
    written = json.dumps(members, ensure_ascii=True).encode() + DELIMITER
    if len(written) > LONGEST:
        raise PreludeTooLong(f"{len(written)} bytes of headers")
    return written


def _fields(values: dict[str, list[str]], form: Form) -> dict[str, object]:
    if form is Form.HTTP:
        # There is no other place for them (RFC 9110 §5.3: joining changes nothing).
        return {"headers": {name: ", ".join(every) for name, every in values.items()}}
    single = {name: every[0] for name, every in values.items() if len(every) == 1}
    several = {name: every for name, every in values.items() if len(every) > 1}
    return {"headers": single, "multiValueHeaders": several}
