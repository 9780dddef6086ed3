"""One line for each way in which a set-up ends early; the samples are what the tools print."""

import errno
from pathlib import Path

import pytest

from devstack.setup.failure import failed_tool, failed_write

_PIP_OFFLINE = """\
WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by 'NewConnectionError(
'<pip._vendor.urllib3.connection.HTTPSConnection object>: Failed to establish a new connection:
[Errno -3] Temporary failure in name resolution')': /simple/ag-ui-a2ui-toolkit/
ERROR: Could not find a version that satisfies the requirement ag-ui-a2ui-toolkit==0.0.5
ERROR: No matching distribution found for ag-ui-a2ui-toolkit==0.0.5
"""
_PIP_LACKS = """\
ERROR: Could not find a version that satisfies the requirement nothing==1.0 (from versions: none)
ERROR: No matching distribution found for nothing==1.0
"""
_NPM_OFFLINE = """\
npm error code EAI_AGAIN
npm error syscall getaddrinfo
npm error request to the registry failed, reason: getaddrinfo EAI_AGAIN
"""
_PIP_HASH = """\
ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.
    ag-ui-a2ui-toolkit==0.0.5:
        Expected sha256 0
             Got        2
"""
_PIP_DISK = (
    "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"
)
_NPM_DISK = "npm error code ENOSPC\nnpm error syscall write"
_NPM_HASH = "npm error code EINTEGRITY\nnpm error sha512-AA integrity checksum failed"
_PIP_TLS = "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate"
_NPM_TLS = "npm error code SELF_SIGNED_CERT_IN_CHAIN"
_NO_VENV = (
    "The virtual environment was not created successfully because ensurepip is not available."
)


@pytest.mark.parametrize(
    ("output", "says"),
    [
        pytest.param(_PIP_OFFLINE, "cannot be reached", id="pip offline"),
        pytest.param(_PIP_LACKS, "lacks a package", id="pip without retries"),
        pytest.param(_NPM_OFFLINE, "cannot be reached", id="npm offline"),
        pytest.param(_PIP_HASH, "does not match its hash", id="pip hash"),
        pytest.param(_NPM_HASH, "does not match its hash", id="npm hash"),
        pytest.param(_PIP_DISK, "disk is full", id="pip disk"),
        pytest.param(_NPM_DISK, "disk is full", id="npm disk"),
        pytest.param(_PIP_TLS, "certificate is not trusted", id="pip certificate"),
        pytest.param(_NPM_TLS, "certificate is not trusted", id="npm certificate"),
        pytest.param(_NO_VENV, "python3-venv", id="no venv module"),
    ],
)
def test_a_known_failure_is_one_line_that_says_what_to_do(output: str, says: str) -> None:
    failure = failed_tool(step="s", tool="pip", code=1, tail=output, log=Path("setup.log"))

    assert says in str(failure)
    assert "\n" not in str(failure)
    assert failure.tail == ""


def test_a_wrong_hash_is_not_taken_for_a_bad_network() -> None:
    both = failed_tool(
        step="s", tool="pip", code=1, tail=_PIP_OFFLINE + _PIP_HASH, log=Path("setup.log")
    )

    assert "does not match its hash" in str(both)


def test_an_unknown_failure_shows_what_the_tool_said() -> None:
    failure = failed_tool(step="s", tool="npm", code=7, tail="odd", log=Path("setup.log"))

    assert str(failure) == "s: npm ended with code 7. Details: setup.log"
    assert failure.tail == "odd"


def test_a_full_disk_is_recognised_in_our_own_writing_too() -> None:
    assert "disk is full" in str(failed_write(OSError(errno.ENOSPC, "No space left on device")))


def test_any_other_fault_of_a_file_names_the_file() -> None:
    error = PermissionError(errno.EACCES, "Permission denied", "/x/.gatehouse")

    assert str(failed_write(error)) == "Permission denied: /x/.gatehouse"
