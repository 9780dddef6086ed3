"""The entry point, as Lambda loads it."""

import base64
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from events.configured import configured, elsewhere
from events.login import cookie_of, log_in
from events.recorded import rest_request
from trust.clock import SystemClock

NOBODY = "http://127.0.0.1:9"
"""An issuer that cannot be asked."""

SOURCES = Path(__file__).parents[2] / "src"


def loaded(environment: Mapping[str, str], program: str) -> "subprocess.CompletedProcess[str]":
    """Run `program` as the runtime does: with a root logger that has a handler of its own."""
    runtime = "import logging; logging.getLogger().addHandler(logging.NullHandler())"
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", f"{runtime}\n{program}"],
        env={**environment, "PYTHONPATH": str(SOURCES)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_entry_point_answers_and_writes_events_as_json(tmp_path: Path) -> None:
    environment = configured(tmp_path, issuer=NOBODY)
    now = SystemClock().now()
    alice = elsewhere(tmp_path, lambda book: log_in(book, now=now))
    event = rest_request("POST", "/auth/logout", cookies=[cookie_of(alice)])
    program = (
        "import base64, json, os\n"
        "from bff.lambda_handler import handler\n"
        "event = json.loads(base64.b64decode(os.environ['EVENT']))\n"
        "print([handler(event, None)['statusCode'] for _ in range(3)])\n"
        "handler.close()"
    )
    encoded = base64.b64encode(json.dumps(event).encode()).decode()

    done = loaded({**environment, "EVENT": encoded}, program)

    assert done.returncode == 0, done.stderr
    assert done.stdout == "[200, 200, 200]\n"
    assert [json.loads(line)["event"] for line in done.stderr.splitlines()] == [
        "audit",
        "provider.revocation_failed",
        "provider.logout_url_unknown",
    ]


def test_a_function_with_faults_says_each_on_a_line_and_does_not_start() -> None:
    done = loaded({"BFF_STORE": "nonsense"}, "import bff.lambda_handler")

    assert done.returncode == 1
    lines = [line for line in done.stderr.splitlines() if line.startswith("gatehouse: ")]
    assert "gatehouse: BFF_PUBLIC_URL is not set" in lines
    assert any(line.startswith("gatehouse: BFF_STORE is none of ") for line in lines)
    assert "SettingsError" in done.stderr
