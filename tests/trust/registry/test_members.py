"""Records as members of an entry, and back."""

from dataclasses import replace

import pytest

from fakes.agents import HELLO
from fakes.clock import NOW
from fakes.entries import OWN_PROVIDER, TERMS, tenant_of
from trust.clock import NumericDate
from trust.registry.members import is_slug, members_of, of_default
from trust.registry.record import Agent, AgentAuth, ClientAuthMethod, ProviderEntry, Tenant
from trust.registry.rows import (
    agent_row,
    entry_text,
    provider_row,
    tenant_row,
)
from trust.secrets.reference import parse_reference
from trust.store.table import Item, Key, RowMalformed

ACME = tenant_of("acme", "acme", "0b5c")


def row(sort: str, entry: str) -> Item:
    return Item(key=Key("p", sort), attributes={"entry": entry}, expires_at=NumericDate(NOW))


@pytest.mark.parametrize(
    "tenant",
    [
        ACME,
        replace(ACME, suspended=True, issuer="https://login.test", name="Ácme\n🚪"),
        replace(ACME, claims=frozenset()),
        replace(ACME, claims=frozenset({"x" * 300, "\ud800", "ü"})),
    ],
)
def test_a_tenant_comes_back_as_it_was(tenant: Tenant) -> None:
    assert tenant_row(row("TENANT#acme", entry_text(tenant)), TERMS) == tenant


@pytest.mark.parametrize(
    "provider",
    [
        OWN_PROVIDER,
        replace(OWN_PROVIDER, client_secret=parse_reference("awssm:gatehouse/initech#secret@blue")),
        replace(
            OWN_PROVIDER,
            client_auth=ClientAuthMethod.PRIVATE_KEY_JWT,
            client_secret=None,
            client_key=parse_reference("vault-kv:secret/a/b#key"),
            scopes="openid x",
            own_callback=True,
            dpop=True,
            private_network=True,
        ),
    ],
)
def test_a_provider_comes_back_as_it_was(provider: ProviderEntry) -> None:
    assert provider_row(row("PROVIDER#initech-login", entry_text(provider)), TERMS) == provider


@pytest.mark.parametrize(
    "agent",
    [
        HELLO,
        replace(HELLO, for_user=True, stop_on_disconnect=True, qualifier="prod", description="D"),
        replace(
            HELLO,
            auth=AgentAuth.JWT,
            invoke_role_arn=None,
            data_role_arn=None,
            data_bucket=None,
            data_table=None,
            tenants=frozenset(),
        ),
    ],
)
def test_an_agent_comes_back_as_it_was(agent: Agent) -> None:
    assert agent_row(row("AGENT#hello", entry_text(agent)), TERMS) == agent


def test_a_provider_s_members_are_references_and_no_secrets() -> None:
    members = members_of(OWN_PROVIDER)

    assert members["client_secret"] == "awssm:gatehouse/initech#secret"
    assert "client_key" not in members
    assert "name" not in members


@pytest.mark.parametrize(
    "text",
    [
        "env:NAME",
        "file:/a/b#c",
        "awssm:a/b",
        "awssm:a/b#k",
        "awssm:a/b#k@AWSPREVIOUS",
        "vault-kv:m/p#k",
        "vault-kv:m/p#k@3",
    ],
)
def test_a_reference_is_written_as_it_was_read(text: str) -> None:
    provider = replace(OWN_PROVIDER, client_secret=parse_reference(text))

    assert members_of(provider)["client_secret"] == text


@pytest.mark.parametrize(
    ("name", "slug"), [("a", True), ("a-b", True), ("A", False), ("", False), ("a\n", False)]
)
def test_names_are_slugs(name: str, slug: bool) -> None:  # noqa: FBT001 a parameter of the test
    assert is_slug(name) is slug


def test_only_the_default_provider_is_left_out() -> None:
    spelled = replace(ACME, issuer=TERMS.default_issuer)
    other = replace(ACME, issuer="https://other.test")

    assert of_default(spelled, TERMS) == ACME
    assert of_default(other, TERMS) == other
    assert of_default(ACME, replace(TERMS, default_issuer=None)) == ACME


# -- rows that somebody else wrote

GOOD = entry_text(ACME)


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param("", id="empty"),
        pytest.param("[]", id="a-list"),
        pytest.param("null", id="null"),
        pytest.param("{", id="no-json"),
        pytest.param("[" * 200_000, id="deep"),
        pytest.param(GOOD.replace("false", '"false"'), id="suspended-is-text"),
        pytest.param(GOOD.replace("false", "0"), id="suspended-is-a-number"),
        pytest.param(GOOD.replace("false", "null"), id="suspended-is-null"),
        pytest.param(GOOD.replace('"suspended": false', '"suspend": true'), id="unknown-member"),
        pytest.param(
            GOOD.replace('"suspended": false', '"suspended": true, "suspended": false'),
            id="suspended-twice",
        ),
        pytest.param(GOOD.replace('["0b5c", "acme"]', '"acme"'), id="claims-are-text"),
        pytest.param(GOOD.replace('["0b5c", "acme"]', "[null]"), id="claims-are-null"),
        pytest.param(GOOD.replace('"suspended": false', '"issuer": 5'), id="issuer-is-a-number"),
    ],
)
def test_a_row_of_another_form_is_malformed(entry: str) -> None:
    assert entry != GOOD

    with pytest.raises(RowMalformed):
        tenant_row(row("TENANT#acme", entry), TERMS)


@pytest.mark.parametrize("sort", ["TENANT#", "TENANT#Acme", "TENANT#acme#x", "TENANT#*"])
def test_a_row_whose_name_is_no_slug_is_malformed(sort: str) -> None:
    with pytest.raises(RowMalformed):
        tenant_row(row(sort, GOOD), TERMS)


def test_a_row_without_an_entry_is_malformed() -> None:
    with pytest.raises(RowMalformed):
        tenant_row(Item(key=Key("p", "TENANT#acme")), TERMS)


def test_a_stored_provider_may_not_name_a_secret_beside_the_program() -> None:
    # Whoever can write the table must not be able to have our environment sent to their issuer.
    entry = entry_text(OWN_PROVIDER).replace("awssm:gatehouse/initech#secret", "env:SESSION_KEYS")

    with pytest.raises(RowMalformed, match="env: reference"):
        provider_row(row("PROVIDER#initech-login", entry), TERMS)
