"""Logging in with a role id and a secret id, the latter usually in a wrapper."""

import pytest
from hvac.exceptions import InvalidPath, InvalidRequest

from fakes.clock import StoppedClock
from fakes.vault import RunningVault
from fakes.vault_client import As, Client

REFUSED = "invalid role or secret ID"


@pytest.fixture
def approle(running: RunningVault, root: Client) -> Client:
    running.method("approle")
    root.auth.approle.create_or_update_approle(
        "gate",
        token_policies=["p"],
        token_ttl="15m",
        secret_id_num_uses=1,
        secret_id_ttl="10m",
    )
    return root.auth.approle


def role_id(approle: Client) -> str:
    read: str = approle.read_role_id("gate")["data"]["role_id"]
    return read


def secret_id(approle: Client) -> str:
    made: str = approle.generate_secret_id("gate")["data"]["secret_id"]
    return made


def test_both_ids_together_give_a_token(approle: Client, nobody: Client) -> None:
    auth = nobody.auth.approle.login(role_id(approle), secret_id(approle))["auth"]

    assert (auth["policies"], auth["lease_duration"]) == (["default", "p"], 900)
    assert auth["metadata"] == {"role_name": "gate"}


def test_a_secret_id_of_one_use_is_good_for_one(approle: Client, nobody: Client) -> None:
    once = secret_id(approle)
    nobody.auth.approle.login(role_id(approle), once)

    with pytest.raises(InvalidRequest, match=REFUSED):
        nobody.auth.approle.login(role_id(approle), once)


def test_a_secret_id_of_two_uses_is_good_for_two(approle: Client, nobody: Client) -> None:
    approle.create_or_update_approle("gate", secret_id_num_uses=2)
    twice = secret_id(approle)
    for _ in range(2):
        nobody.auth.approle.login(role_id(approle), twice)

    with pytest.raises(InvalidRequest, match=REFUSED):
        nobody.auth.approle.login(role_id(approle), twice)


def test_a_secret_id_without_bounds_stays(
    approle: Client, nobody: Client, clock: StoppedClock
) -> None:
    approle.create_or_update_approle("gate")
    lasting = secret_id(approle)
    clock.advance(10**7)

    for _ in range(3):
        nobody.auth.approle.login(role_id(approle), lasting)


def test_a_secret_id_runs_out(approle: Client, nobody: Client, clock: StoppedClock) -> None:
    late = secret_id(approle)
    clock.advance(600)

    with pytest.raises(InvalidRequest, match=REFUSED):
        nobody.auth.approle.login(role_id(approle), late)


def test_a_wrong_half_is_refused_like_the_other(approle: Client, nobody: Client) -> None:
    for half in (("guessed", secret_id(approle)), (role_id(approle), "guessed")):
        with pytest.raises(InvalidRequest, match=REFUSED):
            nobody.auth.approle.login(*half)


@pytest.mark.parametrize(("fields", "text"), [({}, "missing role_id"), ({"role_id": "x"}, REFUSED)])
def test_both_halves_have_to_be_given(
    fields: dict[str, str], text: str, approle: Client, nobody: Client
) -> None:
    with pytest.raises(InvalidRequest, match=text):
        nobody.adapter.post("/v1/auth/approle/login", json=fields)


def test_a_secret_id_has_to_be_given(approle: Client, nobody: Client) -> None:
    fields = {"role_id": role_id(approle)}

    with pytest.raises(InvalidRequest, match="missing secret_id"):
        nobody.adapter.post("/v1/auth/approle/login", json=fields)


def test_a_role_may_do_without_secret_ids(approle: Client, nobody: Client) -> None:
    approle.create_or_update_approle("gate", bind_secret_id=False)
    approle.update_role_id("gate", role_id="well-known")

    answer = nobody.adapter.post("/v1/auth/approle/login", json={"role_id": "well-known"})

    assert answer["auth"]["client_token"]


def test_a_secret_id_comes_in_a_wrapper(approle: Client, having: As, nobody: Client) -> None:
    info = approle.generate_secret_id("gate", wrap_ttl="60s")["wrap_info"]
    assert info["creation_path"] == "auth/approle/role/gate/secret-id"

    made = having(info["token"]).sys.unwrap()["data"]["secret_id"]

    assert nobody.auth.approle.login(role_id(approle), made)


def test_a_secret_id_is_looked_up_and_destroyed(approle: Client, nobody: Client) -> None:
    made = secret_id(approle)
    assert approle.read_secret_id("gate", made)["data"]["secret_id_num_uses"] == 1

    approle.destroy_secret_id("gate", made)

    assert approle.read_secret_id("gate", made).status_code == 204
    with pytest.raises(InvalidRequest, match=REFUSED):
        nobody.auth.approle.login(role_id(approle), made)


def test_a_role_that_is_changed_keeps_its_ids(approle: Client) -> None:
    before = role_id(approle)
    approle.create_or_update_approle("gate", token_ttl="1h")

    assert role_id(approle) == before
    assert approle.read_role("gate")["data"]["token_ttl"] == 3600
    assert approle.list_roles()["data"]["keys"] == ["gate"]


def test_an_unknown_role_has_no_ids(approle: Client) -> None:
    with pytest.raises(InvalidPath):
        approle.read_role_id("other")
    with pytest.raises(InvalidRequest, match="missing role_id"):
        approle.update_role_id("gate", role_id="")
