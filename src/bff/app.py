"""The application: the streaming path in front, FastAPI for everything else."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from bff import cookies
from bff.agents.routes import router as agents
from bff.chats.routes import router as chats
from bff.chats.stream import router as stream
from bff.client_address import CLIENT_ADDRESS
from bff.errors import NotFound, ParameterInvalid
from bff.front import Front
from bff.garbage import look_seldom
from bff.gate import Gate
from bff.health.routes import router as health
from bff.late_gate import LateGate
from bff.login.routes import router as login
from bff.logout.backchannel import router as backchannel
from bff.logout.routes import router as logout
from bff.openapi import Methods, describe
from bff.provider import libraries
from bff.responses import problem_response
from bff.settings import Settings
from bff.spa import load_spa
from bff.user.routes import router as user
from bff.wiring import open_gate
from proxy.app import is_invocation
from proxy.browser_policy import is_navigation
from proxy.errors import MethodRefused
from proxy.request import read_request
from proxy.websocket.handover import as_request
from trust import audit, log
from trust.audit import Deed
from trust.clock import SystemClock
from trust.errors import TrustError
from trust.secrets.source import SecretOutage
from trust.session.errors import is_ended

if TYPE_CHECKING:
    from bff.metrics import MetricsServer

_API = ("/api/", "/auth/", "/admin/", "/ssf/")


class Gatehouse(FastAPI):
    """FastAPI with the streaming path chosen before routing (docs/adr/0003)."""

    def __init__(self, settings: Settings, environment: Mapping[str, str]) -> None:
        super().__init__(
            title="Gatehouse",
            lifespan=_lifespan,
            openapi_url="/api/openapi.json",
            docs_url=None,
            redoc_url=None,
        )
        self.settings = settings
        self.late = LateGate(lambda: open_gate(settings, environment), SystemClock())
        self._front = Front(
            self._dispatch,
            public_origin=settings.public_url,
            trusted_proxies=settings.trusted_proxies or (),
        )

    async def gate(self) -> Gate:
        """Return the ports. Raises SettingsError, and SecretOutage while a secret is missing."""
        return await self.late.gate()

    async def begin(self) -> None:
        """Open the ports in a process that stays. Raises SettingsError.

        A keeper of secrets that is away ends nothing: the process tries again, and /readyz says how
        it stands.
        """
        self.late.stays = True
        libraries.load()
        with suppress(SecretOutage):
            await self.gate()

    @cached_property
    def methods(self) -> Methods:
        """What each path of the API is there for."""
        return Methods(self.routes)

    def openapi(self) -> dict[str, object]:
        """Return the OpenAPI document, made at its first asking."""
        if self.openapi_schema is None:
            self.openapi_schema = describe(self.routes, title=self.title, version=self.version)
        return self.openapi_schema

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, through the front; or live through a lifespan."""
        if scope["type"] == "http":
            await self._front(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._front(*as_request(scope, receive, send))
        else:
            await super().__call__(scope, receive, send)

    async def _dispatch(self, scope: Scope, receive: Receive, send: Send) -> None:
        gate = self.late.opened
        if gate is None or not gate.secrets.tended:
            gate = await self.gate()
        path = scope["path"]
        # Navigations are counted by their routes, as logins and callbacks: a page can say so there.
        if path.startswith(_API) and not is_navigation(path):
            uncounted = gate.limits.address_call(scope[CLIENT_ADDRESS])
            if uncounted is not None:
                request = read_request(scope, receive, send)
                if scope["type"] == "websocket":
                    gate.sockets.look_ahead(request, scope)
                elif is_invocation(path):
                    gate.proxy.look_ahead(request)
                await uncounted
        if scope["type"] == "websocket":
            await gate.sockets(scope, receive, send)
        elif is_invocation(path):
            await gate.proxy(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(settings: Settings, environment: Mapping[str, str]) -> Gatehouse:
    """Return the application; nothing is opened yet. `environment` is where `env:` secrets are."""
    app = Gatehouse(settings, environment)
    # As their routers made them: `include_router` has FastAPI make each of them anew, at the first
    # request, and look for it twice at every one.
    for router in (login, logout, backchannel, user, agents, chats, stream, health):
        app.router.routes.extend(router.routes)
    if settings.admin_issuer is not None:
        from bff.admin.routes import router as admin

        app.router.routes.extend(admin.routes)
    spa = load_spa(settings.spa)

    @app.api_route("/{path:path}", methods=["GET", "HEAD"], include_in_schema=False)
    async def everything_else(request: Request) -> Response:
        """Answer with the app, or say that the API has no such path."""
        # The scope's own path: `request.url` would decode the query, which may be no text.
        path = str(request.scope["path"])
        if path.startswith(_API):
            raise _nowhere(request)
        return spa.answer(path)

    _handle_errors(app)
    return app


def _nowhere(request: Request) -> TrustError:
    """Return what is wrong with a request that no route answers: its method, or its path."""
    path = str(request.scope["path"])
    return MethodRefused(request.method) if _allowed(request) else NotFound(path)


def _allowed(request: Request) -> list[str]:
    path = str(request.scope["path"])
    found = cast("Gatehouse", request.app).methods.of(path)
    # Whatever is not the API's is the app, for looking at.
    return found if found or path.startswith(_API) else ["GET", "HEAD"]


def _handle_errors(app: FastAPI) -> None:
    @app.exception_handler(TrustError)
    async def known(request: Request, error: TrustError) -> Response:
        audit.refused(Deed.REQUEST, error)
        response = problem_response(request, error)
        if isinstance(error, MethodRefused):
            # `Allow` is part of a 405, and names all of them (RFC 9110 §15.5.6).
            response.headers["allow"] = ", ".join(_allowed(request))
        if is_ended(error):
            cookies.clear_session(response)
        return response

    @app.exception_handler(HTTPException)
    async def routing(request: Request, _: HTTPException) -> Response:
        return await known(request, _nowhere(request))

    @app.exception_handler(Exception)
    async def unknown(request: Request, error: Exception) -> Response:
        return problem_response(request, TrustError(type(error).__name__))

    @app.exception_handler(RequestValidationError)
    async def validation(request: Request, error: RequestValidationError) -> Response:
        return problem_response(request, ParameterInvalid(str(len(error.errors()))))


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncGenerator[None]:
    gatehouse = cast("Gatehouse", app)
    metrics = _metrics(gatehouse)
    await gatehouse.begin()
    look_seldom()
    try:
        with log.gathered(asyncio.get_running_loop().call_soon):
            yield
    finally:
        if metrics is not None:
            await metrics.close()
        await gatehouse.late.close()


def _metrics(gatehouse: Gatehouse) -> "MetricsServer | None":
    address = gatehouse.settings.metrics
    if address is None:
        return None
    from bff.metrics import MetricsServer

    return MetricsServer(address, lambda: gatehouse.late.opened)
