"""From a provider's answers to facts: what cannot be had is a fact, too."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from bff.doctor.facts import OFFLINE, Answers, Facts, Published, Unreached
from bff.doctor.gathering import gathered, offline
from bff.provider.http import Reply
from fakes.deployment import ANSWERS, DOCUMENT, ISSUER, KEY, entry, settings
from trust.registry.record import ProviderEntry
from trust.session.errors import ProviderUnavailable

DISCOVERY = f"{ISSUER}/.well-known/openid-configuration"
JWKS = f"{ISSUER}/jwks"


class Documents:
    """The port to documents, before documents by address."""

    def __init__(self, replies: Mapping[str, Reply]) -> None:
        self.replies = replies
        self.asked: list[str] = []

    async def get(self, url: str) -> Reply:
        """Answer, or be away."""
        self.asked.append(url)
        if url not in self.replies:
            raise ProviderUnavailable("nobody there\x1b")
        return self.replies[url]


class Bff:
    """The port `RunningBff`."""

    async def answers(self, told: Callable[[str], None]) -> Answers:
        """Answer as a good one does."""
        told("everything")
        return ANSWERS


def ok(**document: Any) -> Reply:
    """Return a document."""
    return Reply(status=200, document=document)


GOOD = {DISCOVERY: ok(**DOCUMENT), JWKS: ok(keys=[KEY])}


async def facts_of(
    replies: Mapping[str, Reply],
    entries: list[ProviderEntry] | Unreached | None = None,
    *,
    dev: bool = False,
) -> tuple[Facts, Documents]:
    """Gather from a provider."""
    http = Documents(replies)
    configuration = settings(BFF_ENV="dev") if dev else settings()
    found = await gathered(
        configuration,
        [entry()] if entries is None else entries,
        entry(),
        http_for=lambda _: http,
        bff=Bff(),
        told=lambda _: None,
    )
    return found, http


async def one(replies: Mapping[str, Reply], *, dev: bool = False) -> Published:
    """Gather from a provider, and return what it publishes."""
    facts, _ = await facts_of(replies, dev=dev)
    return facts.providers[0]


async def test_documents_keys_and_answers_are_facts() -> None:
    facts, http = await facts_of(GOOD)

    (published,) = facts.providers
    assert published.document == DOCUMENT
    assert published.keys == [KEY]
    assert facts.answers == ANSWERS
    assert facts.registry is None
    assert http.asked == [DISCOVERY, JWKS]


async def test_every_provider_is_asked_in_its_own_way() -> None:
    corp = entry(name="corp", issuer="https://corp.example", private_network=True)
    asked: list[str] = []

    def http_for(which: ProviderEntry) -> Documents:
        asked.append(which.name)
        return Documents(GOOD)

    facts = await gathered(
        settings(), [entry(), corp], entry(), http_for=http_for, bff=Bff(), told=lambda _: None
    )

    assert asked == ["default", "corp"]
    assert isinstance(facts.providers[1].document, Unreached)


async def test_a_registry_that_cannot_be_read_leaves_the_default_provider() -> None:
    facts, _ = await facts_of(GOOD, Unreached(why="the store is away"))

    assert [published.entry.name for published in facts.providers] == ["default"]
    assert facts.registry == Unreached(why="the store is away")


async def test_a_provider_that_is_away_is_told_in_printable_words() -> None:
    published = await one({})

    assert published.document == Unreached(why="discovery: nobody there?")
    assert published.keys == published.document


@pytest.mark.parametrize(
    "reply", [Reply(status=404, document={"a": 1}), Reply(status=200, document={})]
)
async def test_an_answer_that_is_no_document_is_none(reply: Reply) -> None:
    published = await one({DISCOVERY: reply})

    assert isinstance(published.document, Unreached)
    assert str(reply.status) in published.document.why


@pytest.mark.parametrize(
    "place", [None, 7, "http://idp.example/jwks", "https://[x", "file:///etc/passwd"]
)
async def test_keys_are_not_fetched_from_anywhere(place: object) -> None:
    facts, http = await facts_of({DISCOVERY: ok(**{**DOCUMENT, "jwks_uri": place})})

    assert facts.providers[0].keys == Unreached(why="the key set: no https address")
    assert http.asked == [DISCOVERY]


async def test_in_development_keys_may_come_over_http() -> None:
    place = "http://127.0.0.1:1/jwks"
    replies = {DISCOVERY: ok(**{**DOCUMENT, "jwks_uri": place}), place: ok(keys=[])}

    assert (await one(replies, dev=True)).keys == []


@pytest.mark.parametrize(
    "reply", [ok(keys="none"), ok(other=[]), Reply(status=500, document={"keys": []})]
)
async def test_a_key_set_that_is_none_is_told(reply: Reply) -> None:
    published = await one({**GOOD, JWKS: reply})

    assert isinstance(published.keys, Unreached)
    assert published.document == DOCUMENT


def test_offline_nobody_was_asked() -> None:
    facts = offline(settings(), entry())

    (published,) = facts.providers
    assert published.document is published.keys is facts.registry is OFFLINE
    assert facts.answers == {}
