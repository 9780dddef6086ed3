"""What Terraform makes of the templates is what the other tests here judge."""

from pathlib import Path

import pytest

from infra.vault.rendering import FOLDER, policy, rendered
from infra.vault.terraform import DECIDED, outputs, planned


def test_terraform_renders_the_policies_that_are_judged_here(tmp_path: Path) -> None:
    folder = tmp_path / "module"
    folder.mkdir()
    for path in (*DECIDED.glob("*.tf"), *DECIDED.glob("policies/*.hcl")):
        target = folder / path.relative_to(DECIDED)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(path.read_bytes())

    made = outputs(planned(folder, {"app_id": "demo", "agents": ["research", "b-c"]}))

    assert made["policies"] == {
        "token": rendered("token"),
        "bff": rendered("bff"),
        "operator": rendered("operator"),
        "agent:research": rendered("agent", agent="research"),
        "agent:b-c": rendered("agent", agent="b-c"),
    }


@pytest.mark.parametrize("template", [path.stem for path in sorted(FOLDER.glob("*.hcl"))])
def test_each_template_is_a_policy_whose_stanzas_all_have_a_say(template: str) -> None:
    read = policy(template, agent="research")

    assert read.stanzas
    assert all(stanza.capabilities for stanza in read.stanzas)
    paths = [stanza.path for stanza in read.stanzas]
    assert len(set(paths)) == len(paths)
