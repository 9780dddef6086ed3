"""The way to Vault: tests' own endpoints, faults by order, and a note of every call."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import TypeVar

from devstack.aws.wire import Answer, WireRequest
from devstack.vault.calls import Call, Calls
from devstack.vault.control import PREFIX as LOCAL
from devstack.vault.control import Control
from devstack.vault.core import Core
from devstack.vault.errors import VaultError
from devstack.vault.faults import Fault, Faults
from devstack.vault.reading import PREFIX
from devstack.vault.rendering import refusal
from devstack.vault.wiring import LocalVault

T = TypeVar("T")
_PAGE = b"<html><body>502 Bad Gateway</body></html>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An answer, and how it reaches the client."""

    answer: Answer | None
    """None if the connection ends instead."""
    hang_s: float = 0
    """Real seconds to be silent before."""
    sent_bytes: int | None = None
    """How much of the body is really sent, if not all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """Answers requests from any thread, one after the other."""

    local: LocalVault
    faults: Faults
    calls: Calls
    control: Control
    _lock: Lock = field(default_factory=Lock)

    def answer(self, request: WireRequest, *, peer: str) -> Delivery:
        """Return what becomes of a request."""
        if request.path.startswith(LOCAL):
            with self._lock:
                return Delivery(answer=self.control.answer(request, peer=peer))
        path = request.path.removeprefix(PREFIX)
        fault = self.faults.due(path)
        with self._lock:
            answer = self._answered(request, fault)
            self._note(request, path, answer, fault)
        return Delivery(
            answer=answer,
            hang_s=0 if fault is None else fault.hang_s,
            sent_bytes=_sent(answer, fault),
        )

    def undisturbed(self, request: WireRequest) -> Answer:
        """Answer a request that no fault meets and nobody notes: a test prepares something."""
        with self._lock:
            return self.local.vault.answer(request)

    def look(self, at: Callable[[Core], T]) -> T:
        """Return what somebody sees who looks in while nothing else happens."""
        with self._lock:
            return at(self.local.core)

    def _answered(self, request: WireRequest, fault: Fault | None) -> Answer | None:
        if fault is None:
            return self.local.vault.answer(request)
        if fault.cut == "before":
            return None
        if fault.status is not None:
            return _refused(fault, fault.status)
        answer = self.local.vault.answer(request, most_s=fault.lease_s)
        return None if fault.cut == "after" else _spoiled(answer, fault)

    def _note(
        self, request: WireRequest, path: str, answer: Answer | None, fault: Fault | None
    ) -> None:
        status = 0 if answer is None else answer.status
        at = self.local.core.clock.now()
        call = Call(
            method=request.method, path=path, status=status, faulty=fault is not None, at=at
        )
        self.calls.add(call)


def _refused(fault: Fault, status: int) -> Answer:
    answer = refusal(VaultError(status, *fault.errors))
    if fault.retry_after_s is None:
        return answer
    headers = (*answer.headers, ("retry-after", str(fault.retry_after_s)))
    return Answer(status=status, headers=headers, body=answer.body)


def _spoiled(answer: Answer, fault: Fault) -> Answer:
    if fault.spoiled == "malformed":
        return Answer(
            status=answer.status, headers=answer.headers, body=answer.body.rstrip()[:-1] + b",}"
        )
    if fault.spoiled == "html":
        return Answer(status=200, headers=(("content-type", "text/html"),), body=_PAGE)
    return answer


def _sent(answer: Answer | None, fault: Fault | None) -> int | None:
    if answer is None or fault is None or fault.spoiled != "truncated":
        return None
    return len(answer.body) // 2
