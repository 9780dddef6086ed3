"""The decision (IAM User Guide: "Policy evaluation logic")."""

from typing import Any

import pytest

from devstack.aws.iam.evaluate import (
    Allowed,
    Attached,
    Decision,
    Denied,
    Request,
    Where,
    evaluate,
    trusts,
)
from devstack.aws.iam.policy import Policy, parse_policy, parse_resource_policy, parse_trust_policy
from devstack.aws.iam.principal import Caller, Reach

ACCOUNT, OTHER = "123456789012", "999999999999"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/reader"
SESSION = Caller(
    name=f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/s1", account=ACCOUNT, role_arn=ROLE
)
USER = Caller(name=f"arn:aws:iam::{ACCOUNT}:user/bob", account=ACCOUNT)
STRANGER = Caller(name=f"arn:aws:iam::{OTHER}:user/eve", account=OTHER)
READ = Request(action="s3:GetObject", resource="arn:aws:s3:::b/k", context={})


def statement(effect: str = "Allow", **elements: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": "s3:GetObject", "Resource": "*", **elements}


def policy(*statements: dict[str, Any], version: str = "2012-10-17") -> Policy:
    return parse_policy({"Version": version, "Statement": list(statements)})


ALLOW, DENY, NOTHING = (
    policy(statement()),
    policy(statement("Deny")),
    policy(statement(Action="sqs:SendMessage")),
)
EXPLICIT: Any = "explicit"
IMPLICIT: Any = "implicit"


def refused(reason: Any, where: Where) -> Denied:
    return Denied(reason=reason, where=where)


@pytest.mark.parametrize(
    ("identity", "boundary", "session", "decision"),
    [
        pytest.param([], None, None, refused(IMPLICIT, "identity"), id="default deny"),
        pytest.param([NOTHING], None, None, refused(IMPLICIT, "identity"), id="nothing applies"),
        pytest.param([NOTHING, ALLOW], None, None, Allowed(), id="at least one Allow"),
        pytest.param([ALLOW, DENY], None, None, refused(EXPLICIT, "identity"), id="Deny wins"),
        pytest.param([DENY], None, None, refused(EXPLICIT, "identity"), id="Deny alone"),
        pytest.param([ALLOW], [ALLOW], None, Allowed(), id="boundary allows"),
        pytest.param([ALLOW], [NOTHING], None, refused(IMPLICIT, "boundary"), id="boundary limits"),
        pytest.param([ALLOW], [DENY], None, refused(EXPLICIT, "boundary"), id="boundary denies"),
        pytest.param(
            [], [ALLOW], None, refused(IMPLICIT, "identity"), id="boundary grants nothing"
        ),
        pytest.param([ALLOW], None, [ALLOW], Allowed(), id="session allows"),
        pytest.param([ALLOW], None, [NOTHING], refused(IMPLICIT, "session"), id="session limits"),
        pytest.param([ALLOW], None, [DENY], refused(EXPLICIT, "session"), id="session denies"),
        pytest.param([], None, [ALLOW], refused(IMPLICIT, "identity"), id="session grants nothing"),
        pytest.param([ALLOW], None, [NOTHING, ALLOW], Allowed(), id="session policies add up"),
        pytest.param([ALLOW], None, [], Allowed(), id="an empty session list is none"),
        pytest.param([ALLOW], [], None, Allowed(), id="an empty boundary list is none"),
        pytest.param([ALLOW], [ALLOW], [ALLOW], Allowed(), id="all three"),
    ],
)
def test_identity_boundary_and_session_policies_meet(
    identity: list[Policy],
    boundary: list[Policy] | None,
    session: list[Policy] | None,
    decision: Decision,
) -> None:
    assert evaluate(READ, identity=identity, boundary=boundary, session=session) == decision


@pytest.mark.parametrize(
    ("elements", "applies"),
    [
        pytest.param({}, True, id="Action and Resource match"),
        pytest.param({"Action": "S3:GETOBJECT"}, True, id="actions are case-insensitive"),
        pytest.param({"Action": ["sqs:*", "s3:Get*"]}, True, id="one of several actions"),
        pytest.param({"Action": "s3:PutObject"}, False, id="another action"),
        pytest.param({"Resource": ["arn:aws:s3:::c", "arn:aws:s3:::b/*"]}, True, id="one resource"),
        pytest.param({"Resource": "arn:aws:s3:::B/*"}, False, id="resources are case-sensitive"),
        pytest.param({"Resource": "arn:aws:s3:::b"}, False, id="the bucket is not its objects"),
        pytest.param({"Condition": {"Bool": {"x:y": "true"}}}, False, id="a condition fails"),
    ],
)
def test_a_statement_applies_if_all_its_elements_match(
    elements: dict[str, Any], *, applies: bool
) -> None:
    decision = evaluate(READ, identity=[policy(statement(**elements))])

    assert isinstance(decision, Allowed) is applies


@pytest.mark.parametrize(
    ("elements", "applies"),
    [
        pytest.param({"NotAction": "s3:PutObject"}, True, id="NotAction: another"),
        pytest.param({"NotAction": ["s3:Get*", "sqs:*"]}, False, id="NotAction: this one"),
        pytest.param({"NotResource": "arn:aws:s3:::c/*"}, True, id="NotResource: another"),
        pytest.param({"NotResource": ["arn:aws:s3:::b/*"]}, False, id="NotResource: this one"),
        pytest.param(
            {"NotResource": "arn:aws:s3:::b/${aws:username}"},
            True,
            id="NotResource: a variable without a value matches no resource",
        ),
    ],
)
def test_not_elements_match_everything_else(elements: dict[str, Any], *, applies: bool) -> None:
    raw = statement() | elements
    del raw[next(iter(elements)).removeprefix("Not")]

    assert isinstance(evaluate(READ, identity=[policy(raw)]), Allowed) is applies


def test_actions_without_a_resource_are_granted_by_a_star_alone() -> None:
    listing = Request(action="s3:ListAllMyBuckets", resource="*", context={})
    action = {"Action": "s3:*"}

    assert evaluate(listing, identity=[policy(statement(**action))]) == Allowed()
    narrow = policy(statement(Resource="arn:aws:s3:::*", **action))
    assert evaluate(listing, identity=[narrow]) == refused(IMPLICIT, "identity")


@pytest.mark.parametrize(("version", "applies"), [("2012-10-17", True), ("2008-10-17", False)])
def test_variables_in_resources_need_version_2012(version: str, *, applies: bool) -> None:
    mine = policy(statement(Resource="arn:aws:s3:::b/${aws:username}"), version=version)
    request = Request(action=READ.action, resource=READ.resource, context={"aws:username": ("k",)})

    assert isinstance(evaluate(request, identity=[mine]), Allowed) is applies


def test_the_documented_example_of_carlos() -> None:
    identity = policy(
        statement(
            Action=["s3:GetBucketLocation", "s3:ListAllMyBuckets"], Resource="arn:aws:s3:::*"
        ),
        statement(Action="s3:*", Resource=["arn:aws:s3:::carlossalazar/*"]),
        statement("Deny", Action="s3:*", Resource="arn:aws:s3:::*log*"),
    )

    def put(resource: str) -> Decision:
        asked = Request(action="s3:PutObject", resource=resource, context={})
        return evaluate(asked, identity=[identity])

    assert put("arn:aws:s3:::carlossalazar/x") == Allowed()
    assert put("arn:aws:s3:::carlossalazar-logs/x") == refused(EXPLICIT, "identity")
    assert put("arn:aws:s3:::other/x") == refused(IMPLICIT, "identity")


def on_bucket(principal: object, effect: str = "Allow", **elements: Any) -> Policy:
    raw = statement(effect, Principal=principal, **elements)
    return parse_resource_policy({"Version": "2012-10-17", "Statement": raw})


SAME_ACCOUNT = [
    ("user ARN, nothing else", USER, {"AWS": USER.name}, {}, Allowed()),
    ("user ARN, boundary limits not", USER, {"AWS": USER.name}, {"boundary": [NOTHING]}, Allowed()),
    ("session ARN", SESSION, {"AWS": SESSION.name}, {"session": [NOTHING]}, Allowed()),
    ("session ARN, boundary", SESSION, {"AWS": SESSION.name}, {"boundary": [NOTHING]}, Allowed()),
    ("role ARN, identity not needed", SESSION, {"AWS": ROLE}, {}, Allowed()),
    (
        "role ARN, session policy limits",
        SESSION,
        {"AWS": ROLE},
        {"session": [NOTHING]},
        refused(IMPLICIT, "session"),
    ),
    (
        "role ARN, boundary limits",
        SESSION,
        {"AWS": ROLE},
        {"boundary": [NOTHING]},
        refused(IMPLICIT, "boundary"),
    ),
    ("everyone", SESSION, "*", {"session": [NOTHING], "boundary": [NOTHING]}, Allowed()),
    ("the account delegates", USER, {"AWS": ACCOUNT}, {}, refused(IMPLICIT, "identity")),
    ("the account, identity allows", USER, {"AWS": ACCOUNT}, {"identity": [ALLOW]}, Allowed()),
    ("somebody else", USER, {"AWS": STRANGER.name}, {}, refused(IMPLICIT, "identity")),
    ("identity alone", USER, {"AWS": STRANGER.name}, {"identity": [ALLOW]}, Allowed()),
    ("identity denies", USER, "*", {"identity": [DENY]}, refused(EXPLICIT, "identity")),
    ("session denies", SESSION, "*", {"session": [DENY]}, refused(EXPLICIT, "session")),
]


@pytest.mark.parametrize(
    ("caller", "principal", "limits", "decision"),
    [pytest.param(*row[1:], id=row[0]) for row in SAME_ACCOUNT],
)
def test_resource_based_policies_in_the_same_account(
    caller: Caller, principal: object, limits: dict[str, Any], decision: Decision
) -> None:
    attached = Attached(policies=(on_bucket(principal),), caller=caller, account=ACCOUNT)

    assert evaluate(READ, attached=attached, **({"identity": []} | limits)) == decision


@pytest.mark.parametrize(
    ("principal", "identity", "decision"),
    [
        pytest.param({"AWS": STRANGER.name}, [ALLOW], Allowed(), id="both allow"),
        pytest.param({"AWS": OTHER}, [ALLOW], Allowed(), id="account and identity allow"),
        pytest.param("*", [ALLOW], Allowed(), id="everyone and identity"),
        pytest.param({"AWS": STRANGER.name}, [], refused(IMPLICIT, "identity"), id="only resource"),
        pytest.param({"AWS": ACCOUNT}, [ALLOW], refused(IMPLICIT, "resource"), id="only identity"),
    ],
)
def test_across_accounts_both_sides_must_allow(
    principal: object, identity: list[Policy], decision: Decision
) -> None:
    attached = Attached(policies=(on_bucket(principal),), caller=STRANGER, account=ACCOUNT)

    assert evaluate(READ, identity=identity, attached=attached) == decision


@pytest.mark.parametrize("principal", [{"AWS": USER.name}, {"AWS": ACCOUNT}, "*"])
def test_a_deny_on_the_resource_reaches_sessions_users_and_whole_accounts(
    principal: object,
) -> None:
    policies = (on_bucket(principal, "Deny"),)
    attached = Attached(policies=policies, caller=USER, account=ACCOUNT)

    decision = evaluate(READ, identity=[ALLOW], attached=attached)

    assert decision == refused(EXPLICIT, "resource")


def test_not_principal_denies_everyone_else() -> None:
    raw = statement("Deny", NotPrincipal={"AWS": [USER.name, ACCOUNT]})
    policies = (parse_resource_policy({"Statement": raw}),)

    def decision(caller: Caller, **limits: Any) -> Decision:
        attached = Attached(policies=policies, caller=caller, account=caller.account)
        return evaluate(READ, identity=[ALLOW], attached=attached, **limits)

    assert decision(USER) == Allowed()
    assert decision(STRANGER) == refused(EXPLICIT, "resource")
    # "… will always deny any IAM principal that has a permissions boundary policy attached."
    assert decision(USER, boundary=[ALLOW]) == refused(EXPLICIT, "resource")


def trust(principal: object, effect: str = "Allow", **elements: Any) -> Policy:
    raw = {"Effect": effect, "Action": "sts:AssumeRole", "Principal": principal, **elements}
    return parse_trust_policy({"Version": "2012-10-17", "Statement": raw})


@pytest.mark.parametrize(
    ("principal", "caller", "reach"),
    [
        pytest.param({"AWS": ROLE}, SESSION, Reach.ROLE, id="role"),
        pytest.param({"AWS": SESSION.name}, SESSION, Reach.NAMED, id="session"),
        pytest.param({"AWS": ACCOUNT}, SESSION, Reach.ACCOUNT, id="account"),
        pytest.param("*", STRANGER, Reach.NAMED, id="everyone"),
        pytest.param(
            {"Service": "ecs.amazonaws.com"},
            Caller(kind="Service", name="ecs.amazonaws.com"),
            Reach.NAMED,
            id="service",
        ),
        pytest.param(
            {"Federated": "accounts.google.com"},
            Caller(kind="Federated", name="accounts.google.com"),
            Reach.NAMED,
            id="provider",
        ),
        pytest.param({"AWS": ROLE}, USER, None, id="somebody else"),
        pytest.param({"AWS": OTHER}, SESSION, None, id="another account"),
    ],
)
def test_a_trust_policy_says_whom_it_trusts_and_how_directly(
    principal: object, caller: Caller, reach: Reach | None
) -> None:
    decision = trusts(trust(principal), caller, "sts:AssumeRole", {})

    expected = refused(IMPLICIT, "trust") if reach is None else Allowed()
    assert decision == expected
    assert not isinstance(decision, Allowed) or decision.reach is reach


def test_a_trust_policy_is_about_one_action_under_its_conditions() -> None:
    conditional = trust("*", Condition={"StringEquals": {"sts:ExternalId": "Example987"}})
    right, wrong = {"sts:ExternalId": ("Example987",)}, {"sts:ExternalId": ("x",)}

    assert trusts(conditional, USER, "sts:AssumeRole", right) == Allowed()
    assert trusts(conditional, USER, "sts:AssumeRole", wrong) == refused(IMPLICIT, "trust")
    assert trusts(conditional, USER, "sts:TagSession", right) == refused(IMPLICIT, "trust")


def test_a_deny_in_a_trust_policy_wins() -> None:
    both = Policy(
        statements=(*trust("*").statements, *trust({"AWS": USER.name}, "Deny").statements),
        variables=True,
    )

    assert trusts(both, USER, "sts:AssumeRole", {}) == refused(EXPLICIT, "trust")
    assert trusts(both, STRANGER, "sts:AssumeRole", {}) == Allowed()


ASSUME = Request(action="sts:AssumeRole", resource=ROLE, context={})
MAY_ASSUME = policy(statement(Action="sts:AssumeRole"))


@pytest.mark.parametrize(
    ("principal", "identity", "decision"),
    [
        pytest.param({"AWS": USER.name}, [], Allowed(), id="named: enough by itself"),
        pytest.param({"AWS": ACCOUNT}, [], refused(IMPLICIT, "identity"), id="account delegates"),
        pytest.param({"AWS": ACCOUNT}, [MAY_ASSUME], Allowed(), id="account and identity"),
        pytest.param(
            {"AWS": STRANGER.name}, [MAY_ASSUME], refused(IMPLICIT, "trust"), id="not trusted"
        ),
    ],
)
def test_a_trust_policy_must_allow_even_in_the_same_account(
    principal: object, identity: list[Policy], decision: Decision
) -> None:
    attached = Attached(policies=(trust(principal),), caller=USER, account=ACCOUNT, kind="trust")

    assert evaluate(ASSUME, identity=identity, attached=attached) == decision


def test_the_most_direct_of_several_statements_counts() -> None:
    statements = (*trust({"AWS": ACCOUNT}).statements, *trust({"AWS": USER.name}).statements)
    both = Policy(statements=statements, variables=True)
    attached = Attached(policies=(both,), caller=USER, account=ACCOUNT, kind="trust")

    decision = evaluate(ASSUME, identity=[], attached=attached)

    assert isinstance(decision, Allowed)
    assert decision.reach is Reach.NAMED


@pytest.mark.parametrize(("principal", "reach"), [(ROLE, Reach.ROLE), (ACCOUNT, Reach.ACCOUNT)])
def test_a_decision_tells_how_the_resource_named_the_caller(principal: str, reach: Reach) -> None:
    policies = (on_bucket({"AWS": principal}),)
    attached = Attached(policies=policies, caller=SESSION, account=ACCOUNT)

    decision = evaluate(READ, identity=[ALLOW], attached=attached)

    assert isinstance(decision, Allowed)
    assert decision.reach is reach
