"""Why a set-up ended: one line that says what happened and what to do."""

import errno
from pathlib import Path

_REMEDIES = (
    (
        ("DO NOT MATCH THE HASHES", "EINTEGRITY"),
        "a download does not match its hash in the lock file, and nothing of it was installed",
    ),
    (
        ("No space left on device", "ENOSPC", "Disk quota exceeded", "EDQUOT"),
        "the disk is full: about 1.5 GB are needed",
    ),
    (
        ("CERTIFICATE_VERIFY_FAILED", "SELF_SIGNED_CERT", "UNABLE_TO_VERIFY_LEAF", "ISSUER_CERT"),
        "its registry's certificate is not trusted (company CA: PIP_CERT, NODE_EXTRA_CA_CERTS)",
    ),
    (
        (
            "Failed to establish a new connection",
            "Temporary failure in name resolution",
            "Name or service not known",
            "Max retries exceeded",
            "Network is unreachable",
            "Connection refused",
            "ConnectTimeoutError",
            "ReadTimeoutError",
            "ProxyError",
            "ENOTFOUND",
            "EAI_AGAIN",
            "ECONNREFUSED",
            "ECONNRESET",
            "ETIMEDOUT",
            "ENETUNREACH",
            "ERR_SOCKET_TIMEOUT",
        ),
        "its registry cannot be reached (proxy: HTTPS_PROXY; mirror: PIP_INDEX_URL, npm config)",
    ),
    (
        ("(from versions: none)",),
        "its registry lacks a package, or cannot be reached (HTTPS_PROXY, PIP_INDEX_URL)",
    ),
    (
        ("ensurepip is not available", "No module named venv", "No module named ensurepip"),
        "this Python comes without venv: install it (Debian and Ubuntu: apt install python3-venv)",
    ),
    (
        ("Permission denied", "EACCES"),
        "a file may not be written: was an earlier set-up run as another user?",
    ),
)
"""What a tool's output holds, and what that means; the first that fits is reported."""


class SetupFailed(Exception):
    """The set-up cannot go on; its text is the line to show."""

    def __init__(self, line: str, *, tail: str = "") -> None:
        super().__init__(line)
        self.tail = tail
        """The last lines of the tool's output, where they may explain more than we can."""


def remedy(output: str) -> str | None:
    """Return what a tool's failure means and what to do, or None where we do not know."""
    return next(
        (meaning for signs, meaning in _REMEDIES if any(sign in output for sign in signs)), None
    )


def failed_tool(*, step: str, tool: str, code: int, tail: str, log: Path) -> SetupFailed:
    """Return the error for a tool that ended with another code than 0."""
    known = remedy(tail)
    if known is not None:
        return SetupFailed(f"{step}: {tool} failed: {known}. Details: {log}")
    return SetupFailed(f"{step}: {tool} ended with code {code}. Details: {log}", tail=tail)


def failed_write(error: OSError) -> SetupFailed:
    """Return the error for a file of ours that could not be written."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return SetupFailed("the disk is full: about 1.5 GB are needed")
    return SetupFailed(f"{error.strerror or error}: {error.filename or 'a file of the set-up'}")
