"""The registry in a file: what it means, and what is wrong with it, all together."""

import re
from pathlib import Path

import pytest

from fakes.agents import ACCOUNT, DATA_ROLE, INVOKE_ROLE, RUNTIME_ARN
from fakes.registry_file import ACME, HELLO, OWN, faults, loaded
from trust.coordinates import AgentName, TenantId
from trust.errors import SettingsError
from trust.registry.file import load_registry
from trust.registry.record import Agent, AgentAuth, Protocol, Tenant


async def test_the_least_that_is_needed_is_enough(tmp_path: Path) -> None:
    registry = loaded(tmp_path, "[tenants.acme]\n" + HELLO)

    assert await registry.tenants() == [
        Tenant(id=TenantId("acme"), name="acme", claims=frozenset({"acme"}))
    ]
    assert await registry.agents() == [
        Agent(
            name=AgentName("hello"),
            title="hello",
            description="",
            protocol=Protocol.HTTP,
            runtime_arn=RUNTIME_ARN,
            auth=AgentAuth.SIGV4,
            tenants=frozenset({TenantId("acme")}),
            invoke_role_arn=INVOKE_ROLE,
        )
    ]


async def test_everything_that_can_be_said_of_a_tenant_is_read(tmp_path: Path) -> None:
    registry = loaded(
        tmp_path,
        """
        [tenants.acme]
        name = "Acme, Inc."
        claims = ["acme", "0b5c-4f", 17]
        issuer = "https://login.acme.test"
        suspended = true
        """
        + OWN,
    )

    assert await registry.tenants() == [
        Tenant(
            id=TenantId("acme"),
            name="Acme, Inc.",
            claims=frozenset({"acme", "0b5c-4f", "17"}),
            issuer="https://login.acme.test",
            suspended=True,
        )
    ]


async def test_everything_that_can_be_said_of_an_agent_is_read(tmp_path: Path) -> None:
    registry = loaded(
        tmp_path,
        f"""
        [tenants.acme]
        [agents.hello]
        title = "Hello World"
        description = "Says hello."
        protocol = "AGUI"
        runtime_arn = "{RUNTIME_ARN}"
        auth = "sigv4"
        tenants = ["acme"]
        qualifier = "prod"
        invoke_role_arn = "{INVOKE_ROLE}"
        data_role_arn = "{DATA_ROLE}"
        data_bucket = "gatehouse-data"
        data_table = "gatehouse-table"
        for_user = true
        acr_values = ["phr", "phrh"]
        max_age_s = 3600
        stop_on_disconnect = true
        """,
    )

    assert await registry.agents() == [
        Agent(
            name=AgentName("hello"),
            title="Hello World",
            description="Says hello.",
            protocol=Protocol.AGUI,
            runtime_arn=RUNTIME_ARN,
            auth=AgentAuth.SIGV4,
            tenants=frozenset({TenantId("acme")}),
            qualifier="prod",
            invoke_role_arn=INVOKE_ROLE,
            data_role_arn=DATA_ROLE,
            data_bucket="gatehouse-data",
            data_table="gatehouse-table",
            for_user=True,
            acr_values=("phr", "phrh"),
            max_age_s=3600,
            stop_on_disconnect=True,
        )
    ]


async def test_an_agent_with_a_bearer_token_needs_no_role(tmp_path: Path) -> None:
    text = f"""
    [tenants.acme]
    [agents.hello]
    auth = "jwt"
    runtime_arn = "{RUNTIME_ARN}"
    tenants = ["acme"]
    """

    (agent,) = await loaded(tmp_path, text).agents()

    assert (agent.auth, agent.invoke_role_arn) == (AgentAuth.JWT, None)


async def test_agents_come_in_the_file_s_order(tmp_path: Path) -> None:
    names = ["zeta", "alpha", "mid"]
    text = ACME + "".join(HELLO.replace("hello]", f"{name}]") for name in names)

    assert [agent.name for agent in await loaded(tmp_path, text).agents()] == names


async def test_an_empty_file_is_an_app_without_tenants(tmp_path: Path) -> None:
    registry = loaded(tmp_path, "")

    assert (await registry.tenants(), await registry.agents()) == ([], [])


@pytest.mark.parametrize(
    "content", [None, b"tenants = [", b"\xff\xfe"], ids=["missing", "no-toml", "no-utf-8"]
)
def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "registry.toml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(SettingsError, match=r"BFF_REGISTRY: .*registry\.toml cannot be read"):
        load_registry(path)


