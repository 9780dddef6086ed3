"""Secrets by the agent beside the process: what it is asked, and with which token."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from contracts.secret_source import VALUE, KeeperContract, shown
from fakes.clock import StoppedClock
from fakes.secret_source import KnownSecrets
from fakes.secrets import TERMS, secrets_of
from fakes.secretsmanager_agent import PLACE, TOKEN, Agent, refusal
from trust.secret import Secret
from trust.secrets.reference import PREVIOUS, Reference, Scheme
from trust.secrets.secretsmanager_agent import SecretsManagerAgentSource
from trust.secrets.source import SecretOutage, SecretRefused


class TestSecretsManagerAgentSource(KeeperContract):
    @pytest.fixture(params=[None, "client"], ids=["whole", "member"])
    def key(self, request: pytest.FixtureRequest) -> str | None:
        key: str | None = request.param
        return key

    @pytest.fixture
    def there(self, key: str | None, change: Callable[[str], object]) -> Reference:
        change(VALUE)
        return replace(PLACE, key=key)

    @pytest.fixture
    def missing(self) -> Reference:
        return replace(PLACE, path="never-made")

    @pytest.fixture
    def change(self, agent: Agent, key: str | None) -> Callable[[str], object]:
        versions = iter(range(2, 9))

        def put(value: str) -> None:
            text = value if key is None else json.dumps({key: value})
            agent.put(PLACE.path, text, f"v{next(versions)}")

        return put

    @pytest.fixture
    def deny(self, agent: Agent) -> Callable[[], object]:
        return lambda: setattr(agent, "fault", refusal("AccessDeniedException", 400, VALUE))

    @pytest.fixture
    def fail(self, agent: Agent) -> Callable[[], object]:
        return lambda: setattr(agent, "fault", refusal("InternalFailure", 500, VALUE))

    @pytest.fixture
    def heal(self, agent: Agent) -> Callable[[], object]:
        return lambda: setattr(agent, "fault", None)


# -- what is asked


async def test_a_stage_is_named_the_copy_is_not_taken_and_nothing_says_we_forward(
    agent: Agent, source: SecretsManagerAgentSource
) -> None:
    await source.fetch(PLACE, None)

    [call] = agent.calls
    assert call.path == (
        "/secretsmanager/get?secretId=gatehouse%2Foidc&versionStage=AWSCURRENT&refreshNow=true"
    )
    assert call.headers["x-aws-parameters-secrets-token"] == TOKEN
    assert "x-forwarded-for" not in call.headers


async def test_the_version_before_is_read_by_its_stage(
    agent: Agent, source: SecretsManagerAgentSource
) -> None:
    agent.put(PLACE.path, "older", "v0", PREVIOUS)

    assert (await source.fetch(replace(PLACE, version=PREVIOUS), None)).value == Secret("older")


async def test_a_name_cannot_add_a_parameter(
    agent: Agent, source: SecretsManagerAgentSource
) -> None:
    tricky = replace(PLACE, path="a&refreshNow=false#b c/é")
    agent.put(tricky.path, VALUE, "v1")

    assert (await source.fetch(tricky, None)).value == Secret(VALUE)


async def test_a_secret_that_was_denied_does_not_come_back_from_the_agents_copy(
    agent: Agent, source: SecretsManagerAgentSource
) -> None:
    clock = StoppedClock()
    secrets = secrets_of({Scheme.SECRETS_MANAGER_AGENT: source}, clock)
    await secrets.get(PLACE)
    agent.fault = refusal("AccessDeniedException", 400)
    clock.advance(TERMS.ttl_s)
    with pytest.raises(SecretRefused):
        await secrets.get(PLACE)
    clock.advance(60)

    with pytest.raises(SecretRefused):
        await secrets.get(PLACE)


async def test_forty_who_want_it_at_once_ask_once(
    agent: Agent, source: SecretsManagerAgentSource
) -> None:
    secrets = secrets_of({Scheme.SECRETS_MANAGER_AGENT: source}, StoppedClock())

    await asyncio.gather(*(secrets.get(PLACE) for _ in range(40)))

    assert len(agent.calls) == 1


# -- the token


async def test_the_token_is_read_anew_each_time(
    agent: Agent, source: SecretsManagerAgentSource, tokens: KnownSecrets
) -> None:
    await source.fetch(PLACE, None)
    agent.token = tokens.secrets["TOKEN"] = "another"

    assert (await source.fetch(PLACE, None)).value == Secret(VALUE)


async def test_a_line_end_is_no_part_of_the_token(
    source: SecretsManagerAgentSource, tokens: KnownSecrets
) -> None:
    tokens.secrets["TOKEN"] = f"{TOKEN}\n\n"

    assert (await source.fetch(PLACE, None)).value == Secret(VALUE)


@pytest.mark.parametrize("token", ["two\r\nX-Forwarded-For: 1", "with space", "é", "\n"])
async def test_a_token_that_would_be_more_than_a_header_is_not_sent(
    agent: Agent, source: SecretsManagerAgentSource, tokens: KnownSecrets, token: str
) -> None:
    tokens.secrets["TOKEN"] = token

    with pytest.raises(SecretOutage, match="no text for a header") as outage:
        await source.fetch(PLACE, None)

    assert agent.calls == []
    assert token not in shown(outage.value) or token == "\n"


async def test_a_token_that_the_agent_does_not_know_says_nothing_of_the_secret(
    source: SecretsManagerAgentSource, tokens: KnownSecrets
) -> None:
    tokens.secrets["TOKEN"] = "wrong-token"

    with pytest.raises(SecretOutage, match="HTTP status 403") as outage:
        await source.fetch(PLACE, None)

    assert "wrong-token" not in shown(outage.value)


async def test_without_a_token_nothing_is_asked(
    agent: Agent, source: SecretsManagerAgentSource, tokens: KnownSecrets
) -> None:
    tokens.secrets.clear()

    with pytest.raises(SecretRefused):
        await source.fetch(PLACE, None)

    assert agent.calls == []
