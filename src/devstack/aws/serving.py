"""How each kind of service is served: from the store's thread, by STS, or as a stream."""

import asyncio
from concurrent.futures import Executor
from dataclasses import dataclass
from uuid import UUID

from devstack.aws.address import UNSIGNED_ACTION
from devstack.aws.agentcore.dataplane import DataPlane
from devstack.aws.agentcore.invocation import (
    GET_CARD,
    SESSION_HEADER,
    WEBSOCKET,
    check_payload,
    mcp_session_id,
    named_session_id,
    session_id,
    target,
    user_id,
)
from devstack.aws.agentcore.runtime import Contract, Runtime
from devstack.aws.authentication import Fault, refusal_of
from devstack.aws.dialect import Dialect
from devstack.aws.errors import AwsError
from devstack.aws.exchange import Exchange
from devstack.aws.gateway import Check, identified
from devstack.aws.judge import Judge
from devstack.aws.place import Place
from devstack.aws.security_token import SecurityTokenService, actions_of, fields_of
from devstack.aws.services.agentcore import requests
from devstack.aws.services.service import Service
from devstack.aws.sts.context import request_context
from devstack.aws.upgrade import Upgrade
from devstack.aws.wire import Answer

_DENIED: dict[Dialect, tuple[str, int]] = {
    Dialect.JSON_1_0: ("AccessDeniedException", 400),
    Dialect.JSON_1_1: ("AccessDeniedException", 400),
    Dialect.REST_JSON: ("AccessDeniedException", 403),
    Dialect.S3: ("AccessDenied", 403),
}
LOOPBACK = "127.0.0.1"
"""`aws:SourceIp` of every request: nobody else can reach the gateway."""


def judge_for(exchange: Exchange, check: Check, place: Place) -> Judge:
    """Return the judge of one call. Raises AwsError if nobody signed it."""
    if exchange.caller is None:
        raise refusal_of(Fault.MISSING, exchange.dialect)
    code, status = _DENIED[exchange.dialect]
    return Judge(
        caller=exchange.caller,
        context=request_context(
            exchange.caller, exchange.now, region=place.region, source_ip=LOOPBACK
        ),
        denied_code=code,
        denied_status=status,
        on_allowed=check,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeStored:
    """A service whose data is in the store."""

    service: Service
    place: Place
    store_thread: Executor
    """Has one thread: what it does is done one after the other."""

    async def __call__(self, exchange: Exchange, check: Check) -> None:
        """Answer one call."""
        judge = judge_for(exchange, check, self.place)
        loop = asyncio.get_running_loop()
        try:
            # Deciding and doing are one step there, so nothing changes in between.
            answer = await loop.run_in_executor(
                self.store_thread, self.service.serve, exchange.request, judge
            )
        finally:
            exchange.judged(judge)
        await exchange.reply.whole(identified(answer, exchange))


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSecurityTokens:
    """STS."""

    service: SecurityTokenService
    thread: Executor
    """Has one thread, since the list of keys is changed there; fetching keys may block it."""

    async def __call__(self, exchange: Exchange, check: Check) -> None:
        """Answer one call."""
        fields = fields_of(exchange.request)
        operation = fields.get("Action", "")
        call = exchange.call
        call.operation, call.actions = operation, actions_of(fields)
        call.action = call.actions[0]
        call.resource = fields.get("RoleArn")
        check(operation)
        caller = None if operation == UNSIGNED_ACTION else exchange.caller
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(
            self.thread, lambda: self.service.answer(fields, caller, call, now=exchange.now)
        )
        await exchange.reply.whole(identified(answer, exchange))


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeAgents:
    """AgentCore's data plane."""

    plane: DataPlane
    place: Place

    async def __call__(self, exchange: Exchange, check: Check) -> None:
        """Answer one call."""
        request = exchange.request
        exchange.call.runtime_session_id = request.header(SESSION_HEADER)
        wanted = target(request, self.place)
        judge = judge_for(exchange, check, self.place)
        try:
            judge.require(wanted.operation, requests(wanted, user_id=user_id(request)))
        finally:
            exchange.judged(judge)
        runtime = self.plane.runtime(wanted)
        if wanted.operation == "InvokeAgentRuntime" or _has_card(wanted.operation, runtime):
            await self._invoke(exchange, runtime)
        elif wanted.operation == "StopRuntimeSession":
            await self._stop(exchange, runtime)
        elif wanted.operation == WEBSOCKET and isinstance(exchange.reply, Upgrade):
            await self._talk(exchange, runtime, exchange.reply)
        else:
            raise AwsError(
                "ValidationException", 400, f"The local AgentCore does not do {wanted.operation}."
            )

    async def _invoke(self, exchange: Exchange, runtime: Runtime) -> None:
        request = exchange.request
        check_payload(request.body)
        find = mcp_session_id if runtime.contract is Contract.MCP else session_id
        session = find(request, fallback=UUID(exchange.request_id))
        exchange.call.runtime_session_id = session
        await self.plane.invoke(runtime, session, request, exchange.reply)

    async def _talk(self, exchange: Exchange, runtime: Runtime, upgrade: Upgrade) -> None:
        request = exchange.request
        session = session_id(request, fallback=UUID(exchange.request_id))
        exchange.call.runtime_session_id = session
        await self.plane.talk(runtime, session, request, upgrade)

    async def _stop(self, exchange: Exchange, runtime: Runtime) -> None:
        session = named_session_id(exchange.request)
        # Whether it ran or not: the same call may come twice.
        self.plane.sessions.stop(runtime, session)
        headers = (("content-type", "application/json"), (SESSION_HEADER, session))
        answer = Answer(status=200, headers=headers, body=b"{}")
        await exchange.reply.whole(identified(answer, exchange))


def _has_card(operation: str, runtime: Runtime) -> bool:
    return operation == GET_CARD and runtime.contract is Contract.A2A
