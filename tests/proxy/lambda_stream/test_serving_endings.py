"""Connections to the Runtime API that are lost, and ends that come too early or too late."""

import asyncio

import pytest
from starlette.types import Receive, Scope, Send

from devstack.runtime_api.invoked import FunctionFailed
from devstack.runtime_api.server import RuntimeApi as LocalRuntimeApi
from fakes.clock import StoppedClock
from fakes.lambda_application import EVENTS, WAIT_S, body, echo, start
from fakes.lambda_function import function, request
from fakes.loop_time import stopped
from proxy.lambda_stream.runtime_api import RuntimeApi
from proxy.lambda_stream.serving import MARGIN_S, Server


async def test_a_lost_connection_costs_one_answer() -> None:
    told = asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/fast":
            await echo(scope, receive, send)
            return
        await receive()
        await send(start(200, EVENTS))
        # As for any browser that goes away.
        assert (await receive())["type"] == "http.disconnect"
        told.set()

    async with function(slow) as running:
        pieces = running.api.invoke(request("GET", "/slow")).pieces()
        await anext(pieces)
        running.api.disconnect()
        with pytest.raises(FunctionFailed):
            await anext(pieces)
        again = await running.ask(request("GET", "/fast"))

    assert told.is_set()
    assert again.prelude.status == 201


async def test_a_connection_that_was_closed_between_two_invocations_is_opened_again() -> None:
    async with function(echo) as running:
        await running.ask(request())
        await asyncio.sleep(0)
        running.api.disconnect()
        answer = await running.ask(request())

    assert answer.prelude.status == 201


async def test_who_writes_on_to_a_lost_connection_is_told_that_nobody_is_there() -> None:
    told = asyncio.Event()

    async def flood(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        gone = asyncio.ensure_future(receive())
        await send(start())
        while not gone.done():
            await send(body(b"x" * 65536, more=True))
        assert gone.result()["type"] == "http.disconnect"
        # What is said now is lost, and nobody is the worse for it.
        await send(body(b"x"))
        told.set()

    async with function(flood) as running:
        pieces = running.api.invoke(request()).pieces()
        await anext(pieces)
        running.api.disconnect()
        async with asyncio.timeout(WAIT_S):
            await told.wait()


async def test_a_complete_answer_is_complete_though_its_application_goes_on_to_the_deadline() -> (
    None
):
    async def lingering(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start(200, EVENTS))
        await send(body(b"data: 1\n\n"))
        await asyncio.Event().wait()

    async with function(lingering) as running:
        answer = await running.ask(request(), timeout_s=1.2)

    assert (answer.body, answer.failure) == (b"data: 1\n\n", None)


async def test_the_last_word_comes_well_before_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Lambda would tear the answer off, and freeze the process with all that is open in it."""
    begun = asyncio.Event()

    async def endless(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        begun.set()
        await receive()

    async with function(endless) as running:
        time = stopped(monkeypatch)
        asking = asyncio.ensure_future(running.ask(request(), timeout_s=60))
        await begun.wait()
        # Lambda's clock may be a second ahead of ours.
        await time.passes(59 - MARGIN_S - 0.5)
        await turns()
        meanwhile = asking.done()
        await time.passes(1)
        await turns()

        assert (meanwhile, asking.done()) == (False, True)
        assert (await asking).prelude.status == 503


async def turns() -> None:
    """Let the network, which is on this machine, bring what is on its way."""
    for _ in range(2000):
        await asyncio.sleep(0)


async def test_a_message_that_is_none_of_ours_is_passed_over() -> None:
    async def chatty(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.debug", "info": {}})
        await echo(scope, receive, send)

    async with function(chatty) as running:
        assert (await running.ask(request())).prelude.status == 201


async def test_who_is_cancelled_leaves_no_answer_unfinished() -> None:
    async def endless(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        await asyncio.Event().wait()

    clock = StoppedClock()
    async with LocalRuntimeApi(clock).served() as local:
        pieces = local.invoke(request()).pieces()
        api = RuntimeApi(local.authority)
        serving = asyncio.ensure_future(Server(api, endless, clock, lambda _: None).serve())
        await anext(pieces)
        serving.cancel()
        # The connection went with it: nothing of this answer can be taken for the next one's.
        with pytest.raises(FunctionFailed):
            await anext(pieces)
