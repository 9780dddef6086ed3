"""What holds for every IAM document that Gatehouse deploys."""

import re
from pathlib import Path

import pytest

from devstack.aws.iam.statement import Effect, Policy, Statement
from devstack.aws.iam.template import filled
from fakes.policy_templates import ACCOUNT, FOLDER, VALUES, names, policy_of, text_of

INFRA = FOLDER.parent
README = (FOLDER / "README.md").read_text(encoding="utf-8")
_PLACEHOLDER = re.compile(r"@([A-Z_]+)@")
_INLINE = re.compile(r"aws_iam_policy_document|\bStatement\s*=|\"Statement\"")
_LIMITS = {"trust": 2048, "role": 10_240}
"""Characters without white space: IAM's quotas for a trust policy and a role's inline policies."""


def allows(policy: Policy) -> list[Statement]:
    return [one for one in policy.statements if one.effect is Effect.ALLOW]


@pytest.mark.parametrize("name", names())
def test_it_reads_as_strictly_as_aws_reads_it(name: str) -> None:
    assert policy_of(name).variables


@pytest.mark.parametrize("name", names())
def test_it_says_what_is_meant_and_nothing_by_exclusion(name: str) -> None:
    for statement in allows(policy_of(name)):
        assert statement.sid, "every statement has a name that an access log can be read by"
        assert not statement.actions.inverted
        assert statement.resources is None or not statement.resources.inverted
        assert statement.principals is None or not statement.principals.inverted


@pytest.mark.parametrize("name", names())
def test_no_statement_allows_every_action_or_a_whole_service_or_a_pattern_everywhere(
    name: str,
) -> None:
    for statement in allows(policy_of(name)):
        actions = statement.actions.entries
        assert not [action for action in actions if action == "*" or action.endswith(":*")]
        if statement.resources is not None and "*" in statement.resources.entries:
            assert not [action for action in actions if "*" in action], statement.sid


@pytest.mark.parametrize("name", [name for name in names() if "trust" in name])
def test_a_service_is_trusted_only_for_this_account(name: str) -> None:
    """The confused deputy: another customer's resource of the same service."""
    for statement in allows(policy_of(name)):
        assert statement.principals is not None
        kinds = {entry.kind for entry in statement.principals.entries}
        if "Service" not in kinds:
            continue
        keys = {clause.key.lower() for clause in statement.conditions}
        accounts = [
            clause.values
            for clause in statement.conditions
            if clause.key.lower() == "aws:sourceaccount"
        ]
        assert "aws:sourceaccount" in keys, statement.sid
        assert accounts == [(ACCOUNT,)]


@pytest.mark.parametrize("name", names())
def test_nobody_is_everybody_without_a_condition(name: str) -> None:
    for statement in allows(policy_of(name)):
        entries = () if statement.principals is None else statement.principals.entries
        if any(entry.value == "*" for entry in entries):
            assert statement.conditions, statement.sid


@pytest.mark.parametrize("name", names())
def test_it_fits_into_iams_quota(name: str) -> None:
    limit = _LIMITS["trust" if "trust" in name else "role"]

    assert len(re.sub(r"\s", "", text_of(name))) <= limit


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_the_largest_fits_with_long_names_in_every_partition(partition: str) -> None:
    bucket = f"gatehouse-state-{ACCOUNT}-{'x' * 14}"
    long = {**VALUES, "PARTITION": partition, "STATE_BUCKET": bucket}
    template = (FOLDER / "deploy-role.json").read_text(encoding="utf-8")

    assert len(re.sub(r"\s", "", filled(template, long))) <= _LIMITS["role"]


@pytest.mark.parametrize("name", names())
def test_the_readme_says_what_it_is_for(name: str) -> None:
    assert f"`{name}`" in README


def test_every_placeholder_is_explained_and_used() -> None:
    used = {
        placeholder
        for name in names()
        for placeholder in _PLACEHOLDER.findall((FOLDER / name).read_text(encoding="utf-8"))
    }

    assert used <= VALUES.keys()
    assert not [name for name in sorted(used) if f"`@{name}@`" not in README]


def _terraform() -> list[Path]:
    return sorted(path for path in INFRA.rglob("*.tf") if ".terraform" not in path.parts)


def test_no_document_is_hidden_in_terraform_code() -> None:
    found = [
        f"{path.relative_to(INFRA)}:{number}"
        for path in _terraform()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if _INLINE.search(line.split("#")[0])
    ]

    assert not found, "documents are templates in infra/policies, where they are tested"


def test_every_document_is_used_by_terraform_the_bootstrap_or_the_local_aws() -> None:
    local = INFRA.parent / "src" / "devstack" / "aws" / "landscape.py"
    sources = [*_terraform(), *sorted((INFRA / "wif").glob("*.py")), local]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)

    unused = [name for name in names() if name.removesuffix(".json") not in text]

    assert not unused
