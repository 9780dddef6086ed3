"""The documents as Terraform fills them are those that the other tests here judge."""

import json
import re
from typing import Any

import pytest

from devstack.aws.runners import RUNNERS
from fakes.policy_templates import FOLDER, names, text_of
from fakes.terraform_templates import INFRA, NotRendered, Rendering, Replacement, renderings

BY_THE_BOOTSTRAP = {"deploy-role", "deploy-trust", "deploy-trust-prefix", "state-bucket"}
"""Filled by `infra/wif`, before there is a pipeline that could run Terraform."""

OF_PROGRAMS = ("grants", "secrets", "signing")
"""What every program has that talks to the provider and opens grants."""

RENDERED = renderings()


@pytest.mark.parametrize("rendering", RENDERED, ids=lambda one: one.where)
def test_nothing_is_left_open_and_lists_are_lists(rendering: Rendering) -> None:
    document = json.loads(rendering.text())

    assert "@" not in rendering.text()
    assert _as_lists(document) == _as_lists(json.loads(text_of(f"{rendering.template}.json")))


def test_every_template_is_filled_by_terraform_or_the_bootstrap() -> None:
    filled = {rendering.template for rendering in RENDERED}

    assert {name.removesuffix(".json") for name in names()} == filled | BY_THE_BOOTSTRAP
    assert not filled & BY_THE_BOOTSTRAP


def test_no_chain_replaces_what_none_of_its_documents_has() -> None:
    """A misspelled placeholder: the right one would be left."""
    idle = {
        replacement.what
        for rendering in RENDERED
        for replacement in rendering.chain
        if not any(
            replacement.what in (FOLDER / f"{other.template}.json").read_text(encoding="utf-8")
            for other in RENDERED
        )
    }

    assert not idle


@pytest.mark.parametrize(
    ("what", "value", "text"),
    [
        ("@TENANTS@", "jsonencode(var.tenants)", '{"a": "@TENANTS@"}'),
        ('"@TENANTS@"', "var.tenant", '{"a": "@TENANTS@"}'),
        ("@TENANTS@", "var.tenant", '{"a": "@TENANTS@"}'),
        ("@APP@", "var.app_id", '{"a": "@AP@"}'),
    ],
)
def test_a_chain_that_would_make_no_document_is_noticed(what: str, value: str, text: str) -> None:
    with pytest.raises(NotRendered):
        Replacement(what=what, value=value).applied(text)


def test_the_local_aws_puts_roles_together_as_the_module_does() -> None:
    code = (INFRA / "modules" / "agentcore-bff" / "roles.tf").read_text(encoding="utf-8")
    rows = re.findall(
        r"^ +(\w+) += \{ trust = \"[\w-]+\", sessions = \"([\w-]+)\", grants = (\w+),"
        r" log_group = (.+?) \}",
        code,
        re.MULTILINE,
    )
    of_the_module = {
        name: {
            f"{sessions}.json",
            *([f"bff-{what}.json" for what in OF_PROGRAMS] if grants == "true" else []),
            *([] if group == "null" else ["function-logs.json"]),
        }
        for name, sessions, grants, group in rows
    }
    local = {
        name.removeprefix("gatehouse-").replace("bff", "container"): set(policies)
        for name, policies in RUNNERS.items()
    }

    assert of_the_module == local


def _as_lists(value: Any) -> Any:
    """Return a document with every text of a statement as a list of one: IAM reads both alike."""
    if isinstance(value, dict):
        return {key: _as_lists(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_as_lists(inner) for inner in value] if _nested(value) else value
    return [value]


def _nested(value: list[Any]) -> bool:
    return any(isinstance(inner, dict) for inner in value)
