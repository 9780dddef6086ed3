"""Days on which each path of Vault fails in a way of its own, at times that nobody has chosen.

To run one of your own: `a_worse_day(Worse(places=ALL), [(at_s, deed), …])`.
"""

import pytest

from fakes.a_day.by_path import by_path
from fakes.a_day.worse import Keeper, Worse, a_worse_day
from trust.secrets.cell import LONGEST_S
from trust.secrets.reference import Reference, Scheme
from trust.secrets.vault.leases import Leases

ALL = (
    Reference(scheme=Scheme.VAULT_KV, path="secret/client"),
    Reference(scheme=Scheme.VAULT_DATABASE, path="database/app"),
    Reference(scheme=Scheme.VAULT_AWS, path="aws/app"),
    Reference(scheme=Scheme.VAULT_TRANSIT, path="transit/client"),
)
MOST_FAILURES = 90
"""In a minute: of four secrets, their leases, the login, and requests for signatures."""


@pytest.mark.parametrize("tended", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_a_day_by_path(seed: int, *, tended: bool) -> None:
    day = Worse(places=ALL, hours=1.5, requests_per_hour=120, tended=tended, rotations=24)
    counts, keeper = a_worse_day(day, by_path(seed, day.hours))

    assert counts.forbidden == {}
    assert counts.served > 20
    assert counts.longest_wait_s <= LONGEST_S
    assert keeper.most_in_a_minute(least_status=400) <= MOST_FAILURES


def _never(_: Leases, __: str, ___: int) -> bool:
    return False


def test_a_lease_that_was_cut_and_is_used_on_would_be_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else the days above would prove nothing of it."""
    monkeypatch.setattr(Leases, "_has_ended", _never)

    def cut(keeper: Keeper) -> None:
        keeper.order(path="sys/leases/renew", lease_s=20)
        keeper.order(path="database/creds", status=500)

    counts, _ = a_worse_day(Worse(places=ALL[1:2]), [(900, cut)])

    assert counts.expired > 0
