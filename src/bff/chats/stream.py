"""`GET /api/chats/{id}/stream`: the way back to an answer that broke (docs/streams.md)."""

from typing import Final

from fastapi import APIRouter, Response
from starlette.types import Receive, Scope, Send

from bff.access import Gated, LiveSession
from bff.operations import FOLLOWING
from proxy.request import read_request
from proxy.resume.resume import Resume
from trust.session.record import Session

router: Final = APIRouter(prefix="/api/chats", tags=["chats"])


class Following(Response):
    """An answer that the streaming path gives, in its own time and to its own end."""

    def __init__(self, resume: Resume, session: Session, chat_id: str) -> None:
        # Nothing of it is sent: status and headers are known once the turn has been found.
        super().__init__()
        self._resume = resume
        self._session = session
        self._chat_id = chat_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Follow the turn. Raises TrustError while nothing has been answered yet."""
        request = read_request(scope, receive, send)
        query = scope["query_string"]
        await self._resume.follow(request, self._session, self._chat_id, query=query)


@router.get("/{chat_id}/stream", response_class=Response, openapi_extra=FOLLOWING)
async def follow(chat_id: str, gate: Gated, session: LiveSession) -> Response:
    """Take up an answer that broke: the rest of a turn, also while it goes on."""
    return Following(gate.resume, session, chat_id)
