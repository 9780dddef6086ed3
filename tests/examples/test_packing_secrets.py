"""What an example's image needs to have secrets of its own: `trust`, and a client of Vault."""

import re
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
ASKS = {
    "1-hello-world": False,
    "2-gateway-tool": False,
    "3-deepresearch": True,
    "4-research": True,
}
COPIED = re.compile(r"^COPY --from=trust \. trust$", re.MULTILINE)


@pytest.mark.parametrize(("example", "asks"), ASKS.items())
def test_an_image_that_asks_for_secrets_has_what_asks(example: str, asks: bool) -> None:  # noqa: FBT001
    docker = (EXAMPLES / example / "Dockerfile").read_text()
    packages = (EXAMPLES / example / "requirements.txt").read_text()

    assert bool(COPIED.search(docker)) == asks
    assert ("\nhvac==" in packages) == asks
    if asks:
        readme = (EXAMPLES / example / "README.md").read_text()
        assert "--build-context trust=../../src/trust" in readme


def test_those_are_the_ones_that_import_it() -> None:
    asking = {
        file.parent.name
        for file in EXAMPLES.glob("*/*.py")
        if "from agent_host.secrets import" in file.read_text()
    }

    # agent_host does so late, for a key of the model; without `trust` it takes no such settings.
    assert asking == {"agent_host", "deepresearch"}
    docker = (EXAMPLES / "4-research" / "Dockerfile").read_text()
    assert "COPY deepresearch deepresearch" in docker


def test_trust_asks_for_secrets_without_what_the_images_do_not_have() -> None:
    """`trust` is copied without the packages of the services; see requirements.txt."""
    needed = {"hvac", "requests", "cryptography", "botocore", "boto3"}
    locked = (EXAMPLES / "3-deepresearch" / "requirements.lock").read_text()

    assert {name for name in needed if f"\n{name}==" not in f"\n{locked}"} == set()
