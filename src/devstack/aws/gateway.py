"""The way of a request through the local AWS: whose it is, what it asks, and only then done."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from devstack.aws.address import address, guessed_dialect
from devstack.aws.agentcore.dataplane import BrokenOff
from devstack.aws.authentication import Gatekeeper
from devstack.aws.calls import Calls
from devstack.aws.dialect import refusal, request_id_header
from devstack.aws.errors import AwsError
from devstack.aws.exchange import Exchange
from devstack.aws.faults import FaultDue, Faults
from devstack.aws.reply import Reply
from devstack.aws.wire import Answer, WireRequest
from trust.clock import Clock

Check = Callable[[str], None]
"""Called with the operation once a call is allowed; raises FaultDue where a fault was ordered."""
Serve = Callable[[Exchange, Check], Awaitable[None]]
"""Answers a call of one service. Raises AwsError before the answer began, BrokenOff after."""

_LOG = logging.getLogger("devstack.aws")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """Recognises callers and hands calls to services."""

    gatekeeper: Gatekeeper
    services: Mapping[str, Serve]
    """By the service's name in a signature's scope."""
    calls: Calls
    faults: Faults
    clock: Clock
    entropy: Callable[[int], bytes]
    """Returns that many random bytes."""

    async def answer(self, request: WireRequest, reply: Reply) -> None:
        """Answer one request, whatever happens."""
        exchange = Exchange(
            request=request,
            reply=reply,
            call=self.calls.opened("unknown"),
            dialect=guessed_dialect(request),
            request_id=str(UUID(bytes=self.entropy(16), version=4)),
            now=self.clock.now(),
        )
        reply.observed_by(exchange.call)
        try:
            await self._attempt(exchange)
        except AwsError as error:
            await _refuse(exchange, error)
        except BrokenOff as broken:
            _LOG.warning("an answer broke off: %s", broken)
        except Exception:  # noqa: BLE001 the edge: one request's failure must not be the next one's
            _LOG.exception("a request failed inside the local AWS")
            failure = AwsError("InternalFailure", 500, "The local AWS failed; its log says why.")
            await _refuse(exchange, failure)
        finally:
            _close(exchange)

    async def _attempt(self, exchange: Exchange) -> None:
        where = address(exchange.request)
        exchange.dialect, exchange.call.service = where.dialect, where.service
        if where.signed is not None:
            found = self.gatekeeper.authenticated(
                exchange.request, where.signed, dialect=where.dialect, now=exchange.now
            )
            exchange.recognised(found.caller, found.request)
        serve = self.services.get(where.service)
        if serve is None:
            raise AwsError(
                "AccessDenied", 403, f"The local AWS has no service {where.service}: denied."
            )
        await self._with_faults(serve, exchange, service=_short(where.service))

    async def _with_faults(self, serve: Serve, exchange: Exchange, *, service: str) -> None:
        try:
            await serve(exchange, lambda operation: self.faults.check(service, operation))
        except FaultDue as due:
            await asyncio.sleep(due.fault.hang_s)
            exchange.retry_after_s = due.fault.retry_after_s
            if due.fault.error is not None:
                raise due.fault.error from None
            await serve(exchange, _no_fault)


def _no_fault(_operation: str) -> None:
    """Let a call that has hung go on."""


def _short(service: str) -> str:
    return "agentcore" if service == "bedrock-agentcore" else service


async def _refuse(exchange: Exchange, error: AwsError) -> None:
    exchange.call.code = error.code
    if exchange.reply.status is not None:
        # Too late to say it: the connection is cut, which no client takes for an end.
        return
    answer = refusal(
        exchange.dialect, error, method=exchange.request.method, request_id=exchange.request_id
    )
    if exchange.retry_after_s is not None:
        wait = ("retry-after", str(exchange.retry_after_s))
        answer = Answer(status=answer.status, headers=(*answer.headers, wait), body=answer.body)
    await exchange.reply.whole(answer)


def _close(exchange: Exchange) -> None:
    if not exchange.reply.gone:
        exchange.call.outcome = "completed" if exchange.reply.complete else "broken"


def identified(answer: Answer, exchange: Exchange) -> Answer:
    """Give an answer of a store the header in which SDKs look for the request's id."""
    name = request_id_header(exchange.dialect)
    headers = tuple(pair for pair in answer.headers if pair[0] != name)
    return Answer(
        status=answer.status,
        headers=(*headers, (name, exchange.request_id)),
        body=answer.body,
    )
