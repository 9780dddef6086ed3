"""The program around the double."""

import json
from pathlib import Path
from threading import Event

import pytest
from spiffe import WorkloadApiClient

from devstack.spire.__main__ import main
from fakes.spire_socket import agent_socket

US = "spiffe://acme.example/gatehouse"


class Once(Event):
    """Is not waited for: when the program would wait, a look is taken at what it serves."""

    def __init__(self) -> None:
        super().__init__()
        self.endpoint = ""
        self.subject = ""

    def wait(self, timeout: float | None = None) -> bool:
        """Ask the agent who we are."""
        del timeout
        with WorkloadApiClient(self.endpoint, default_timeout=5) as client:
            self.subject = str(client.fetch_jwt_svid({"vault"}).spiffe_id)
        return True


def test_it_serves_until_it_is_stopped(capsys: pytest.CaptureFixture[str]) -> None:
    stopped = Once()
    with agent_socket() as place:
        stopped.endpoint = f"unix://{place}"

        assert main(["--socket", str(place), "--json"], stopped) == 0
        assert not place.exists()

    told = json.loads(capsys.readouterr().out)
    assert told["SPIFFE_ENDPOINT_SOCKET"] == stopped.endpoint
    assert told["keys"].endswith("/keys")
    assert stopped.subject == US


def test_for_people_it_tells_what_to_put_into_the_environment(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stopped = Once()
    with agent_socket() as place:
        stopped.endpoint = f"unix://{place}"
        main(["--socket", str(place), "--identity", US], stopped)

    assert f"SPIFFE_ENDPOINT_SOCKET={stopped.endpoint}\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--identity", "gatehouse"], "--identity is no SPIFFE ID"),
        (["--identity", US, "--identity", "spiffe://b.example/x"], "of one trust domain"),
        (["--socket", "/nowhere/at/all.sock"], "cannot listen"),
    ],
)
def test_a_mistake_is_told(
    tmp_path: Path, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--socket", str(tmp_path / "a.sock"), *arguments], Event()) == 2

    assert says in capsys.readouterr().err


def test_help_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"], Event())

    assert "example: python -m devstack.spire" in capsys.readouterr().out
