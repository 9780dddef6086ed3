"""Verdicts from facts: a good deployment passes, and every check misses what it is there for."""

from dataclasses import replace
from typing import Any

import pytest

from bff.doctor.checks.table import ENTRIES, KEY_SETS, LOOKS, OFFERS, REACHED, SETTINGS, WHOLE
from bff.doctor.clause import Evidence, Outcome, Verdict
from bff.doctor.clauses.table import CLAUSES
from bff.doctor.examination import examine, failed
from bff.doctor.facts import OFFLINE, Answer, Facts, Probe, Published, Unreached
from fakes.deployment import (
    DOCUMENT,
    ISSUER,
    KEY,
    agreed,
    answering,
    configured,
    entry,
    good,
    offering,
    published,
    publishing,
    with_header,
)
from fakes.deployment_faults import PLANTED, away, login, plain, two
from fakes.proxy.provider.tokens import public, rsa_key
from trust.registry.record import ClientAuthMethod

FAILED, WARNED, NOT_CHECKED = Outcome.FAILED, Outcome.WARNED, Outcome.NOT_CHECKED
PASSED = Outcome.PASSED

CHECKED = {*ENTRIES, *SETTINGS, *REACHED, *OFFERS, *KEY_SETS, *WHOLE, *LOOKS}


def verdict(facts: Facts, clause: str, about: str | None = None) -> Verdict:
    """Return the verdict on a clause; on the first provider where none is named."""
    return next(
        one
        for one in examine(facts)
        if one.clause.id == clause and (about is None or one.about == about)
    )


def test_a_good_deployment_passes_every_clause() -> None:
    verdicts = examine(good())

    assert [(one.clause.id, one.seen) for one in verdicts if one.outcome is not PASSED] == []
    assert not failed(verdicts)
    assert [one.clause.id for one in verdicts] == [clause.id for clause in CLAUSES]
    assert [one.clause.id for one in verdicts if one.advice] == []


@pytest.mark.parametrize(
    ("clause", "outcome", "facts"),
    PLANTED,
    ids=[f"{clause}-{number}" for number, (clause, _, _) in enumerate(PLANTED)],
)
def test_a_planted_fault_is_found(clause: str, outcome: Outcome, facts: Facts) -> None:
    found = verdict(facts, clause)

    assert found.outcome is outcome
    assert found.seen
    assert bool(found.advice) is (outcome is not NOT_CHECKED)
    assert failed(examine(facts)) or outcome is not FAILED


def test_every_check_has_had_a_fault_planted() -> None:
    assert {clause for clause, _, _ in PLANTED} == CHECKED


def test_no_clause_is_without_a_check_and_without_a_test() -> None:
    assert [one.id for one in CLAUSES if one.id not in CHECKED and not one.tests] == []
    assert {one.id for one in CLAUSES} >= CHECKED
    assert len({one.id for one in CLAUSES}) == len(CLAUSES)


def test_what_nobody_looked_at_is_said_to_be_unchecked() -> None:
    providers = (Published(entry=entry(), document=OFFLINE, keys=OFFLINE),)
    facts = Facts(settings=good().settings, providers=providers, registry=OFFLINE)

    by_outcome = {one.clause.id: one.outcome for one in examine(facts) if one.outcome is not PASSED}

    looked_at = {*REACHED, *OFFERS, *KEY_SETS, *WHOLE, *LOOKS}
    assert by_outcome == dict.fromkeys(looked_at, NOT_CHECKED)
    assert not failed(examine(facts))


def test_an_offline_look_does_not_judge_a_mix_up_even_with_a_registry() -> None:
    providers = tuple(
        Published(entry=entry(name=name), document=OFFLINE, keys=OFFLINE) for name in ("a", "b")
    )

    assert verdict(replace(good(), providers=providers), "S4").outcome is NOT_CHECKED


def test_each_provider_gets_verdicts_of_its_own() -> None:
    facts = two(own_callback=True)

    assert verdict(facts, "P6", "default").outcome is PASSED
    assert verdict(facts, "P6", "corp").outcome is WARNED
    assert verdict(facts, "S4").outcome is PASSED


def test_a_provider_that_cannot_be_asked_shares_a_callback_with_nobody_safely() -> None:
    facts = replace(good(), providers=(published(), away(entry=entry(name="corp"))))

    assert verdict(facts, "S4").outcome is FAILED


