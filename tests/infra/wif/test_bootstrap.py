"""The command against an account: once, again, after a hand, and only looking."""

import json
from collections.abc import Sequence

import boto3
import pytest

from fakes.wif import WANTED
from wif.__main__ import main

ARGUMENTS = (
    *("--environment", "dev", "--project", "acme/gatehouse", "--branch", "main"),
    *("--issuer", "https://gitlab.example", "--region", "eu-west-2"),
    *("--bucket", WANTED.bucket),
)
pytestmark = pytest.mark.usefixtures("empty_account")


def report(
    capsys: pytest.CaptureFixture[str], arguments: Sequence[str] = ()
) -> tuple[int, list[str]]:
    capsys.readouterr()
    code = main([*ARGUMENTS, "--json", *arguments])
    return code, [step["deed"] for step in json.loads(capsys.readouterr().out)["steps"]]


def test_the_second_run_has_nothing_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    first = report(capsys)
    second = report(capsys)

    assert first[0] == 0
    assert len(first[1]) == 8
    assert second == (0, [])


def test_a_dry_run_changes_nothing_says_so_and_shows_the_documents(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([*ARGUMENTS, "--dry-run"]) == 2
    said = capsys.readouterr().out

    assert "would create the deployment role: gatehouse-deploy-dev" in said
    assert '"sts:AssumeRoleWithWebIdentity"' in said
    assert boto3.client("s3").list_buckets()["Buckets"] == []
    assert boto3.client("iam").list_open_id_connect_providers()["OpenIDConnectProviderList"] == []
    assert report(capsys, ["--dry-run"])[0] == 2


def test_a_bootstrap_that_stopped_halfway_goes_on_where_it_was(
    capsys: pytest.CaptureFixture[str],
) -> None:
    place = {"LocationConstraint": "eu-west-2"}
    boto3.client("s3", region_name="eu-west-2").create_bucket(
        Bucket=WANTED.bucket, CreateBucketConfiguration=place
    )

    code, deeds = report(capsys)

    assert code == 0
    assert "create the bucket of the state" not in deeds
    assert "keep every version of the state" in deeds
    assert report(capsys) == (0, [])


def test_what_a_hand_changed_is_put_back(capsys: pytest.CaptureFixture[str]) -> None:
    report(capsys)
    iam, s3 = boto3.client("iam"), boto3.client("s3", region_name="eu-west-2")
    federated = {"Effect": "Allow", "Principal": {"Federated": WANTED.provider_arn}}
    statement = {**federated, "Action": "sts:AssumeRoleWithWebIdentity"}
    open_to_all = {"Version": "2012-10-17", "Statement": [statement]}
    iam.update_assume_role_policy(
        RoleName="gatehouse-deploy-dev", PolicyDocument=json.dumps(open_to_all)
    )
    s3.delete_public_access_block(Bucket=WANTED.bucket)

    assert report(capsys) == (
        0,
        [
            "set who may take the deployment role on",
            "block all public access to the bucket",
        ],
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((*ARGUMENTS, "--project", "acme/*"), "--project is group/project, without patterns"),
        ((*ARGUMENTS, "--tag-prefix", "v"), "not allowed with argument"),
        (ARGUMENTS[2:], "--environment"),
    ],
)
def test_a_wrong_argument_is_named_and_nothing_is_done(
    arguments: Sequence[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code: object = main(arguments)
    except SystemExit as stopped:
        code = stopped.code

    assert code == 64
    assert says in capsys.readouterr().err
    assert boto3.client("s3").list_buckets()["Buckets"] == []


@pytest.mark.parametrize(
    ("ref", "sub"),
    [
        (("--branch-prefix", "release/"), "ref_type:branch:ref:release/*"),
        (("--tag-prefix", "v"), "ref_type:tag:ref:v*"),
    ],
)
def test_prefixes_of_refs_reach_the_trust(
    ref: Sequence[str], sub: str, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = [a for a in ARGUMENTS if a not in {"--branch", "main"}]

    main([*plain, *ref, "--dry-run"])

    assert f'"project_path:acme/gatehouse:{sub}"' in capsys.readouterr().out
