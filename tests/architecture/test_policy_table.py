"""The published browser policy is the code's: no more, no less, and nothing in two rows."""

from collections import Counter
from itertools import product

import pytest

from architecture.tree import ROOT
from proxy.policy_table import AXES, PASSES, ROUTES, cases, document, outcome, rows


def test_the_document_is_what_the_code_makes() -> None:
    published = (ROOT / "docs" / "browser-policy.md").read_text(encoding="utf-8")

    assert published == document(), "the policy has changed: make policy-table"


@pytest.mark.parametrize("path", ROUTES.values(), ids=ROUTES)
def test_every_case_is_in_exactly_one_row_and_the_row_says_what_becomes_of_it(path: str) -> None:
    told = [(names, row.outcome) for row in rows(path) for names in product(*row.sets)]

    assert Counter(names for names, _ in told) == Counter(case.names for case in cases())
    assert dict(told) == {case.names: outcome(case, path) for case in cases()}


def test_the_table_has_every_value_that_a_browser_can_send() -> None:
    values = {axis.title.strip("`"): set(axis.values) for axis in AXES}

    assert {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} <= values["Method"]
    assert {"absent", "1", "wrong"} <= values["X-CSRF"]
    assert {"absent", "ours", "sibling", "foreign", "null"} <= values["Origin"]
    # Fetch Metadata §2.3, and what it does not have.
    sites = {"same-origin", "same-site", "cross-site", "none"}
    assert sites | {"absent", "unknown"} <= values["Sec-Fetch-Site"]


def test_a_table_is_short_enough_to_be_read() -> None:
    sizes = {route: len(rows(path)) for route, path in ROUTES.items()}

    assert max(sizes.values()) <= 20
    assert all(any(row.outcome == PASSES for row in rows(path)) for path in ROUTES.values())


def test_no_two_names_of_an_axis_mean_the_same_headers() -> None:
    for axis in AXES[1:]:
        sent = [tuple(sorted(headers.items())) for headers in axis.values.values()]
        assert len(set(sent)) == len(sent), axis.title
