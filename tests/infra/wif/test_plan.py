"""What is left to do, for each thing that may be there already."""

from dataclasses import replace

import pytest

from fakes.wif import WANTED
from wif.documents import documents_of
from wif.plan import Bucket, Deed, Found, Role, Step, steps_of
from wif.wanted import Ref, RefType, faults_of

DOCUMENTS = documents_of(WANTED)
COMPLETE = Found(
    audiences=frozenset({"sts.amazonaws.com"}),
    role=Role(trust=DOCUMENTS.trust, policy=DOCUMENTS.role),
    bucket=Bucket(versioned=True, encrypted=True, closed=True, policy=DOCUMENTS.bucket),
)


def deeds(found: Found) -> list[Deed]:
    return [step.deed for step in steps_of(WANTED, DOCUMENTS, found)]


def test_an_empty_account_gets_everything_and_the_bucket_is_closed_before_anything_is_in_it() -> (
    None
):
    assert deeds(Found()) == [
        Deed.CREATE_PROVIDER,
        Deed.CREATE_ROLE,
        Deed.SET_POLICY,
        Deed.CREATE_BUCKET,
        Deed.CLOSE_BUCKET,
        Deed.VERSION_BUCKET,
        Deed.ENCRYPT_BUCKET,
        Deed.PROTECT_BUCKET,
    ]


def test_a_complete_account_is_left_alone() -> None:
    assert deeds(COMPLETE) == []


@pytest.mark.parametrize(
    ("found", "deed"),
    [
        (replace(COMPLETE, audiences=frozenset({"another"})), Deed.ADD_AUDIENCE),
        (replace(COMPLETE, role=Role(trust={}, policy=DOCUMENTS.role)), Deed.SET_TRUST),
        (replace(COMPLETE, role=Role(trust=DOCUMENTS.trust)), Deed.SET_POLICY),
        (
            replace(COMPLETE, bucket=Bucket(encrypted=True, closed=True, policy=DOCUMENTS.bucket)),
            Deed.VERSION_BUCKET,
        ),
        (
            replace(COMPLETE, bucket=Bucket(versioned=True, closed=True, policy=DOCUMENTS.bucket)),
            Deed.ENCRYPT_BUCKET,
        ),
        (
            replace(
                COMPLETE, bucket=Bucket(versioned=True, encrypted=True, policy=DOCUMENTS.bucket)
            ),
            Deed.CLOSE_BUCKET,
        ),
        (
            replace(COMPLETE, bucket=Bucket(versioned=True, encrypted=True, closed=True)),
            Deed.PROTECT_BUCKET,
        ),
    ],
)
def test_what_somebody_changed_by_hand_is_put_right_and_nothing_else_is_touched(
    found: Found, deed: Deed
) -> None:
    assert deeds(found) == [deed]


def test_a_step_carries_the_document_that_it_writes() -> None:
    steps = steps_of(WANTED, DOCUMENTS, replace(COMPLETE, role=Role(trust={}, policy=None)))

    assert steps == [
        Step(deed=Deed.SET_TRUST, subject="gatehouse-deploy-dev", document=DOCUMENTS.trust),
        Step(deed=Deed.SET_POLICY, subject="gatehouse-deploy-dev", document=DOCUMENTS.role),
    ]


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"environment": "staging"}, "--environment"),
        ({"issuer": "http://gitlab.example"}, "--issuer"),
        ({"issuer": "https://gitlab.example/"}, "--issuer"),
        ({"issuer": "https://gitlab.example?a=b"}, "--issuer"),
        ({"audience": ""}, "--audience"),
        ({"audience": "*"}, "--audience"),
        ({"project": "gatehouse"}, "--project"),
        ({"project": "acme/*"}, "--project"),
        ({"ref": Ref(type=RefType.BRANCH, name="*")}, "the ref"),
        ({"bucket": "Not_A_Bucket"}, "--bucket"),
    ],
)
def test_a_pattern_or_a_slip_in_the_arguments_is_named(
    change: dict[str, object], names: str
) -> None:
    faults = faults_of(replace(WANTED, **change))  # type: ignore[arg-type]

    assert [fault.split(" is ")[0] for fault in faults] == [names]


def test_arguments_in_order_have_no_faults() -> None:
    assert faults_of(WANTED) == []


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-west-2", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
)
def test_arns_are_of_the_regions_partition(region: str, partition: str) -> None:
    arn = replace(WANTED, region=region).provider_arn

    assert arn == f"arn:{partition}:iam::123456789012:oidc-provider/gitlab.example"
