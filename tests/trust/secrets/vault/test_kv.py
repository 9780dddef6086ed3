"""Versions of secrets in Vault's key-value engine."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from fakes.loopback import Call, Reply
from fakes.scripted_vault import ScriptedVault, document, refusal
from trust.secrets.reference import PREVIOUS, Reference, Scheme
from trust.secrets.source import Fetched, SecretOutage, SecretRefused
from trust.secrets.vault.kv import KvSource
from trust.secrets.vault.session import VaultSession

THERE = Reference(scheme=Scheme.VAULT_KV, path="secret/gatehouse/oidc", key="client")
_AT = "secret/data/gatehouse/oidc"


class Versions:
    """Answers `secret/gatehouse/oidc`: None is a version that was deleted."""

    def __init__(self, vault: ScriptedVault) -> None:
        self.contents: list[dict[str, object] | None] = [{"client": "older"}, {"client": "canary"}]
        self.created = "2096-10-01T00:00:00Z"
        self.vault = vault
        for asked in ("", *(f"?version={number}" for number in range(10))):
            vault.said[_AT + asked] = self._answer

    @property
    def asked(self) -> list[str | None]:
        """The versions that were asked for."""
        queries = [urlsplit(call.path).query for call in self.vault.calls if _AT in call.path]
        return [parse_qs(query).get("version", [None])[0] for query in queries]

    def _answer(self, call: Call) -> Reply:
        asked = parse_qs(urlsplit(call.path).query).get("version", ["0"])[0]
        number = int(asked) or len(self.contents)
        if number > len(self.contents):
            return refusal(404)
        contents = self.contents[number - 1]
        metadata = {"version": number, "created_time": self.created, "destroyed": False}
        status = 404 if contents is None else 200
        return document(status, data={"data": contents, "metadata": metadata})


@pytest.fixture
def versions(scripted: ScriptedVault) -> Versions:
    return Versions(scripted)


@pytest.fixture
def source(session: VaultSession, versions: Versions) -> KvSource:
    return KvSource(session)


def at(version: str | None) -> Reference:
    return Reference(scheme=THERE.scheme, path=THERE.path, version=version)


def said(fetched: Fetched) -> object:
    found: object = json.loads(fetched.value.reveal())
    return found


async def test_the_newest_version_is_read_whole(source: KvSource, versions: Versions) -> None:
    versions.contents.append({"client": "canary", "user": "gatehouse", "port": 1})

    found = await source.fetch(THERE.place, None)

    assert said(found) == {"client": "canary", "user": "gatehouse", "port": 1}
    assert found.lease_s is None
    assert versions.asked == [None]


async def test_a_number_is_that_version(source: KvSource, versions: Versions) -> None:
    assert said(await source.fetch(at("1"), None)) == {"client": "older"}
    assert versions.asked == ["1"]


async def test_the_one_before_is_counted_back_from_the_newest(
    source: KvSource, versions: Versions
) -> None:
    versions.contents.append({"client": "newest"})

    assert said(await source.fetch(at(PREVIOUS), None)) == {"client": "canary"}
    assert versions.asked == [None, "2"]


async def test_the_first_version_has_none_before(source: KvSource, versions: Versions) -> None:
    versions.contents = [{"client": "only"}]

    with pytest.raises(SecretRefused, match="no version before"):
        await source.fetch(at(PREVIOUS), None)

    # Version 0 would be the newest one.
    assert versions.asked == [None]


@pytest.mark.parametrize("version", ["0", "00", "-1", "1.5", "AWSCURRENT", "\u0661", "1&x=2", ""])
async def test_a_version_that_is_no_number_is_refused(
    source: KvSource, versions: Versions, version: str
) -> None:
    with pytest.raises(SecretRefused, match="number from 1"):
        await source.fetch(at(version), None)

    assert versions.asked == []


async def test_a_version_that_was_deleted_softly_is_refused(
    source: KvSource, versions: Versions
) -> None:
    versions.contents.append(None)

    with pytest.raises(SecretRefused):
        await source.fetch(THERE.place, None)


async def test_one_before_that_was_deleted_is_refused(source: KvSource, versions: Versions) -> None:
    versions.contents[0] = None

    with pytest.raises(SecretRefused):
        await source.fetch(at(PREVIOUS), None)


async def test_another_version_has_another_name(source: KvSource, versions: Versions) -> None:
    before = await source.fetch(THERE.place, None)
    same = await source.fetch(THERE.place, before)
    versions.contents.append({"client": "newest"})

    assert same.version == before.version
    assert (await source.fetch(THERE.place, before)).version != before.version


async def test_a_secret_that_was_destroyed_and_written_anew_is_another_version(
    source: KvSource, versions: Versions
) -> None:
    # Its numbers begin at 1 again.
    before = await source.fetch(THERE.place, None)
    versions.created = "2096-10-02T00:00:00Z"

    assert (await source.fetch(THERE.place, before)).version != before.version


METADATA = {"version": 2, "created_time": "2096-10-01T00:00:00Z"}


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(document(data=None), id="no-data"),
        pytest.param(document(data={"data": None, "metadata": METADATA}), id="no-contents"),
        pytest.param(document(data={"data": {"client": "canary"}}), id="no-metadata"),
        pytest.param(
            document(data={"data": {"client": "canary"}, "metadata": {"version": True}}),
            id="a-version-that-is-none",
        ),
        pytest.param(document(data=["canary"]), id="a-list"),
        pytest.param(Reply(body=b'"canary"'), id="a-text"),
        pytest.param(Reply(body=b"<html>canary", content_type="text/html"), id="html"),
        pytest.param(Reply(status=204), id="nothing"),
    ],
)
async def test_what_is_no_version_is_an_outage_and_not_quoted(
    session: VaultSession, scripted: ScriptedVault, reply: Reply
) -> None:
    scripted.said[_AT] = lambda _: reply

    with pytest.raises(SecretOutage) as outage:
        await KvSource(session).fetch(THERE.place, None)

    assert "canary" not in str(outage.value) + repr(outage.value.__cause__)


async def test_another_version_than_was_asked_for_is_not_taken(
    session: VaultSession, scripted: ScriptedVault
) -> None:
    scripted.said[f"{_AT}?version=1"] = lambda _: document(
        data={"data": {"client": "canary"}, "metadata": METADATA}
    )

    with pytest.raises(SecretOutage):
        await KvSource(session).fetch(at("1"), None)
