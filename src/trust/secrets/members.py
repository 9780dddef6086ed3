"""Members of secrets that are JSON objects: what `#key` of a reference names."""

import json
from contextlib import suppress
from typing import cast

from trust.secret import Secret
from trust.secrets.reference import Reference
from trust.secrets.source import Unfit


class MemberMissing(Unfit):
    """The secret is there and has no such member."""


def member(whole: Secret, reference: Reference) -> Secret:
    """Pick `#key` out of a secret that is a JSON object. Raises MemberMissing."""
    if reference.key is None:
        return whole
    try:
        document = cast("dict[str, object]", json.loads(whole.reveal()))
        value = document[reference.key]
    except (ValueError, KeyError, TypeError, RecursionError):
        # Not even as a cause: the error of a JSON reader carries the whole text.
        value = None
    if not isinstance(value, str) or not value:
        raise MemberMissing(f"has no member {reference.key} that is a text")
    return Secret(value)


def members(versions: list[Secret], reference: Reference) -> list[Secret]:
    """Return the member of each version, newest first. Raises MemberMissing of the newest one.

    An older version need not have had it yet.
    """
    newest, *older = versions
    found = [member(newest, reference)]
    for version in older:
        with suppress(MemberMissing):
            found.append(member(version, reference))
    return found
