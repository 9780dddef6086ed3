"""Wildcards (IAM User Guide: "Action", "Using wildcards in resource ARNs", "ARN operators")."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devstack.aws.iam.match import (
    Pattern,
    Wild,
    action_matches,
    arn_like,
    glob,
    literal,
    matches,
    resource_matches,
)

TOKENS = st.one_of(st.sampled_from("ab:"), st.sampled_from([Wild.MANY, Wild.ONE]))
PATTERNS = st.lists(TOKENS, max_size=9).map(tuple)
TEXTS = st.text(alphabet="ab:", max_size=12)


def naive(pattern: Pattern, text: str) -> bool:
    """Say what wildcards mean, without a thought for speed."""
    if not pattern:
        return text == ""
    head, rest = pattern[0], pattern[1:]
    if head in {Wild.MANY, Wild.MANY_IN_SEGMENT}:
        taken = 0
        while True:
            if naive(rest, text[taken:]):
                return True
            if taken == len(text) or (head is Wild.MANY_IN_SEGMENT and text[taken] == ":"):
                return False
            taken += 1
    if not text:
        return False
    fits = head is Wild.ONE or head == text[0]
    fits = fits or (head is Wild.ONE_IN_SEGMENT and text[0] != ":")
    return fits and naive(rest, text[1:])


def naive_arn(pattern: str) -> Pattern:
    """Mark the wildcards that stay within their segment, straight from the documentation."""
    tokens: list[str | Wild] = list(glob(pattern))
    colons = 0
    for place, token in enumerate(pattern):
        if token == ":":
            colons += 1
        if colons >= 5:
            break
        last = place + 1 == len(pattern) or pattern[place + 1] == ":"
        if token == "*" and not last:
            tokens[place] = Wild.MANY_IN_SEGMENT
        if token == "?":
            tokens[place] = Wild.ONE_IN_SEGMENT
    return tuple(tokens)


@given(pattern=PATTERNS, text=TEXTS)
def test_the_automaton_agrees_with_the_naive_reading(pattern: Pattern, text: str) -> None:
    assert matches(pattern, text) is naive(pattern, text)


@given(
    pattern=st.text(alphabet="ab*?:", max_size=14),
    text=st.text(alphabet="ab:", max_size=14),
)
def test_resources_agree_with_the_naive_reading(pattern: str, text: str) -> None:
    assert resource_matches(glob(pattern), text) is naive(naive_arn(pattern), text)


@given(text=st.text(alphabet="ab*?:"), other=st.text(alphabet="ab*?:"))
def test_a_literal_matches_itself_and_nothing_else(text: str, other: str) -> None:
    assert matches(literal(text), other) is (text == other)


def test_a_pattern_of_many_stars_takes_no_time() -> None:
    evil = glob("*a" * 400 + "b")

    assert not matches(evil, "a" * 20_000)


@pytest.mark.parametrize(
    ("pattern", "action", "covered"),
    [
        ("s3:GetObject", "s3:GetObject", True),
        ("S3:getobject", "s3:GetObject", True),
        ("s3:*", "s3:GetObject", True),
        ("*", "s3:GetObject", True),
        ("iam:*AccessKey*", "iam:CreateAccessKey", True),
        ("iam:*AccessKey*", "iam:CreateUser", False),
        ("s3:Get????ct", "s3:GetObject", True),
        ("s3:Get?ct", "s3:GetObject", False),
        ("s3:Get", "s3:GetObject", False),
        ("s3:GetObject", "s3:GetObjectTagging", False),
        ("*:Get*", "s3:GetObject", True),
        ("dynamodb:*", "s3:GetObject", False),
        ("s3:${aws:username}", "s3:GetObject", False),
    ],
)
def test_actions_are_case_insensitive_globs(pattern: str, action: str, *, covered: bool) -> None:
    assert action_matches(pattern, action) is covered


BUCKET = "arn:aws:s3:::DOC-EXAMPLE-BUCKET"


@pytest.mark.parametrize(
    "key",
    [
        "1/test/object.jpg",
        "1/2/test/object.jpg",
        "1/2/test/3/object.jpg",
        "1/2/3/test/4/object.jpg",
        "1///test///object.jpg",
        "1/test/.jpg",
        "/test/object.jpg",
        "1/test/",
    ],
)
def test_a_star_in_a_resource_expands_over_slashes(key: str) -> None:
    assert resource_matches(glob(f"{BUCKET}/*/test/*"), f"{BUCKET}/{key}")


@pytest.mark.parametrize("key", ["1-test/object.jpg", "test/object.jpg", "1/2/test.jpg"])
def test_the_documented_counterexamples_are_not_covered(key: str) -> None:
    assert not resource_matches(glob(f"{BUCKET}/*/test/*"), f"{BUCKET}/{key}")


QUEUE = "arn:aws:sqs:us-east-2:111122223333:finance"


@pytest.mark.parametrize(
    ("pattern", "covered"),
    [
        pytest.param("*", True, id="everything"),
        pytest.param("arn:aws:sqs:*:111122223333:finance", True, id="a segment"),
        pytest.param("arn:aws:sqs:us-*-2:*:finance", True, id="inside a segment"),
        pytest.param("arn:aws:sqs:*", True, id="a last star expands over colons"),
        pytest.param("arn:aws:sqs:*:finance", True, id="a last star expands over a segment"),
        pytest.param("arn:aws:sqs:us*2:finance", False, id="an inner star stays in its segment"),
        pytest.param("arn:aws:sqs:us-east-2?111122223333:finance", False, id="? is no colon"),
        pytest.param("arn:aws:sqs:us-east-2:111122223333:financ?", True, id="? in the resource"),
        pytest.param("arn:aws:sqs:us-east-2:111122223333:Finance", False, id="case counts"),
        pytest.param("arn:aws:SQS:us-east-2:111122223333:finance", False, id="service case"),
        pytest.param("arn:aws:sqs", False, id="a short ARN is no prefix"),
        pytest.param("arn:aws:sqs:us-east-2:111122223333:", False, id="an empty resource"),
    ],
)
def test_wildcards_in_the_segments_of_an_arn(pattern: str, *, covered: bool) -> None:
    assert resource_matches(glob(pattern), QUEUE) is covered


def test_wildcards_in_the_sixth_segment_take_colons_too() -> None:
    function = "arn:aws:lambda:us-east-1:111122223333:function:pay:42"

    assert resource_matches(glob("arn:aws:lambda:us-east-1:111122223333:function:p*2"), function)


@pytest.mark.parametrize(
    ("pattern", "arn", "alike"),
    [
        pytest.param(
            "arn:aws:someservice:*:111122223333:finance/*",
            "arn:aws:someservice:us-east-2:111122223333:finance/document.txt",
            True,
            id="each component for itself",
        ),
        pytest.param(
            "arn:aws:someservice:*:111122223333:finance/*",
            "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt",
            False,
            id="the documented difference to StringLike",
        ),
        pytest.param("arn:aws:sqs:*:*:*", QUEUE, True, id="stars everywhere"),
        pytest.param("*", QUEUE, False, id="a lone star has one component, not six"),
        pytest.param("arn:aws:sqs:*:*:*", "queue", False, id="not an ARN"),
        pytest.param(
            "arn:aws:lambda:*:*:function:*",
            "arn:aws:lambda:us-east-1:111122223333:function:pay:42",
            True,
            id="the sixth component holds further colons",
        ),
        pytest.param("arn:aws:sqs:*:*:FINANCE", QUEUE, False, id="case counts"),
    ],
)
def test_arn_operators_compare_six_components(pattern: str, arn: str, *, alike: bool) -> None:
    assert arn_like(glob(pattern), arn) is alike
