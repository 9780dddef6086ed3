"""A caller of the agent: what the proxy sends and what an AG-UI client reads."""

import base64
import json
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
from ag_ui.core import (
    BaseEvent,
    Event,
    EventType,
    Message,
    MessagesSnapshotEvent,
    RunAgentInput,
    RunErrorEvent,
    TextMessageContentEvent,
    ToolCallResultEvent,
    ToolCallStartEvent,
    UserMessage,
)
from pydantic import TypeAdapter

SESSION = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"
GRANT = "X-Amzn-Bedrock-AgentCore-Runtime-Custom-Data-Grant"
TIMEOUT_S = 20.0
ANNA, BERT = "a" * 40, "b" * 40

_EVENT: TypeAdapter[Event] = TypeAdapter(Event)


def grant_members(tenant: str = "acme") -> dict[str, object]:
    """Return a data grant's members."""
    later = time.gmtime(time.time() + 900)  # noqa: TID251 the agent compares it with its own clock
    return {
        "v": 1,
        "access_key_id": f"ASIA{tenant.upper()}",
        "secret_access_key": f"secret-key-of-{tenant}/+",
        "session_token": f"session-token-of-{tenant}==",
        "expiration": time.strftime("%Y-%m-%dT%H:%M:%SZ", later),
        "region": "us-east-1",
        "bucket": "gatehouse-data",
        "prefix": f"demo/{tenant}/hello/",
        "table": "gatehouse-data",
        "partition": f"APP#demo#TENANT#{tenant}",
    }


def header_of(members: object) -> str:
    """Return a value as the proxy puts it into the header."""
    compact = json.dumps(members, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(compact).rstrip(b"=").decode()


def grant(tenant: str = "acme") -> str:
    """Return a data grant's header."""
    return header_of(grant_members(tenant))


@dataclass(frozen=True, slots=True)
class Answer:
    """All events of one run."""

    events: Sequence[BaseEvent]

    @property
    def kinds(self) -> list[EventType]:
        """The kinds of the events, in their order."""
        return [event.type for event in self.events]

    @property
    def text(self) -> str:
        """What the agent said."""
        return "".join(e.delta for e in self.events if isinstance(e, TextMessageContentEvent))

    @property
    def tools(self) -> list[str]:
        """The tools that were called."""
        return [e.tool_call_name for e in self.events if isinstance(e, ToolCallStartEvent)]

    @property
    def results(self) -> list[str]:
        """What the tools said."""
        return [str(e.content) for e in self.events if isinstance(e, ToolCallResultEvent)]

    @property
    def error(self) -> RunErrorEvent | None:
        """How the run failed, if it did."""
        return next((e for e in self.events if isinstance(e, RunErrorEvent)), None)

    @property
    def messages(self) -> list[Message]:
        """The conversation that was shown."""
        snapshots = [e for e in self.events if isinstance(e, MessagesSnapshotEvent)]
        assert len(snapshots) == 1
        return list(snapshots[0].messages)

    @property
    def said(self) -> list[tuple[str, str]]:
        """Role and words of each message of the conversation that was shown."""
        return [(m.role, str(getattr(m, "content", "") or "")) for m in self.messages]


def parsed(line: str) -> BaseEvent | None:
    """Return the event of one line of the stream; AG-UI's own models decide what one is."""
    if not line:
        return None
    assert line.startswith("data: "), line
    return _EVENT.validate_json(line.removeprefix("data: "))


@dataclass(kw_only=True)
class Chat:
    """One conversation with the agent."""

    url: str
    session: str = ANNA
    grant: str | None = None
    thread_id: str = "thread"
    headers: dict[str, str] = field(default_factory=dict[str, str])

    def post(self, body: bytes) -> httpx.Response:
        """Send a body as it is."""
        return httpx.post(
            f"{self.url}/invocations", content=body, headers=self._headers(), timeout=TIMEOUT_S
        )

    def say(self, text: str) -> Answer:
        """Say something and wait for the whole answer."""
        with self.saying(text) as events:
            return Answer(list(events))

    def show(self) -> Answer:
        """Ask for the conversation so far."""
        with self._streaming(self._body([])) as events:
            return Answer(list(events))

    @contextmanager
    def saying(self, text: str) -> Generator[Generator[BaseEvent]]:
        """Say something and read the answer event by event; leaving early hangs up."""
        message = UserMessage(id="m", content=text)
        with self._streaming(self._body([message])) as events:
            yield events

    def _body(self, messages: list[Message]) -> bytes:
        run = RunAgentInput(thread_id=self.thread_id, run_id="run", messages=messages)
        return run.model_dump_json(by_alias=True).encode()

    def _headers(self) -> dict[str, str]:
        granted = {} if self.grant is None else {GRANT: self.grant}
        return {
            "Content-Type": "application/json",
            SESSION: self.session,
            **granted,
            **self.headers,
        }

    @contextmanager
    def _streaming(self, body: bytes) -> Generator[Generator[BaseEvent]]:
        url = f"{self.url}/invocations"
        with httpx.stream(
            "POST", url, content=body, headers=self._headers(), timeout=TIMEOUT_S
        ) as answer:
            assert answer.status_code == 200, answer.read()
            assert answer.headers["content-type"].startswith("text/event-stream")
            yield (event for line in answer.iter_lines() if (event := parsed(line)) is not None)
