"""Credentials that Vault makes: extended, replaced, and never outliving their token."""

import json

import pytest

from fakes.clock import StoppedClock
from fakes.leasing_vault import AWS, DATABASE, DEPLOYER, READER, LeasingVault, said
from fakes.loopback import Reply
from fakes.scripted_vault import document, refusal
from trust.secrets.source import SecretOutage, SecretRefused
from trust.secrets.vault.aws import AwsSource
from trust.secrets.vault.database import DatabaseSource
from trust.secrets.vault.leases import Leases


async def test_a_user_of_the_database_is_made_for_us(
    database: DatabaseSource, leasing: LeasingVault
) -> None:
    found = await database.fetch(READER, None)

    assert said(found) == {"username": "v-reader-1", "password": "canary-1"}
    assert found.lease_s == 600
    assert leasing.is_alive(found)


async def test_temporary_credentials_are_made_for_us(leases: Leases, leasing: LeasingVault) -> None:
    found = await AwsSource(leases).fetch(DEPLOYER, None)

    assert said(found) == {
        "access_key": "ASIA1",
        "secret_key": "canary",
        "security_token": "canary-too",
    }
    (call,) = leasing.vault.asked(AWS)
    assert call.method == "POST"


async def test_what_is_known_is_extended(database: DatabaseSource, leasing: LeasingVault) -> None:
    found = await database.fetch(READER, None)

    longer = await database.fetch(READER, found)

    assert (longer.value, longer.version, longer.lease_s) == (found.value, found.version, 600)
    assert leasing.made == 1


async def test_a_renewal_that_gives_less_than_asked_is_what_counts(
    database: DatabaseSource, leasing: LeasingVault
) -> None:
    found = await database.fetch(READER, None)
    leasing.renewed_s = 400

    assert (await database.fetch(READER, found)).lease_s == 400


async def test_with_less_than_half_of_its_first_time_another_is_made(
    database: DatabaseSource, leasing: LeasingVault
) -> None:
    found = await database.fetch(READER, None)
    leasing.renewed_s = 299

    other = await database.fetch(READER, found)

    assert said(other)["username"] == "v-reader-2"
    assert other.lease_s == 600


async def test_half_is_measured_by_the_first_time_and_not_by_the_last_renewal(
    database: DatabaseSource, leasing: LeasingVault
) -> None:
    found = await database.fetch(READER, None)
    leasing.renewed_s = 350
    found = await database.fetch(READER, found)
    leasing.renewed_s = 200

    await database.fetch(READER, found)

    assert leasing.made == 2


@pytest.mark.parametrize(
    "said_to_it",
    [
        pytest.param(refusal(400, "lease expired"), id="refused"),
        pytest.param(
            document(lease_id="another", lease_duration=600, renewable=True), id="another"
        ),
        pytest.param(document(lease_id=f"{DATABASE}/1", renewable=True), id="no-time"),
        pytest.param(document(lease_id=f"{DATABASE}/1", lease_duration=0), id="no-time-at-all"),
        pytest.param(Reply(status=204), id="nothing"),
    ],
)
async def test_a_renewal_that_is_none_makes_another(
    database: DatabaseSource, leasing: LeasingVault, said_to_it: Reply
) -> None:
    found = await database.fetch(READER, None)
    leasing.vault.said["sys/leases/renew"] = lambda _: said_to_it

    assert said(await database.fetch(READER, found))["username"] == "v-reader-2"


async def test_a_renewal_that_cannot_be_asked_for_makes_no_other(
    database: DatabaseSource, leasing: LeasingVault
) -> None:
    found = await database.fetch(READER, None)
    leasing.vault.said["sys/leases/renew"] = lambda _: refusal(503, "Vault is sealed")

    with pytest.raises(SecretOutage):
        await database.fetch(READER, found)

    assert leasing.made == 1


async def test_what_cannot_be_renewed_is_not_tried(
    database: DatabaseSource, leasing: LeasingVault
) -> None:
    leasing.renewable = False
    found = await database.fetch(READER, None)

    await database.fetch(READER, found)

    assert leasing.vault.asked("sys/leases/renew") == []
    assert leasing.made == 2


