"""Writing cookies: the only place that does.

`__Host-` makes the browser hold them to this host, to https (or localhost) and to the path `/`; a
name with `Http` is refused from script. Deleting uses the same attributes, or it deletes nothing.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from bff.login.loop import LOOP_COOKIE, WINDOW_S, Rounds
from trust.session.cookie import SESSION_COOKIE, cookie_pairs
from trust.session.ids import Ticket

if TYPE_CHECKING:
    # The streaming function takes cookies away, and has no use for the rest of a web framework.
    from starlette.responses import Response

ATTEMPT_PREFIX = "__Host-Http-login-"
"""Name of a login attempt's cookie, before the attempt's id."""


def set_session(response: "Response", ticket: Ticket) -> None:
    """Give the browser its session; no Max-Age: how long it lasts is decided here, not there."""
    _set(response, SESSION_COOKIE, str(ticket), max_age=None, same_site="Strict")


def clear_session(response: "Response") -> None:
    """Take the session from the browser."""
    for name, value in CLEARED_SESSION.items():
        response.headers.append(name, value)


def set_attempt(response: "Response", attempt_id: str, value: str) -> None:
    """Give a tab its login attempt.

    Lax, since the provider's redirect back is a navigation from another site, on which a Strict
    cookie is not sent.
    """
    from bff.login.attempt import LIFETIME_S

    _set(response, ATTEMPT_PREFIX + attempt_id, value, max_age=LIFETIME_S, same_site="Lax")


def clear_attempt(response: "Response", attempt_id: str) -> None:
    """Take a login attempt from the browser."""
    _set(response, ATTEMPT_PREFIX + attempt_id, "", max_age=0, same_site="Lax")


def set_rounds(response: "Response", rounds: Rounds) -> None:
    """Remember how often this browser came back from a provider; Lax, as it comes back so."""
    _set(response, LOOP_COOKIE, rounds.value, max_age=WINDOW_S, same_site="Lax")


def clear_rounds(response: "Response") -> None:
    """Forget how often this browser came back: it got where it wanted."""
    _set(response, LOOP_COOKIE, "", max_age=0, same_site="Lax")


def attempts_in(headers: Iterable[str]) -> dict[str, str]:
    """Return the sealed login attempts among the cookies, by attempt id.

    One that came twice is left out: which of the two is ours cannot be told.
    """
    found: dict[str, str] = {}
    twice: set[str] = set()
    for name, value in cookie_pairs(headers):
        if name.startswith(ATTEMPT_PREFIX):
            attempt_id = name.removeprefix(ATTEMPT_PREFIX)
            twice |= {attempt_id} & found.keys()
            found[attempt_id] = value
    return {attempt_id: value for attempt_id, value in found.items() if attempt_id not in twice}


def _set(
    response: "Response", name: str, value: str, *, max_age: int | None, same_site: str
) -> None:
    response.headers.append("set-cookie", _line(name, value, max_age=max_age, same_site=same_site))


def _line(name: str, value: str, *, max_age: int | None, same_site: str) -> str:
    lifetime = "" if max_age is None else f"; Max-Age={max_age}"
    # Spelled out: every value is base64url with dots, so there is nothing to quote or escape.
    return f"{name}={value}; Path=/{lifetime}; Secure; HttpOnly; SameSite={same_site}"


CLEARED_SESSION = {
    "set-cookie": _line(SESSION_COOKIE, "", max_age=0, same_site="Strict"),
}
"""The header that takes the session from a browser which holds it for nothing."""
