"""The gateway's own endpoints, outside AWS's paths, for tests: `/_local/…`.

| call | does |
|---|---|
| `GET /_local/calls` · `DELETE` | lists the calls so far · forgets them |
| `GET /_local/faults` · `POST` · `DELETE` | lists orders · orders a failure · cancels all |
| `GET /_local/health` | 200 once the gateway serves |

They are for programs on this machine only: the gateway listens on loopback, and a request that a
browser sends for some page is refused, whatever page it is.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from ipaddress import ip_address

from devstack.aws.calls import Calls
from devstack.aws.errors import AwsError
from devstack.aws.faults import SERVICES, Fault, Faults
from devstack.aws.services.document import Document, document
from devstack.aws.wire import Answer, WireRequest

PREFIX = "/_local/"
_MOST_TIMES = 1000
_LONGEST_HANG_S = 3600
_MEMBERS = {"service", "operation", "status", "code", "times", "retry_after", "hang"}


class ControlRefused(Exception):
    """A control request that cannot be carried out; the text says what would be right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """Answers control requests."""

    calls: Calls
    faults: Faults

    def answer(self, request: WireRequest, *, peer: str | None) -> Answer:
        """Answer one request of the program at address `peer`."""
        if peer is None or not ip_address(peer).is_loopback:
            return _json(403, {"error": "only programs on this machine may ask this"})
        if request.header("origin") is not None or request.header("sec-fetch-site") is not None:
            return _json(403, {"error": "not for browsers"})
        carry_out = self._table().get((request.method, request.path.removeprefix(PREFIX)))
        if carry_out is None:
            return _json(
                404, {"error": "known: calls, faults, health; see devstack/aws/control.py"}
            )
        try:
            return carry_out(request)
        except ControlRefused as refused:
            return _json(400, {"error": str(refused)})

    def _table(self) -> dict[tuple[str, str], Callable[[WireRequest], Answer]]:
        return {
            ("GET", "calls"): lambda _: _json(200, {"calls": self.calls.listed()}),
            ("DELETE", "calls"): lambda _: _done(self.calls.clear),
            ("GET", "faults"): lambda _: _json(200, {"faults": self._pending()}),
            ("POST", "faults"): self._order,
            ("DELETE", "faults"): lambda _: _done(self.faults.clear),
            ("GET", "health"): lambda _: _json(200, {"ok": True}),
        }

    def _pending(self) -> list[dict[str, object]]:
        return [asdict(fault) for fault in self.faults.pending()]

    def _order(self, request: WireRequest) -> Answer:
        self.faults.order(fault_ordered(request.body))
        return Answer(status=204)


def fault_ordered(body: bytes) -> Fault:
    """Read an order, e.g. `{"service": "agentcore", "status": 429, "times": 2, "retry_after": 1}`.

    `hang` are seconds of silence before anything else; without a `status` the call then goes on as
    if nothing had been ordered. Raises ControlRefused.
    """
    try:
        order = document(body)
    except AwsError as error:
        raise ControlRefused(error.message) from error
    unknown = order.keys() - _MEMBERS
    if unknown:
        raise ControlRefused(f"unknown: {sorted(unknown)}; known: {sorted(_MEMBERS)}")
    if order.get("service") not in SERVICES:
        raise ControlRefused(f"service must be one of {sorted(SERVICES)}")
    fault = Fault(
        service=str(order["service"]),
        operation=_text(order, "operation"),
        status=_whole(order, "status", least=400, most=599),
        code=_text(order, "code"),
        retry_after_s=_whole(order, "retry_after", least=0, most=_LONGEST_HANG_S),
        hang_s=_seconds(order, "hang"),
        times=_whole(order, "times", least=1, most=_MOST_TIMES) or 1,
    )
    if fault.status is None and not fault.hang_s:
        raise ControlRefused("give a status, or seconds to hang, or both")
    return fault


def _text(order: Document, name: str) -> str | None:
    value = order.get(name)
    if value is not None and not isinstance(value, str):
        raise ControlRefused(f"{name} must be a text")
    return value


def _whole(order: Document, name: str, *, least: int, most: int) -> int | None:
    value = order.get(name)
    if value is None:
        return None
    # To Python, true is a number.
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ControlRefused(f"{name} must be a whole number from {least} to {most}")
    return value


def _seconds(order: Document, name: str) -> float:
    value = order.get(name, 0)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ControlRefused(f"{name} must be a number of seconds")
    if not 0 <= value <= _LONGEST_HANG_S:
        raise ControlRefused(f"{name} must be from 0 to {_LONGEST_HANG_S} seconds")
    return value


def _done(command: Callable[[], None]) -> Answer:
    command()
    return Answer(status=204)


def _json(status: int, content: dict[str, object]) -> Answer:
    headers = (("content-type", "application/json"),)
    return Answer(status=status, headers=headers, body=json.dumps(content).encode())
