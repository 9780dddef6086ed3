"""Logging in with a name and a password."""

import pytest
from hvac.exceptions import InvalidPath, InvalidRequest

from fakes.vault import RunningVault
from fakes.vault_client import Client


@pytest.fixture
def people(running: RunningVault, root: Client) -> Client:
    running.method("userpass")
    root.auth.userpass.create_or_update_user("alice", "made-up", policies=["ops"])
    return root.auth.userpass


def test_whoever_knows_the_password_gets_a_token(people: Client, nobody: Client) -> None:
    auth = nobody.auth.userpass.login("alice", "made-up")["auth"]

    assert auth["policies"] == ["default", "ops"]
    assert auth["metadata"] == {"username": "alice"}


@pytest.mark.parametrize(("name", "password"), [("alice", "guessed"), ("bob", "made-up")])
def test_who_does_not_is_refused_all_alike(
    name: str, password: str, people: Client, nobody: Client
) -> None:
    with pytest.raises(InvalidRequest, match="invalid username or password"):
        nobody.auth.userpass.login(name, password)


def test_a_password_is_needed(people: Client, nobody: Client, root: Client) -> None:
    with pytest.raises(InvalidRequest, match="missing password"):
        nobody.auth.userpass.login("alice", "")
    with pytest.raises(InvalidRequest, match="missing password"):
        root.auth.userpass.create_or_update_user("bob", "")


def test_people_are_listed_and_forgotten(people: Client, nobody: Client) -> None:
    assert people.list_user()["data"]["keys"] == ["alice"]
    assert "made-up" not in str(people.read_user("alice"))

    people.delete_user("alice")

    with pytest.raises(InvalidPath):
        people.read_user("alice")
    with pytest.raises(InvalidPath):
        people.list_user()
