"""What Vault answers, read once: `hvac` hands on whatever JSON came, or none at all."""

from dataclasses import dataclass
from typing import cast

from trust.secrets.reference import Reference
from trust.secrets.source import SecretOutage

LONGEST_S = float(1 << 63) / 1e9
"""Vault counts nanoseconds in 64 bits (Go, `time.Duration`): 292 years, and nothing is longer."""


class AnswerMalformed(ValueError):
    """Vault's answer is not of the form that it should be; nothing of it is quoted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Credentials that Vault made for us, and takes back."""

    lease_id: str
    duration_s: float
    renewable: bool


def members(answer: object) -> dict[str, object]:
    """Return a JSON object. Raises AnswerMalformed."""
    if not isinstance(answer, dict):
        raise AnswerMalformed
    return cast("dict[str, object]", answer)


def inner(answer: object, name: str) -> dict[str, object]:
    """Return the member `name`, a JSON object itself. Raises AnswerMalformed."""
    return members(members(answer).get(name))


def text(answer: object, name: str) -> str:
    """Return the member `name`, a text that is not empty. Raises AnswerMalformed."""
    found = members(answer).get(name)
    if not isinstance(found, str) or not found:
        raise AnswerMalformed
    return found


def texts(answer: object, *names: str) -> dict[str, str]:
    """Return these members, each a text. Raises AnswerMalformed."""
    return {name: text(answer, name) for name in names}


def whole(answer: object, name: str) -> int:
    """Return the member `name`, a whole number from 1. Raises AnswerMalformed."""
    found = members(answer).get(name)
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise AnswerMalformed
    return found


def given(answer: object) -> Given:
    """Return the lease of an answer. Raises AnswerMalformed where there is none.

    A time of 0 is none either: what is good for no time at all would be asked for without end.
    """
    found = renewal(answer)
    if not found.duration_s:
        raise AnswerMalformed
    return found


def renewal(answer: object) -> Given:
    """Return a lease as it is now; its time may be 0. Raises AnswerMalformed."""
    duration_s = members(answer).get("lease_duration")
    # A boolean is an integer in Python.
    if not isinstance(duration_s, int | float) or isinstance(duration_s, bool):
        raise AnswerMalformed
    if not 0 <= duration_s < LONGEST_S:
        raise AnswerMalformed
    return Given(
        lease_id=text(answer, "lease_id"),
        duration_s=float(duration_s),
        renewable=members(answer).get("renewable") is True,
    )


def malformed(place: Reference) -> SecretOutage:
    """Return what to raise: what is known serves on, for whoever answers so may be a proxy."""
    return SecretOutage(f"{place}: Vault's answer is not of the form that it should be")
