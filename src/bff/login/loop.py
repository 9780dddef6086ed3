"""Logins that go round: callback, app, login, callback …, each of them in good order.

It happens when the browser does not keep or send the session's cookie, or when a configuration
contradicts itself. Somebody has to stop it, and tell the person why. Counted in a cookie of the
browser's own: nobody else's logins count, and nothing is stored. Whoever changes it, loops alone.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from trust.clock import NumericDate
from trust.errors import LoginError
from trust.session.cookie import cookie_pairs

LOOP_COOKIE = "__Host-Http-rounds"
WINDOW_S = 60
MOST_ROUNDS = 5
"""Callbacks within the window without one look at a session that is there."""

_VALUE = re.compile(r"([0-9]{1,2})\.([0-9]{1,12})", re.ASCII)


class LoginLoop(LoginError):
    """The browser comes back to log in, again and again."""

    code, status = "login_loop", 429
    title = "You were logged in several times in a row, and each time it did not last."
    retry_after = WINDOW_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """How many callbacks there were since an instant."""

    count: int
    since: NumericDate

    @property
    def value(self) -> str:
        """The cookie's value."""
        return f"{self.count}.{self.since}"


def rounds_in(cookie_headers: Iterable[str], *, now: NumericDate) -> Rounds | None:
    """Return the rounds of this window; None where there were none."""
    values = [value for name, value in cookie_pairs(cookie_headers) if name == LOOP_COOKIE]
    found = _VALUE.fullmatch(values[0]) if len(values) == 1 else None
    if found is None:
        return None
    rounds = Rounds(count=int(found.group(1)), since=NumericDate(int(found.group(2))))
    return rounds if 0 <= now - rounds.since < WINDOW_S else None


def one_more(rounds: Rounds | None, *, now: NumericDate) -> Rounds:
    """Return the rounds with the one that ends now."""
    if rounds is None:
        return Rounds(count=1, since=now)
    return Rounds(count=min(rounds.count + 1, 99), since=rounds.since)


def hold_up(rounds: Rounds | None) -> None:
    """Stop a login that goes round. Raises LoginLoop."""
    if rounds is not None and rounds.count >= MOST_ROUNDS:
        raise LoginLoop(f"{rounds.count} callbacks within {WINDOW_S} s")
