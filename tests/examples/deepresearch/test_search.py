"""The search engine: asked with a token that the agent has for one question, and then no more."""

import gc
import hashlib
import json
import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from agent_host.settings import SettingsWrong, settings_of
from deepresearch import definition, search_http
from deepresearch.library import MAX_HITS, Corpus, Page, PageMissing
from deepresearch.search_http import Searching
from research.definition import research

from agent_client.inside import inside
from agent_client.memory import gone
from fakes.loopback import Call, Reply, serving
from fakes.scripted_vault import ScriptedVault, document, refusal, scripted_vault

QUESTION = "How do tides arise?"
NEKOT = "oof-eb-llahs-taht-nekot"
"""The token, backwards: so nobody but who was given it has it in memory."""


def bearer(token: str) -> str:
    return hashlib.sha256(f"Bearer {token}".encode()).hexdigest()


@dataclass(kw_only=True)
class Engine:
    """A search engine that knows its callers by a token, and keeps no copy of it."""

    url: str = ""
    reply: Reply | None = None
    queries: list[str] = field(default_factory=list[str])
    refused: int = 0
    inherited: list[str] = field(default_factory=list[str])
    """What a child of the agent's process finds in its environment, while the token is in use."""

    def answer(self, call: Call) -> Reply:
        """Answer as SearXNG does behind a gateway that asks for a token."""
        given = hashlib.sha256(call.headers.get("authorization", "").encode()).hexdigest()
        if given != bearer(NEKOT[::-1]):
            self.refused += 1
            return Reply(status=401)
        self.queries.append(call.path)
        if self.reply is not None:
            return self.reply
        child = subprocess.run(["/usr/bin/env"], capture_output=True, text=True, check=True)
        self.inherited.append(child.stdout)
        found = {"url": "https://tides.example/moon", "title": "The Moon's pull", "content": "…"}
        return Reply(body=json.dumps({"results": [found]}).encode())


@contextmanager
def running(engine: Engine) -> Generator[None]:
    with serving(engine.answer) as url:
        engine.url = f"{url}/search"
        yield


@pytest.fixture
def engine() -> Generator[Engine]:
    made = Engine()
    with running(made):
        yield made


@pytest.fixture
def vault() -> Generator[ScriptedVault]:
    with scripted_vault() as made:
        made.said["secret/data/agents/search"] = lambda _: document(
            data={"data": {"token": NEKOT[::-1]}, "metadata": {"version": 1}}
        )
        yield made


@pytest.fixture
def variables(engine: Engine, vault: ScriptedVault, tmp_path: Path) -> dict[str, str]:
    (tmp_path / "jwt").write_text("header.claims.signature")
    return {
        "SEARCH_URL": engine.url,
        "AGENT_SECRET_SEARCH_TOKEN": "vault-kv:secret/agents/search#token",
        "VAULT_ADDR": vault.url,
        "BFF_VAULT_AUTH": "jwt-file",
        "BFF_VAULT_ROLE": "deepresearch",
        "BFF_VAULT_JWT_FILE": str(tmp_path / "jwt"),
    }


def define(settings: Any) -> Any:
    return definition.deepresearch(settings)


def library(variables: dict[str, str]) -> Searching:
    settings = settings_of(variables)
    found = definition.library_of(settings)
    assert isinstance(found, Searching)
    return found


@pytest.mark.parametrize("defined", [define, research], ids=["deepresearch", "research"])
async def test_a_turn_asks_with_the_token_and_shows_it_to_nobody(
    defined: Any,
    session: str,
    engine: Engine,
    vault: ScriptedVault,
    variables: dict[str, str],
    capfd: pytest.CaptureFixture[str],
) -> None:
    chat = inside(defined, variables, session=session)

    answer = await chat.say(QUESTION)
    shown = await chat.show()

    assert "gravity of the Moon" in answer.text
    assert engine.queries
    assert engine.refused == 0
    written = capfd.readouterr()
    said = [*map(str, answer.events), *map(str, shown.events), written.out, written.err]
    assert not [text for text in said if NEKOT[::-1] in text]
    assert engine.inherited
    assert not [text for text in engine.inherited if NEKOT[::-1] in text]
    assert NEKOT[::-1] not in str(os.environ)  # noqa: TID251 what a child would inherit
    assert vault.alive == {"hvs.root-of-a-test"}


async def test_after_a_turn_nothing_leads_to_it_neither_the_conversation_nor_the_process(
    session: str, engine: Engine, variables: dict[str, str]
) -> None:
    chat = inside(define, variables, session=session)
    await chat.say(QUESTION)

    assert engine.queries
    # What the HTTP client had of it hangs together in circles, which Python looks for now and then.
    gc.collect()
    assert await gone(NEKOT)


