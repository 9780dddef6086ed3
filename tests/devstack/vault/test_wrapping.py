"""Wrappers: opened once, by whoever comes first; the second one learns that somebody did."""

import httpx
import pytest
from hvac.exceptions import Forbidden, InvalidRequest

from fakes.clock import StoppedClock
from fakes.vault import RunningVault
from fakes.vault_client import NO_TLS, As, Client

INVALID = "wrapping token is not valid or does not exist"


@pytest.fixture
def wrapper(root: Client) -> str:
    token: str = root.sys.wrap({"a": "1"}, ttl=60)["wrap_info"]["token"]
    return token


def test_a_wrapper_says_where_its_content_is_from(root: Client, having: As) -> None:
    info = root.sys.wrap({"a": "1"}, ttl=60)["wrap_info"]

    assert (info["ttl"], info["creation_path"]) == (60, "sys/wrapping/wrap")
    assert info["token"].startswith("hvs.")
    seen = having("").adapter.post("/v1/sys/wrapping/lookup", json={"token": info["token"]})
    assert seen["data"] == {
        "creation_path": "sys/wrapping/wrap",
        "creation_time": info["creation_time"],
        "creation_ttl": 60,
    }


def test_a_wrapper_opens_itself(wrapper: str, having: As) -> None:
    assert having(wrapper).sys.unwrap()["data"] == {"a": "1"}


def test_somebody_with_a_token_opens_a_wrapper(
    wrapper: str, having: As, running: RunningVault
) -> None:
    client = having(running.token("p"))

    assert client.sys.unwrap(wrapper)["data"] == {"a": "1"}


def test_a_replayed_wrapper_is_refused(wrapper: str, having: As, root: Client) -> None:
    having(wrapper).sys.unwrap()

    for again in (having(wrapper).sys.unwrap, lambda: root.sys.unwrap(wrapper)):
        with pytest.raises(InvalidRequest, match=INVALID):
            again()
    with pytest.raises(InvalidRequest, match=INVALID):
        root.adapter.post("/v1/sys/wrapping/lookup", json={"token": wrapper})


def test_a_wrapper_in_both_places_is_used_up_and_not_opened(wrapper: str, having: As) -> None:
    for _ in range(2):
        with pytest.raises(InvalidRequest, match=INVALID):
            having(wrapper).sys.unwrap(wrapper)


def test_looking_at_a_wrapper_leaves_it_as_it_is(wrapper: str, having: As, nobody: Client) -> None:
    for _ in range(3):
        nobody.adapter.post("/v1/sys/wrapping/lookup", json={"token": wrapper})

    assert having(wrapper).sys.unwrap()["data"] == {"a": "1"}


def test_a_wrapper_runs_out(wrapper: str, having: As, clock: StoppedClock) -> None:
    clock.advance(60)

    with pytest.raises(InvalidRequest, match=INVALID):
        having(wrapper).sys.unwrap()


def test_a_wrapper_is_good_for_nothing_else(wrapper: str, having: As) -> None:
    client = having(wrapper)
    with pytest.raises(Forbidden):
        client.auth.token.lookup_self()

    with pytest.raises(InvalidRequest, match=INVALID):
        client.sys.unwrap()


def test_a_token_that_is_no_wrapper_opens_nothing(root: Client) -> None:
    with pytest.raises(InvalidRequest, match=INVALID):
        root.sys.unwrap()


def test_rewrapping_makes_a_new_wrapper_of_the_same_origin(
    wrapper: str, root: Client, having: As
) -> None:
    info = root.adapter.post("/v1/sys/wrapping/rewrap", json={"token": wrapper})["wrap_info"]

    assert info["creation_path"] == "sys/wrapping/wrap"
    with pytest.raises(InvalidRequest, match=INVALID):
        having(wrapper).sys.unwrap()
    assert having(info["token"]).sys.unwrap()["data"] == {"a": "1"}


def test_any_answer_can_be_wrapped(running: RunningVault, root: Client, having: As) -> None:
    running.put("app", a="1")
    answer = root.adapter.get("/v1/secret/data/app", wrap_ttl="5m")

    unwrapped = having(answer["wrap_info"]["token"]).sys.unwrap()

    assert answer["data"] is None
    assert answer["wrap_info"]["creation_path"] == "secret/data/app"
    assert unwrapped["data"]["data"] == {"a": "1"}


def test_a_wrapped_login_names_the_tokens_accessor(
    running: RunningVault, nobody: Client, having: As
) -> None:
    running.jwt_role("r", "me")
    answer = nobody.adapter.post(
        "/v1/auth/jwt/login", json={"role": "r", "jwt": running.jwt("me")}, wrap_ttl="60s"
    )

    auth = having(answer["wrap_info"]["token"]).sys.unwrap()["auth"]

    assert answer["auth"] is None
    assert answer["wrap_info"]["wrapped_accessor"] == auth["accessor"]


def test_an_empty_answer_is_wrapped_as_nothing(
    running: RunningVault, root: Client, having: As
) -> None:
    policy = {"policy": 'path "a" { capabilities = ["read"] }'}
    answer = root.adapter.put("/v1/sys/policies/acl/p", json=policy, wrap_ttl="60s")

    assert having(answer["wrap_info"]["token"]).sys.unwrap().status_code == 204


def test_a_refusal_is_not_wrapped(running: RunningVault) -> None:
    running.put("app", a="1")
    running.delete("secret/data/app")
    headers = {"x-vault-token": running.root_token, "x-vault-wrap-ttl": "60s"}

    answer = httpx.get(f"{running.url}/v1/secret/data/app", headers=headers, verify=NO_TLS)

    assert answer.status_code == 404
    assert answer.json()["wrap_info"] is None


@pytest.mark.parametrize("ttl", ["x", "-5"])
def test_a_wrapping_time_that_is_none_is_refused(ttl: str, root: Client) -> None:
    with pytest.raises(InvalidRequest, match="Wrap-TTL"):
        root.adapter.get("/v1/auth/token/lookup-self", wrap_ttl=ttl)


def test_wrapping_has_to_be_asked_for(root: Client) -> None:
    with pytest.raises(InvalidRequest, match="requires response wrapping"):
        root.adapter.post("/v1/sys/wrapping/wrap", json={"a": "1"})


def test_a_policy_may_insist_on_wrapping(running: RunningVault, having: As) -> None:
    running.put("app", a="1")
    running.policy(
        "w",
        'path "secret/data/app" { capabilities = ["read"] min_wrapping_ttl = "1s" '
        'max_wrapping_ttl = "90s" }',
    )
    client = having(running.token("w"))

    for ttl in (None, "91s"):
        with pytest.raises(Forbidden):
            client.adapter.get("/v1/secret/data/app", wrap_ttl=ttl)
    assert client.adapter.get("/v1/secret/data/app", wrap_ttl="90s")["wrap_info"]["ttl"] == 90
