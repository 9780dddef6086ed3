"""API Gateway's events as requests to the application, and its answers back, by Mangum.

Two things are done differently from Mangum's own handlers. Every value of every header reaches the
application as a header of its own: Mangum joins them with ", ", which is right for most headers and
wrong for Cookie, where `a=1` and `b=2` would arrive as one cookie. And nothing is derived from
`X-Forwarded-*`, which a client can send, too: API Gateway speaks https and nothing else.
"""

import asyncio
import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, cast
from urllib.parse import unquote, urlencode

from mangum import Mangum
from mangum.adapter import DEFAULT_TEXT_MIME_TYPES
from mangum.handlers import APIGateway, HTTPGateway
from mangum.types import LambdaConfig, LambdaContext, LambdaEvent, Scope

from bff.app import Gatehouse, create_app
from bff.gate import Gate
from bff.settings import load_settings
from proxy.lambda_stream.event import EventRefused, http_headers, rest_headers

TEXT_MEDIA_TYPES = (*DEFAULT_TEXT_MIME_TYPES, "application/problem+json", "image/svg+xml")
"""What goes out as text. Anything else goes out in base64, which a REST API passes on undecoded
unless its `binaryMediaTypes` say otherwise; nothing that the API answers may depend on that."""


class RestGateway(APIGateway):
    """Requests of a REST API, or of an HTTP API with payload format 1.0."""

    @classmethod
    def infer(cls, event: LambdaEvent, context: LambdaContext, config: LambdaConfig) -> bool:
        """Tell whether the event is one of these."""
        del context, config
        return "httpMethod" in event and "resource" in event and event.get("version") != "2.0"

    @property
    def scope(self) -> Scope:
        """The request as ASGI has it."""
        several: Mapping[str, Sequence[str]] | None = self.event.get(
            "multiValueQueryStringParameters"
        )
        single: Mapping[str, str] | None = self.event.get("queryStringParameters")
        identity: Mapping[str, str] = self.event["requestContext"].get("identity") or {}
        return _scope(
            self,
            method=self.event["httpMethod"],
            path=self.event["path"],
            query=urlencode(several or single or {}, doseq=True),
            headers=rest_headers(self.event),
            client=identity.get("sourceIp"),
        )


class HttpGateway(HTTPGateway):
    """Requests of an HTTP API or a function URL, payload format 2.0."""

    @classmethod
    def infer(cls, event: LambdaEvent, context: LambdaContext, config: LambdaConfig) -> bool:
        """Tell whether the event is one of these."""
        del context, config
        return event.get("version") == "2.0" and "http" in event.get("requestContext", {})

    @property
    def scope(self) -> Scope:
        """The request as ASGI has it."""
        http = self.event["requestContext"]["http"]
        return _scope(
            self,
            method=http["method"],
            path=http["path"],
            query=self.event.get("rawQueryString", ""),
            headers=http_headers(self.event),
            client=http.get("sourceIp"),
        )


class LambdaGatehouse:
    """The application as Lambda calls it: one event, one answer, always on the same event loop.

    The loop is our own and stays between invocations, since the clients that the first request
    opened belong to it.
    """

    def __init__(self, app: Gatehouse) -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()
        # Before Mangum is made: it looks for the current loop.
        asyncio.set_event_loop(self._loop)
        self._mangum = Mangum(
            app,
            # On, it would start and stop the application around every single request.
            lifespan="off",
            custom_handlers=_GATEWAYS,
            text_mime_types=list(TEXT_MEDIA_TYPES),
        )

    def __call__(self, event: LambdaEvent, context: LambdaContext) -> dict[str, Any]:
        """Answer an event. Raises EventRefused."""
        if not any(known.infer(event, context, self._mangum.config) for known in _GATEWAYS):
            raise EventRefused("this function answers REST APIs, HTTP APIs and function URLs only")
        asyncio.set_event_loop(self._loop)
        return self._mangum(event, context)

    def close(self) -> None:
        """Give back what is open. Lambda never asks for it: it ends a sandbox without a word."""
        gate = cast("Gate | None", getattr(self._app.state, "gate", None))
        if gate is not None:
            self._loop.run_until_complete(gate.close())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        asyncio.set_event_loop(None)
        self._loop.close()


_GATEWAYS: list[Any] = [HttpGateway, RestGateway]


def build(environment: Mapping[str, str]) -> LambdaGatehouse:
    """Return the application of this configuration; nothing is opened yet. Raises SettingsError.

    Sessions are not remembered between requests: by the clock of a sandbox that was frozen, a
    second may be an hour, and so long would a logout elsewhere go unseen.
    """
    settings = dataclasses.replace(load_settings(environment), session_cache=timedelta())
    return LambdaGatehouse(create_app(settings, environment))


def _scope(
    gateway: APIGateway | HTTPGateway,
    *,
    method: str,
    path: str,
    query: str,
    headers: Iterator[tuple[str, str]],
    client: str | None,
) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "https",
        "path": unquote(path) or "/",
        "raw_path": None,
        "root_path": "",
        "query_string": query.encode(),
        "headers": [
            # "replace": JSON can hold half a surrogate pair, which has no bytes.
            (name.lower().encode("utf-8", "replace"), value.encode("utf-8", "replace"))
            for name, value in headers
        ],
        "client": (client, 0) if client else None,
        "server": None,
        "aws.event": gateway.event,
        "aws.context": gateway.context,
    }
