"""The estimate of PackedPolicySize."""

import json

from hypothesis import given
from hypothesis import strategies as st

from devstack.aws.sts.packed import packed_percent

TEXTS = st.lists(st.text(alphabet='abc{}:" ', max_size=200), max_size=3)
TAGS = st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=5)


def test_the_one_measured_value_that_is_public_is_met_within_a_few_percent() -> None:
    tags = [(f"T{n}", "a" * 250) for n in range(1, 10)]

    assert 480 < packed_percent([], tags) < 520


def test_a_small_policy_and_three_tags_leave_room() -> None:
    statement = {"Sid": "Stmt1", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    tags = [("app_id", "demo"), ("tenant_id", "acme"), ("agent_name", "hello")]

    assert 0 < packed_percent([policy], tags) < 35


@given(texts=TEXTS, tags=TAGS, more=st.text(alphabet="xyz", min_size=1, max_size=50))
def test_more_is_never_less(texts: list[str], tags: list[tuple[str, str]], more: str) -> None:
    assert packed_percent(texts, [*tags, (more, more)]) >= packed_percent(texts, tags)
