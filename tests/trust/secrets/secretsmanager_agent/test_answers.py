"""What it means that the agent beside the process did not answer with a secret."""

import json
import traceback

import pytest

from contracts.secret_source import VALUE, shown
from fakes.loopback import Reply
from fakes.secretsmanager_agent import PLACE, Agent, refusal
from trust.secrets import secretsmanager_agent
from trust.secrets.secretsmanager_agent import SecretsManagerAgentSource
from trust.secrets.source import SecretMalformed, SecretOutage, SecretRefused


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(refusal("ThrottlingException", 400), id="throttled"),
        pytest.param(refusal("InternalServiceError", 500), id="internal"),
        pytest.param(refusal("TimeoutError", 504), id="timeout"),
        pytest.param(refusal("ConnectionError", 502), id="connection"),
        pytest.param(Reply(status=429, body=b"Connection limit exceeded"), id="too-many"),
        pytest.param(Reply(status=400, body=b"Forwarded"), id="forwarded"),
        pytest.param(Reply(status=404, body=b"Not found"), id="no-agent"),
    ],
)
async def test_what_passes_is_an_outage(
    agent: Agent, source: SecretsManagerAgentSource, reply: Reply
) -> None:
    agent.fault = reply

    with pytest.raises(SecretOutage):
        await source.fetch(PLACE, None)


@pytest.mark.parametrize(
    "reply",
    [
        refusal("AccessDeniedException", 400, 'a "quoted" word'),
        refusal("com.amazonaws.x#ResourceNotFoundException", 400),
        refusal("InvalidRequestException", 400),
        refusal("DecryptionFailure", 400),
    ],
)
async def test_what_somebody_meant_is_a_refusal(
    agent: Agent, source: SecretsManagerAgentSource, reply: Reply
) -> None:
    agent.fault = reply

    with pytest.raises(SecretRefused) as refused:
        await source.fetch(PLACE, None)

    assert "own words" not in shown(refused.value)
    assert "quoted" not in shown(refused.value)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(VALUE.encode(), id="no-json"),
        pytest.param(b"[]", id="list"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(json.dumps({"SecretString": VALUE}).encode(), id="no-version"),
        pytest.param(json.dumps({"VersionId": VALUE}).encode(), id="no-value"),
        pytest.param(json.dumps({"SecretString": "", "VersionId": VALUE}).encode(), id="empty"),
        pytest.param(json.dumps({"SecretString": VALUE, "VersionId": ""}).encode(), id="unnamed"),
        pytest.param(
            json.dumps({"SecretString": [VALUE], "VersionId": "v"}).encode(), id="list-in"
        ),
        pytest.param(json.dumps({"SecretBinary": VALUE, "VersionId": "v"}).encode(), id="bytes"),
    ],
)
async def test_an_answer_that_is_no_secret_is_malformed_and_not_quoted(
    agent: Agent, source: SecretsManagerAgentSource, body: bytes
) -> None:
    agent.fault = Reply(body=body)

    with pytest.raises(SecretMalformed) as malformed:
        await source.fetch(PLACE, None)

    assert VALUE not in shown(malformed.value)
    assert VALUE not in "".join(traceback.format_exception(malformed.value))


async def test_an_endless_answer_is_not_read(
    agent: Agent, source: SecretsManagerAgentSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secretsmanager_agent, "MAX_BYTES", 10)
    assert agent.calls == []

    with pytest.raises(SecretOutage, match="the agent: Broken"):
        await source.fetch(PLACE, None)
