"""When a session is written down as used, and when it ends."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fakes.clock import NOW
from fakes.login import new_session
from trust.clock import NumericDate
from trust.session.lifetime import Lifetime, absolute_end, idle_end, slides, touched

LIFETIME = Lifetime(idle=timedelta(minutes=30), absolute=timedelta(hours=12))


def test_idle_and_absolute_end_are_counted_from_now() -> None:
    assert idle_end(LIFETIME, NOW) == NOW + 1800
    assert absolute_end(LIFETIME, NOW) == NOW + 43200


@pytest.mark.parametrize(("after_s", "slid"), [(0, False), (59, False), (60, True), (61, True)])
def test_use_is_written_down_once_a_minute(after_s: int, *, slid: bool) -> None:
    assert slides(new_session(), NumericDate(NOW + after_s)) is slid


def test_a_session_in_use_ends_later_but_never_after_its_absolute_end() -> None:
    session = replace(new_session(), ends_at=NumericDate(NOW + 2000))

    later = touched(session, LIFETIME, NumericDate(NOW + 600))

    assert later.seen_at == NOW + 600
    assert later.idle_expires_at == NOW + 2400
    assert later.ends_at == session.ends_at
    assert later.expires_at == NOW + 2000
    assert session.expires_at == NOW + 1800
