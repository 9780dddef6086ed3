"""Who may take the deployment role on: the pipelines of one project and ref, and nobody else."""

import json
from dataclasses import replace

import pytest

from devstack.aws.iam.evaluate import Allowed, trusts
from devstack.aws.iam.policy import parse_trust_policy
from devstack.aws.iam.principal import Caller
from devstack.aws.iam.template import TemplateError
from fakes.wif import WANTED
from wif.documents import documents_of
from wif.wanted import Ref, RefType

MAIN = Ref(type=RefType.BRANCH, name="main")
RELEASES = Ref(type=RefType.BRANCH, name="release/", prefix=True)
TAGS = Ref(type=RefType.TAG, name="v", prefix=True)
OURS = "project_path:acme/gatehouse"
AUDIENCE = "sts.amazonaws.com"
PROVIDER = "arn:aws:iam::123456789012:oidc-provider/gitlab.example"


def may(ref: Ref, sub: str, aud: str = AUDIENCE, provider: str = PROVIDER) -> bool:
    policy = parse_trust_policy(json.dumps(documents_of(replace(WANTED, ref=ref)).trust))
    caller = Caller(kind="Federated", name=provider)
    context = {"gitlab.example:sub": (sub,), "gitlab.example:aud": (aud,)}
    return isinstance(trusts(policy, caller, "sts:AssumeRoleWithWebIdentity", context), Allowed)


@pytest.mark.parametrize(
    ("ref", "sub"),
    [
        (MAIN, f"{OURS}:ref_type:branch:ref:main"),
        (RELEASES, f"{OURS}:ref_type:branch:ref:release/2026-11"),
        (TAGS, f"{OURS}:ref_type:tag:ref:v1.2.3"),
    ],
)
def test_the_pipelines_of_the_ref_may(ref: Ref, sub: str) -> None:
    assert may(ref, sub)


@pytest.mark.parametrize(
    ("ref", "sub"),
    [
        pytest.param(MAIN, f"{OURS}:ref_type:branch:ref:main-2", id="a branch that begins alike"),
        pytest.param(MAIN, f"{OURS}:ref_type:tag:ref:main", id="a tag called like the branch"),
        pytest.param(MAIN, f"{OURS}:ref_type:branch:ref:feature", id="another branch"),
        pytest.param(MAIN, f"{OURS}-2:ref_type:branch:ref:main", id="a project that begins alike"),
        pytest.param(MAIN, "project_path:evil/gatehouse:ref_type:branch:ref:main", id="a fork"),
        pytest.param(RELEASES, f"{OURS}:ref_type:branch:ref:main", id="not a release"),
        pytest.param(RELEASES, f"{OURS}:ref_type:tag:ref:release/1", id="a tag, not a branch"),
        pytest.param(TAGS, f"{OURS}:ref_type:branch:ref:v1", id="a branch called like a tag"),
        pytest.param(TAGS, f"{OURS}:ref_type:tag:ref:w1", id="another tag"),
        pytest.param(MAIN, "", id="no subject"),
    ],
)
def test_other_pipelines_may_not(ref: Ref, sub: str) -> None:
    assert not may(ref, sub)


@pytest.mark.parametrize("ref", [MAIN, RELEASES, TAGS])
def test_a_token_for_another_audience_or_of_another_provider_is_refused(ref: Ref) -> None:
    sub = f"{OURS}:ref_type:{ref.type}:ref:{ref.name}"
    other = PROVIDER.replace("gitlab.example", "gitlab.evil")

    assert may(ref, sub)
    assert not may(ref, sub, aud="another")
    assert not may(ref, sub, provider=other)


def test_a_pattern_never_reaches_a_document_even_unchecked() -> None:
    with pytest.raises(TemplateError, match=r"\*"):
        documents_of(replace(WANTED, project="acme/*"))
