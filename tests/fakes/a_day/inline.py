"""The wire between Vault's real client and the local Vault, without threads and sockets.

Everything else of the client is the program's own: hvac, requests, what it makes of errors. An
answer is made at once, and arrives when the loop's time has come to it.
"""

import asyncio
import io
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from typing import Any, Protocol

import requests
import urllib3
from requests.adapters import HTTPAdapter

from devstack.aws.wire import Answer, WireRequest
from devstack.vault.faults import Fault as Order
from devstack.vault.gateway import Gateway
from fakes.a_day.script import Fault
from fakes.a_day.truth import Truth

FOR_EVER_S = 1e9
GIVES_UP_S = 3.0


class Slow(Protocol):
    """Something between the process and a keeper."""

    took_s: float
    """How long the call took that has just been made."""


class Later(Executor):
    """Runs a call at once, and lets its outcome be known after as long as the wire took."""

    def __init__(self, wire: Slow) -> None:
        self._wire = wire

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """Run it."""
        done: Future[Any] = Future()
        self._wire.took_s = 0.0
        try:
            outcome, error = fn(*args, **kwargs), None
        except Exception as raised:  # noqa: BLE001 as a pool does
            outcome, error = None, raised

        def arrive() -> None:
            if done.cancelled():
                return
            if error is None:
                done.set_result(outcome)
            else:
                done.set_exception(error)

        asyncio.get_running_loop().call_later(self._wire.took_s, arrive)
        return done

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 as inherited
        """There is nothing to end."""
        del wait, cancel_futures


class Wire(HTTPAdapter):
    """Brings requests to the gateway, in the day's weather."""

    def __init__(
        self,
        gateway: Gateway,
        truth: Truth,
        before: Callable[[Fault | None], None],
        *,
        cuts_tokens: bool,
    ) -> None:
        super().__init__()
        self._cuts_tokens = cuts_tokens
        self._gateway = gateway
        self._truth = truth
        self._before = before
        self.took_s = 0.0

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Return the answer. Raises what requests raises when there is none."""
        fault = self._truth.fault()
        self.took_s += self._truth.random.uniform(0.002, 0.08)
        self._before(fault)
        self._wait(fault, request)
        order = _ORDERS.get(fault) if fault else None
        if fault is Fault.SHORT_LEASE and not self._cuts_tokens and _renews(request):
            order = None
        if order is not None:
            self._gateway.faults.order(order)
        delivery = self._gateway.answer(_wired(request), peer="127.0.0.1")
        if delivery.answer is None:
            raise requests.ConnectionError(request=request)
        return self._built(request, delivery.answer)

    def _wait(self, fault: Fault | None, request: requests.PreparedRequest) -> None:
        if fault is Fault.TIMED_OUT:
            self.took_s += GIVES_UP_S
            raise requests.ReadTimeout(request=request)
        if fault is Fault.HANGS:
            self.took_s += FOR_EVER_S
        if fault is Fault.SLOW:
            self.took_s += 2.5

    def _built(self, request: requests.PreparedRequest, answer: Answer) -> requests.Response:
        raw = urllib3.HTTPResponse(
            body=io.BytesIO(answer.body),
            headers=dict(answer.headers),
            status=answer.status,
            preload_content=False,
        )
        return self.build_response(request, raw)


_ORDERS: Mapping[Fault, Order] = {
    Fault.SERVER_ERROR: Order(status=500),
    Fault.RATE_LIMITED: Order(status=429),
    Fault.SEALED: Order(status=503),
    Fault.CUT_BEFORE: Order(cut="before"),
    Fault.CUT_AFTER: Order(cut="after"),
    Fault.SHORT_LEASE: Order(lease_s=20.0),
    Fault.MALFORMED: Order(spoiled="malformed"),
    Fault.ADAPTER_FAILS: Order(spoiled="html"),
}


def _renews(request: requests.PreparedRequest) -> bool:
    return request.path_url.endswith("/auth/token/renew-self")


def _wired(request: requests.PreparedRequest) -> WireRequest:
    path, _, query = (request.path_url or "/").partition("?")
    headers = tuple((name.lower(), str(value)) for name, value in request.headers.items())
    body = request.body or b""
    return WireRequest(
        method=request.method or "GET",
        path=path,
        query=query,
        headers=headers,
        body=body if isinstance(body, bytes) else body.encode(),
    )
