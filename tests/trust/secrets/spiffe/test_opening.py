"""Where identities come from, by the configuration."""

import subprocess
import sys
from pathlib import Path

import pytest

from devstack.spire.agent import Agent
from fakes.clock import StoppedClock
from trust.secrets.settings import SecretSettings, load_secret_settings
from trust.secrets.source import SecretOutage, SecretRefused
from trust.secrets.spiffe.opening import open_svids, open_x509_svids

US = "spiffe://acme.example/gatehouse"


def settings(**variables: str) -> SecretSettings:
    return load_secret_settings({"BFF_SPIFFE_ID": US, **variables})


async def test_identities_come_from_the_agents_socket(listening: Path, clock: StoppedClock) -> None:
    configured = settings(SPIFFE_ENDPOINT_SOCKET=f"unix://{listening}")
    tokens, certificates = open_svids(configured, clock), open_x509_svids(configured, clock)

    assert (await tokens.jwt_svid("vault")).spiffe_id == US
    assert (await certificates.x509_svid()).spiffe_id == US
    await tokens.close()
    await certificates.close()


async def test_a_file_is_read_in_place_of_the_socket(
    spire: Agent, tmp_path: Path, clock: StoppedClock
) -> None:
    file = tmp_path / "svid.token"
    file.write_text(spire.jwt_svids(["vault"], "")[0].token)
    configured = settings(
        SPIFFE_ENDPOINT_SOCKET="unix:///nowhere.sock", BFF_SPIFFE_JWT_FILE=str(file)
    )
    tokens = open_svids(configured, clock)

    assert (await tokens.jwt_svid("vault")).spiffe_id == US
    with pytest.raises(SecretRefused, match="another audience"):
        await tokens.jwt_svid("https://idp.example")


async def test_a_process_without_its_agent_lives_and_says_so(
    tmp_path: Path, clock: StoppedClock
) -> None:
    configured = settings(SPIFFE_ENDPOINT_SOCKET=f"unix://{tmp_path}/none.sock")
    tokens = open_svids(configured, clock)

    with pytest.raises(SecretOutage, match="is the agent running"):
        await tokens.jwt_svid("vault")


@pytest.mark.parametrize("opens", [open_svids, open_x509_svids])
def test_without_socket_and_file_there_is_nobody_to_ask(opens: type, clock: StoppedClock) -> None:
    with pytest.raises(SecretRefused, match="neither SPIFFE_ENDPOINT_SOCKET nor BFF_SPIFFE_JWT"):
        opens(settings(), clock)


def test_nothing_heavy_is_loaded_before_an_identity_is_needed() -> None:
    """A cold start pays for gRPC only where somebody asks the agent."""
    seen = "import sys, trust.secrets.spiffe.opening; print(*sys.modules)"
    folder = Path(__file__).parents[4] / "src"

    loaded = subprocess.run(
        [sys.executable, "-c", seen],
        env={"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    ).stdout.split()

    assert "trust.secrets.spiffe.opening" in loaded
    assert not {"grpc", "spiffe", "google.protobuf", "cryptography"} & set(loaded)
