"""The test control: failures on demand, and counts of calls."""

import httpx
import pytest

from idp_client.relying_party import RelyingParty


@pytest.fixture(autouse=True)
def _clean(party: RelyingParty) -> None:
    for path in ("/_local/faults", "/_local/counts"):
        httpx.delete(f"{party.issuer}{path}", timeout=5).raise_for_status()


def plant(party: RelyingParty, **fault: object) -> httpx.Response:
    return httpx.post(f"{party.issuer}/_local/faults", json=fault, timeout=5)


def counts(party: RelyingParty) -> dict[str, int]:
    counted: dict[str, int] = httpx.get(f"{party.issuer}/_local/counts", timeout=5).json()
    return counted


def test_a_status_comes_as_often_as_asked_for(party: RelyingParty) -> None:
    token = party.tokens()["refresh_token"]
    plant(party, path="/token", status=503, times=2).raise_for_status()

    assert [party.refresh(token).status_code for _ in range(3)] == [503, 503, 200]


def test_an_error_of_oauth_can_be_chosen(party: RelyingParty) -> None:
    token = party.tokens()["refresh_token"]
    plant(party, path="/token", status=400, error="invalid_grant").raise_for_status()

    assert party.refresh(token).json()["error"] == "invalid_grant"
    assert party.refresh(token).status_code == 200


def test_a_delayed_answer_is_late_and_right(party: RelyingParty) -> None:
    token = party.tokens()["refresh_token"]
    plant(party, path="/token", delay_ms=250).raise_for_status()

    answer = party.refresh(token)

    assert answer.status_code == 200
    assert answer.elapsed.total_seconds() >= 0.25


def test_a_lost_answer_was_acted_on(party: RelyingParty) -> None:
    token = party.tokens()["refresh_token"]
    plant(party, path="/token", lose_answer=True).raise_for_status()

    with pytest.raises(httpx.RemoteProtocolError):
        party.refresh(token)

    # The token was rotated, though nobody got the new one: using it again is a reuse.
    assert party.refresh(token).json()["error"] == "invalid_grant"


def test_faults_can_be_forgotten(party: RelyingParty) -> None:
    token = party.tokens()["refresh_token"]
    plant(party, path="/token", status=503, times=9).raise_for_status()

    httpx.delete(f"{party.issuer}/_local/faults", timeout=5).raise_for_status()

    assert party.refresh(token).status_code == 200


def test_calls_are_counted_by_path(party: RelyingParty) -> None:
    token = party.tokens()["refresh_token"]
    party.refresh(token)
    party.refresh(token)

    assert counts(party)["/token"] == 3
    assert "/_local/counts" not in counts(party)


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 503},
        {"path": "token", "status": 503},
        {"path": "/token", "status": 200},
        {"path": "/token", "times": 0},
        {"path": "/token", "delay_ms": "1"},
        {"path": "/token", "surprise": 1},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(
    party: RelyingParty, fault: dict[str, object]
) -> None:
    assert plant(party, **fault).status_code == 400


def test_a_fault_that_is_not_json_is_refused(party: RelyingParty) -> None:
    answer = httpx.post(f"{party.issuer}/_local/faults", content="path=/token", timeout=5)

    assert answer.status_code == 400


@pytest.mark.parametrize(
    "header",
    [
        pytest.param({"Origin": "https://evil.example"}, id="another-page"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, id="a-browser"),
        pytest.param({"Host": "evil.example"}, id="a-rebound-name"),
    ],
)
def test_a_web_page_cannot_use_the_control(party: RelyingParty, header: dict[str, str]) -> None:
    answer = httpx.get(f"{party.issuer}/_local/counts", headers=header, timeout=5)

    assert answer.status_code == 403
