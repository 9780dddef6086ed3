"""The provider as a program: how it starts, what it refuses, how it ends."""

import json
import signal
import socket
import subprocess
from pathlib import Path

import httpx
import pytest

from idp_client.process import (
    CLIENT_SECRET,
    PASSWORD,
    STOP_S,
    RunningProvider,
    command,
    environment,
    running,
)

SECRETS = environment(IDP_PASSWORD=PASSWORD, IDP_CLIENT_SECRET=CLIENT_SECRET)


def ended(*options: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*options), env=env, capture_output=True, text=True, timeout=20, check=False
    )


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_at_once_and_well(log: Path, sign: signal.Signals) -> None:
    with running(log, "--port", "0") as provider:
        port = httpx.URL(provider.issuer).port
        with socket.create_connection(("127.0.0.1", port or 0)) as slow:
            # A request that never comes to its end does not keep it alive.
            slow.sendall(b"GET /jwks HTTP/1.1\r\n")
            httpx.get(f"{provider.issuer}/jwks", timeout=5)

            provider.process.send_signal(sign)

            assert provider.process.wait(STOP_S) == 0


@pytest.mark.usefixtures("log")
def test_a_port_in_use_is_told_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        outcome = ended("--port", str(port), env=SECRETS)

    assert outcome.returncode == 1
    assert outcome.stdout == ""
    assert len(outcome.stderr.splitlines()) == 1
    assert f"port {port} on 127.0.0.1 is in use" in outcome.stderr
    assert "--port" in outcome.stderr


def test_it_listens_on_loopback_only(provider: RunningProvider) -> None:
    port = httpx.URL(provider.issuer).port
    table = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()

    rows = [line.split() for line in table.splitlines()]
    listening = {row[1] for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "0A"}
    assert listening == {f"0100007F:{port:04X}"}


@pytest.mark.usefixtures("log")
def test_all_mistakes_are_told_together() -> None:
    outcome = ended("--port", "99999", "--bff", "http://localhost:8000/app", env=environment())

    assert outcome.returncode == 1
    for name in ("--port", "--bff", "IDP_PASSWORD", "IDP_CLIENT_SECRET"):
        assert f"identity provider: {name}" in outcome.stderr


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        pytest.param(None, "ENOENT", id="missing"),
        pytest.param("{}", 'no list "keys"', id="no-keys"),
        pytest.param('{"keys":[{"kty":"EC","d":"x"}]}', "private key", id="private"),
    ],
)
def test_unusable_client_keys_are_told(tmp_path: Path, content: str | None, complaint: str) -> None:
    path = tmp_path / "client.json"
    if content is not None:
        path.write_text(content)

    outcome = ended("--port", "0", "--client-jwks", str(path), env=SECRETS)

    assert outcome.returncode == 1
    assert complaint in outcome.stderr


def test_keys_in_a_file_outlive_the_process(log: Path, tmp_path: Path) -> None:
    path = tmp_path / "keys.json"

    published = [published_keys(log, path) for _ in range(2)]

    assert published[0] == published[1]
    assert path.stat().st_mode & 0o777 == 0o600


def published_keys(log: Path, path: Path) -> object:
    with running(log, "--port", "0", "--keys", str(path)) as provider:
        return httpx.get(f"{provider.issuer}/jwks", timeout=5).json()


def test_published_keys_are_public(provider: RunningProvider) -> None:
    keys = httpx.get(f"{provider.issuer}/jwks", timeout=5).json()["keys"]

    assert [set(key) & {"d", "p", "q", "dp", "dq", "qi"} for key in keys] == [set()]


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize(
    ("content", "mode", "complaint"),
    [
        pytest.param("{}", 0o600, "does not hold keys", id="not-keys"),
        pytest.param("{}", 0o644, "others can read it", id="readable"),
    ],
)
def test_an_unusable_key_file_is_refused(
    tmp_path: Path, content: str, mode: int, complaint: str
) -> None:
    path = tmp_path / "keys.json"
    path.write_text(content)
    path.chmod(mode)

    outcome = ended("--port", "0", "--keys", str(path), env=SECRETS)

    assert outcome.returncode == 1
    assert complaint in outcome.stderr


@pytest.mark.parametrize(
    ("feature", "member"),
    [
        ("par", "pushed_authorization_request_endpoint"),
        ("dpop", "dpop_signing_alg_values_supported"),
        ("backchannel-logout", "backchannel_logout_supported"),
        ("end-session", "end_session_endpoint"),
        ("revocation", "revocation_endpoint"),
        ("introspection", "introspection_endpoint"),
        ("userinfo", "userinfo_endpoint"),
    ],
)
def test_what_is_switched_off_is_not_advertised(log: Path, feature: str, member: str) -> None:
    with running(log, "--port", "0", f"--no-{feature}") as provider:
        metadata = httpx.get(
            f"{provider.issuer}/.well-known/openid-configuration", timeout=5
        ).json()

    assert member not in metadata


@pytest.mark.parametrize(
    ("feature", "grant"),
    [
        ("refresh-tokens", "refresh_token"),
        ("token-exchange", "urn:ietf:params:oauth:grant-type:token-exchange"),
    ],
)
def test_a_grant_that_is_switched_off_is_refused(log: Path, feature: str, grant: str) -> None:
    with running(log, "--port", "0", f"--no-{feature}") as provider:
        form = {
            "grant_type": grant,
            "client_id": "gatehouse",
            "client_secret": CLIENT_SECRET,
            "refresh_token": "x",
        }
        answer = httpx.post(f"{provider.issuer}/token", data=form, timeout=5)

    assert answer.json()["error"] in {"unsupported_grant_type", "invalid_request"}


def test_no_secret_is_written_anywhere(log: Path) -> None:
    with running(log, "--port", "0") as provider:
        httpx.post(f"{provider.issuer}/token", data={"client_secret": CLIENT_SECRET}, timeout=5)

    said = log.read_text()
    assert PASSWORD not in said
    assert CLIENT_SECRET not in said


def test_the_lock_file_names_no_place_to_download_from() -> None:
    folder = Path(command()[1]).parent
    packages = json.loads((folder / "package-lock.json").read_text())["packages"]

    assert all("resolved" not in package for package in packages.values())
    assert packages["node_modules/oidc-provider"]["version"] == "9.13.3"
