"""The beginning of a streamed answer, read as API Gateway reads it."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, cast

DELIMITER = b"\0" * 8
LONGEST = 16 * 1024


class PreludeMalformed(ValueError):
    """API Gateway would answer 502."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prelude:
    """Status and headers of an answer; each cookie is a Set-Cookie header."""

    status: int
    headers: tuple[tuple[str, str], ...]


async def read_prelude(pieces: AsyncIterator[bytes]) -> tuple[Prelude, bytes]:
    """Return the prelude, and what came behind it already. Raises PreludeMalformed."""
    begun = b""
    async for piece in pieces:
        begun += piece
        head, found, rest = begun.partition(DELIMITER)
        if found and len(head) + len(found) <= LONGEST:
            return parse_prelude(head), rest
        if len(begun) > LONGEST:
            break
    raise PreludeMalformed("no delimiter within 16 KiB")


def parse_prelude(raw: bytes) -> Prelude:
    """Read the JSON of a prelude. Raises PreludeMalformed."""
    try:
        members = cast("dict[str, Any]", json.loads(raw))
        several = {
            name.lower(): list(found) for name, found in _members(members, "multiValueHeaders")
        }
        single = {name.lower(): [str(value)] for name, value in _members(members, "headers")}
        cookies = [("set-cookie", str(cookie)) for cookie in members.get("cookies", [])]
        status = int(members["statusCode"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise PreludeMalformed("no prelude") from error
    headers = [(name, value) for name, every in (single | several).items() for value in every]
    return Prelude(status=status, headers=tuple(headers + cookies))


def _members(members: dict[str, Any], name: str) -> list[tuple[str, Any]]:
    return list(cast("dict[str, Any]", members.get(name) or {}).items())
