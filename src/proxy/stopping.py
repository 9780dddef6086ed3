"""Stopping what runs for a chat, in the way that the agent's entry names.

`stop_by = "session"` is StopRuntimeSession: the microVM ends, and with it all that the agent had in
mind. `stop_by = "action"` is a second invocation of the same runtime session, with a body that the
agent knows: it ends its turn and stays warm. That asks for the agent's good will, so it is bounded
in time, and where it does not work StopRuntimeSession follows: who presses stop means it.
"""

import asyncio
from contextlib import suppress

from proxy.errors import AgentBusy, AgentTimeout
from proxy.invocation import Turn
from proxy.runtime import Runtime
from trust import log
from trust.errors import TrustError
from trust.registry.record import StopBy
from trust.wire.call import Answer, Broken

ACTION_TIMEOUT_S = 8.0
"""How long the agent may take until it has said that it stops."""

ANSWER_TIMEOUT_S = 2.0
"""How long what it says beyond that is read away, so that its connection can be used again."""

ANSWER_BYTES = 65_536
"""How much of it: what is longer is no answer to a stop."""

PAUSES_S = (0.5, 1.0, 2.0)
"""Before asking again an agent whose session is just being started, or which is at a limit."""


async def stop_turn(runtime: Runtime, turn: Turn) -> None:
    """Stop the turn's chat; stopping twice, or what has ended, is no error.

    Raises as `Runtime.stop`.
    """
    body = stop_body(turn)
    # It carries no data grant: to stop, an agent needs nobody's data.
    if body is None or not await _told(runtime, turn._replace(data=None), body):
        await runtime.stop(turn)


def stop_body(turn: Turn) -> bytes | None:
    """Return by what the agent is told to stop; None if its session is ended instead."""
    body = turn.agent.stop_body
    if turn.agent.stop_by is not StopBy.ACTION or body is None:
        return None
    return body.encode()


async def _told(runtime: Runtime, action: Turn, body: bytes) -> bool:
    try:
        async with asyncio.timeout(ACTION_TIMEOUT_S):
            answer = await _asked(runtime, action, body)
    except TimeoutError:
        error: TrustError = AgentTimeout("the agent's stop action did not answer")
    except TrustError as refusal:
        error = refusal
    else:
        await _read_away(answer)
        log.event("chat.stopped", chat=action.chat.id, by="action")
        return True
    log.fault("chat.stop_action_failed", error, chat=action.chat.id, agent=action.agent.name)
    return False


async def _asked(runtime: Runtime, action: Turn, body: bytes) -> Answer:
    for pause_s in PAUSES_S:
        try:
            return await runtime.invoke(action, body)
        except AgentBusy:
            # A session that is being started cannot be spoken to yet, and is what has to stop.
            await runtime.pause(pause_s)
    return await runtime.invoke(action, body)


async def _read_away(answer: Answer) -> None:
    left = ANSWER_BYTES
    try:
        with suppress(TimeoutError, Broken):
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                while left > 0 and (chunk := await answer.read()):
                    left -= len(chunk)
    finally:
        answer.close()