async def test_sts_credentials_are_never_extended(leases: Leases, leasing: LeasingVault) -> None:
    source = AwsSource(leases)
    found = await source.fetch(DEPLOYER, None)

    await source.fetch(DEPLOYER, found)

    assert leasing.vault.asked("sys/leases/renew") == []
    assert leasing.made == 2


class TestTokens:
    """A lease ends with the token that it was made with."""

    async def test_a_lease_is_never_longer_than_its_token(
        self, database: DatabaseSource, leasing: LeasingVault
    ) -> None:
        leasing.vault.lease_s, leasing.lasts_s = 90, 3600

        found = await database.fetch(READER, None)

        assert found.lease_s is not None
        assert 60 < found.lease_s <= 90

    async def test_an_extended_one_is_not_either(
        self, database: DatabaseSource, leasing: LeasingVault, clock: StoppedClock
    ) -> None:
        leasing.vault.lease_s, leasing.lasts_s = 90, 3600
        found = await database.fetch(READER, None)
        clock.advance(20)

        longer = await database.fetch(READER, found)

        assert longer.version == found.version
        assert longer.lease_s is not None
        assert 40 < longer.lease_s <= 70

    async def test_after_another_login_it_is_replaced_and_not_extended(
        self, database: DatabaseSource, leasing: LeasingVault
    ) -> None:
        # The new token may extend the old one's lease, and does not keep it alive.
        found = await database.fetch(READER, None)
        leasing.vault.alive.discard("hvs.token-1")

        other = await database.fetch(READER, found)
        leasing.end_token("hvs.token-1")

        assert leasing.vault.logins == 2
        assert other.version != found.version
        assert leasing.is_alive(other)


class TestAnswers:
    """What is none of Vault's is not taken for credentials."""

    @pytest.mark.parametrize(
        "members",
        [
            pytest.param({"lease_id": ""}, id="without-a-lease"),
            pytest.param({"lease_duration": 0}, id="without-a-time"),
            pytest.param({"lease_duration": "600"}, id="with-a-time-that-is-none"),
            pytest.param({"lease_duration": float("inf")}, id="for-ever"),
            pytest.param({"data": None}, id="without-data"),
            pytest.param({"data": {"username": "v-reader-1"}}, id="without-a-password"),
            pytest.param({"data": {"username": "v-reader-1", "password": ""}}, id="empty"),
        ],
    )
    async def test_a_malformed_answer_is_an_outage(
        self, database: DatabaseSource, leasing: LeasingVault, members: dict[str, object]
    ) -> None:
        whole: dict[str, object] = {
            "lease_id": f"{DATABASE}/1",
            "lease_duration": 600,
            "renewable": True,
            "data": {"username": "v-reader-1", "password": "canary"},
        }
        leasing.vault.said[DATABASE] = lambda _: Reply(
            body=json.dumps({**whole, **members}).encode()
        )

        with pytest.raises(SecretOutage, match="form") as outage:
            await database.fetch(READER, None)

        assert "canary" not in repr(outage.value) + str(outage.value.__cause__)

    async def test_the_lease_of_a_malformed_answer_is_given_back(
        self, leases: Leases, leasing: LeasingVault
    ) -> None:
        leasing.vault.said[DATABASE] = lambda _: document(
            lease_id=f"{DATABASE}/7", lease_duration=600, renewable=True, data={}
        )

        for _ in range(2):
            with pytest.raises(SecretOutage):
                await DatabaseSource(leases).fetch(READER, None)
        assert leasing.revoked == []
        await leases.close()

        assert leasing.revoked == [f"{DATABASE}/7"]

    async def test_a_role_that_is_not_there_is_refused(
        self, database: DatabaseSource, leasing: LeasingVault
    ) -> None:
        leasing.vault.said[DATABASE] = lambda _: refusal(404)

        with pytest.raises(SecretRefused):
            await database.fetch(READER, None)
