"""A key of the model: held while a turn lasts, and in no environment."""

import gc
import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from agent_host.settings import settings_of
from deepresearch.definition import deepresearch
from gateway_tool.definition import gateway_tool
from hello_world.definition import hello_world
from research.definition import research

from agent_client.bedrock import FakeBedrock, running_bedrock
from agent_client.inside import Inside, inside
from agent_client.memory import gone

YEK = "oof-eb-llahs-taht-yek"
"""The key, backwards: so nobody but who was given it has it in memory."""


@pytest.fixture
def bedrock(monkeypatch: pytest.MonkeyPatch) -> Generator[FakeBedrock]:
    for name in ("AWS_BEARER_TOKEN_BEDROCK", "AWS_PROFILE", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    # The runtime's role, which the model is not to be called by.
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIARUNTIMEROLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of the role")
    with running_bedrock(YEK) as running:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", running.url)
        yield running


class Key:
    """A file with the key."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.write(YEK[::-1])

    def write(self, text: str) -> None:
        """Change it."""
        self.file.write_text(text)

    def take_away(self) -> None:
        """Leave nothing there."""
        self.file.unlink()


@pytest.fixture
def key(tmp_path: Path) -> Key:
    return Key(tmp_path / "key")


def chat(define: Any, key: Key, session: str) -> Inside:
    variables = {"BEDROCK_MODEL_ID": "some.model-v1", "AGENT_SECRET_MODEL_KEY": f"file:{key.file}"}
    return inside(define, variables, session=session)


@pytest.mark.parametrize("define", [hello_world, gateway_tool, deepresearch, research])
async def test_a_turn_s_model_is_called_with_the_key(
    define: Any,
    session: str,
    bedrock: FakeBedrock,
    key: Key,
    capfd: pytest.CaptureFixture[str],
) -> None:
    talk = chat(define, key, session)

    first = await talk.say("hello")
    again = await talk.say("hello")

    assert first.text == again.text == "Good evening."
    assert (bedrock.answered, bedrock.refused) == (2, 0)
    said = [*map(str, first.events), *map(str, (await talk.show()).events)]
    said += [*capfd.readouterr(), str(os.environ)]  # noqa: TID251 what a child would inherit
    assert not [text for text in said if YEK[::-1] in text]


async def test_between_turns_nothing_holds_it(session: str, bedrock: FakeBedrock, key: Key) -> None:
    talk = chat(hello_world, key, session)
    await talk.say("hello")
    gc.collect()

    assert bedrock.answered == 1
    assert await gone(YEK)


async def test_a_turn_after_a_rotation_has_the_new_one(
    session: str, bedrock: FakeBedrock, key: Key
) -> None:
    key.write("the one before")
    talk = chat(hello_world, key, session)
    before = await talk.say("hello")
    key.write(YEK[::-1])

    assert before.error is not None
    assert (await talk.say("hello")).text == "Good evening."


async def test_a_key_that_cannot_be_had_refuses_the_turn_in_our_own_words(
    session: str, bedrock: FakeBedrock, key: Key
) -> None:
    key.take_away()

    answer = await chat(hello_world, key, session).say("hello")

    assert answer.error is not None
    assert answer.error.code == "model_unavailable"
    assert str(key.file) not in str(answer.events)
    # Not by the role instead.
    assert (bedrock.answered, bedrock.refused) == (0, 0)


async def test_where_there_is_no_role_the_key_is_enough(
    session: str, bedrock: FakeBedrock, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", f"{key.file}.none")

    assert (await chat(hello_world, key, session).say("hello")).text == "Good evening."
    assert (bedrock.answered, bedrock.refused) == (1, 0)


async def test_what_was_said_so_far_is_shown_without_it(
    session: str, bedrock: FakeBedrock, key: Key
) -> None:
    talk = chat(hello_world, key, session)
    await talk.say("hello")
    key.take_away()

    assert [message.role for message in (await talk.show()).messages] == ["user", "assistant"]


async def test_the_offline_model_needs_no_key(session: str, tmp_path: Path) -> None:
    variables = {"AGENT_SECRET_MODEL_KEY": f"file:{tmp_path / 'nowhere'}"}

    answer = await inside(hello_world, variables, session=session).say("hello")

    assert answer.error is None


def test_a_key_s_own_variable_is_no_model_s() -> None:
    assert settings_of({"AGENT_SECRET_MODEL_KEY": "env:KEY"}).bedrock_model_id is None
