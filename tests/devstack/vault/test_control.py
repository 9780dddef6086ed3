"""The double's own endpoints, for tests in other processes."""

from collections.abc import Generator, Mapping

import httpx
import pytest

from devstack.aws.wire import WireRequest
from fakes.vault import RunningVault
from fakes.vault_client import NO_TLS


@pytest.fixture
def local(running: RunningVault) -> Generator[httpx.Client]:
    with httpx.Client(base_url=f"{running.url}/_local", verify=NO_TLS) as client:
        yield client


def test_it_says_that_it_serves(local: httpx.Client) -> None:
    assert local.get("/health").json() == {"ok": True}


def test_a_failure_is_ordered_listed_and_cancelled(
    running: RunningVault, local: httpx.Client
) -> None:
    order = {"path": "sys/", "status": 429, "retry_after": 3, "times": 2, "error": "busy"}
    assert local.post("/faults", json=order).status_code == 204

    answer = httpx.get(f"{running.url}/v1/sys/health", verify=NO_TLS)
    pending = local.get("/faults").json()["faults"]

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3")
    assert answer.json() == {"errors": ["busy"]}
    assert [fault["times"] for fault in pending] == [1]
    local.delete("/faults")
    assert local.get("/faults").json() == {"faults": []}


@pytest.mark.parametrize(
    "order",
    [
        {"cut": "after"},
        {"spoiled": "truncated"},
        {"hang": 0.5, "lease": "30s"},
        {"status": 503, "times": 0},
    ],
)
def test_every_kind_of_failure_can_be_ordered(
    order: Mapping[str, object], running: RunningVault, local: httpx.Client
) -> None:
    assert local.post("/faults", json=order).status_code == 204

    assert len(running.faults.pending()) == 1


@pytest.mark.parametrize(
    ("path", "order"),
    [
        ("faults", {"made-up": 1}),
        ("faults", {"status": 200}),
        ("faults", {"status": "x"}),
        ("faults", {"hang": 9999}),
        ("faults", {"cut": "sideways"}),
        ("faults", {"spoiled": "rotten"}),
        ("script", {}),
        ("script", {"faults": [], "probability": 1}),
        ("script", {"faults": [{"status": 500}], "probability": 2}),
        ("script", {"faults": [{"status": 500}], "probability": True}),
        ("script", {"faults": ["x"], "probability": 0.1}),
        ("standing", {"standing": "asleep"}),
        ("clock", {"skew": "x"}),
        ("aws-keys", {"access_key_id": "x"}),
        ("faults", []),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(
    path: str, order: object, running: RunningVault, local: httpx.Client
) -> None:
    answer = local.post(f"/{path}", json=order)

    assert answer.status_code == 400
    assert answer.json()["error"]
    assert (running.faults.pending(), running.faults.script) == ((), None)


def test_no_json_is_no_order(local: httpx.Client) -> None:
    assert local.post("/faults", content=b"x").status_code == 400


def test_a_script_is_ordered(running: RunningVault, local: httpx.Client) -> None:
    faults = [{"status": 500}]
    local.post("/script", json={"probability": 1, "seed": 7, "path": "sys/", "faults": faults})

    assert httpx.get(f"{running.url}/v1/sys/health", verify=NO_TLS).status_code == 500


def test_vault_is_sealed_and_its_clock_is_set(running: RunningVault, local: httpx.Client) -> None:
    local.post("/standing", json={"standing": "sealed"})
    before = running.core.clock.now()
    local.post("/clock", json={"skew": -30})

    assert running.core.seal.standing == "sealed"
    assert running.core.clock.now() == before - 30


def test_an_access_key_becomes_known(running: RunningVault, local: httpx.Client) -> None:
    key = {"access_key_id": "AKIA", "secret_access_key": "s", "arn": "arn:aws:iam::1:user/a"}
    assert local.post("/aws-keys", json=key).status_code == 204
    assert local.post("/aws-keys", json={**key, "session_token": "t"}).status_code == 204

    known = running.gateway.control.aws_keys.find("AKIA")

    assert known is not None
    assert known.session_token is not None


def test_calls_are_listed_and_forgotten(running: RunningVault, local: httpx.Client) -> None:
    httpx.get(f"{running.url}/v1/sys/health?standbyok=true", verify=NO_TLS)
    (call,) = local.get("/calls").json()["calls"]

    assert (call["method"], call["path"], call["status"]) == ("GET", "sys/health", 200)
    local.delete("/calls")
    assert local.get("/calls").json() == {"calls": []}


def test_what_is_alive_is_told_by_name_and_not_by_value(
    running: RunningVault, local: httpx.Client
) -> None:
    running.database("app", default_ttl="1h")
    password = running.read("database/creds/app")["data"]["password"]
    token = running.token("p", ttl="1h")

    said = local.get("/alive")

    assert len(said.json()["database_users"]) == len(said.json()["leases"]) == 1
    assert [one["policies"] for one in said.json()["tokens"]] == [["root"], ["default", "p"]]
    for secret in (password, token, running.root_token):
        assert secret not in said.text


def test_an_unknown_request_is_told_where_to_look(local: httpx.Client) -> None:
    assert "control.py" in local.get("/nothing").json()["error"]


@pytest.mark.parametrize(
    "header", [{"origin": "http://localhost:8000"}, {"sec-fetch-site": "none"}]
)
def test_a_browser_is_refused(header: Mapping[str, str], local: httpx.Client) -> None:
    assert local.post("/faults", json={"status": 500}, headers=header).status_code == 403


def test_another_machine_is_refused(running: RunningVault) -> None:
    request = WireRequest(method="GET", path="/_local/health", query="", headers=(), body=b"")

    delivery = running.gateway.answer(request, peer="192.0.2.1")

    assert delivery.answer is not None
    assert delivery.answer.status == 403
