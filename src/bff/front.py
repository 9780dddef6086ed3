"""What every request passes first: an id, the browser policy, hardened headers, a last resort."""

from collections.abc import Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bff.client_address import CLIENT_ADDRESS, Network, client_address
from proxy.app import is_invocation
from proxy.browser_policy import Refused, judge
from proxy.relay import BodyBroken
from proxy.request import EVERYWHERE, HARDENED, Request, let_go, read_request
from trust import audit, log
from trust.audit import Deed
from trust.errors import TrustError
from trust.limit.limits import RateLimited

_PRIVATE = ("/auth", "/api", "/admin", "/ssf", "/healthz", "/readyz")

_HTTPS_ONLY = {"strict-transport-security": "max-age=31536000"}
"""RFC 6797: a year. Not for sub-domains: those may be somebody else's, and not ours to decide."""


class Front:
    """A plain ASGI wrapper; the streaming path judges for itself and passes untouched."""

    def __init__(
        self, app: ASGIApp, *, public_origin: str, trusted_proxies: Sequence[Network]
    ) -> None:
        self._app = app
        self._origin = public_origin
        self._trusted = trusted_proxies
        self._everywhere = _HTTPS_ONLY if public_origin.startswith("https:") else {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Judge the request and pass it on; every event about it says which, and from where."""
        scope[EVERYWHERE] = self._everywhere
        request = read_request(scope, receive, send)
        address = scope[CLIENT_ADDRESS] = client_address(scope, self._trusted)
        with log.about(request=request.request_id, address=address):
            try:
                if scope["type"] == "websocket" or is_invocation(request.path):
                    # It judges for itself, and hardens its own answers.
                    await self._app(scope, request.receive, request.send)
                else:
                    await self._judged(scope, request)
            except RateLimited as error:
                audit.refused(Deed.REQUEST, error)
                await self._refused(request, error)
            except TrustError as error:
                # Raised outside of every route: the store or the secrets at the first request.
                log.fault("request.failed", error, code=error.code)
                await self._refused(request, error)
            except BodyBroken:
                # For the server, which has to close the connection; why is told (`turn.failed`).
                raise
            except Exception as error:
                log.fault("request.crashed", error)
                await self._refused(request, TrustError(type(error).__name__))
                raise
            finally:
                let_go(scope)

    async def _judged(self, scope: Scope, request: Request) -> None:
        verdict = judge(request.method, request.path, request.headers, origin=self._origin)
        if isinstance(verdict, Refused):
            audit.refused(Deed.REQUEST, verdict.error)
            await request.refuse(verdict.error)
            return
        await self._app(scope, request.receive, _Hardening(request))

    async def _refused(self, request: Request, error: TrustError) -> None:
        if not request.begun:
            await request.refuse(error)


class _Hardening:
    """Passes an answer on with our headers."""

    def __init__(self, request: Request) -> None:
        self._request = request

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._request.begun = True
            present = {name.lower() for name, _ in message["headers"]}
            message["headers"] = [
                *message["headers"],
                *((name, value) for name, value in self._added() if name not in present),
            ]
        await self._request.send(message)

    def _added(self) -> list[tuple[bytes, bytes]]:
        hardened = HARDENED if self._request.path.startswith(_PRIVATE) else {}
        every = {"x-request-id": self._request.request_id, **self._request.everywhere, **hardened}
        return [(name.encode(), value.encode()) for name, value in every.items()]
