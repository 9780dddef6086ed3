"""The key-value engine: versions, soft deletion, destruction, check-and-set."""

from typing import Any

import pytest
from hvac.exceptions import Forbidden, InvalidPath, InvalidRequest

from fakes.vault import RunningVault
from fakes.vault_client import As, Client


@pytest.fixture
def kv(running: RunningVault, root: Client) -> Client:
    running.engine("kv", "secret")
    return root.secrets.kv.v2


def said(error: pytest.ExceptionInfo[InvalidPath]) -> Any:
    """Return the data that came along with a 404."""
    body: Any = error.value.json
    return body["data"]


def test_the_newest_version_is_read(kv: Client) -> None:
    kv.create_or_update_secret("app/db", {"password": "one"})
    written = kv.create_or_update_secret("app/db", {"password": "two"})

    read = kv.read_secret_version("app/db", raise_on_deleted_version=True)

    assert written["data"]["version"] == 2
    assert read["data"]["data"] == {"password": "two"}
    assert read["data"]["metadata"]["version"] == 2
    assert read["data"]["metadata"]["created_time"].endswith("000Z")
    assert (read["lease_id"], read["lease_duration"], read["auth"]) == ("", 0, None)


def test_an_older_version_is_read_by_its_number(kv: Client) -> None:
    kv.create_or_update_secret("app", {"a": "1"})
    kv.create_or_update_secret("app", {"a": "2"})

    read = kv.read_secret_version("app", version=1, raise_on_deleted_version=True)

    assert read["data"]["data"] == {"a": "1"}


def test_what_never_was_is_not_found(kv: Client) -> None:
    with pytest.raises(InvalidPath) as missing:
        kv.read_secret_version("nothing", raise_on_deleted_version=True)
    kv.create_or_update_secret("app", {"a": "1"})

    assert missing.value.json == {"errors": []}
    with pytest.raises(InvalidPath):
        kv.read_secret_version("app", version=7, raise_on_deleted_version=True)


def test_a_deleted_version_is_not_found_but_tells_when(kv: Client) -> None:
    kv.create_or_update_secret("app", {"a": "1"})
    kv.delete_latest_version_of_secret("app")

    with pytest.raises(InvalidPath) as deleted:
        kv.read_secret_version("app", raise_on_deleted_version=True)
    # hvac's own reading of the body, which needs `data.metadata.deletion_time`.
    read = kv.read_secret_version("app", raise_on_deleted_version=False)

    assert said(deleted)["data"] is None
    assert read["data"]["metadata"]["deletion_time"] != ""
    kv.undelete_secret_versions("app", versions=[1])
    back = kv.read_secret_version("app", raise_on_deleted_version=True)
    assert back["data"]["data"] == {"a": "1"}


def test_an_older_version_survives_the_newest_ones_deletion(kv: Client) -> None:
    kv.create_or_update_secret("app", {"a": "1"})
    kv.create_or_update_secret("app", {"a": "2"})
    kv.delete_secret_versions("app", versions=[2])

    read = kv.read_secret_version("app", version=1, raise_on_deleted_version=True)

    assert read["data"]["data"] == {"a": "1"}


def test_what_is_destroyed_does_not_come_back(kv: Client) -> None:
    kv.create_or_update_secret("app", {"a": "1"})
    kv.destroy_secret_versions("app", versions=[1])
    kv.undelete_secret_versions("app", versions=[1])

    with pytest.raises(InvalidPath) as destroyed:
        kv.read_secret_version("app", raise_on_deleted_version=True)

    assert said(destroyed)["metadata"]["destroyed"] is True


def test_a_write_that_is_too_late_is_refused(kv: Client) -> None:
    kv.create_or_update_secret("app", {"a": "1"}, cas=0)

    with pytest.raises(InvalidRequest, match="did not match"):
        kv.create_or_update_secret("app", {"a": "2"}, cas=0)


def test_a_mount_may_insist_on_check_and_set(kv: Client) -> None:
    kv.configure(cas_required=True, max_versions=3)
    assert kv.read_configuration()["data"]["cas_required"] is True

    with pytest.raises(InvalidRequest, match="check-and-set parameter required"):
        kv.create_or_update_secret("app", {"a": "1"})


