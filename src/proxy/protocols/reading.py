"""Reading a request in the protocol of the agent that it is for."""

import json
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from proxy.body import asks, first_words, parse_object, peek_object
from proxy.events.passage import Passage
from proxy.headers import EITHER, accepted
from proxy.protocols.a2a import asked_of_a2a
from proxy.protocols.asked import Asked
from proxy.protocols.mcp import asked_of_mcp
from proxy.sse import MEDIA_TYPE
from trust.registry.record import Agent, Protocol, RelayMode

if TYPE_CHECKING:
    from proxy.events.run import RunIds
    from proxy.events.voice import NewId


def asked_of(agent: Agent, headers: Mapping[str, str], body: bytes, new_id: "NewId") -> Asked:
    """Read a request for an agent; `headers`: lower-case names, `new_id`: returns an unused id.

    Raises BodyNotJson, BodyForbidden, BodyNotRpc, CallForbidden, PromptMissing.
    """
    if agent.relay is RelayMode.AGUI:
        return _asked_of_prompted(body, new_id)
    if agent.protocol is Protocol.MCP:
        return asked_of_mcp(agent, headers, body)
    if agent.protocol is Protocol.A2A:
        return asked_of_a2a(agent, headers, body)
    return _asked_of_talk(headers, body)


def _asked_of_talk(headers: Mapping[str, str], body: bytes) -> Asked:
    members = peek_object(body)
    return Asked(
        accept=accepted(headers.get("accept", "")),
        words=first_words(members) if asks(members) else None,
        members=members,
    )


def _asked_of_prompted(body: bytes, new_id: "NewId") -> Asked:
    """Read AG-UI for an agent that knows prompts only, and has its answer told in AG-UI."""
    # Here, since few agents want it, and on Lambda somebody waits for every import.
    from proxy.events.prompt import prompt_of
    from proxy.events.run import run_ids, silent_run

    members = parse_object(body)
    ids = run_ids(members, new_id)
    if not asks(members):
        return Asked(accept=MEDIA_TYPE, words=None, silence=silent_run(ids))
    prompt = prompt_of(members)
    return Asked(
        accept=EITHER,
        words=first_words(members),
        members=prompt,
        body=json.dumps(prompt).encode(),
        passage=partial(_told_in_agui, ids, new_id),
    )


def _told_in_agui(ids: "RunIds", new_id: "NewId", media_type: str) -> Passage:
    from proxy.events.agui import agui

    return agui(media_type, ids, new_id)
