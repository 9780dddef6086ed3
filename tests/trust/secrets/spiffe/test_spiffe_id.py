"""Names of workloads, and which of them may be ours."""

import pytest

from trust.secrets.spiffe.spiffe_id import Expected, SpiffeId, expected, parse_spiffe_id


@pytest.mark.parametrize(
    "text",
    [
        "spiffe://acme.example",
        "spiffe://acme.example/ns/prod/sa/gatehouse",
        "spiffe://a_b-c.d/E._-",
    ],
)
def test_a_spiffe_id_is_read_and_written_alike(text: str) -> None:
    assert str(parse_spiffe_id(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("https://acme.example/gatehouse", id="another-scheme"),
        pytest.param("SPIFFE://acme.example/gatehouse", id="scheme-in-capitals"),
        pytest.param("spiffe:///gatehouse", id="no-trust-domain"),
        pytest.param("spiffe://ACME.example/gatehouse", id="domain-in-capitals"),
        pytest.param("spiffe://acme.example:443/gatehouse", id="port"),
        pytest.param("spiffe://user@acme.example/gatehouse", id="user"),
        pytest.param("spiffe://acme.example/", id="trailing-slash"),
        pytest.param("spiffe://acme.example/a//b", id="empty-segment"),
        pytest.param("spiffe://acme.example/../gatehouse", id="parent"),
        pytest.param("spiffe://acme.example/./gatehouse", id="same-folder"),
        pytest.param("spiffe://acme.example/gate%68ouse", id="percent"),
        pytest.param("spiffe://acme.example/gatehouse?x", id="query"),
        pytest.param("spiffe://acme.example/gatehouse#x", id="fragment"),
        pytest.param("spiffe://acme.example/gatehouse\n", id="newline"),
        pytest.param("spiffe://аcme.example/gatehouse", id="cyrillic"),  # noqa: RUF001 on purpose
        pytest.param("spiffe://acme.example/" + "a" * 2048, id="too-long"),
    ],
)
def test_what_is_no_spiffe_id_is_refused_and_not_quoted(text: str) -> None:
    with pytest.raises(ValueError, match="such as") as refused:
        parse_spiffe_id(text)

    assert not text or text not in str(refused.value)


@pytest.mark.parametrize(
    ("configured", "text", "mismatch"),
    [
        (None, "spiffe://acme.example/gatehouse", None),
        ("spiffe://acme.example", "spiffe://acme.example/gatehouse", None),
        ("spiffe://acme.example/gatehouse", "spiffe://acme.example/gatehouse", None),
        (None, "spiffe://acme.example", "names a trust domain and no workload"),
        (
            "spiffe://acme.example",
            "spiffe://acme.example.evil/gatehouse",
            "is of a foreign trust domain",
        ),
        (
            "spiffe://acme.example/gatehouse",
            "spiffe://evil.example/gatehouse",
            "is of a foreign trust domain",
        ),
        (
            "spiffe://acme.example/gatehouse",
            "spiffe://acme.example/gatehouse/admin",
            "is of another workload",
        ),
        (
            "spiffe://acme.example/gatehouse",
            "spiffe://acme.example/gate",
            "is of another workload",
        ),
    ],
)
def test_only_who_we_are_to_be_is_us(
    configured: str | None, text: str, mismatch: str | None
) -> None:
    assert expected(configured).mismatch(parse_spiffe_id(text)) == mismatch


def test_a_process_keeps_the_trust_domain_that_it_has_seen() -> None:
    pinned = Expected().pinned(SpiffeId("acme.example", "/gatehouse"))

    assert pinned.mismatch(SpiffeId("acme.example", "/other")) is None
    assert pinned.mismatch(SpiffeId("evil.example", "/gatehouse")) == "is of a foreign trust domain"


@pytest.mark.parametrize(
    ("configured", "subject"),
    [
        (None, None),
        ("spiffe://acme.example", None),
        ("spiffe://acme.example/gatehouse", "spiffe://acme.example/gatehouse"),
    ],
)
def test_the_agent_is_asked_for_our_name_where_there_is_one(
    configured: str | None, subject: str | None
) -> None:
    assert expected(configured).subject == subject