def test_what_depends_on_a_document_that_is_not_there_is_unchecked_and_says_why() -> None:
    found = verdict(replace(good(), providers=(away(),)), "P2")

    assert (found.outcome, found.seen) == (NOT_CHECKED, "timeout")


def test_a_pushed_request_is_shown_by_tests_and_not_by_what_was_seen() -> None:
    facts = login("https://idp.example/authorize?client_id=gatehouse&request_uri=urn%3Ax")

    for clause in ("B1b", "S5", "S8"):
        found = verdict(facts, clause)
        assert (found.outcome, found.evidence) == (PASSED, Evidence.TESTS)
        assert found.clause.tests
    assert verdict(facts, "S1").evidence is Evidence.PROBE


def test_a_signed_request_is_shown_by_tests_and_is_no_token() -> None:
    facts = login("https://idp.example/authorize?client_id=gatehouse&request=eyJhbGciOi.e30.x")

    for clause in ("B1b", "S1", "S5", "S8"):
        assert verdict(facts, clause).evidence is Evidence.TESTS
    assert verdict(facts, "B12").outcome is PASSED


def test_a_redirect_uri_beside_a_pushed_request_is_looked_at() -> None:
    facts = login("https://idp.example/authorize?request_uri=urn%3Ax&redirect_uri=https://evil")

    assert verdict(facts, "S1").outcome is FAILED


@pytest.mark.parametrize("clause", ["B5a", "B2a", "S2", "G1"])
def test_refusals_of_something_else_are_not_taken_for_ours(clause: str) -> None:
    assert verdict(answering(Probe.SESSION, status=404), clause).outcome is NOT_CHECKED


@pytest.mark.parametrize("status", [500, 503])
def test_an_outage_is_neither_good_nor_bad(status: int) -> None:
    found = verdict(answering(Probe.LOGIN_AWAY, status=status), "S2")

    assert found.outcome is NOT_CHECKED
    assert str(status) in found.seen


@pytest.mark.parametrize("status", [500, 503])
def test_while_the_sessions_cannot_be_read_the_rest_is_judged(status: int) -> None:
    facts = answering(Probe.SESSION, status=status, body="")

    assert verdict(facts, "G9").outcome is NOT_CHECKED
    assert verdict(facts, "B5a").outcome is PASSED


def test_an_app_that_is_not_built_has_headers_all_the_same() -> None:
    assert verdict(answering(Probe.APP, status=503), "G3").outcome is PASSED


@pytest.mark.parametrize(
    "answer",
    [
        Unreached(why="refused"),
        Answer(status=400),
        Answer(status=404),
        Answer(status=301, headers=(("location", "https://app.example/"),)),
    ],
)
def test_plain_http_may_lead_nowhere_or_to_https(answer: Answer | Unreached) -> None:
    assert verdict(plain(answer), "G4").outcome is PASSED


@pytest.mark.parametrize("header", ["max-age=1", 'preload; Max-Age="600"', "max-age=0600"])
def test_a_lasting_promise_of_https_is_one(header: str) -> None:
    facts = with_header(Probe.APP, "strict-transport-security", header)

    assert verdict(facts, "G5").outcome is PASSED


@pytest.mark.parametrize("origin", ["http://127.0.0.1:9400", "http://localhost:9400"])
def test_in_development_a_provider_on_this_machine_may_be_http(origin: str) -> None:
    document = {
        name: value.replace(ISSUER, origin) if isinstance(value, str) else value
        for name, value in DOCUMENT.items()
    }
    providers = (published(document),)

    dev = replace(configured(BFF_ENV="dev"), providers=providers)

    assert verdict(dev, "P3").outcome is WARNED
    assert verdict(replace(good(), providers=providers), "P3").outcome is FAILED


@pytest.mark.parametrize("url", ["http://idp.example/token", "ftp://localhost/token"])
def test_in_development_nothing_else_may_beplain(url: str) -> None:
    document = {**DOCUMENT, "token_endpoint": url}
    facts = replace(configured(BFF_ENV="dev"), providers=(published(document),))

    assert verdict(facts, "P3").outcome is FAILED


