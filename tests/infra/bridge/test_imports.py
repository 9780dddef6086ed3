"""The blocks that take what the bridge made to the provider's own resources."""

import json
from pathlib import Path

import pytest

from bridge.catalogue import KINDS
from bridge.errors import WrongUse
from bridge.imports import addresses_in
from fakes.agentcore_control.bench import PREFIX, Bench, Killed
from fakes.agentcore_control.wanted import first

WHERE = ("--prefix", PREFIX, "--region", "eu-west-1")
ID = {
    "runtime": "{id}",
    "runtime_endpoint": "{parent},live",
    "gateway": "{id}",
    "gateway_target": "{parent},{id}",
    "workload_identity": "demo-agent",
    "browser": "{id}",
    "code_interpreter": "{id}",
    "memory": "{id}",
    "policy_engine": "{id}",
    "policy": "{parent},{id}",
    "evaluator": "{id}",
    "online_evaluation": "{id}",
    "oauth2_credential_provider": "demo-provider",
}
TYPE = {
    "runtime": "agent_runtime",
    "runtime_endpoint": "agent_runtime_endpoint",
    "online_evaluation": "online_evaluation_config",
}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_type_has_its_form_of_id(kind: str) -> None:
    bench = Bench()
    bench.apply(kind, first(kind, bench.parent(kind)), "one-two")

    assert bench.command("import-blocks", *WHERE, "--kind", kind, "--name", "one-two") == 0

    thing = bench.thing(kind)
    id_ = ID[kind].format(id=thing.id, parent=thing.parent)
    type_ = f"aws_bedrockagentcore_{TYPE.get(kind, kind)}"
    assert f'import {{\n  to = {type_}.one_two\n  id = "{id_}"\n}}\n' in bench.printed[-1]
    assert (
        "removed {\n  from = module.one_two\n\n  lifecycle {\n    destroy = false\n  }\n}\n"
        in bench.printed[-1]
    )


def test_the_order_does_not_depend_on_that_of_the_parameters() -> None:
    bench = Bench()
    for name in ("b", "a", "1st"):
        bench.apply("memory", first("memory") | {"name": f"memory_{name}"}, name)
    bench.apply("gateway", first("gateway"), "z")
    bench.command("import-blocks", *WHERE)
    bench.store.values = dict(reversed(bench.store.values.items()))
    bench.command("import-blocks", *WHERE)

    assert bench.printed[0] == bench.printed[1]
    lines = [line.strip() for line in bench.printed[0].splitlines() if " to = " in line]
    assert lines == [
        "to = aws_bedrockagentcore_gateway.z",
        "to = aws_bedrockagentcore_memory._1st",
        "to = aws_bedrockagentcore_memory.a",
        "to = aws_bedrockagentcore_memory.b",
    ]


def test_what_is_not_made_to_its_end_is_not_imported() -> None:
    bench = Bench()
    bench.kill_at(14)
    with pytest.raises(Killed):
        bench.apply("memory", first("memory"))
    bench.revive()

    assert bench.command("import-blocks", *WHERE) == 0
    assert "import {" not in bench.printed[-1]
    assert "# memory one: not made to its end" in bench.printed[-1]


def test_addresses_come_from_the_state_and_are_named_once(tmp_path: Path) -> None:
    bench = Bench()
    for name in ("one", "two"):
        bench.apply("memory", first("memory") | {"name": f"memory_{name}"}, name)
    keepers = [
        {
            "address": f'module.runtime.module.memory["{name}"]',
            "resources": [
                _resource("aws_s3_bucket", "keeper", {}),
                _resource("terraform_data", "applied", {}),
                _resource(
                    "terraform_data",
                    "keeper",
                    {"input": {"kind": "memory", "name": name, "prefix": PREFIX}},
                ),
            ],
        }
        for name in ("one", "two")
    ]
    state = {"values": {"root_module": {"child_modules": [{"child_modules": keepers}]}}}
    file = tmp_path / "state.json"
    file.write_text(json.dumps(state))

    assert bench.command("import-blocks", *WHERE, "--state", str(file)) == 0

    assert bench.printed[-1].count("import {") == 2
    assert bench.printed[-1].count("removed {") == 1
    assert "from = module.runtime.module.memory\n" in bench.printed[-1]


def test_a_keeper_in_the_root_is_named_itself() -> None:
    keeper: dict[str, object] = {"input": {"kind": "memory", "name": "one", "prefix": PREFIX}}
    state = {
        "values": {"root_module": {"resources": [_resource("terraform_data", "keeper", keeper)]}}
    }

    assert addresses_in(json.dumps(state)) == {f"{PREFIX}/memory/one": "terraform_data.keeper"}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"values": 1}'])
def test_what_is_no_state_is_said(text: str) -> None:
    with pytest.raises(WrongUse, match="terraform show -json"):
        addresses_in(text)


def _resource(type_: str, name: str, values: dict[str, object]) -> dict[str, object]:
    return {"type": type_, "name": name, "values": values}
