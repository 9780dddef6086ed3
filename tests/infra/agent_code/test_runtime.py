"""The agent of whoever names no other, over HTTP."""

import importlib.util
import json
import threading
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import ModuleType

import pytest

FILE = Path(__file__).parents[3] / "infra" / "agent-code" / "runtime.py"


def _loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("agent_code_runtime", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


AGENT = _loaded()


@pytest.fixture(scope="module")
def connection() -> Iterator[HTTPConnection]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), AGENT.Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    opened = HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    yield opened
    opened.close()
    server.shutdown()
    thread.join()
    server.server_close()


def _read(response: HTTPResponse) -> tuple[int, dict[str, object]]:
    return response.status, json.loads(response.read())


def test_it_is_well(connection: HTTPConnection) -> None:
    connection.request("GET", "/ping")
    status, body = _read(connection.getresponse())
    assert status == 200
    assert body["status"] == "Healthy"
    assert isinstance(body["time_of_last_update"], int)


def test_it_says_what_it_was_told(connection: HTTPConnection) -> None:
    connection.request("POST", "/invocations", body=json.dumps({"prompt": "hello"}))
    assert _read(connection.getresponse()) == (200, {"result": "You said: hello"})


@pytest.mark.parametrize("body", ["[]", "{}", '{"prompt": 1}', '{"prompt": ""}'])
def test_it_asks_for_something_to_answer(connection: HTTPConnection, body: str) -> None:
    connection.request("POST", "/invocations", body=body)
    status, said = _read(connection.getresponse())
    assert status == 200
    assert "prompt" in str(said["result"])


def test_a_body_that_is_no_json_is_refused_without_its_text(connection: HTTPConnection) -> None:
    connection.request("POST", "/invocations", body="{secret")
    status, said = _read(connection.getresponse())
    assert status == 400
    assert "secret" not in str(said)


@pytest.mark.parametrize("path", ["/", "/invocations/x"])
def test_there_is_nothing_else(connection: HTTPConnection, path: str) -> None:
    connection.request("GET", path)
    assert connection.getresponse().read()
    connection.request("POST", path, body="{}")
    response = connection.getresponse()
    assert _read(response)[0] == 400
    assert response.will_close


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("0", 0),
        ("1048576", 1_048_576),
        ("1048577", None),
        ("99999999999999", None),
        ("-1", None),
        ("\uff11", None),
        ("", None),
        ("None", None),
    ],
)
def test_only_a_length_within_bounds_is_read(text: str, length: int | None) -> None:
    assert AGENT.body_length(text) == length
