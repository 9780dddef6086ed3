"""S3 as moto plays it, on loopback, one request at a time, with its traffic on record."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any
from urllib.parse import quote

import httpx
from moto.moto_server.werkzeug_app import (  # pyright: ignore[reportMissingTypeStubs] it has none
    DomainDispatcherApplication,
    create_backend_app,
)
from werkzeug.serving import make_server

BUCKET = "gatehouse-data"
STOP_S = 5.0

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Verdict = Callable[[str, str], int | None]
"""Takes method and path; a status means: answer that instead."""

_KEY_ID = re.compile(r"Credential=([^/]+)/")
_ERROR = "<?xml version='1.0'?><Error><Code>{code}</Code><Message>upstream words</Message></Error>"
_OWNER = (
    "AWS4-HMAC-SHA256 Credential=owner/20200101/us-east-1/s3/aws4_request, "
    "SignedHeaders=host, Signature=not-checked-by-moto"
)
_CODES = {403: "AccessDenied", 500: "InternalError"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request that came in."""

    method: str
    path: str
    access_key_id: str
    session_token: str


@dataclass(kw_only=True)
class FakeS3:
    """A running S3; `verdict` can be changed to make it fail."""

    app: Any
    url: str = ""
    seen: list[Seen] = field(default_factory=list[Seen])
    verdict: Verdict = lambda _method, _path: None
    missing_is_forbidden: bool = False
    """Real S3 answers so, when the caller may list under a prefix only."""

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        self._record(environ)
        refused = self.verdict(method, path)
        if refused is not None:
            return _refusal(refused, environ, start_response)
        if self.missing_is_forbidden and method == "GET" and self._is_missing(path):
            return _refusal(403, environ, start_response)
        answer: Iterable[bytes] = self.app(environ, start_response)
        return answer

    def _is_missing(self, path: str) -> bool:
        key = path.removeprefix(f"/{BUCKET}").lstrip("/")
        return bool(key) and key not in self.stored()

    def _record(self, environ: Environ) -> None:
        match = _KEY_ID.search(environ.get("HTTP_AUTHORIZATION", ""))
        self.seen.append(
            Seen(
                method=environ["REQUEST_METHOD"],
                path=environ["PATH_INFO"],
                access_key_id=match.group(1) if match else "",
                session_token=environ.get("HTTP_X_AMZ_SECURITY_TOKEN", ""),
            )
        )

    def stored(self) -> list[str]:
        """Return all keys of the bucket, in their order."""
        listing = ET.fromstring(self._called("GET", "?list-type=2"))  # noqa: S314 moto's own answer
        return [key.text or "" for key in listing.iter() if key.tag.endswith("}Key")]

    def text(self, key: str) -> str:
        """Return an object's content."""
        return self._called("GET", f"/{quote(key)}")

    def put(self, key: str, content: str) -> None:
        """Write an object past all checks."""
        self._called("PUT", f"/{quote(key)}", content)

    def _called(self, method: str, path: str, content: str | None = None) -> str:
        transport = httpx.WSGITransport(app=self.app)
        with httpx.Client(transport=transport, base_url="http://127.0.0.1") as client:
            answer = client.request(
                method, f"/{BUCKET}{path}", content=content, headers={"Authorization": _OWNER}
            )
            answer.raise_for_status()
            return answer.text


def _refusal(status: int, environ: Environ, start_response: StartResponse) -> list[bytes]:
    # Read to its end: the server would otherwise wait for what the client has sent already.
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    body = _ERROR.format(code=_CODES[status]).encode()
    headers = [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))]
    start_response(f"{status} refused", headers)
    return [body]


@contextmanager
def running_s3() -> Generator[FakeS3]:
    """Run S3 with the bucket in it."""
    fake = FakeS3(app=DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, fake, threaded=False)
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        httpx.put(f"{fake.url}/{BUCKET}", timeout=STOP_S).raise_for_status()
        yield fake
    finally:
        server.shutdown()
        thread.join(STOP_S)
        server.server_close()
