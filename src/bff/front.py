"""What every request passes first: an id, the browser policy, hardened headers, a last resort."""

from collections.abc import Mapping, Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bff.client_address import CLIENT_ADDRESS, Network, client_address
from proxy.app import is_invocation
from proxy.browser_policy import Refused, judge
from proxy.request import HARDENED, Request, read_request
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
        request = read_request(scope, receive, send)
        address = scope[CLIENT_ADDRESS] = client_address(scope, self._trusted)
        with log.about(request=request.request_id, address=address):
            await self._judged(scope, request)

    async def _judged(self, scope: Scope, request: Request) -> None:
        streaming = is_invocation(request.path)
        # The streaming path hardens its answers itself: here it only passes.
        sent = _Sent(request, self._everywhere, hardens=not streaming)
        try:
            if not streaming:
                verdict = judge(request.method, request.path, request.headers, origin=self._origin)
                if isinstance(verdict, Refused):
                    audit.refused(Deed.REQUEST, verdict.error)
                    await request.refuse(verdict.error)
                    return
            await self._app(scope, request.receive, sent)
        except RateLimited as error:
            audit.refused(Deed.REQUEST, error)
            await sent.refuse(error)
        except TrustError as error:
            # Raised outside of every route: the store or the secrets at the very first request.
            log.fault("request.failed", error, code=error.code)
            await sent.refuse(error)
        except Exception as error:
            log.fault("request.crashed", error)
            await sent.refuse(TrustError(type(error).__name__))
            raise


class _Sent:
    """Passes an answer on with our headers, and knows whether it has begun."""

    __slots__ = ("_begun", "_everywhere", "_hardens", "_request")

    def __init__(self, request: Request, everywhere: Mapping[str, str], *, hardens: bool) -> None:
        self._request = request
        self._everywhere = everywhere
        self._hardens = hardens
        self._begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._begun = True
            added = self._added()
            if added:
                present = {name.lower() for name, _ in message["headers"]}
                more = ((name, value) for name, value in added if name not in present)
                message["headers"] = [*message["headers"], *more]
        await self._request.send(message)

    async def refuse(self, error: TrustError) -> None:
        """Answer with a problem document if nothing has been answered yet."""
        if not self._begun:
            self._begun = True
            await self._request.refuse(error)

    def _added(self) -> list[tuple[bytes, bytes]]:
        every = dict(self._everywhere)
        if self._hardens:
            every["x-request-id"] = self._request.request_id
            every |= HARDENED if self._request.path.startswith(_PRIVATE) else {}
        return [(name.encode(), value.encode()) for name, value in every.items()]
