"""Agent2Agent: JSON-RPC through `POST /api/agents/{agent}/invocations`, revisions 0.3 and 1.0.

The binding is JSON-RPC; streams are server-sent events (A2A 1.0 §9). What passes is on a list:

- Messages and tasks. A push notification would have the agent call an address of the browser's
  choice from inside of the company's network (server-side request forgery), and the extended card
  comes with the runtime's own addresses.
- `tenant` never: whose data it is about is decided by the login (A2A 1.0 §4.1.3 lets a client say).
"""

from collections.abc import Iterator, Mapping
from typing import cast

from proxy.events.named import scrubbed
from proxy.events.passage import Passage
from proxy.events.reply import ScrubbedReplies, ScrubbedReply
from proxy.headers import accepted, to_agent
from proxy.protocols.asked import Asked, Unnamed
from proxy.protocols.errors import BodyNotRpc, CallForbidden
from proxy.protocols.jsonrpc import Message, read_message
from trust.registry.record import Agent, Protocol

_TALK = frozenset({"message/send", "message/stream", "SendMessage", "SendStreamingMessage"})
_TASKS = frozenset(
    {"tasks/get", "tasks/list", "tasks/cancel", "tasks/resubscribe"}
    | {"GetTask", "ListTasks", "CancelTask", "SubscribeToTask"}
)
METHODS = _TALK | _TASKS
"""What may be called: 0.3 §7 in the first spelling, 1.0 §9.4 in the second."""

_CONFIGURATION = frozenset(
    {"acceptedOutputModes", "historyLength", "blocking", "returnImmediately"}
    | {"accepted_output_modes", "history_length", "return_immediately"}
)
"""How a message may be answered; what is missing here is where else the answer goes."""


def asked_of_a2a(agent: Agent, headers: Mapping[str, str], body: bytes) -> Asked:
    """Read a message to an A2A agent.

    Raises BodyNotJson, BodyForbidden, BodyNotRpc, CallForbidden.
    """
    message = read_message(body)
    if message.method not in METHODS:
        raise CallForbidden("not a method on the list")
    if message.id is None:
        raise BodyNotRpc("A2A has no notifications")
    _check(message.params)
    return Asked(
        accept=accepted(headers.get("accept", "")),
        words=(_words(message) or agent.title) if message.method in _TALK else None,
        headers=to_agent(Protocol.A2A, headers),
        # The conversation is told apart by the body's own `contextId`.
        unnamed=Unnamed.GOES_ON,
        answers=message.id,
        passage=_passage,
    )


def _passage(media_type: str) -> Passage:
    return scrubbed(media_type, ScrubbedReply, ScrubbedReplies)


def _check(params: Mapping[str, object]) -> None:
    if params.get("tenant"):
        raise CallForbidden("the tenant is the login's to say")
    configuration = params.get("configuration")
    if configuration is None:
        return
    if not isinstance(configuration, dict):
        raise BodyNotRpc("the configuration is no object")
    if cast("dict[str, object]", configuration).keys() - _CONFIGURATION:
        raise CallForbidden("a configuration that is not on the list")


def _words(message: Message) -> str:
    return " ".join(_texts(message.params.get("message")))


def _texts(said: object) -> Iterator[str]:
    parts = cast("dict[str, object]", said).get("parts") if isinstance(said, dict) else None
    for part in cast("list[object]", parts) if isinstance(parts, list) else ():
        match part:
            case {"text": str(text)}:
                yield text
            case _:
                continue