@pytest.mark.parametrize(
    ("clause", "members"),
    [
        ("P5", {"response_modes_supported": None}),
        ("P9a", {"id_token_signing_alg_values_supported": None}),
        ("P20", {"scopes_supported": None}),
        ("P21", {"claims_supported": None}),
        ("P23", {"require_signed_request_object": True}),
        ("P14", {"backchannel_logout_session_supported": None}),
    ],
)
def test_what_a_provider_leaves_out_has_the_specifications_default(
    clause: str, members: dict[str, Any]
) -> None:
    assert verdict(offering(**members), clause).outcome is PASSED


def test_a_shared_secret_needs_no_assertions_and_no_dpop_needs_none() -> None:
    basic = agreed(client_auth=ClientAuthMethod.BASIC, client_secret=entry().client_key, dpop=False)

    assert verdict(basic, "P11").seen == "no assertions are used"
    assert verdict(basic, "P12").outcome is PASSED
    assert verdict(basic, "B1a").outcome is PASSED


@pytest.mark.parametrize(
    ("clause", "facts"),
    [
        pytest.param("B8a", configured(BFF_SESSION_ABSOLUTE="24h"), id="a-day"),
        pytest.param("S17", configured(BFF_TRUSTED_PROXIES="10.0.0.0/8"), id="a-private-network"),
        pytest.param("P18", publishing({"kty": "RSA"}), id="an-rsa-key-without-numbers"),
        pytest.param("P19", publishing({"kty": "RSA"}), id="an-only-key-without-a-name"),
        pytest.param(
            "S4",
            replace(good(), providers=(published(), published(entry=entry(name="corp")))),
            id="two-that-name-themselves-at-one-callback",
        ),
    ],
)
def test_what_is_just_good_enough_passes(clause: str, facts: Facts) -> None:
    assert verdict(facts, clause).outcome is PASSED


@pytest.mark.parametrize(
    ("clause", "facts", "seen"),
    [
        ("B2a", good(), "Secure: __Host-Http-login-…, __Host-Http-session"),
        ("S9", agreed(dpop=False), "DPoP is offered and not used"),
        (
            "S9",
            replace(good(), providers=(published({"issuer": "x"}, entry=entry(dpop=False)),)),
            "the provider offers no DPoP",
        ),
        ("S17", good(), "trusted networks: none"),
        ("S17", configured(BFF_TRUSTED_PROXIES="10.0.0.0/8"), "trusted networks: 1"),
        ("P14", good(), "with the session's id"),
        (
            "P14",
            offering(backchannel_logout_session_supported=None),
            "for all of a person's sessions at once",
        ),
        ("P11", offering(token_endpoint_auth_signing_alg_values_supported=None), "takes none"),
        (
            "G6",
            with_header(Probe.AGENTS, "content-type", None),
            "agents without a session: 401, no type",
        ),
    ],
)
def test_what_was_seen_is_told(clause: str, facts: Facts, seen: str) -> None:
    assert verdict(facts, clause).seen == seen


def test_one_name_for_keys_of_two_kinds_is_fine() -> None:
    other = {**KEY, "kty": "EC"}

    assert verdict(publishing(KEY, other), "P19").outcome is PASSED
    assert verdict(publishing(KEY, public(rsa_key("other"))[0]), "P19").outcome is PASSED


def test_in_development_one_machine_and_secrets_beside_the_program_are_told() -> None:
    dev = configured(
        BFF_ENV="dev",
        BFF_STORE="sqlite:x.db",
        BFF_REGISTRY="store",
        BFF_SESSION_KEYS="env:KEYS",
    )

    assert verdict(dev, "B11").outcome is WARNED
    assert verdict(dev, "G7").outcome is WARNED
    assert "BFF_SESSION_KEYS" in verdict(dev, "G7").seen


@pytest.mark.parametrize(
    ("given", "spelled"), [("90s", "90s"), ("90m", "90m"), ("2h", "2h"), ("500ms", "0.5s")]
)
def test_a_duration_is_told_as_it_is_configured(given: str, spelled: str) -> None:
    assert f"idle {spelled}," in verdict(configured(BFF_SESSION_IDLE=given), "B8a").seen


def test_a_providers_text_cannot_speak_to_a_terminal() -> None:
    found = verdict(offering(issuer="\x1b[2J" + "x" * 500), "P2")

    assert found.seen.isprintable()
    assert len(found.seen) < 200
