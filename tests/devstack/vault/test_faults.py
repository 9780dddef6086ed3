"""Failures on demand: each as a client meets it, and with what was really done behind it."""

import json
import time
from collections import Counter

import httpx
import pytest
import requests
from hvac.exceptions import Forbidden, InternalServerError, RateLimitExceeded, VaultDown

from devstack.vault.faults import Fault, Faults, Script
from fakes.clock import StoppedClock
from fakes.vault import RunningVault
from fakes.vault_client import NO_TLS, As, Client


@pytest.fixture
def running(running: RunningVault) -> RunningVault:
    running.put("app", a="1")
    running.database("app", default_ttl="1h")
    return running


def read(client: Client) -> object:
    data: object = client.adapter.get("/v1/secret/data/app")["data"]["data"]
    return data


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (403, Forbidden),
        (429, RateLimitExceeded),
        (500, InternalServerError),
        (503, VaultDown),
    ],
)
def test_a_status_that_was_ordered_is_answered_once(
    status: int, error: type[Exception], running: RunningVault, root: Client
) -> None:
    running.faults.order(Fault(status=status))

    with pytest.raises(error):
        read(root)

    assert read(root) == {"a": "1"}


def test_a_busy_vault_says_when_to_come_back(running: RunningVault) -> None:
    running.faults.order(Fault(status=429, retry_after_s=7))

    answer = httpx.get(f"{running.url}/v1/secret/data/app", verify=NO_TLS)

    assert answer.headers["retry-after"] == "7"
    assert answer.json()["errors"]


def test_a_text_of_ones_own_goes_with_the_status(running: RunningVault) -> None:
    running.faults.order(Fault(status=418, error="a text"))
    running.faults.order(Fault(status=418))

    texts = [
        httpx.get(f"{running.url}/v1/secret/data/app", verify=NO_TLS).json()["errors"]
        for _ in range(2)
    ]

    assert texts == [["a text"], []]


def test_an_order_is_for_the_paths_and_times_that_it_says(
    running: RunningVault, root: Client
) -> None:
    running.faults.order(Fault(path="secret/", status=503, times=2))
    root.auth.token.lookup_self()
    for _ in range(2):
        with pytest.raises(VaultDown):
            read(root)

    read(root)

    assert running.faults.pending() == ()


def test_an_order_without_an_end_is_cancelled(running: RunningVault, root: Client) -> None:
    running.faults.order(Fault(status=503, times=0))
    for _ in range(5):
        with pytest.raises(VaultDown):
            read(root)

    running.faults.clear()

    read(root)


def test_a_refusal_that_was_ordered_does_nothing(running: RunningVault, root: Client) -> None:
    running.faults.order(Fault(status=500))
    with pytest.raises(InternalServerError):
        root.secrets.database.generate_credentials("app")

    assert not running.database_users


@pytest.mark.parametrize(("cut", "users"), [("before", 0), ("after", 1)])
def test_a_connection_breaks_before_or_after_the_work(
    cut: str, users: int, running: RunningVault, root: Client
) -> None:
    running.faults.order(Fault(cut="before" if cut == "before" else "after"))

    with pytest.raises(requests.ConnectionError):
        root.secrets.database.generate_credentials("app")

    assert len(running.database_users) == users
    read(root)


def test_a_body_ends_before_its_length(running: RunningVault, root: Client) -> None:
    running.faults.order(Fault(spoiled="truncated"))

    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        read(root)

    read(root)


@pytest.mark.parametrize("spoiled", ["malformed", "html"])
def test_a_body_is_no_json(spoiled: str, running: RunningVault) -> None:
    running.faults.order(Fault(spoiled="html" if spoiled == "html" else "malformed"))
    headers = {"x-vault-token": running.root_token}

    answer = httpx.get(f"{running.url}/v1/secret/data/app", headers=headers, verify=NO_TLS)

    assert answer.status_code == 200
    assert ("html" in answer.headers["content-type"]) is (spoiled == "html")
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_an_answer_is_late(running: RunningVault, root: Client) -> None:
    running.faults.order(Fault(hang_s=0.05))
    began = time.monotonic()

    assert read(root) == {"a": "1"}

    assert time.monotonic() - began >= 0.05


