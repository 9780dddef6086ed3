"""A role's statements, as Vault's plugin makes them ready."""

from typing import Any

import pytest

from devstack.vault.engines.statements import Statements, expiration, queries, statements_of
from devstack.vault.fields import FieldRefused, Fields

VALUES = {"name": "v-1", "password": "a-b"}


@pytest.mark.parametrize(
    ("statements", "run"),
    [
        (
            ["""CREATE ROLE "{{name}}" PASSWORD '{{password}}'"""],
            ["""CREATE ROLE "v-1" PASSWORD 'a-b'"""],
        ),
        (["A {{name}}; B {{name}};\n", "C"], ["A v-1", "B v-1", "C"]),
        (["{{other}}"], ["{{other}}"]),
        (["DO $$ BEGIN A; B; END $$"], ["DO $$ BEGIN A; B; END $$"]),
        (["""A 'THE END'; B "END"; C"""], ["A 'THE END'", 'B "END"', "C"]),
        (["APPEND A; B"], ["APPEND A", "B"]),
        ([" ; "], []),
    ],
)
def test_statements_are_split_and_filled(statements: list[str], run: list[str]) -> None:
    assert list(queries(statements, VALUES)) == run


def test_a_user_outlives_its_lease_by_a_little() -> None:
    assert expiration(0) == "1970-01-01 00:00:05+0000"


@pytest.mark.parametrize("given", ["SELECT f(a, b)", ["SELECT f(a, b)"]])
def test_commas_are_the_statement_s_own(given: Any) -> None:
    read = statements_of(Fields({"revocation_statements": given}))

    assert read == Statements(creation=(), renewal=(), revocation=("SELECT f(a, b)",))


def test_what_is_no_list_of_texts_is_refused() -> None:
    with pytest.raises(FieldRefused):
        statements_of(Fields({"renew_statements": [1]}))
