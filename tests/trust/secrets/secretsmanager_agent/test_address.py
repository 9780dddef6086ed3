"""Where an agent may be, and what it means that there is none."""

import asyncio
import json
from collections.abc import Mapping

import pytest

from fakes.loopback import Reply, serving
from fakes.secret_source import KnownSecrets
from fakes.secretsmanager_agent import PLACE, TOKEN_AT, Agent, running
from trust import parse
from trust.secrets import secretsmanager_agent
from trust.secrets.secretsmanager_agent import SecretsManagerAgentSource
from trust.secrets.source import SecretOutage
from trust.wire.call import Outgoing, Taken
from trust.wire.client import LeanWire


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("http://localhost:2773", "http://127.0.0.1:2773"),
        ("http://127.0.0.1:2773/", "http://127.0.0.1:2773"),
        ("http://127.8.9.10", "http://127.8.9.10:80"),
        ("http://[::1]:2773", "http://[::1]:2773"),
    ],
)
async def test_an_agent_on_this_machine_is_asked(
    address: str, host: str, tokens: KnownSecrets
) -> None:
    wire = _Recording()
    source = SecretsManagerAgentSource(
        wire, address=parse.loopback(address), token=TOKEN_AT, tokens=tokens
    )

    with pytest.raises(SecretOutage):
        await source.fetch(PLACE, None)

    [url] = wire.urls
    assert url.startswith(f"{host}/secretsmanager/get?secretId=")


class _Recording:
    """A wire that notes where it should have gone, and does not go there."""

    def __init__(self) -> None:
        self.urls: list[str] = []

    async def open(self, call: Outgoing) -> "_Nothing":
        self.urls.append(call.url)
        return _Nothing()

    async def close(self) -> None:
        pass


class _Nothing:
    status = 200
    ended = True
    headers: Mapping[str, str] = {}

    async def read(self, within_s: float | None = None, taken: Taken | None = None) -> bytes:
        del within_s, taken
        return b""

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254",
        "http://10.0.0.1:2773",
        "http://192.0.2.1:2773",
        "http://agent.internal:2773",
        "http://localhost.evil.example:2773",
        "http://127.0.0.1.evil.example",
        "http://localhost@evil.example:2773",
        "http://user@127.0.0.1:2773",
        "http://127.0.0.1:2773/prefix",
        "http://127.0.0.1:2773/?a=b",
        "http://127.0.0.1:2773/#a",
        "http://0.0.0.0:2773",
        "http://[::ffff:10.0.0.1]:2773",
        "http://127.0.0.1:99999",
        "http://[::1",
        "https://localhost:2773",
        "file:///etc/passwd",
        "localhost:2773",
        "",
    ],
)
def test_neither_token_nor_secret_goes_anywhere_else(address: str) -> None:
    with pytest.raises(ValueError, match=r"is not http on this machine|is no plain URL"):
        parse.loopback(address)


async def test_a_redirect_is_not_followed(agent: Agent, source: SecretsManagerAgentSource) -> None:
    elsewhere: list[object] = []

    def taken(call: object) -> Reply:
        elsewhere.append(call)
        return Reply(body=json.dumps({"SecretString": "x", "VersionId": "v"}).encode())

    with serving(taken) as url:
        agent.fault = Reply(status=302, headers={"Location": url})
        with pytest.raises(SecretOutage, match="HTTP status 302"):
            await source.fetch(PLACE, None)

    assert elsewhere == []


async def test_an_agent_that_is_not_there_is_an_outage(
    wire: LeanWire, tokens: KnownSecrets
) -> None:
    with running() as agent:
        pass
    source = SecretsManagerAgentSource(wire, address=agent.url, token=TOKEN_AT, tokens=tokens)

    with pytest.raises(SecretOutage, match="the agent: Unreachable"):
        await source.fetch(PLACE, None)


async def test_an_agent_that_says_nothing_is_an_outage(
    tokens: KnownSecrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secretsmanager_agent, "TIMEOUT_S", 0.0)
    source = SecretsManagerAgentSource(
        _Silent(), address="http://localhost", token=TOKEN_AT, tokens=tokens
    )

    with pytest.raises(SecretOutage, match="the agent: TimeoutError"):
        await source.fetch(PLACE, None)


class _Silent(_Recording):
    async def open(self, call: Outgoing) -> _Nothing:
        del call
        await asyncio.Event().wait()
        return _Nothing()
