"""What is typed, what comes back, and what the exit codes mean."""

import json
from pathlib import Path

import pytest

from bridge.catalogue import KINDS
from fakes.agentcore_control.bench import PREFIX, Bench
from fakes.agentcore_control.wanted import FIRST, PARENT, first

WHERE = ("--prefix", PREFIX, "--region", "eu-west-1")
ONE = (*WHERE, "--kind", "memory", "--name", "one")
MEMORY = json.dumps(first("memory"))


def test_apply_prints_what_it_has_come_to(tmp_path: Path) -> None:
    bench = Bench()
    file = tmp_path / "desired.json"
    file.write_text(MEMORY)

    assert bench.command("apply", *ONE, "--json", "--desired", str(file)) == 0

    thing = bench.thing("memory")
    assert json.loads(bench.printed[-1]) == {
        "kind": "memory",
        "name": "one",
        "verdict": "created",
        "id": thing.id,
        "arn": thing.arn,
        "outputs": {},
        "changes": [],
        "notices": [],
    }


def test_all_options_can_come_by_the_environment() -> None:
    bench = Bench()
    env = {
        "BRIDGE_KIND": "memory",
        "BRIDGE_NAME": "one",
        "BRIDGE_PREFIX": PREFIX,
        "BRIDGE_REGION": "eu-west-1",
        "BRIDGE_PARAMETER_REGION": "eu-central-1",
        "BRIDGE_TIMEOUT_MINUTES": "5",
        "BRIDGE_ALLOW_REPLACE": "true",
        "BRIDGE_DESIRED": MEMORY,
    }

    assert bench.command("apply", **env) == 0
    renamed = json.dumps(first("memory") | {"name": "other"})
    assert bench.command("apply", **env | {"BRIDGE_DESIRED": renamed}) == 0
    assert bench.printed == ["memory one: created", "memory one: replaced"]
    assert bench.command("delete", **env) == 0
    assert bench.command("delete", **env) == 0
    assert bench.printed[2:] == ["memory one: deleted", "memory one: not there"]


def test_outputs_are_what_terraform_reads() -> None:
    bench = Bench()
    bench.apply("gateway", first("gateway"))

    gateway = bench.thing("gateway").id
    assert bench.command("show", *WHERE, "--json") == 0
    record = json.loads(bench.printed[-1])
    assert record["outputs"] == {
        "gatewayUrl": f"https://{gateway}.gateway.test/mcp",
        "workloadIdentityArn": (
            "arn:aws:bedrock-agentcore:eu-west-1:111122223333:"
            f"workload-identity-directory/default/workload-identity/{gateway}"
        ),
    }
    assert (record["id"], record["region"], record["account"]) == (
        gateway,
        "eu-west-1",
        "111122223333",
    )


def test_notices_are_told() -> None:
    bench = Bench()
    parent = bench.parent("gateway_target")
    bench.apply("gateway_target", first("gateway_target", parent))
    bench.thing("gateway_target").status = "CREATE_PENDING_AUTH"

    code = bench.command(
        "apply",
        *WHERE,
        *("--kind", "gateway_target", "--name", "one"),
        BRIDGE_DESIRED=json.dumps(first("gateway_target", parent)),
    )

    assert code == 0
    assert any("sign in once" in line for line in bench.said)


def test_everything_under_the_prefix_is_deleted_in_an_order_that_works() -> None:
    bench = Bench()
    for kind in KINDS:
        if kind not in PARENT:
            bench.apply(kind, first(kind))
    for kind, (parent, _) in PARENT.items():
        current = bench.record(parent).current
        assert current is not None
        bench.apply(kind, first(kind, current.id))
    bench.store.values["/gatehouse/demo/dev/package/authorizer"] = "somebody else's"

    assert bench.command("delete", *WHERE, "--all") == 0

    assert bench.world.things == []
    assert list(bench.store.values) == ["/gatehouse/demo/dev/package/authorizer"]
    deleted = [name for name, _ in bench.world.calls if name.startswith("Delete")]
    assert len(deleted) == len(FIRST)
    assert deleted.index("DeleteGatewayTarget") < deleted.index("DeleteGateway")
    assert deleted.index("DeletePolicy") < deleted.index("DeletePolicyEngine")
    assert deleted.index("DeleteAgentRuntimeEndpoint") < deleted.index("DeleteAgentRuntime")
    assert deleted.index("DeleteGateway") < deleted.index("DeletePolicyEngine")
    assert deleted.index("DeleteOnlineEvaluationConfig") < deleted.index("DeleteEvaluator")


def test_what_is_not_there_cannot_be_shown() -> None:
    bench = Bench()

    assert bench.command("show", *ONE) == 1
    assert "there is no record at /gatehouse/demo/dev/memory/one" in bench.said[-1]


def test_an_account_that_is_asked_for_too_often_is_asked_for_again() -> None:
    bench = Bench()
    bench.account_faults = 2

    assert bench.command("apply", *ONE, BRIDGE_DESIRED=MEMORY) == 0