# -- faults


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param("[tenants.Acme]", "[tenants.Acme] is no slug", id="tenant-no-slug"),
        pytest.param('[tenants."a*"]', "[tenants.a*] is no slug", id="tenant-a-pattern"),
        pytest.param(
            ACME + HELLO.replace("hello]", "Hello]"),
            "[agents.Hello] is no slug",
            id="agent-no-slug",
        ),
        pytest.param(
            ACME + HELLO.replace("runtime_arn", "# runtime_arn"),
            "[agents.hello] needs runtime_arn",
            id="no-arn",
        ),
        pytest.param(
            ACME + HELLO.replace("tenants", "# tenants"),
            "[agents.hello] needs tenants",
            id="no-tenants",
        ),
        pytest.param(
            ACME + HELLO.replace("invoke_role_arn", "# invoke_role_arn"),
            "[agents.hello] needs invoke_role_arn",
            id="no-role",
        ),
        pytest.param(
            ACME + HELLO + f'data_role_arn = "{DATA_ROLE}"',
            "[agents.hello] has data_role_arn, but neither data_bucket nor data_table",
            id="data-role-for-nothing",
        ),
        pytest.param(
            ACME + HELLO + 'protocol = "SMTP"', "[agents.hello] 'SMTP' is not", id="protocol"
        ),
        pytest.param(ACME + HELLO + 'auth = "none"', "[agents.hello] 'none' is not", id="auth"),
        pytest.param(
            HELLO,
            "[agents.hello] names the tenant acme, which is not in [tenants]",
            id="unknown-tenant",
        ),
    ],
)
def test_a_fault_is_told_by_name(tmp_path: Path, text: str, fault: str) -> None:
    (told,) = faults(tmp_path, text)

    assert told.startswith(fault)


@pytest.mark.parametrize(
    "arn",
    [
        pytest.param("", id="empty"),
        pytest.param("hello", id="a-name"),
        pytest.param(f"{RUNTIME_ARN}/runtime-endpoint/DEFAULT", id="an-endpoint"),
        pytest.param(f"{RUNTIME_ARN}*", id="a-pattern"),
        pytest.param(f"{RUNTIME_ARN} ", id="space-at-the-end"),
        pytest.param(RUNTIME_ARN.replace("runtime/", "gateway/"), id="a-gateway"),
        pytest.param(RUNTIME_ARN.replace("bedrock-agentcore", "bedrock"), id="another-service"),
        pytest.param(RUNTIME_ARN.replace(ACCOUNT, "12345678901"), id="short-account"),
        pytest.param(RUNTIME_ARN.replace(ACCOUNT, "١٢٣٤٥٦٧٨٩٠١٢"), id="arabic-account"),
        pytest.param(RUNTIME_ARN.replace("aws:", "aws*:"), id="partition-a-pattern"),
        pytest.param(f"x{RUNTIME_ARN}", id="something-in-front"),
    ],
)
def test_what_is_no_runtime_is_refused(tmp_path: Path, arn: str) -> None:
    (told,) = faults(tmp_path, ACME + HELLO.replace(RUNTIME_ARN, arn))

    assert told == "[agents.hello] has a runtime_arn that is not the ARN of an AgentCore runtime"


def test_a_newline_after_a_runtime_is_refused(tmp_path: Path) -> None:
    text = ACME + HELLO.replace(f'"{RUNTIME_ARN}"', f'"{RUNTIME_ARN}\\n"')

    assert "runtime_arn" in faults(tmp_path, text)[0]


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
async def test_runtimes_of_every_partition_are_taken(tmp_path: Path, partition: str) -> None:
    arn = RUNTIME_ARN.replace("arn:aws:", f"arn:{partition}:")

    (agent,) = await loaded(tmp_path, ACME + HELLO.replace(RUNTIME_ARN, arn)).agents()

    assert agent.runtime_arn == arn


def test_all_faults_are_told_together(tmp_path: Path) -> None:
    text = (
        '[tenants.Bad]\n[tenants.acme]\n[tenants."also bad"]\n'
        + HELLO.replace("hello]", "one]").replace("runtime_arn", "# runtime_arn")
        + HELLO.replace("hello]", "two]").replace("acme", "globex")
        + HELLO.replace("hello]", "Three]")
    )

    told = faults(tmp_path, text)

    assert [fault.split(" ")[0] for fault in told] == [
        "[tenants.Bad]",
        "[tenants.also",
        "[agents.one]",
        "[agents.Three]",
        "[agents.two]",
    ]


def test_every_unknown_tenant_of_an_agent_is_told(tmp_path: Path) -> None:
    text = ACME + HELLO.replace('["acme"]', '["zeta", "acme", "globex"]')

    assert faults(tmp_path, text) == [
        "[agents.hello] names the tenant globex, which is not in [tenants]",
        "[agents.hello] names the tenant zeta, which is not in [tenants]",
    ]


@pytest.mark.parametrize(
    "text", ["[tenants]\nacme = 5", '[tenants]\nacme = "x"', "[agents]\nhello = 5"]
)
def test_an_entry_that_is_no_table_is_told_by_name(tmp_path: Path, text: str) -> None:
    (told,) = faults(tmp_path, text)

    assert told.startswith(("[tenants.acme]", "[agents.hello]"))


@pytest.mark.parametrize("text", ["tenants = 5", 'tenants = "acme"', 'agents = ["hello"]'])
def test_a_section_that_is_no_table_is_a_fault(tmp_path: Path, text: str) -> None:
    assert faults(tmp_path, text)


