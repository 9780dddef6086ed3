"""What holds of every decision, whatever the policies ("Policy evaluation logic")."""

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from devstack.aws.iam.evaluate import Allowed, Request, evaluate
from devstack.aws.iam.policy import Policy, parse_policy


def policy(*statements: dict[str, Any]) -> Policy:
    return parse_policy({"Version": "2012-10-17", "Statement": list(statements)})


ENTRIES = {
    "Action": st.sampled_from(["s3:*", "s3:GetObject", "s3:PutObject", "*"]),
    "Resource": st.sampled_from(["*", "arn:aws:s3:::a/*", "arn:aws:s3:::${aws:username}/k"]),
    "Condition": st.sampled_from(
        [
            {},
            {"StringEquals": {"aws:username": "a"}},
            {"StringNotEquals": {"aws:username": "a"}},
            {"ForAllValues:StringEquals": {"aws:TagKeys": ["x", "y"]}},
            {"Null": {"aws:username": "true"}},
        ]
    ),
}
STATEMENTS = st.fixed_dictionaries({"Effect": st.sampled_from(["Allow", "Deny"])} | ENTRIES)
DENIALS = st.fixed_dictionaries({"Effect": st.just("Deny")} | ENTRIES)
POLICIES = st.lists(STATEMENTS, min_size=1, max_size=3).map(lambda raw: policy(*raw))
CONTEXTS = st.fixed_dictionaries(
    {},
    optional={
        "aws:username": st.sampled_from([("a",), ("b",), ("*",), ("",)]),
        "aws:TagKeys": st.sampled_from([("x",), ("x", "z"), ()]),
    },
)
REQUESTS = st.builds(
    lambda action, resource, context: Request(action=action, resource=resource, context=context),
    st.sampled_from(["s3:GetObject", "s3:PutObject"]),
    st.sampled_from(["arn:aws:s3:::a/k", "arn:aws:s3:::b/k", "*"]),
    CONTEXTS,
)
LISTS = st.lists(POLICIES, max_size=3)


def allowed(request: Request, identity: Sequence[Policy], **limits: Any) -> bool:
    return isinstance(evaluate(request, identity=identity, **limits), Allowed)


@given(request=REQUESTS, identity=LISTS, session=LISTS, denial=DENIALS)
def test_one_more_deny_never_allows_more(
    request: Request, identity: list[Policy], session: list[Policy], denial: dict[str, Any]
) -> None:
    more = policy(denial)

    if not allowed(request, identity, session=session):
        assert not allowed(request, [*identity, more], session=session)


@given(request=REQUESTS, identity=LISTS, session=LISTS, boundary=LISTS)
def test_session_policies_and_boundaries_never_allow_more(
    request: Request, identity: list[Policy], session: list[Policy], boundary: list[Policy]
) -> None:
    if allowed(request, identity, session=session, boundary=boundary):
        assert allowed(request, identity)


@given(request=REQUESTS, identity=LISTS, session=LISTS)
def test_the_order_of_policies_does_not_matter(
    request: Request, identity: list[Policy], session: list[Policy]
) -> None:
    forth = evaluate(request, identity=identity, session=session)

    assert evaluate(request, identity=identity[::-1], session=session[::-1]) == forth