def test_an_interrupt_gives_the_lock_up_and_says_what_to_do() -> None:
    bench = Bench()

    def interrupted(when: str, operation: str) -> None:
        if (when, operation) == ("after", "CreateMemory"):
            raise KeyboardInterrupt

    bench.world.hook = interrupted

    assert bench.command("apply", *ONE, BRIDGE_DESIRED=MEMORY) == 1
    assert "run it again to go on" in bench.said[-1]
    assert list(bench.store.values) == [f"{PREFIX}/memory/one"]


@pytest.mark.parametrize(
    ("arguments", "desired", "said"),
    [
        ((), "", "command"),
        (("mend", *ONE), "", "invalid choice"),
        (("apply", *WHERE, "--name", "one"), MEMORY, "kind must be one of"),
        (("apply", *WHERE, "--kind", "lake", "--name", "one"), MEMORY, "not lake"),
        (("apply", *WHERE, "--kind", "memory"), MEMORY, "name must match"),
        (("apply", *WHERE, "--kind", "memory", "--name", "one-"), MEMORY, "name must match"),
        (("apply", *WHERE, "--kind", "memory", "--name", "a/b"), MEMORY, "name must match"),
        (("apply", "--region", "eu-west-1", *ONE[4:]), MEMORY, "prefix must match"),
        (("apply", "--prefix", "/aws/x", "--region", "eu-west-1", *ONE[4:]), MEMORY, "prefix must"),
        (("apply", "--prefix", "x", "--region", "eu-west-1", *ONE[4:]), MEMORY, "prefix must"),
        (("apply", "--prefix", "/x", "--region", "here", *ONE[4:]), MEMORY, "region must match"),
        (("apply", *ONE, "--parameter-region", "here"), MEMORY, "parameter-region must match"),
        (("apply", *ONE, "--timeout-minutes", "0"), MEMORY, "timeout-minutes"),
        (("apply", *ONE, "--timeout-minutes", "121"), MEMORY, "timeout-minutes"),
        (("apply", *ONE, "--timeout-minutes", "²"), MEMORY, "timeout-minutes"),
        (("apply", *ONE), "", "needs the desired state"),
        (("apply", *ONE), "{", "is not JSON"),
        (("apply", *ONE), "[]", "must be an object"),
        (("apply", *ONE), '{"name": "a", "clientToken": "b"}', "must not hold a clientToken"),
        (("apply", *ONE), '{"eventExpiryDuration": 7}', "must name name"),
        (("apply", *ONE), '{"name": "a", "expiry": 7}', "not a CreateMemory request"),
        (("apply", *ONE, "--desired", "/nowhere/at/all"), "", "cannot be read"),
        (("apply", *WHERE, "--all"), MEMORY, "for one resource"),
        (("delete", *ONE, "--all"), "", "leave out kind and name"),
        (("import-blocks", *WHERE, "--state", "/dev/null"), "", "terraform show -json"),
    ],
)
def test_wrong_use_is_64_and_does_nothing(
    arguments: tuple[str, ...], desired: str, said: str
) -> None:
    bench = Bench()

    assert bench.command(*arguments, BRIDGE_DESIRED=desired) == 64

    assert said in bench.said[-1]
    assert (bench.world.calls, bench.store.values) == ([], {})


@pytest.mark.parametrize(
    "secret",
    [
        {"oauth2ProviderConfigInput": {"googleOauth2ProviderConfig": {"clientSecret": "hunter2"}}},
        {"list": [{"password": "hunter2"}]},
        {"apiKey": "hunter2"},
    ],
)
def test_a_secret_is_refused_and_not_repeated(secret: dict[str, object]) -> None:
    bench = Bench()
    desired = json.dumps({"name": "demo"} | secret)

    code = bench.command(
        "apply",
        *WHERE,
        *("--kind", "oauth2_credential_provider", "--name", "one"),
        BRIDGE_DESIRED=desired,
    )

    assert code == 64
    assert "holds a secret at" in bench.said[-1]
    assert "hunter2" not in "".join(bench.said)


def test_a_reference_to_a_secret_is_none() -> None:
    bench = Bench()
    kind = "oauth2_credential_provider"

    code = bench.command(
        "apply", *WHERE, "--kind", kind, "--name", "one", BRIDGE_DESIRED=json.dumps(first(kind))
    )

    assert code == 0
    assert bench.record(kind).outputs == {
        "callbackUrl": "https://bedrock-agentcore.test/identities/oauth2/callback/1"
    }


def test_members_that_are_null_are_left_out() -> None:
    bench = Bench()
    desired = first("memory") | {"encryptionKeyArn": None, "tags": None}

    assert bench.command("apply", *ONE, BRIDGE_DESIRED=json.dumps(desired)) == 0


def test_help_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        Bench().command("apply", "--help")

    assert ended.value.code == 0
    printed = capsys.readouterr().out
    assert "example:" in printed
    assert "exit codes:" in printed