async def test_what_the_engine_finds_comes_after_what_the_library_has(
    engine: Engine, variables: dict[str, str]
) -> None:
    found = await library(variables).search("tides")

    assert found[0].address.startswith("corpus:")
    assert found[-1] == Page(address="https://tides.example/moon", title="The Moon's pull", text="")
    assert engine.queries == ["/search?q=tides&format=json"]


async def test_it_reads_as_before(variables: dict[str, str]) -> None:
    searching = library(variables)

    assert (await searching.read("corpus:tides")).title == "How tides arise"
    with pytest.raises(PageMissing):
        await searching.read("https://tides.example/moon")


async def test_with_a_token_that_cannot_be_had_there_is_what_the_library_has(
    engine: Engine,
    vault: ScriptedVault,
    variables: dict[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    vault.said["secret/data/agents/search"] = lambda _: refusal(404)

    found = await library(variables).search("tides")

    assert {page.address.partition(":")[0] for page in found} == {"corpus"}
    assert engine.queries == []
    assert '"search.unavailable"' in capsys.readouterr().err


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply(status=500), id="fails"),
        pytest.param(Reply(body=b"<html>"), id="no-json"),
        pytest.param(Reply(body=b"[" * 100_000), id="deep"),
        pytest.param(Reply(body=b"[]"), id="a-list"),
        pytest.param(Reply(body=b'{"results": {}}'), id="no-list"),
        pytest.param(Reply(body=b" " * 1_100_000 + b'{"results": []}'), id="too-long"),
    ],
)
async def test_an_engine_that_does_not_answer_costs_its_pages_alone(
    engine: Engine,
    variables: dict[str, str],
    reply: Reply,
    capsys: pytest.CaptureFixture[str],
) -> None:
    engine.reply = reply

    found = await library(variables).search("tides")

    assert {page.address.partition(":")[0] for page in found} == {"corpus"}
    assert '"search.unavailable"' in capsys.readouterr().err


async def test_a_redirection_does_not_get_the_token(
    engine: Engine, variables: dict[str, str]
) -> None:
    other = Engine()
    with running(other):
        engine.reply = Reply(status=302, headers={"Location": other.url})
        await library(variables).search("tides")

    assert len(engine.queries) == 1
    assert other.queries == []
    assert other.refused == 0


async def test_what_is_no_page_is_left_out(engine: Engine, variables: dict[str, str]) -> None:
    results: list[object] = [
        "https://tides.example",
        {"url": "https://tides.example/untitled"},
        {"url": 1, "title": "A number"},
        {"url": "http://tides.example", "title": "Not https"},
        {"url": "corpus:secret", "title": "Not of the web"},
        {"url": "https://tides.example/a b", "title": "With a space"},
        {"url": "https://tides.example/\nhttps://x.example", "title": "With a line break"},
        {"url": "https://tides.example/ok", "title": "One\ncorpus:fake | Two" + "o" * 300},
    ]
    engine.reply = Reply(body=json.dumps({"results": results}).encode())

    (page,) = await library(variables).search("xyzzy")

    assert page.address == "https://tides.example/ok"
    assert page.title.startswith("One corpus:fake | Twooo")
    assert len(page.title) == 200


async def test_there_are_no_more_hits_than_before(
    engine: Engine, variables: dict[str, str]
) -> None:
    results = [{"url": f"https://a.example/{n}", "title": "A"} for n in range(50)]
    engine.reply = Reply(body=json.dumps({"results": results}).encode())

    assert len(await library(variables).search("xyzzy")) == MAX_HITS


async def test_an_engine_that_hangs_holds_nobody_up(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_http, "SEARCH_S", 0.0)

    found = await library(variables).search("tides")

    assert {page.address.partition(":")[0] for page in found} == {"corpus"}


def test_without_an_engine_there_is_none() -> None:
    assert isinstance(definition.library_of(settings_of({})), Corpus)


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        pytest.param({"SEARCH_URL": "http://search.example"}, "SEARCH_URL=", id="plain-http"),
        pytest.param(
            {"SEARCH_URL": "https://search.example"}, "AGENT_SECRET_SEARCH_TOKEN", id="no-token"
        ),
        pytest.param(
            {"SEARCH_URL": "https://search.example", "AGENT_SECRET_SEARCH_TOKEN": "canary"},
            "AGENT_SECRET_SEARCH_TOKEN: a secret reference is",
            id="the-token-itself",
        ),
    ],
)
def test_settings_that_cannot_be_are_told(environment: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsWrong, match=told) as wrong:
        settings_of(environment)

    assert "canary" not in str(wrong.value)
