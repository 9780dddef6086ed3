"""The same days over the program's own adapters, with the local Vault behind them.

hvac and requests are the real ones; only threads and sockets are left out, for the sake of the
loop's time (`fakes/a_day/inline.py`).
"""

from functools import partial

import pytest

from fakes.a_day.day import Counts, a_day
from fakes.a_day.double import DoubleVault
from fakes.a_day.script import Denial, Fault, Script, each_in_turn, unseen, usual
from trust.secrets.reference import Reference, Scheme
from trust.secrets.vault.token import Token

HOUR_S = 3600.0

PLACES = (
    Reference(scheme=Scheme.VAULT_KV, path="secret/client"),
    Reference(scheme=Scheme.VAULT_DATABASE, path="database/app"),
    Reference(scheme=Scheme.VAULT_AWS, path="aws/app"),
    Reference(scheme=Scheme.VAULT_TRANSIT, path="transit/client"),
)


def of(script: Script, *, tended: bool, seconds: float, cuts_tokens: bool = False) -> Counts:
    world = partial(DoubleVault, cuts_tokens=cuts_tokens)
    return a_day(script, places=PLACES, world=world, tended=tended, seconds=seconds)


def test_a_day_on_lambda() -> None:
    counts = of(usual(1), tended=False, seconds=24 * HOUR_S)

    assert counts.forbidden == {}
    assert counts.served > 500
    assert counts.revoked > 0


def test_hours_of_a_server() -> None:
    # Three times Vault's maximum for a token.
    counts = of(usual(2), tended=True, seconds=3 * HOUR_S)

    assert counts.forbidden == {}
    assert counts.served > 150
    assert counts.faulted > 0.08 * counts.calls
    assert counts.logins >= 3


def test_without_faults_nobody_is_turned_away() -> None:
    counts = of(Script(seed=3, rate=0.0), tended=True, seconds=2 * HOUR_S)

    assert counts.forbidden == {}
    assert counts.refused == 0
    assert counts.logins <= 4


@pytest.mark.parametrize("seed", [1, 2])
def test_days_of_which_nothing_is_known_before(seed: int) -> None:
    assert of(unseen(seed), tended=False, seconds=6 * HOUR_S).forbidden == {}


def test_faults_that_do_not_pass_for_a_while_each() -> None:
    script = each_in_turn(7, HOUR_S / 3)

    assert of(script, tended=False, seconds=len(Fault) * 2 * HOUR_S / 3).forbidden == {}


@pytest.mark.parametrize("place", range(len(PLACES)))
def test_what_the_policy_takes_away_is_refused_at_the_next_look(place: int) -> None:
    denied = Denial(begin_s=HOUR_S, end_s=1.5 * HOUR_S, place=place)
    script = Script(seed=4, rate=0.0, denials=[denied], longest_freeze_s=60.0)
    counts = of(script, tended=False, seconds=2 * HOUR_S)

    assert counts.forbidden == {}
    assert counts.revoked == 1
    assert counts.refused > 0


def test_a_renewal_that_cuts_a_token_short_ends_its_leases_here_too() -> None:
    script = Script(seed=9, rate=0.2, faults=[Fault.SHORT_LEASE])

    assert of(script, tended=True, seconds=2 * HOUR_S, cuts_tokens=True).forbidden == {}


def _for_ever(_: Token, __: float) -> float:
    return float("inf")


def test_without_the_token_s_end_in_mind_it_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Token, "left_s", _for_ever)
    script = Script(seed=5, rate=0.0, requests_per_hour=20.0)

    assert of(script, tended=False, seconds=12 * HOUR_S).forbidden["expired"] > 0
