"""The module that a server imports: what it lets be written down."""

import json
import subprocess
import sys
from pathlib import Path

from fakes.proxy.house import environment

SOURCE = Path(__file__).parents[2] / "src"

PROBE = """
import json, logging
import bff.main
names = ["gatehouse", "httpx", "httpcore.http11", "botocore.endpoint", "urllib3", "uvicorn.access"]
print(json.dumps({name: logging.getLogger(name).getEffectiveLevel() for name in names}))
"""


def test_libraries_write_down_no_urls_and_no_headers(tmp_path: Path) -> None:
    variables = environment(
        tmp_path, issuer="http://127.0.0.1:1", runtime="http://127.0.0.1:1", changes={}
    )

    ended = subprocess.run(
        [sys.executable, "-c", PROBE],
        env={"PYTHONPATH": str(SOURCE), **variables},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )

    levels = json.loads(ended.stdout)
    assert levels.pop("gatehouse") == 20
    assert set(levels.values()) == {30}
