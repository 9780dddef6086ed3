"""Names that are taken and names that are refused, and what is spelled with them."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trust.coordinates import (
    AgentName,
    AppId,
    Coordinates,
    SlugRefused,
    TenantId,
    agent_name,
    app_id,
    app_partition,
    slug,
    tenant_id,
    tenant_partition,
)

SLUGS = st.from_regex(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", fullmatch=True).filter(str.isascii)
ALLOWED = set("abcdefghijklmnopqrstuvwxyz0123456789-")


def accepted(raw: str) -> bool:
    """Tell whether `raw` is taken."""
    try:
        return slug(raw) == raw
    except SlugRefused:
        return False


def is_by_the_rule(raw: str) -> bool:
    """Say the rule again, without an expression."""
    return 1 <= len(raw) <= 63 and set(raw) <= ALLOWED and raw[0] != "-" != raw[-1]


@given(st.text(max_size=70))
@example("a" * 63)
@example("a" * 64)
@example("a-")
@example("-a")
@example("a--b")
@example("acme\n")
def test_a_text_is_taken_just_if_it_keeps_to_the_rule(raw: str) -> None:
    assert accepted(raw) == is_by_the_rule(raw)


@given(st.text(alphabet="ab09-", max_size=66))
def test_a_text_of_allowed_characters_is_taken_just_by_the_rule(raw: str) -> None:
    assert accepted(raw) == is_by_the_rule(raw)


@given(SLUGS, st.characters(exclude_characters="".join(ALLOWED)), st.integers(0, 63))
def test_one_character_that_is_not_allowed_refuses_all(name: str, other: str, at: int) -> None:
    assert not accepted(name[:at] + other + name[at:])


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param("acme\n", id="newline-at-the-end"),
        pytest.param("\nacme", id="newline-in-front"),
        pytest.param("acme\x00", id="nul"),
        pytest.param("\u0430cme", id="cyrillic-a"),
        pytest.param("\uff41cme", id="full-width-a"),
        pytest.param("acmé", id="accent"),
        pytest.param("acme\u0301", id="combining-accent"),
        pytest.param("acme\u200b", id="zero-width-space"),
        pytest.param("acme٣", id="arabic-digit"),
        pytest.param("acme²", id="superscript"),
        pytest.param("\u017flug", id="long-s"),
        pytest.param("\u212aelvin", id="kelvin-sign"),
        pytest.param("Acme", id="upper-case"),
        pytest.param("acme*", id="star"),
        pytest.param("acm?", id="question-mark"),
        pytest.param("${aws:username}", id="policy-variable"),
        pytest.param("acme$", id="dollar"),
        pytest.param("acme#CUTOFF", id="hash"),
        pytest.param("acme/hello", id="slash"),
        pytest.param("..", id="dots"),
        pytest.param("acme.hello", id="dot"),
        pytest.param("acme_2", id="underscore"),
        pytest.param("acme 2", id="space"),
        pytest.param("", id="empty"),
        pytest.param("-acme", id="hyphen-in-front"),
        pytest.param("acme-", id="hyphen-at-the-end"),
        pytest.param("a" * 64, id="too-long"),
    ],
)
@pytest.mark.parametrize("parse", [app_id, tenant_id, agent_name])
def test_a_hostile_name_is_refused(parse: object, raw: str) -> None:
    assert callable(parse)

    with pytest.raises(SlugRefused) as refused:
        parse(raw)

    assert raw == "" or raw not in str(refused.value)


@pytest.mark.parametrize("raw", ["a", "0", "acme", "acme-2", "a--b", "a" * 63])
@pytest.mark.parametrize("parse", [app_id, tenant_id, agent_name])
def test_a_slug_is_taken_as_it_is(parse: object, raw: str) -> None:
    assert callable(parse)

    assert parse(raw) == raw


COORDINATES = st.builds(
    Coordinates,
    app=SLUGS.map(AppId),
    tenant=SLUGS.map(TenantId),
    agent=SLUGS.map(AgentName),
)


def neighbours(tenant: str) -> st.SearchStrategy[str]:
    """Return tenants whose names begin as this one's does."""
    return st.text(alphabet="ab-2", min_size=1, max_size=5).map(lambda end: tenant + end)


@given(COORDINATES, COORDINATES)
def test_no_prefix_of_an_owner_reaches_into_another_s(one: Coordinates, two: Coordinates) -> None:
    if one != two:
        assert not one.prefix.startswith(two.prefix)
        assert not two.prefix.startswith(one.prefix)


@given(SLUGS, st.data())
def test_a_tenant_whose_name_begins_alike_is_another_one(name: str, data: st.DataObject) -> None:
    other = data.draw(neighbours(name))
    one, two = (
        Coordinates(app=AppId("demo"), tenant=TenantId(tenant), agent=AgentName("hello"))
        for tenant in (name, other)
    )

    assert not two.prefix.startswith(one.prefix)
    assert one.partition != two.partition


@given(COORDINATES, COORDINATES)
def test_a_partition_belongs_to_one_tenant_of_one_app(one: Coordinates, two: Coordinates) -> None:
    same_tenant = (one.app, one.tenant) == (two.app, two.tenant)

    assert (one.partition == two.partition) == same_tenant


@given(COORDINATES)
def test_what_is_spelled_can_be_taken_apart_again(one: Coordinates) -> None:
    assert re.fullmatch(r"APP#([^#]*)#TENANT#([^#]*)", one.partition)
    assert one.partition.split("#")[1::2] == [one.app, one.tenant]
    assert one.prefix.split("/") == [one.app, one.tenant, one.agent, ""]
    assert list(one.tags.values()) == [one.app, one.tenant, one.agent]


def test_acme_is_spelled_like_this() -> None:
    acme = Coordinates(app=AppId("demo"), tenant=TenantId("acme"), agent=AgentName("hello"))

    assert acme.partition == "APP#demo#TENANT#acme"
    assert acme.prefix == "demo/acme/hello/"
    assert acme.tags == {"app_id": "demo", "tenant_id": "acme", "agent_name": "hello"}
    assert app_partition(acme.app) == "APP#demo"
    assert tenant_partition(acme.app, acme.tenant) == acme.partition
