"""References to secrets."""

import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trust.secrets.reference import (
    STATIC,
    Reference,
    ReferenceMalformed,
    Scheme,
    parse_reference,
)


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("env:NAME", Reference(scheme=Scheme.ENV, path="NAME")),
        ("file:/run/secrets/key", Reference(scheme=Scheme.FILE, path="/run/secrets/key")),
        ("file:a#b:c", Reference(scheme=Scheme.FILE, path="a#b:c")),
        ("env:A#B", Reference(scheme=Scheme.ENV, path="A#B")),
        ("awssm:prod/oidc", Reference(scheme=Scheme.SECRETS_MANAGER, path="prod/oidc")),
        (
            "awssm:arn:aws:secretsmanager:us-east-1:123456789012:secret:oidc-AbCdEf#client",
            Reference(
                scheme=Scheme.SECRETS_MANAGER,
                path="arn:aws:secretsmanager:us-east-1:123456789012:secret:oidc-AbCdEf",
                key="client",
            ),
        ),
        (
            "vault-kv:secret/gatehouse/oidc#client#2",
            Reference(scheme=Scheme.VAULT_KV, path="secret/gatehouse/oidc", key="client#2"),
        ),
    ],
)
def test_a_reference_is_read(text: str, reference: Reference) -> None:
    assert parse_reference(text) == reference


MALFORMED = {
    "empty": "",
    "the-secret-itself": "correct-horse-battery",
    "the-secret-itself-with-a-colon": "correct-horse:battery",
    "no-path": "env:",
    "no-colon": "env",
    "no-scheme": ":correct-horse",
    "unknown-scheme": "http://correct-horse",
    "scheme-in-upper-case": "ENV:correct-horse",
    "space-in-front": " env:correct-horse",
    "awssm-without-a-name": "awssm:#correct-horse",
    "vault-without-a-key": "vault-kv:secret/correct-horse",
    "vault-with-an-empty-key": "vault-kv:secret/correct-horse#",
    "vault-without-a-path": "vault-kv:correct-horse#key",
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_reference_is_refused_and_not_quoted(text: str) -> None:
    with pytest.raises(ReferenceMalformed) as malformed:
        parse_reference(text)

    assert "horse" not in str(malformed.value)
    assert "vault-kv:mount/path#key" in str(malformed.value)


@pytest.mark.parametrize("text", ["correct-horse-battery", "correct-horse:battery"])
def test_a_traceback_does_not_quote_what_may_be_the_secret_itself(text: str) -> None:
    with pytest.raises(ReferenceMalformed) as malformed:
        parse_reference(text)

    shown = traceback.format_exception(malformed.value)
    assert "correct-horse" not in "".join(shown)


@pytest.mark.parametrize("text", ["vault-kv:/path#key", "vault-kv:mount/#key", "vault-kv:/#key"])
def test_a_vault_reference_without_mount_or_path_is_refused(text: str) -> None:
    with pytest.raises(ReferenceMalformed):
        parse_reference(text)


def test_a_member_without_a_name_is_refused() -> None:
    with pytest.raises(ReferenceMalformed):
        parse_reference("awssm:name#")


def test_secrets_beside_the_program_are_static() -> None:
    assert {Scheme.ENV, Scheme.FILE} == STATIC


@given(st.text(max_size=40))
def test_no_text_makes_reading_a_reference_fail_otherwise(text: str) -> None:
    try:
        reference = parse_reference(text)
    except ReferenceMalformed:
        return

    assert reference.path