def test_claims_that_are_no_list_are_a_fault(tmp_path: Path) -> None:
    assert faults(tmp_path, '[tenants.acme]\nclaims = "acme"')


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('[tenants.acme]\n[tenants.globex]\nclaims = ["acme"]', id="by-default"),
        pytest.param(
            '[tenants.acme]\nclaims = ["x"]\n[tenants.globex]\nclaims = ["x"]', id="spelled-out"
        ),
        pytest.param(
            '[tenants.acme]\nclaims = ["x"]\nissuer = "https://a"\n'
            '[tenants.globex]\nclaims = ["x"]\nissuer = "https://a"',
            id="of-the-same-issuer",
        ),
    ],
)
def test_one_claim_of_two_tenants_is_a_fault(tmp_path: Path, text: str) -> None:
    assert faults(tmp_path, text)


async def test_one_claim_in_the_mouth_of_two_issuers_is_none(tmp_path: Path) -> None:
    registry = loaded(
        tmp_path,
        '[tenants.acme]\nclaims = ["x"]\nissuer = "https://a"\n'
        '[tenants.globex]\nclaims = ["x"]\nissuer = "https://b"\n'
        + OWN.replace("acme-login", "a").replace("https://login.acme.test", "https://a")
        + OWN.replace("acme-login", "b").replace("https://login.acme.test", "https://b"),
    )

    assert [tenant.claims for tenant in await registry.tenants()] == [frozenset({"x"})] * 2


@pytest.mark.parametrize("value", ['"true"', '"yes"', "1"])
def test_a_suspension_that_is_no_boolean_is_a_fault(tmp_path: Path, value: str) -> None:
    assert faults(tmp_path, f"[tenants.acme]\nsuspended = {value}")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[tenants.acme]\nsuspend = true", id="of-a-tenant"),
        pytest.param(ACME + HELLO + "stop_on_disconect = true", id="of-an-agent"),
        pytest.param("[tenant.acme]", id="a-section"),
    ],
)
def test_a_member_that_nobody_knows_is_a_fault(tmp_path: Path, text: str) -> None:
    assert faults(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[tenants.acme]\nissuer = 5", id="issuer"),
        pytest.param('[tenants.acme]\nissuer = ""', id="issuer-empty"),
        pytest.param(ACME + HELLO.replace(INVOKE_ROLE, ""), id="invoke-role-empty"),
        pytest.param(ACME + HELLO.replace(INVOKE_ROLE, "hello"), id="invoke-role-no-arn"),
        pytest.param(
            ACME + HELLO + f'data_role_arn = "{DATA_ROLE}"\ndata_bucket = ""', id="bucket-empty"
        ),
        pytest.param(
            ACME + HELLO + f'data_role_arn = "{DATA_ROLE}"\ndata_bucket = "b/c"', id="bucket-slash"
        ),
    ],
)
def test_a_member_of_another_form_is_a_fault(tmp_path: Path, text: str) -> None:
    assert faults(tmp_path, text)


def test_all_faults_of_one_entry_are_told(tmp_path: Path) -> None:
    told = faults(
        tmp_path, ACME + '[agents.hello]\nruntime_arn = "x"\nprotocol = "SMTP"\nauth = "none"'
    )

    for name in ("runtime_arn", "protocol", "auth", "tenants"):
        assert any(name in fault for fault in told)


@pytest.mark.parametrize(
    "member",
    [
        'acr_values = "phr"',
        'acr_values = ["a b"]',
        'acr_values = [""]',
        "max_age_s = 0",
        "max_age_s = true",
        'max_age_s = "60"',
        "max_age_s = 1.5",
    ],
)
def test_a_demand_of_another_form_is_a_fault(tmp_path: Path, member: str) -> None:
    (told,) = faults(tmp_path, ACME + HELLO + member)

    assert member.partition(" ")[0] in told


def test_a_tenant_of_an_agent_that_is_no_slug_is_told_by_its_name(tmp_path: Path) -> None:
    (told,) = faults(tmp_path, ACME + HELLO.replace('["acme"]', '["Acme"]'))

    assert "tenants" in told or "Acme" in told


def documented() -> str:
    """Return the registry that the documents show."""
    text = (Path(__file__).parents[3] / "docs" / "configuration.md").read_text(encoding="utf-8")
    return text.partition("```toml\n")[2].partition("```")[0]


@pytest.mark.parametrize("commented", [True, False])
async def test_what_the_documents_show_can_be_read(
    tmp_path: Path,
    commented: bool,  # noqa: FBT001 a parameter of the test
) -> None:
    text = documented()
    if not commented:
        text = re.sub(r"(?m)^# (client_key|issuer|client_auth) .*$", "", text)
        text = re.sub(r"(?m)^# ", "", text)

    registry = loaded(tmp_path, text)

    assert len(await registry.tenants()) == len(await registry.providers()) == 1
    assert len(await registry.agents()) == 2
