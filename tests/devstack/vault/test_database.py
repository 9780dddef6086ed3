"""The database engine: users that go with their lease."""

import pytest
from hvac.exceptions import InternalServerError, InvalidPath, InvalidRequest

from fakes.clock import StoppedClock
from fakes.vault import RunningVault
from fakes.vault_client import Client


@pytest.fixture
def database(running: RunningVault, root: Client) -> Client:
    running.database("app", default_ttl="1h", max_ttl="2h")
    return root.secrets.database


def test_every_time_there_is_a_new_user(running: RunningVault, database: Client) -> None:
    first, second = (database.generate_credentials("app") for _ in range(2))

    assert first["lease_id"].startswith("database/creds/app/")
    assert (first["lease_duration"], first["renewable"]) == (3600, True)
    users = {first["data"]["username"], second["data"]["username"]}
    assert len(users) == 2
    assert running.database_users == users


def test_a_user_is_gone_when_its_lease_is_over(
    running: RunningVault, database: Client, clock: StoppedClock
) -> None:
    database.generate_credentials("app")
    clock.advance(3599)
    assert running.database_users

    clock.advance(1)

    assert not running.database_users


def test_a_renewed_lease_lives_on_to_its_maximum(
    running: RunningVault, database: Client, root: Client, clock: StoppedClock
) -> None:
    lease = database.generate_credentials("app")["lease_id"]
    clock.advance(3000)
    renewed = root.sys.renew_lease(lease)
    assert (renewed["lease_id"], renewed["lease_duration"]) == (lease, 3600)
    clock.advance(3000)

    capped = root.sys.renew_lease(lease, increment=3600)

    assert capped["lease_duration"] == 7200 - 6000
    assert "capped" in capped["warnings"][0]
    clock.advance(1200)
    assert not running.database_users
    with pytest.raises(InvalidRequest, match="lease not found"):
        root.sys.renew_lease(lease)


def test_a_lease_is_looked_up(database: Client, root: Client, clock: StoppedClock) -> None:
    lease = database.generate_credentials("app")["lease_id"]
    clock.advance(10)
    root.sys.renew_lease(lease, increment=60)
    seen = root.sys.read_lease(lease)["data"]

    assert (seen["id"], seen["ttl"], seen["renewable"]) == (lease, 60, True)
    assert seen["last_renewal"] > seen["issue_time"]
    listed = root.sys.list_leases("database/creds/app/")["data"]["keys"]
    assert [f"database/creds/app/{key}" for key in listed] == [lease]
    with pytest.raises(InvalidRequest, match="invalid lease"):
        root.sys.read_lease("database/creds/app/nothing")


def test_revoking_a_lease_removes_its_user(
    running: RunningVault, database: Client, root: Client
) -> None:
    first = database.generate_credentials("app")
    second = database.generate_credentials("app")

    root.sys.revoke_lease(first["lease_id"])
    root.sys.revoke_lease(first["lease_id"])

    assert running.database_users == {second["data"]["username"]}


def test_leases_are_revoked_below_a_prefix(
    running: RunningVault, database: Client, root: Client
) -> None:
    database.generate_credentials("app")
    root.sys.revoke_prefix("database/creds/other")
    assert running.database_users

    root.sys.revoke_prefix("database/creds/app")

    assert not running.database_users


def test_disabling_the_engine_removes_its_users(
    running: RunningVault, database: Client, root: Client
) -> None:
    users = running.core.spaces.named("").mounts["database/"].engine.users  # type: ignore[attr-defined]  # the engine's own
    database.generate_credentials("app")
    assert users

    root.sys.disable_secrets_engine("database")

    assert not users


def test_an_unknown_role_is_refused(database: Client) -> None:
    with pytest.raises(InvalidRequest, match="unknown role: other"):
        database.generate_credentials("other")


def test_a_role_that_the_connection_does_not_allow_is_refused(
    running: RunningVault, database: Client
) -> None:
    running.write("database/config/db", plugin_name="double", allowed_roles="another")

    with pytest.raises(InternalServerError, match="not an allowed role"):
        database.generate_credentials("app")


def test_a_role_without_its_connection_gives_nothing(
    running: RunningVault, database: Client
) -> None:
    running.delete("database/config/db")

    with pytest.raises(InternalServerError, match="failed to find entry"):
        database.generate_credentials("app")


def test_a_connections_password_is_never_read(running: RunningVault, database: Client) -> None:
    running.write("database/config/db", plugin_name="double", allowed_roles="*", password="canary")

    read = database.read_connection("db")

    assert "canary" not in str(read)
    assert database.list_connections()["data"]["keys"] == ["db"]


def test_roles_are_read_listed_and_deleted(database: Client) -> None:
    role = database.read_role("app")["data"]
    assert (role["db_name"], role["default_ttl"], role["max_ttl"]) == ("db", 3600, 7200)
    assert database.list_roles()["data"]["keys"] == ["app"]

    database.delete_role("app")

    with pytest.raises(InvalidRequest, match="unknown role"):
        database.generate_credentials("app")


def test_a_static_user_gets_a_new_password_when_it_is_due(
    running: RunningVault, database: Client, clock: StoppedClock
) -> None:
    running.write("database/static-roles/s", db_name="db", username="app", rotation_period="1h")
    first = database.get_static_credentials("s")["data"]
    clock.advance(1800)
    assert database.get_static_credentials("s")["data"]["password"] == first["password"]
    assert database.get_static_credentials("s")["data"]["ttl"] == 1800

    clock.advance(1800)

    assert database.get_static_credentials("s")["data"]["password"] != first["password"]
    assert running.database_users == {"app"}
    before = database.get_static_credentials("s")["data"]["password"]
    database.rotate_static_role_credentials("s")
    assert database.get_static_credentials("s")["data"]["password"] != before
    with pytest.raises(InvalidRequest, match="unknown role"):
        database.get_static_credentials("other")


def test_tokens_are_not_renewed_as_leases(root: Client) -> None:
    with pytest.raises(InvalidRequest, match="cannot be renewed through this endpoint"):
        root.sys.renew_lease("auth/token/create/abc")


def test_a_lease_has_to_be_named(root: Client) -> None:
    with pytest.raises(InvalidRequest, match="lease_id must be specified"):
        root.adapter.put("/v1/sys/leases/revoke", json={})


@pytest.mark.parametrize(
    ("path", "fields", "text"),
    [
        ("config/other", {}, "plugin_name"),
        ("roles/other", {}, "empty database name"),
    ],
)
def test_what_makes_no_sense_is_refused(
    path: str, fields: dict[str, object], text: str, database: Client, root: Client
) -> None:
    with pytest.raises(InvalidRequest, match=text):
        root.adapter.post(f"/v1/database/{path}", json=fields)


def test_what_is_not_there_is_not_found(running: RunningVault, root: Client) -> None:
    running.engine("database")
    missing = root.secrets.database

    for read in (
        missing.list_connections,
        missing.list_roles,
        lambda: missing.read_connection("db"),
        lambda: missing.read_role("app"),
    ):
        with pytest.raises(InvalidPath):
            read()
