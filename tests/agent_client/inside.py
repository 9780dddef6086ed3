"""An agent inside the test's own process: all of it but the socket."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
from ag_ui.core import RunAgentInput, UserMessage
from agent_host.app import Loading, create_app
from agent_host.settings import settings_of

from agent_client.chat import ANNA, GRANT, SESSION, Answer, parsed

WAIT_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """One agent, and one conversation with it."""

    app: Any
    session: str = ANNA
    grant: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    async def say(self, text: str) -> Answer:
        """Say something and wait for the whole answer."""
        return await self._run([UserMessage(id="m", content=text)])

    async def show(self) -> Answer:
        """Ask for the conversation so far."""
        return await self._run([])

    async def _run(self, messages: list[Any]) -> Answer:
        run = RunAgentInput(thread_id="thread", run_id="run", messages=messages)
        granted = {} if self.grant is None else {GRANT: self.grant}
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://agent") as client:
            answer = await client.post(
                "/invocations",
                content=run.model_dump_json(by_alias=True),
                headers={SESSION: self.session, **granted, **self.headers},
                timeout=WAIT_S,
            )
        assert answer.status_code == 200, answer.text
        return Answer([event for line in answer.text.splitlines() if (event := parsed(line))])


def inside(define: Any, environment: Mapping[str, str] | None = None, **more: Any) -> Inside:
    """Return an agent of these settings; it answers without pauses."""
    settings = settings_of({"OFFLINE_PAUSE_MS": "0", **(environment or {})})
    now = lambda: datetime.now(UTC)  # noqa: E731,TID251 the agent's own clock
    return Inside(app=create_app(Loading(settings, define), now=now), **more)
