"""The program that an apply starts to fill an empty secret with a keyring."""

import runpy
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from trust.seal.keyring import parse_keyring

PROGRAM = Path(__file__).parents[3] / "infra/modules/agentcore-bff/session_keys/secretsmanager.py"
OURS = runpy.run_path(str(PROGRAM))


@pytest.fixture
def secrets_manager(empty_account: None) -> Any:
    return boto3.client("secretsmanager", region_name="eu-west-1")  # pyright: ignore[reportUnknownMemberType] boto3's stub has an overload per service


def value_of(client: Any, secret: str) -> str:
    text: str = client.get_secret_value(SecretId=secret, VersionStage="AWSCURRENT")["SecretString"]
    return text


def test_the_application_reads_the_keyring() -> None:
    keyring = parse_keyring(OURS["new_keyring"]())

    assert keyring.subject_key("https://login.example.com", "alice")


def test_no_two_keyrings_are_the_same() -> None:
    assert OURS["new_keyring"]() != OURS["new_keyring"]()


def test_an_empty_secret_is_filled_once_and_then_left_alone(secrets_manager: Any) -> None:
    arn = secrets_manager.create_secret(Name="keys")["ARN"]

    assert OURS["fill"](secrets_manager, arn) is True
    first = value_of(secrets_manager, arn)
    assert OURS["fill"](secrets_manager, arn) is False

    assert value_of(secrets_manager, arn) == first
    parse_keyring(first)


def test_a_secret_that_is_not_there_is_told_and_nothing_is_shown(
    secrets_manager: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ClientError):
        OURS["fill"](secrets_manager, "nowhere")
    monkeypatch.setattr(sys, "argv", ["keys", "--region", "eu-west-1", "nowhere"])

    assert OURS["main"]() == 1

    told = capsys.readouterr()
    assert "session keys: nowhere cannot be filled" in told.err
    assert "kty" not in told.err + told.out


def test_the_program_says_what_it_did_and_no_key(
    secrets_manager: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets_manager.create_secret(Name="keys")
    monkeypatch.setattr(sys, "argv", ["keys", "--region", "eu-west-1", "keys"])

    assert (OURS["main"](), OURS["main"]()) == (0, 0)

    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "session keys: made\nsession keys: there already\n")