def test_a_client_that_does_not_wait_leaves_the_others_alone(
    running: RunningVault, root: Client
) -> None:
    running.faults.order(Fault(hang_s=60))
    with pytest.raises(requests.ReadTimeout):
        root.adapter.get("/v1/secret/data/app", timeout=0.05)

    # The one that hangs is in a thread of its own, and ends with the server.
    assert read(root) == {"a": "1"}


def test_a_lease_is_shorter_than_the_role_says(
    running: RunningVault, root: Client, clock: StoppedClock
) -> None:
    running.faults.order(Fault(path="database/creds/", lease_s=90))
    made = root.secrets.database.generate_credentials("app")
    assert made["lease_duration"] == 90

    running.faults.order(Fault(path="sys/leases/renew", lease_s=30))
    assert root.sys.renew_lease(made["lease_id"])["lease_duration"] == 30

    clock.advance(30)
    assert not running.database_users


def test_a_token_is_shorter_than_the_role_says(
    running: RunningVault, nobody: Client, clock: StoppedClock
) -> None:
    running.jwt_role("r", "me", token_ttl="1h")
    running.faults.order(Fault(lease_s=100))
    assert nobody.auth.jwt.jwt_login("r", running.jwt("me"))["auth"]["lease_duration"] == 100

    running.faults.order(Fault(lease_s=50))
    assert nobody.auth.token.renew_self()["auth"]["lease_duration"] == 50

    clock.advance(50)
    with pytest.raises(Forbidden):
        nobody.auth.token.renew_self()


def script(seed: int, path: str = "") -> Script:
    return Script(
        probability=0.1, faults=[Fault(status=503), Fault(status=500)], seed=seed, path=path
    )


def drawn(script: Script, path: str = "secret/x") -> list[object]:
    faults = Faults(script=script)
    return [fault and fault.status for fault in (faults.due(path) for _ in range(200))]


def test_a_script_draws_the_same_failures_again() -> None:
    first, again, other = (drawn(script(seed)) for seed in (7, 7, 8))

    assert first == again != other
    counted = Counter(first)
    assert set(counted) == {None, 500, 503}
    assert 10 <= counted[500] + counted[503] <= 35


def test_a_script_is_for_the_paths_that_it_says() -> None:
    assert set(drawn(script(7, path="secret/"), "sys/health")) == {None}


def test_a_script_is_met_by_clients(running: RunningVault, root: Client) -> None:
    running.faults.script = Script(probability=1, faults=[Fault(status=503)], seed=7)
    with pytest.raises(VaultDown):
        read(root)

    running.faults.clear()

    assert read(root) == {"a": "1"}
    assert [call.faulty for call in running.calls.all()] == [True, False]


def test_orders_come_before_the_script() -> None:
    faults = Faults(script=Script(probability=1, faults=[Fault(status=500)], seed=1))
    faults.order(Fault(status=403))

    due = [faults.due("x") for _ in range(2)]

    assert [fault and fault.status for fault in due] == [403, 500]


def test_calls_are_counted_without_what_was_in_them(
    running: RunningVault, root: Client, having: As
) -> None:
    running.calls.clear()
    root.sys.wrap({"canary": "canary"}, ttl=60)
    read(root)
    with pytest.raises(Forbidden):
        having("hvs.canary").auth.token.lookup_self()

    assert running.calls.count() == 3
    assert running.calls.count("secret/") == running.calls.count(method="POST") == 1
    assert [call.status for call in running.calls.all()] == [200, 200, 403]
    assert "canary" not in str(running.calls.listed())


def test_preparing_is_neither_disturbed_nor_counted(running: RunningVault) -> None:
    running.calls.clear()
    running.faults.order(Fault(status=503, times=0))

    running.put("other", a="1")

    assert running.calls.all() == ()


def test_a_vault_whose_clock_is_ahead_ends_things_early(
    running: RunningVault, root: Client
) -> None:
    root.secrets.database.generate_credentials("app")
    running.core.clock.skew_s = 3600

    assert not running.database_users


def test_revoking_from_the_operators_side_counts_at_once(
    running: RunningVault, nobody: Client
) -> None:
    running.jwt_role("r", "me")
    token = nobody.auth.jwt.jwt_login("r", running.jwt("me"))["auth"]["client_token"]
    assert token in running.tokens

    running.revoke(token)

    assert token not in running.tokens
    with pytest.raises(Forbidden):
        nobody.auth.token.lookup_self()
