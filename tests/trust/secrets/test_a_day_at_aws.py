"""The same days over boto3, with Secrets Manager by moto behind it."""

import pytest

from fakes.a_day.aws import MotoSecrets
from fakes.a_day.day import Counts, a_day
from fakes.a_day.script import Denial, Fault, Script, each_in_turn, unseen, usual
from trust.secrets.reference import Reference, Scheme

pytestmark = pytest.mark.usefixtures("aws_environment", "models_read_once")

HOUR_S = 3600.0

PLACES = (
    Reference(scheme=Scheme.SECRETS_MANAGER, path="prod/client"),
    Reference(scheme=Scheme.SECRETS_MANAGER, path="prod/keyring"),
)


def of(script: Script, *, tended: bool, seconds: float) -> Counts:
    return a_day(script, places=PLACES, world=MotoSecrets, tended=tended, seconds=seconds)


def test_hours_of_a_server() -> None:
    counts = of(usual(1), tended=True, seconds=3 * HOUR_S)

    assert counts.forbidden == {}
    assert counts.served > 150
    assert counts.faulted > 0.08 * counts.calls


def test_a_day_on_lambda() -> None:
    counts = of(usual(2), tended=False, seconds=12 * HOUR_S)

    assert counts.forbidden == {}
    assert counts.served > 100
    assert counts.revoked > 0


@pytest.mark.parametrize("seed", [1])
def test_days_of_which_nothing_is_known_before(seed: int) -> None:
    assert of(unseen(seed), tended=False, seconds=6 * HOUR_S).forbidden == {}


def test_faults_that_do_not_pass_for_a_while_each() -> None:
    script = each_in_turn(7, HOUR_S / 4)

    assert of(script, tended=False, seconds=len(Fault) * 2 * HOUR_S / 4).forbidden == {}


def test_what_iam_takes_away_is_refused_at_the_next_look() -> None:
    denied = Denial(begin_s=HOUR_S, end_s=1.5 * HOUR_S, place=0)
    script = Script(seed=4, rate=0.0, denials=[denied])
    counts = of(script, tended=True, seconds=2 * HOUR_S)

    assert counts.forbidden == {}
    assert counts.revoked == 1
    assert counts.refused > 0
