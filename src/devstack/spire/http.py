"""The trust domain's keys over HTTP, and the switches of the double.

`GET /keys` is what SPIRE's OIDC discovery provider answers, `GET /bundle` what a federation
endpoint does (SPIFFE Trust Domain and Bundle §5), and `GET /ca.pem` the authority of certificates.
Everything below `/_local/` is ours alone:

    POST /_local/faults      {"fault": "denied", "times": 1}, without `times` until it is deleted
    DELETE /_local/faults    do everything right again
    PUT /_local/identities   ["spiffe://acme.example/gatehouse"]
    POST /_local/rotations   {"what": "jwt" | "jwt-forgetting" | "identities" | "authority"}
    GET /_local/calls        {"FetchJWTSVID": 3}
"""

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, cast

from devstack.spire.agent import Agent
from devstack.spire.faults import Fault

LOOPBACK = "127.0.0.1"
LONGEST_BODY_BYTES = 4096
TIMEOUT_S = 5.0


class Mistake(Exception):
    """The request is answered with 400, and this text."""


class Control:
    """What each method and path does, and answers."""

    def __init__(self, agent: Agent, *, key_use: str | None) -> None:
        self._agent = agent
        self._key_use = key_use

    def answer(self, call: str, body: object, url: str) -> bytes | None:
        """Return the body of an answer; None where there is no such call. Raises Mistake."""
        reads: dict[str, Callable[[], bytes]] = {
            "GET /keys": lambda: self._agent.issuer.jwt.bundle(self._key_use),
            "GET /bundle": self._agent.issuer.jwt.bundle,
            "GET /ca.pem": lambda: self._agent.issuer.authority.pem,
            "GET /.well-known/openid-configuration": lambda: _json(_metadata(url)),
            "GET /_local/calls": lambda: _json(dict(self._agent.calls)),
        }
        deeds: dict[str, Callable[[], None]] = {
            "DELETE /_local/faults": self._agent.heal,
            "POST /_local/faults": lambda: self._plant(body),
            "PUT /_local/identities": lambda: self._assign(body),
            "POST /_local/rotations": lambda: self._rotate(body),
        }
        if call in deeds:
            deeds[call]()
            return b""
        return reads[call]() if call in reads else None

    def _plant(self, body: object) -> None:
        wanted = _members(body)
        fault, times = wanted.get("fault"), wanted.get("times")
        known = {each.value: each for each in Fault}
        if fault not in known:
            raise Mistake(f"fault is one of {', '.join(known)}")
        if times is not None and (not isinstance(times, int) or times < 1):
            raise Mistake("times is a whole number from 1 on, or left out")
        self._agent.plant(known[str(fault)], times)

    def _assign(self, body: object) -> None:
        if not isinstance(body, list):
            raise Mistake("the body is a list of SPIFFE IDs")
        self._agent.assign(*(str(each) for each in cast("list[object]", body)))

    def _rotate(self, body: object) -> None:
        rotations: dict[object, Callable[[], None]] = {
            "jwt": self._agent.rotate_jwt_keys,
            "jwt-forgetting": lambda: self._agent.rotate_jwt_keys(forget=True),
            "identities": self._agent.rotate_identities,
            "authority": self._agent.rotate_authority,
        }
        what = _members(body).get("what")
        if what not in rotations:
            raise Mistake(f"what is one of {', '.join(str(each) for each in rotations)}")
        rotations[what]()


def _json(what: object) -> bytes:
    return json.dumps(what).encode()


def _metadata(url: str) -> dict[str, object]:
    return {
        "issuer": url,
        "jwks_uri": f"{url}/keys",
        "authorization_endpoint": "",
        "response_types_supported": ["id_token"],
        "subject_types_supported": [],
        "id_token_signing_alg_values_supported": ["RS256", "ES256", "ES384"],
    }


def _members(body: object) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise Mistake("the body is a JSON object")
    return cast("dict[str, Any]", body)


@contextmanager
def served(agent: Agent, *, port: int, key_use: str | None = "jwt-svid") -> Generator[str]:
    """Serve on loopback while the context is open; gives the URL. Raises OSError."""
    control = Control(agent, key_use=key_use)

    class Handler(BaseHTTPRequestHandler):
        """Hands requests to the control."""

        timeout = TIMEOUT_S

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 its name
            """Write nothing: standard error is for what goes wrong."""

        def _handle(self) -> None:
            status, body = _answered(control, self)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = _handle  # noqa: N815 the names it looks for

    server = ThreadingHTTPServer((LOOPBACK, port), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _answered(control: Control, request: BaseHTTPRequestHandler) -> tuple[int, bytes]:
    host = request.headers.get("Host", "")
    # A web page that the developer happens to visit can reach loopback too: it cannot leave out
    # these headers, and a name rebound to 127.0.0.1 shows in Host.
    browser = request.headers.get("Origin") or request.headers.get("Sec-Fetch-Site")
    if browser or host.partition(":")[0] not in {LOOPBACK, "localhost"}:
        return 403, b"not for browsers\n"
    try:
        length = int(request.headers.get("Content-Length") or 0)
        if not 0 <= length <= LONGEST_BODY_BYTES:
            raise Mistake("the body is too long")  # noqa: TRY301 answered like the others
        body: object = json.loads(request.rfile.read(length) or b"null")
        found = control.answer(f"{request.command} {request.path}", body, f"http://{host}")
    except (Mistake, ValueError) as mistake:
        return 400, f"{mistake}\n".encode()
    if found is None:
        return 404, b"there is no such call\n"
    return (200, found) if found else (204, b"")
