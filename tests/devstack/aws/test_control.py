"""The gateway's own endpoints: what can be ordered, and by whom."""

import json
from typing import Any

import pytest

from devstack.aws.calls import Calls
from devstack.aws.control import Control, ControlRefused, fault_ordered
from devstack.aws.faults import Fault, FaultDue, Faults
from devstack.aws.wire import Answer, WireRequest

LOOPBACK = "127.0.0.1"


def asked(
    control: Control,
    method: str,
    path: str,
    *,
    headers: tuple[tuple[str, str], ...] = (),
    body: bytes = b"",
    peer: str | None = LOOPBACK,
) -> Answer:
    request = WireRequest(method=method, path=path, query="", headers=headers, body=body)
    return control.answer(request, peer=peer)


@pytest.fixture
def control() -> Control:
    return Control(calls=Calls(), faults=Faults())


@pytest.mark.parametrize("peer", [LOOPBACK, "127.0.0.2", "::1"])
def test_programs_on_this_machine_may_ask(control: Control, peer: str) -> None:
    assert asked(control, "GET", "/_local/calls", peer=peer).status == 200


@pytest.mark.parametrize("peer", ["10.0.0.1", "::ffff:10.0.0.1", None])
def test_others_may_not(control: Control, peer: str | None) -> None:
    assert asked(control, "GET", "/_local/calls", peer=peer).status == 403


@pytest.mark.parametrize(
    "header", [("origin", "http://localhost:8000"), ("sec-fetch-site", "cross-site")]
)
def test_browsers_may_not(control: Control, header: tuple[str, str]) -> None:
    answer = asked(
        control, "POST", "/_local/faults", headers=(header,), body=b'{"service":"s3","status":500}'
    )

    assert answer.status == 403
    assert control.faults.pending() == ()


def test_calls_are_listed_and_forgotten(control: Control) -> None:
    control.calls.opened("s3")

    assert json.loads(asked(control, "GET", "/_local/calls").body)["calls"][0]["service"] == "s3"
    assert asked(control, "DELETE", "/_local/calls").status == 204
    assert json.loads(asked(control, "GET", "/_local/calls").body) == {"calls": []}


def test_numbers_go_on_after_forgetting(control: Control) -> None:
    first = control.calls.opened("s3").number
    control.calls.clear()

    assert control.calls.opened("s3").number == first + 1


def test_orders_are_listed_and_cancelled(control: Control) -> None:
    body = b'{"service": "agentcore", "status": 429, "times": 2, "retry_after": 1}'

    assert asked(control, "POST", "/_local/faults", body=body).status == 204
    [fault] = json.loads(asked(control, "GET", "/_local/faults").body)["faults"]
    assert (fault["service"], fault["status"], fault["times"]) == ("agentcore", 429, 2)
    assert asked(control, "DELETE", "/_local/faults").status == 204
    assert control.faults.pending() == ()


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/_local/"), ("GET", "/_local/other"), ("PUT", "/_local/faults")],
)
def test_other_requests_are_not_found(control: Control, method: str, path: str) -> None:
    assert asked(control, method, path).status == 404


@pytest.mark.parametrize(
    "order",
    [
        pytest.param([], id="no object"),
        pytest.param({}, id="no service"),
        pytest.param({"service": "ec2", "status": 500}, id="unknown service"),
        pytest.param({"service": "s3"}, id="nothing to do"),
        pytest.param({"service": "s3", "status": 200}, id="no failure"),
        pytest.param({"service": "s3", "status": True}, id="status that is no number"),
        pytest.param({"service": "s3", "status": 500, "times": 0}, id="never"),
        pytest.param({"service": "s3", "hang": -1}, id="hang backwards"),
        pytest.param({"service": "s3", "hang": "long"}, id="hang that is no number"),
        pytest.param({"service": "s3", "status": 500, "code": 7}, id="code that is no text"),
        pytest.param({"service": "s3", "status": 500, "sleep": 1}, id="misspelt"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(control: Control, order: Any) -> None:
    answer = asked(control, "POST", "/_local/faults", body=json.dumps(order).encode())

    assert answer.status == 400
    assert json.loads(answer.body)["error"]
    with pytest.raises(ControlRefused):
        fault_ordered(json.dumps(order).encode())


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (402, "ServiceQuotaExceededException"),
        (409, "RetryableConflictException"),
        (424, "RuntimeClientError"),
        (429, "ThrottlingException"),
        (500, "InternalServerException"),
        (503, "ServiceUnavailable"),
    ],
)
def test_agentcores_failures_have_their_names(status: int, code: str) -> None:
    error = Fault(service="agentcore", status=status).error

    assert error is not None
    assert (error.code, error.status) == (code, status)


def test_orders_are_used_up_in_turn() -> None:
    faults = Faults()
    faults.order(Fault(service="s3", operation="GetObject", status=503))
    faults.order(Fault(service="s3", status=500, times=2))

    statuses = []
    for operation in ("PutObject", "GetObject", "GetObject"):
        with pytest.raises(FaultDue) as due:
            faults.check("s3", operation)
        statuses.append(due.value.fault.status)

    assert statuses == [500, 503, 500]
    faults.check("s3", "GetObject")
    faults.check("dynamodb", "GetItem")
