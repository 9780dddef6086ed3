"""Leases by scripts of one fault each: a renewal that cuts, one that always fails, none at all.

Where a day by chance asks whether two faults ever meet, these have them meet.
"""

import asyncio

import pytest

from fakes.a_day.worse import Keeper, Worse, a_worse_day, staged
from trust.secrets.reference import Reference, Scheme
from trust.secrets.secrets import Secrets
from trust.secrets.source import SecretUnavailable

DATABASE = Reference(scheme=Scheme.VAULT_DATABASE, path="database/app")
AWS = Reference(scheme=Scheme.VAULT_AWS, path="aws/app")
ONE = Worse(places=(DATABASE,))

DUE_S = 400
"""Two thirds of 600 s; the token has 1200."""

RENEWAL, CREDENTIALS = "sys/leases/renew", "database/creds"


@pytest.mark.parametrize("cut_s", [1.0, 20.0])
def test_a_lease_that_a_renewal_has_cut_is_not_used_to_its_old_end(cut_s: float) -> None:
    """Somebody makes the role's maximum shorter while the database is away."""

    def cut(keeper: Keeper) -> None:
        keeper.order(path=RENEWAL, lease_s=cut_s)
        keeper.order(path=CREDENTIALS, status=500)

    counts, keeper = a_worse_day(ONE, [(900, cut)])

    assert counts.forbidden == {}
    assert counts.served > 50
    assert counts.unavailable > 50, "there is nothing else to use"
    assert keeper.asked(RENEWAL, least_status=200)


def test_a_lease_that_vault_does_not_know_any_more_is_not_used_on() -> None:
    async def scene(secrets: Secrets, keeper: Keeper) -> None:
        keeper.write("database/roles/app", db_name="main", default_ttl=600, max_ttl=3600)
        await secrets.get(DATABASE)
        keeper.write("sys/leases/revoke-prefix/database/creds/app")
        keeper.order(path=CREDENTIALS, status=500)
        await asyncio.sleep(DUE_S + 10)

        with pytest.raises(SecretUnavailable):
            await secrets.get(DATABASE)
        assert [call.status for call in keeper.asked(RENEWAL)] == [400]

    staged(scene, [DATABASE])


def test_renewals_that_always_fail_turn_nobody_away() -> None:
    """As Vault answers for a user whom somebody has dropped by hand: new ones could be had."""
    counts, _ = a_worse_day(
        Worse(places=(DATABASE,), hours=2),
        [(0, lambda keeper: keeper.order(path=RENEWAL, status=500))],
    )

    assert counts.forbidden == {}
    assert counts.served > 300
    assert counts.refused == 0


def test_renewals_that_are_denied_turn_nobody_away() -> None:
    counts, keeper = a_worse_day(
        Worse(places=(DATABASE, AWS), hours=2),
        [(0, lambda keeper: keeper.order(path=RENEWAL, status=403))],
    )

    assert counts.forbidden == {}
    assert counts.refused == 0
    assert keeper.most_in_a_minute() < 40


def test_a_revocation_that_fails_is_not_tried_without_end() -> None:
    counts, keeper = a_worse_day(
        Worse(places=(DATABASE, AWS), hours=2),
        [(0, lambda keeper: keeper.order(path="sys/leases/revoke", status=500))],
    )

    assert counts.forbidden == {}
    assert counts.refused == 0
    assert len(keeper.asked("sys/leases/revoke", least_status=500)) < 100
    assert keeper.most_in_a_minute("sys/leases/revoke", least_status=500) <= 4


def test_a_revocation_that_is_denied_is_not_tried_again() -> None:
    counts, keeper = a_worse_day(
        Worse(places=(DATABASE, AWS), hours=2),
        [(0, lambda keeper: keeper.order(path="sys/leases/revoke", status=403))],
    )

    assert counts.forbidden == {}
    assert len(keeper.asked("sys/leases/revoke", least_status=403)) <= 2


def test_a_token_that_was_revoked_while_nobody_can_log_in_ends_its_leases_here() -> None:
    """All that was made with it is gone, too: nobody has to ask the database to know that."""

    async def scene(secrets: Secrets, keeper: Keeper) -> None:
        keeper.write("database/roles/app", db_name="main", default_ttl=600, max_ttl=3600)
        await secrets.get(DATABASE)
        keeper.revoke_tokens()
        keeper.order(path="auth/jwt/login", status=500)
        await asyncio.sleep(DUE_S + 10)

        with pytest.raises(SecretUnavailable):
            await secrets.get(DATABASE)
        assert keeper.asked("", least_status=403)

    staged(scene, [DATABASE])


@pytest.mark.parametrize("lease_s", [0.0, 1.0])
def test_credentials_that_are_over_when_they_come_are_not_asked_for_without_end(
    lease_s: float,
) -> None:
    counts, keeper = a_worse_day(
        ONE, [(0, lambda keeper: keeper.order(path=CREDENTIALS, lease_s=lease_s))]
    )

    assert counts.forbidden == {}
    assert counts.unavailable > 100
    assert keeper.most_in_a_minute(CREDENTIALS) <= 8


def test_a_lease_of_ten_years_ends_with_its_token() -> None:
    def long(keeper: Keeper) -> None:
        role = {"db_name": "main", "default_ttl": "87600h", "max_ttl": "87600h"}
        keeper.write("database/roles/app", **role)

    counts, keeper = a_worse_day(Worse(places=(DATABASE,), hours=2.5), [(0, long)])

    assert counts.forbidden == {}
    assert counts.refused == 0
    assert counts.logins >= 3
    assert len(keeper.asked(CREDENTIALS)) >= counts.logins
