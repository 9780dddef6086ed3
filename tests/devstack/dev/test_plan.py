"""What the programs of the stack are started with."""

from dataclasses import fields, replace
from pathlib import Path

import pytest

from bff.settings import Settings
from devstack.dev.plan import Plan, Store, bffs, peers, surroundings
from devstack.dev.state import LocalSecrets

_SECRETS = LocalSecrets(
    password="pass-word", client_secret="cs", access_key_id="AKIA1", secret_access_key="sk"
)


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return Plan(state=tmp_path, idp_port=1, aws_port=2, bff_ports=(3, 4))


@pytest.mark.parametrize(
    "name",
    [
        "AWS_PROFILE",
        "AWS_SESSION_TOKEN",
        "AWS_SECRET_ACCESS_KEY",
        "BFF_ENV",
        "IDP_PASSWORD",
        "NODE_OPTIONS",
        "VAULT_TOKEN",
    ],
)
def test_the_developers_own_credentials_and_settings_stay_outside(name: str) -> None:
    assert surroundings({"PATH": "/bin", name: "real"}).get(name) is None


def test_the_developers_paths_and_language_go_along() -> None:
    kept = surroundings({"PATH": "/bin", "HOME": "/h", "LANG": "C"})

    assert (kept["PATH"], kept["HOME"], kept["LANG"]) == ("/bin", "/h", "C")


@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
def test_no_proxy_stands_between_the_programs(name: str) -> None:
    kept = surroundings({"HTTP_PROXY": "http://proxy.example", name: "intranet.example"})

    assert kept["NO_PROXY"] == kept["no_proxy"] == "localhost,127.0.0.1,intranet.example"


def test_no_profile_of_the_developers_reaches_the_bff(plan: Plan) -> None:
    for command in bffs(plan, _SECRETS, {}):
        assert command.env["AWS_CONFIG_FILE"] == "/dev/null"
        assert command.env["AWS_SHARED_CREDENTIALS_FILE"] == "/dev/null"


def test_no_limit_is_in_the_way_of_a_load_test(plan: Plan) -> None:
    for command in bffs(plan, _SECRETS, {}):
        limits = {name for name in command.env if name.startswith("BFF_LIMIT_")}
        assert limits == {
            field.metadata["name"] for field in fields(Settings) if field.name.startswith("limit_")
        }
        assert {command.env[name] for name in limits} == {"1000000/1m"}


def test_only_the_provider_is_told_the_password(plan: Plan) -> None:
    idp, aws = peers(plan, _SECRETS, {})

    assert idp.env["IDP_PASSWORD"] == "pass-word"
    for other in (aws, *bffs(plan, _SECRETS, {})):
        assert "pass-word" not in other.env.values()


def test_secrets_are_on_no_command_line(plan: Plan) -> None:
    commands = [*peers(plan, _SECRETS, {}), *bffs(plan, _SECRETS, {})]

    for secret in ("pass-word", "cs", "sk"):
        assert not any(secret in command.argv for command in commands)


def test_several_bffs_share_one_origin_and_one_store(plan: Plan) -> None:
    one, two = bffs(plan, _SECRETS, {})

    assert (one.name, two.name) == ("bff", "bff-2")
    assert (one.probe, two.probe) == ("http://127.0.0.1:3/readyz", "http://127.0.0.1:4/readyz")
    assert one.env == two.env
    assert one.env["BFF_PUBLIC_URL"] == "http://localhost:3"


@pytest.mark.parametrize(
    ("store", "says"), [(Store.SQLITE, "sqlite:"), (Store.DYNAMODB, "dynamodb:gatehouse-sessions")]
)
def test_the_store_is_a_choice(plan: Plan, store: Store, says: str) -> None:
    (command, _) = bffs(replace(plan, store=store), _SECRETS, {})

    assert command.env["BFF_STORE"].startswith(says)


def test_a_journey_may_set_what_it_needs(plan: Plan) -> None:
    chosen = replace(plan, bff_env={"BFF_SESSION_IDLE": "1s"}, access_ttl_s=7)
    (command, _) = bffs(chosen, _SECRETS, {})
    idp, _ = peers(chosen, _SECRETS, {})

    assert command.env["BFF_SESSION_IDLE"] == "1s"
    assert idp.argv[idp.argv.index("--access-ttl") + 1] == "7"
