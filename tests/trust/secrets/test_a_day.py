"""Twenty-four hours with faults of every class: no lease beyond its end, nothing beyond its bound.

Time is the loop's, which jumps; a day takes less than a second. To run a script of your own:
`a_day(script, places=PLACES, world=MemoryVault, tended=True)`.
"""

from dataclasses import replace

import pytest

from fakes.a_day.day import Counts, a_day
from fakes.a_day.memory import MemoryVault
from fakes.a_day.script import Denial, Fault, Script, Window, each_in_turn, unseen, usual
from trust.secrets.backoff import Backoff
from trust.secrets.cell import Cell
from trust.secrets.known import Known
from trust.secrets.reference import Reference, Scheme

KV = Reference(scheme=Scheme.VAULT_KV, path="secret/client")
OTHER_KV = Reference(scheme=Scheme.VAULT_KV, path="secret/keyring")
DATABASE = Reference(scheme=Scheme.VAULT_DATABASE, path="database/app")
AWS = Reference(scheme=Scheme.VAULT_AWS, path="aws/app")
TRANSIT = Reference(scheme=Scheme.VAULT_TRANSIT, path="transit/client")
PLACES = (KV, OTHER_KV, DATABASE, AWS, TRANSIT)

HOUR_S = 3600.0


def of(script: Script, *, tended: bool, seconds: float = 24 * 3600.0) -> Counts:
    return a_day(script, places=PLACES, world=MemoryVault, tended=tended, seconds=seconds)


def test_a_day_of_a_server() -> None:
    counts = of(usual(1), tended=True)

    assert counts.forbidden == {}
    assert counts.served > 2000
    assert counts.faulted > 0.08 * counts.calls
    assert counts.revoked > 0
    assert counts.recovered > 0
    # Without denials, hardly anybody is turned away.
    assert counts.unavailable < 0.03 * counts.served


@pytest.mark.parametrize("seed", range(2))
def test_days_on_lambda(seed: int) -> None:
    counts = of(usual(seed), tended=False)

    assert counts.forbidden == {}
    assert counts.served > 400
    assert counts.unavailable < 0.1 * counts.served
    assert counts.revoked > 0


@pytest.mark.parametrize("seed", range(6))
def test_days_of_which_nothing_is_known_before(seed: int) -> None:
    assert of(unseen(seed), tended=False).forbidden == {}
    assert of(unseen(seed), tended=True, seconds=2 * HOUR_S).forbidden == {}


def test_faults_that_do_not_pass_for_an_hour_each() -> None:
    assert of(each_in_turn(7, HOUR_S), tended=False).forbidden == {}


def test_without_faults_nobody_is_turned_away() -> None:
    counts = of(Script(seed=3, rate=0.0), tended=True, seconds=6 * HOUR_S)

    assert counts.forbidden == {}
    assert counts.refused == 0
    assert counts.longest_wait_s < 1.0
    # A login an hour, since Vault's maximum is one.
    assert counts.logins <= 10


def test_a_denial_is_noticed_and_so_is_its_end() -> None:
    denied = Script(seed=4, rate=0.0, denials=[Denial(begin_s=3600, end_s=7200, place=0)])
    counts = of(replace(denied, requests_per_hour=600), tended=True, seconds=3 * HOUR_S)

    assert counts.forbidden == {}
    assert counts.revoked == 1
    # Of five places one, for an hour of three, and at most some minutes after it.
    assert 0.04 < counts.refused / counts.served < 0.12


def test_the_same_script_gives_the_same_day() -> None:
    assert of(usual(5), tended=False) == of(usual(5), tended=False)


# -- what each count is worth: a day without the check that it is about


def _never(*_: object) -> bool:
    return False


def test_without_the_bound_it_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Known, "is_over", _never)

    forbidden = of(usual(1), tended=False).forbidden
    assert forbidden["expired"] > 0
    assert forbidden["stale"] > 0


def _by_monotonic(known: Known, clock: object) -> bool:
    return bool(clock.monotonic() >= known.over[0])  # type: ignore[attr-defined]  # a clock


def _by_wall(known: Known, clock: object) -> bool:
    return bool(clock.now() >= known.over[1])  # type: ignore[attr-defined]  # a clock


def test_by_the_monotonic_clock_alone_it_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Known, "is_over", _by_monotonic)
    monkeypatch.setattr(Known, "is_due", _never)

    assert of(usual(1), tended=False).forbidden["expired"] > 0


def test_by_the_wall_clock_alone_it_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Known, "is_over", _by_wall)
    monkeypatch.setattr(Known, "is_due", _never)
    short = Script(seed=1, faults=[Fault.SHORT_LEASE], rate=0.5, requests_per_hour=3600.0)
    script = replace(short, set_clock_s=7200.0)

    assert of(script, tended=True, seconds=HOUR_S / 6).forbidden["expired"] > 0


def test_without_eviction_it_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Cell, "_drop", lambda _: None)
    script = Script(seed=4, rate=0.0, denials=[Denial(begin_s=3600, end_s=7200, place=0)])

    assert of(script, tended=True, seconds=3 * HOUR_S).forbidden["denied"] > 0


def test_without_pauses_it_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = [Window(begin_s=3600, end_s=7200, fault=Fault.SEALED)]
    script = Script(seed=2, rate=0.0, windows=sealed, longest_freeze_s=0.0)
    busy = replace(script, requests_per_hour=1200.0)
    spared = of(busy, tended=False, seconds=1.3 * HOUR_S).faulted
    monkeypatch.setattr(Backoff, "left_s", 0.0)

    assert of(busy, tended=False, seconds=1.3 * HOUR_S).faulted > 2 * spared
