"""Rows that somebody else wrote."""

from typing import Any

import pytest

from contracts.rows import KEY, row
from trust.aws.dynamodb.attributes import item_of, key_of, one_of_many
from trust.store.table import RowMalformed, unreadable


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({"expires_at": {"N": "1"}}, id="no-version"),
        pytest.param({"version": {"S": "1"}}, id="version-is-text"),
        pytest.param({"version": {"N": "1.5"}}, id="version-is-a-fraction"),
        pytest.param({"version": {"N": "1"}, "expires_at": {"S": "never"}}, id="expiry-is-text"),
        pytest.param({"version": {"N": "1"}, "n": {"N": "0.5"}}, id="attribute-is-a-fraction"),
        pytest.param({"version": {"N": "1"}, "n": {"N": None}}, id="number-is-none"),
        pytest.param({"version": {"N": "1"}, "b": {"B": "?"}}, id="bytes-are-no-base64"),
        pytest.param({"version": {"N": "1"}, "b": {"B": 1}}, id="bytes-are-a-number"),
        pytest.param({"version": {"N": "1"}, "b": {}}, id="value-is-empty"),
        pytest.param({"version": {"N": "1"}, "b": "text"}, id="value-has-no-type"),
        pytest.param({"version": {"N": "1"}, "b": {"S": "1", "N": "1"}}, id="value-has-two-types"),
    ],
)
def test_a_row_of_another_form_is_malformed(members: dict[str, Any]) -> None:
    with pytest.raises(RowMalformed):
        item_of(key_of(KEY) | members)
    assert one_of_many(key_of(KEY) | members) == unreadable(KEY)


def test_a_row_without_its_key_is_malformed() -> None:
    with pytest.raises(RowMalformed):
        item_of({"pk": {"S": "p"}, "version": {"N": "1"}})


def test_a_value_of_a_type_that_is_not_written_here_hinders_nobody() -> None:
    """As by the replication of older global tables."""
    found = item_of({**key_of(KEY), "version": {"N": "1"}, "aws:rep:deleting": {"BOOL": False}})

    assert found == row()._replace(attributes={"aws:rep:deleting": "False"})
