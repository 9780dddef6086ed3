"""DynamoDB's calls: what botocore would send, and nothing that AWS's model does not know."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.rows import KEY, OTHER, row
from fakes.botocore_oracle import sent, with_octets
from fakes.clock import NOW
from trust.aws.dynamodb import request
from trust.aws.dynamodb.attributes import item_of, row_of
from trust.aws.message import Post
from trust.store.table import (
    Absent,
    Attribute,
    AtVersion,
    Check,
    Condition,
    Item,
    Key,
    NotAfter,
    Present,
    Put,
)

TABLE = "gatehouse-sessions"
CONDITIONS: list[Condition | None] = [None, Absent(), Present(), AtVersion(3), NotAfter("n", 7)]

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values: st.SearchStrategy[Attribute] = st.one_of(
    texts, st.integers(-(10**37), 10**37), st.binary(max_size=40)
)
names = st.sampled_from(["kid", "box", "created_at", "device", "ümlaut"])
items = st.builds(
    Item,
    key=st.builds(Key, texts, texts),
    version=st.integers(1, 2**40),
    expires_at=st.none() | st.integers(0, 2**40),
    attributes=st.dictionaries(names, values),
)


def as_botocore(post: Post, operation: str) -> None:
    """Compare a call with botocore's own of the same members."""
    document: dict[str, Any] = json.loads(post.body)
    theirs = sent("dynamodb", operation, with_octets(document))

    assert document == json.loads(theirs["body"])
    assert dict(post.headers) == theirs["headers"]
    assert (theirs["method"], theirs["url_path"]) == ("POST", "/")
    assert post.signed


def test_a_get_is_botocores() -> None:
    as_botocore(request.get(TABLE, KEY), "GetItem")


@pytest.mark.parametrize("start", [None, {"pk": {"S": "p"}, "sk": {"S": "s"}}])
def test_a_query_is_botocores(start: dict[str, Any] | None) -> None:
    post = request.query(TABLE, "APP#demo", prefix="K#", start=start)

    as_botocore(post, "Query")
    assert ("ExclusiveStartKey" in json.loads(post.body)) is (start is not None)


@given(item=items, condition=st.sampled_from(CONDITIONS))
def test_a_put_is_botocores(item: Item, condition: Condition | None) -> None:
    as_botocore(request.put(TABLE, item, condition), "PutItem")


def test_a_delete_is_botocores() -> None:
    as_botocore(request.delete(TABLE, KEY), "DeleteItem")


@given(item=items, condition=st.sampled_from(CONDITIONS))
def test_a_transaction_is_botocores(item: Item, condition: Condition | None) -> None:
    checks = [] if condition is None else [Check(OTHER, condition)]
    post = request.transact(TABLE, [Put(item, condition), *checks], token="0123456789abcdef")

    as_botocore(post, "TransactWriteItems")


def test_counting_is_botocores() -> None:
    as_botocore(request.add(TABLE, KEY, 5, expires_at=NOW), "UpdateItem")


def test_reads_are_strongly_consistent() -> None:
    """A revoked session must not be read from a replica that has not heard of it."""
    posts = [request.get(TABLE, KEY), request.query(TABLE, "p", prefix="", start=None)]

    assert [json.loads(post.body)["ConsistentRead"] for post in posts] == [True, True]


@given(item=items)
def test_an_item_is_read_as_it_was_written(item: Item) -> None:
    assert item_of(json.loads(json.dumps(row_of(item)))) == item


def test_a_row_lies_as_the_time_to_live_and_the_console_want_it() -> None:
    assert row_of(row(version=3, expires_at=NOW, text="t", number=5, octets=b"\x00")) == {
        "pk": {"S": KEY.partition},
        "sk": {"S": KEY.sort},
        "version": {"N": "3"},
        "expires_at": {"N": str(NOW)},
        "text": {"S": "t"},
        "number": {"N": "5"},
        "octets": {"B": "AA=="},
    }
