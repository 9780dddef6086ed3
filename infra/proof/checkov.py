"""Checkov over the modules; what it is told to skip stands with its reason beside the resource."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from proof.verdict import Failed, NotRun, Passed, Verdict
from proof.workspace import Workspace

_WITHIN_S = 300


def scan(python: Path, workspace: Workspace, env: Mapping[str, str]) -> Verdict:
    """Return whether the modules hold up."""
    if not os.access(python, os.X_OK):
        return NotRun(why=f"{python} is not there; run: make infra")
    done = subprocess.run(  # noqa: S603 our own pinned installation
        (
            # By its Python: a script's first line cannot name one whose path has a space in it.
            *(
                str(python),
                "-m",
                "checkov.main",
                "--directory",
                str(workspace.infra),
                "--framework",
                "terraform",
            ),
            # Its rules come with it; nothing is fetched, nothing is sent.
            *("--skip-download", "--quiet", "--compact", "--output", "json"),
        ),
        env={**env, "LOG_LEVEL": "ERROR"},
        capture_output=True,
        text=True,
        check=False,
        timeout=_WITHIN_S,
    )
    try:
        report = json.loads(done.stdout)
    except ValueError:
        return Failed(why=f"no report, exit code {done.returncode}\n{done.stderr}")
    return verdict_of(report)


def verdict_of(report: Any) -> Verdict:
    """Return what a report says: every rule holds, or is skipped with a reason."""
    results, summary = report["results"], report["summary"]
    failed = [
        f"{check['check_id']} {check['resource']} ({check['file_path']}): {check['check_name']}"
        for check in results["failed_checks"]
    ]
    unreasoned = [
        f"{check['check_id']} {check['resource']}: skipped without a reason"
        for check in results.get("skipped_checks", [])
        if not check["check_result"].get("suppress_comment", "").strip(" .")
    ]
    if failed or unreasoned:
        return Failed(why="\n".join([*failed, *unreasoned]))
    if not summary["passed"]:
        return Failed(why="not one rule was applied")
    return Passed(note=f"{summary['passed']} hold, {summary['skipped']} skipped with a reason")
