"""moto behind the check: its services in this process, called by one thread only.

moto's own threaded server loses writes under concurrency, and its dispatcher believes headers such
as the user agent about regions and accounts. So each service's application is called here
directly, from one thread, with a request that was written anew: fixed host, account and region, a
neutral signature, and only headers that were chosen.
"""

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Protocol
from urllib.parse import unquote_to_bytes

from devstack.aws.judge import Permit
from devstack.aws.place import Place
from devstack.aws.wire import Answer, Pairs

Name = Literal["s3", "dynamodb", "ssm", "secretsmanager"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreRequest:
    """A request as the store gets to see it."""

    service: Name
    method: str
    path: str = "/"
    """Percent-encoded, in one way only."""
    query: str = ""
    headers: Pairs = ()
    body: bytes = b""


class Store(Protocol):
    """Where data is kept. All calls must come from one thread."""

    def call(self, permit: Permit, request: StoreRequest) -> Answer:
        """Do what was allowed."""
        ...

    def look(self, request: StoreRequest) -> Answer:
        """Read something that a decision needs; the caller of the API does not get to see it."""
        ...


StartResponse = Callable[..., Callable[[bytes], object]]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


class Moto:
    """A store in memory. moto keeps one for the whole process: two of these share their data."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._applications: dict[Name, Application] = {}

    def call(self, permit: Permit, request: StoreRequest) -> Answer:
        """Do what was allowed."""
        del permit  # its existence is the point: only a Judge makes one
        return self.look(request)

    def look(self, request: StoreRequest) -> Answer:
        """Answer a request that nobody needs to be asked about."""
        captured = _Captured()
        chunks = self._application(request.service)(_environ(request, self._place), captured)
        body = b"".join(chunks)
        return Answer(status=captured.status, headers=captured.headers, body=body)

    def open(self, service: Name) -> None:
        """Load one service now rather than at the first request (0.1 to 0.9 s each)."""
        self._application(service)

    def _application(self, service: Name) -> Application:
        if service not in self._applications:
            self._applications[service] = _loaded(service)
        return self._applications[service]


def _loaded(service: Name) -> Application:
    # Imported late: moto takes most of a second, and the gateway must be up before.
    from moto.moto_server.werkzeug_app import (  # pyright: ignore[reportMissingTypeStubs]  # its types come inline
        create_backend_app,
    )

    return create_backend_app(service)


_CORS = "access-control-"


class _Captured:
    """What a WSGI application says before its body (PEP 3333)."""

    def __init__(self) -> None:
        self.status = 500
        self.headers: Pairs = ()

    def __call__(
        self,
        status: str,
        headers: list[tuple[str, str]],
        exc_info: tuple[type[BaseException], BaseException, TracebackType] | None = None,
    ) -> Callable[[bytes], object]:
        if exc_info is not None:
            raise exc_info[1]
        self.status = int(status.split(" ", 1)[0])
        told = [(name.lower(), value) for name, value in headers]
        # moto would let every page that a browser shows read every answer.
        self.headers = tuple(pair for pair in told if not pair[0].startswith(_CORS))
        return _no_write


def _no_write(_data: bytes) -> None:
    raise NotImplementedError("the write() of PEP 3333 is not offered")


def _environ(request: StoreRequest, place: Place) -> dict[str, Any]:
    raw = request.path + (f"?{request.query}" if request.query else "")
    scope = f"20260101/{place.region}/{request.service}/aws4_request"
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(request.path).decode("latin-1"),
        "RAW_URI": raw,
        "QUERY_STRING": request.query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "127.0.0.1",
        "HTTP_USER_AGENT": "gatehouse",
        "HTTP_AUTHORIZATION": (
            f"AWS4-HMAC-SHA256 Credential=GATEHOUSELOCALSTACKS/{scope}, SignedHeaders=host, "
            f"Signature={'0' * 64}"
        ),
        "HTTP_X_MOTO_ACCOUNT_ID": place.account,
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        # WSGI cannot tell `-` from `_`; names of object metadata may hold either.
        "moto.preserved_header_names": {_key(n): n for n, _ in request.headers if "_" in n},
    }
    return environ | {_key(name): value for name, value in request.headers}


def _key(header: str) -> str:
    name = header.upper().replace("-", "_")
    return name if name in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{name}"
