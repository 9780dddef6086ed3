"""What the streaming path is put together of, by the settings; and providers that come late."""

import asyncio
import secrets
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest

from bff.late_endpoint import LateEndpoint
from bff.settings import load_settings
from bff.streaming_path import Ground, StreamingPath, lay_ground, open_path
from events.configured import configured
from fakes.clock import StoppedClock
from fakes.keyring import ReloadedKeyring
from fakes.login import new_session
from trust.aws.dynamodb.table import DynamoDbTable
from trust.aws.sts.vendor import AssumeRole, AssumeRoleWithWebIdentity
from trust.errors import SettingsError
from trust.seal.keyring import Keyring, new_keyring, parse_keyring
from trust.secrets.opening import open_keepers
from trust.secrets.source import SecretUnavailable
from trust.session.errors import RefreshRejected
from trust.session.record import TokenSet
from trust.store.memory import MemoryTable
from trust.store.sqlite import SqliteTable
from trust.wire.client import LeanWire
from trust.wire.http import HttpxWire

NOBODY = "http://127.0.0.1:9"
SOURCES = Path(__file__).parents[2] / "src"


def laid(folder: Path, **changes: str) -> tuple[Ground, dict[str, str]]:
    """Return the ground of a configuration with these changes."""
    variables = configured(folder, issuer=NOBODY) | changes
    settings = load_settings(variables)
    keepers = open_keepers(settings.keepers, variables, StoppedClock())
    keyring = parse_keyring(new_keyring(secrets.token_bytes))

    async def reload() -> Keyring:
        return keyring

    return lay_ground(settings, variables, keepers, ReloadedKeyring(keyring, reload)), variables


def opened(ground: Ground) -> StreamingPath:
    return open_path(ground, LateEndpoint(ground))


@pytest.mark.parametrize(
    ("store", "kind"),
    [
        ("sqlite:{}/other.db", SqliteTable),
        ("dynamodb:gatehouse-sessions", DynamoDbTable),
        ("memory:", MemoryTable),
    ],
)
async def test_the_store_is_the_one_that_is_named(tmp_path: Path, store: str, kind: type) -> None:
    ground, _variables = laid(tmp_path, BFF_STORE=store.format(tmp_path))

    assert type(ground.table) is kind
    await opened(ground).close()


@pytest.mark.parametrize(
    ("mode", "kind"), [("assume-role", AssumeRole), ("web-identity", AssumeRoleWithWebIdentity)]
)
async def test_grants_are_bought_in_the_way_that_is_named(
    tmp_path: Path, mode: str, kind: type
) -> None:
    ground, _variables = laid(tmp_path, BFF_STS_MODE=mode, BFF_STORE="memory:")
    path = opened(ground)

    assert type(path.turns.grants._vendor) is kind
    await path.close()


@pytest.mark.parametrize(("upstream", "kind"), [("lean", LeanWire), ("httpx", HttpxWire)])
async def test_calls_go_over_the_client_that_is_named(
    tmp_path: Path, upstream: str, kind: type
) -> None:
    ground, _variables = laid(tmp_path, BFF_UPSTREAM=upstream, BFF_STORE="memory:")

    assert type(ground.region.wire) is kind
    await opened(ground).close()


@pytest.mark.parametrize("upstream", ["lean", "httpx"])
def test_whom_aws_is_believed_by_is_read_from_the_environment(
    tmp_path: Path, upstream: str
) -> None:
    with pytest.raises(SettingsError, match="AWS_CA_BUNDLE"):
        laid(tmp_path, AWS_CA_BUNDLE=str(tmp_path / "absent.pem"), BFF_UPSTREAM=upstream)


async def test_a_provider_that_cannot_be_asked_ends_no_session(tmp_path: Path) -> None:
    ground, _variables = laid(tmp_path, BFF_STORE="memory:")
    late = LateEndpoint(ground)
    session = new_session()

    # Somebody else's session, as far as this configuration knows: its provider was removed.
    with pytest.raises(RefreshRejected):
        await late.refresh(session)
    await late.revoke(session.identity.issuer, session.tokens)
    await late.close()


async def test_two_first_refreshes_open_the_providers_once(tmp_path: Path) -> None:
    ground, _variables = laid(tmp_path, BFF_STORE="memory:")
    late = LateEndpoint(ground)
    tokens: TokenSet = new_session().tokens

    await asyncio.gather(*(late.revoke(NOBODY, tokens) for _ in range(2)))
    first = late._providers
    await late.revoke(NOBODY, tokens)

    assert first is not None
    assert late._providers is first
    await late.close()


async def test_a_credential_that_is_not_there_is_looked_for_again(tmp_path: Path) -> None:
    ground, variables = laid(tmp_path, BFF_STORE="memory:")
    secret = variables.pop("CLIENT_SECRET")
    late = LateEndpoint(ground)
    session = new_session()

    with pytest.raises(SecretUnavailable) as refused:
        await late.refresh(session)
    variables["CLIENT_SECRET"] = secret
    cast("StoppedClock", ground.clock).advance(2)

    assert refused.value.retry_after
    with pytest.raises(RefreshRejected):
        await late.refresh(session)
    await late.close()


async def test_who_never_refreshed_has_nothing_to_close(tmp_path: Path) -> None:
    ground, _variables = laid(tmp_path, BFF_STORE="memory:")

    await LateEndpoint(ground).close()


def test_a_path_is_opened_without_any_client_of_providers(tmp_path: Path) -> None:
    program = """
import asyncio, os, sys
from bff.streaming_app import create_streaming

async def opened():
    app = create_streaming(os.environ)
    await app.path()
    await app.close()

asyncio.run(opened())
heavy = {"fastapi", "pydantic", "anyio", "httpx", "authlib", "joserfc", "boto3", "botocore", "hvac"}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env=configured(tmp_path, issuer=NOBODY) | {"PYTHONPATH": str(SOURCES)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout == "[]\n"