def test_versions_beyond_the_most_are_forgotten(kv: Client) -> None:
    kv.configure(max_versions=2)
    for number in range(4):
        kv.create_or_update_secret("app", {"a": str(number)})

    metadata = kv.read_secret_metadata("app")["data"]

    assert (metadata["oldest_version"], metadata["current_version"]) == (3, 4)
    with pytest.raises(InvalidPath):
        kv.read_secret_version("app", version=2, raise_on_deleted_version=True)


def test_a_patch_changes_what_it_names(kv: Client, root: Client) -> None:
    kv.create_or_update_secret("app", {"a": "1", "b": "2", "c": "3"})
    patch = {"data": {"b": "3", "c": None}}
    root.adapter.request("patch", "/v1/secret/data/app", json=patch)

    read = kv.read_secret_version("app", raise_on_deleted_version=True)

    assert read["data"]["data"] == {"a": "1", "b": "3"}
    kv.delete_latest_version_of_secret("app")
    with pytest.raises(InvalidPath):
        root.adapter.request("patch", "/v1/secret/data/app", json=patch)


def test_folders_and_secrets_are_listed(kv: Client) -> None:
    kv.create_or_update_secret("app/db", {"a": "1"})
    kv.create_or_update_secret("app/deep/er", {"a": "1"})
    kv.create_or_update_secret("top", {"a": "1"})

    assert kv.list_secrets("")["data"]["keys"] == ["app/", "top"]
    assert kv.list_secrets("app")["data"]["keys"] == ["db", "deep/"]
    with pytest.raises(InvalidPath):
        kv.list_secrets("nothing")


def test_metadata_is_written_and_goes_with_all_versions(kv: Client) -> None:
    kv.create_or_update_secret("app", {"a": "1"})
    kv.update_metadata("app", max_versions=5, custom_metadata={"owner": "acme"})
    read = kv.read_secret_version("app", raise_on_deleted_version=True)
    assert read["data"]["metadata"]["custom_metadata"] == {"owner": "acme"}

    kv.delete_metadata_and_all_versions("app")

    with pytest.raises(InvalidPath):
        kv.read_secret_metadata("app")


def test_a_first_write_needs_create_and_the_next_one_update(
    running: RunningVault, kv: Client, having: As
) -> None:
    running.policy("once", 'path "secret/data/*" { capabilities = ["create"] }')
    client = having(running.token("once")).secrets.kv.v2
    client.create_or_update_secret("app", {"a": "1"})

    with pytest.raises(Forbidden):
        client.create_or_update_secret("app", {"a": "2"})


def test_version_1_of_the_engine_is_not_served(root: Client) -> None:
    with pytest.raises(InvalidRequest, match="version 2"):
        root.sys.enable_secrets_engine("kv", path="old")


@pytest.mark.parametrize("fields", [{}, {"data": "text"}, {"data": {}, "options": {"cas": "x"}}])
def test_a_write_without_a_document_is_refused(
    fields: dict[str, object], kv: Client, root: Client
) -> None:
    with pytest.raises(InvalidRequest):
        root.adapter.post("/v1/secret/data/app", json=fields)


def test_versions_have_to_be_named(kv: Client, root: Client) -> None:
    kv.create_or_update_secret("app", {"a": "1"})

    with pytest.raises(InvalidRequest, match="No version number"):
        root.adapter.post("/v1/secret/destroy/app", json={})


def test_what_is_not_there_is_not_deleted_and_that_is_no_mistake(kv: Client) -> None:
    kv.delete_latest_version_of_secret("nothing")
    kv.create_or_update_secret("app", {"a": "1"})
    kv.delete_secret_versions("app", versions=[7])
    kv.undelete_secret_versions("app", versions=[7])
    kv.destroy_secret_versions("app", versions=[7])

    read = kv.read_secret_version("app", raise_on_deleted_version=True)

    assert read["data"]["data"] == {"a": "1"}


def test_metadata_may_come_before_the_secret(kv: Client) -> None:
    kv.update_metadata("app", cas_required=True)

    with pytest.raises(InvalidRequest, match="check-and-set parameter required"):
        kv.create_or_update_secret("app", {"a": "1"})
    assert kv.read_secret_metadata("app")["data"]["versions"] == {}
    with pytest.raises(InvalidPath):
        kv.read_secret_version("app", raise_on_deleted_version=True)
