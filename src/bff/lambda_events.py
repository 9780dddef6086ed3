"""API Gateway's events as requests to the application, and its answers back, by Mangum.

Events are read as by the streaming function (`proxy/lambda_stream/event.py`), not by Mangum's own
handlers. Those join the values of a header with ", ", which is right for most headers and wrong for
Cookie, where `a=1` and `b=2` would arrive as one cookie; they believe `X-Forwarded-*`, which a
client can send, too; and they fail at members that are not what they should be.
"""

import asyncio
import dataclasses
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from mangum.adapter import DEFAULT_TEXT_MIME_TYPES
from mangum.handlers import APIGateway, HTTPGateway
from mangum.protocols import HTTPCycle
from mangum.types import LambdaConfig, LambdaContext, LambdaEvent

from bff.app import Gatehouse, create_app
from bff.settings import load_settings
from proxy.lambda_stream.event import UNREADABLE, EventMalformed, Form, form_of, read_event
from proxy.request import refusing
from trust import log

TEXT_MEDIA_TYPES = (*DEFAULT_TEXT_MIME_TYPES, "application/problem+json", "image/svg+xml")
"""What goes out as text. Anything else goes out in base64, which a REST API passes on undecoded
unless its `binaryMediaTypes` say otherwise; nothing that the API answers may depend on that."""


class HttpGateway(HTTPGateway):
    """Answers to an HTTP API or a function URL, payload format 2.0."""

    @property
    def scope(self) -> dict[str, Any]:
        """All that the answer's form depends on."""
        return {"aws.event": self.event}


class LambdaGatehouse:
    """The application as Lambda calls it: one event, one answer, always on the same event loop.

    The loop is our own and stays between invocations, since the clients that the first request
    opened belong to it.
    """

    def __init__(self, app: Gatehouse) -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()

    def __call__(self, event: LambdaEvent, context: LambdaContext) -> dict[str, Any]:
        """Answer an event. Raises EventRefused."""
        gateway = _GATEWAYS[form_of(event)](event, context, _CONFIG)
        app: Any = self._app
        try:
            request = read_event(event)
        except EventMalformed as error:
            log.fault("lambda.event_refused", error)
            request, app = UNREADABLE, refusing(error)
        # Mangum looks for the current one.
        asyncio.set_event_loop(self._loop)
        answer: dict[str, Any] = gateway(HTTPCycle(request.scope(), request.body)(app))
        return answer

    def close(self) -> None:
        """Give back what is open. Lambda never asks for it: it ends a sandbox without a word."""
        self._loop.run_until_complete(self._app.late.close())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        asyncio.set_event_loop(None)
        self._loop.close()


_GATEWAYS: Mapping[Form, Any] = {Form.REST: APIGateway, Form.HTTP: HttpGateway}

_CONFIG: LambdaConfig = {
    "api_gateway_base_path": "/",
    "text_mime_types": list(TEXT_MEDIA_TYPES),
    "exclude_headers": [],
}


def build(environment: Mapping[str, str]) -> LambdaGatehouse:
    """Return the application of this configuration; nothing is opened yet. Raises SettingsError.

    Sessions are not remembered between requests: by the clock of a sandbox that was frozen, a
    second may be an hour, and so long would a logout elsewhere go unseen.
    """
    settings = dataclasses.replace(load_settings(environment), session_cache=timedelta())
    return LambdaGatehouse(create_app(settings, environment))
