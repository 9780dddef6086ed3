"""The module against the application: names, headers, codes, paths that both have to know."""

import asyncio
import json
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from authorizer.settings import load_settings as load_authorizer
from bff.settings import Settings, load_settings
from bff.spa import CONTENT_SECURITY_POLICY, load_spa
from proxy.browser_policy import GUARDED
from proxy.request import HARDENED
from trust.registry.file import load_registry
from trust.secrets.settings import SecretSettings

ROOT = Path(__file__).parents[3]
MODULE = ROOT / "infra" / "modules" / "agentcore-bff"

_SET_BY_THE_PLATFORM = {"AWS_REGION", "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE"}
_VAULT = {
    field.metadata["name"] for field in fields(SecretSettings) if "VAULT" in field.metadata["name"]
}
_SPIFFE = {
    field.metadata["name"] for field in fields(SecretSettings) if "SPIFFE" in field.metadata["name"]
}
_NOT_OFFERED = {
    "BFF_ENV": "only development has another value",
    "BFF_STS_MODE": "the agents' roles trust our own roles, not the provider's tokens",
    "BFF_SPA": "CloudFront serves the page; the image has its own value",
    "BFF_SECRETS_ALLOW_STATIC": "secrets are in Secrets Manager",
    "BFF_METRICS": "nobody scrapes a function; CloudWatch has its metrics",
    "BFF_SECRETS_TTL": "its default",
    "BFF_SECRETS_MAX_STALE": "its default",
    "BFF_AWSSM_AGENT": "secrets are read from Secrets Manager itself",
    "BFF_AWSSM_AGENT_TOKEN": "secrets are read from Secrets Manager itself",
    **dict.fromkeys(_VAULT, "secrets are in Secrets Manager"),
    **dict.fromkeys(_SPIFFE, "Lambda has no SPIRE agent: its role is its identity"),
}


def text(name: str) -> str:
    return (MODULE / name).read_text(encoding="utf-8")


def offered() -> set[str]:
    """Return the names that `settings` takes."""
    listed = text("variables-login.tf").partition('variable "settings"')[2]
    return set(re.findall(r'"(BFF_[A-Z_]+)"', listed))


def set_by_the_module() -> set[str]:
    named = text("environment.tf") + text("containers.tf")
    return set(re.findall(r"\b(BFF_[A-Z_]+)\b(?=\s*=|\" :|\" ?\))", named)) | {
        "BFF_OIDC_CLIENT_SECRET",
        "BFF_OIDC_CLIENT_KEY",
    }


def known() -> set[str]:
    return {
        field.metadata["name"]
        for settings in (Settings, SecretSettings)
        for field in fields(settings)
        if "name" in field.metadata
    }


def test_every_setting_is_set_offered_or_left_out_for_a_reason() -> None:
    assert known() == set_by_the_module() | offered() | _NOT_OFFERED.keys() | _SET_BY_THE_PLATFORM


def test_no_setting_is_both_the_modules_and_the_operators_but_a_streams_longest_time() -> None:
    assert set_by_the_module() & offered() == {"BFF_STREAM_MAX"}


def test_the_page_has_the_headers_that_the_application_would_give_it() -> None:
    headers = text("headers.tf")
    answer = load_spa(ROOT / "spa" / "nowhere").answer("/")

    assert f'page_csp = "{CONTENT_SECURITY_POLICY}"' in headers
    for name in (
        "cross-origin-opener-policy",
        "cross-origin-resource-policy",
        "permissions-policy",
    ):
        assert re.search(rf'{name}\s*= "{re.escape(answer.headers[name])}"', headers)
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_the_api_has_the_headers_that_the_application_would_give_it() -> None:
    headers = text("headers.tf")

    assert f'api_csp  = "{HARDENED["content-security-policy"]}"' in headers
    assert HARDENED["cache-control"] == "no-store"
    assert HARDENED["referrer-policy"] == "no-referrer"


def test_api_gateways_own_answers_have_codes_and_titles_of_the_application() -> None:
    rows = re.findall(
        r"^\| `([a-z_]+)` \| (\d+) \| (.+?) \|",
        (ROOT / "docs" / "errors.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    errors = {code: (status, title) for code, status, title in rows}
    problems = re.findall(
        r'status = (\w+), code = "([a-z_]+)", title = "([^"]+)"', text("gateway-responses.tf")
    )

    assert len(problems) >= 10
    for status, code, title in problems:
        assert errors[code][1] == title
        assert status in {"null", errors[code][0]}


def test_every_path_of_the_application_leads_to_it() -> None:
    named = set(re.findall(r'"(/[a-z]+)(?:/\*|)"', text("cdn.tf")))

    assert {path.rstrip("/") for path in GUARDED} | {"/healthz", "/readyz", "/admin"} <= named


def expected_registry() -> str:
    """Return the registry that the module's own test expects."""
    found = re.search(r"<<-TOML\n(.*?)\n\s*TOML", text("tests/functions.tftest.hcl"), re.DOTALL)
    assert found is not None
    return textwrap.dedent(found[1])


def test_the_application_reads_the_registry_that_the_module_writes(tmp_path: Path) -> None:
    file = tmp_path / "registry.toml"
    file.write_text(expected_registry(), encoding="utf-8")

    registry = load_registry(file)

    (agent,) = asyncio.run(registry.agents())
    tenants = {tenant.id: tenant.name for tenant in asyncio.run(registry.tenants())}
    assert (agent.name, agent.max_age_s, agent.acr_values) == ("hello", 3600, ("phr",))
    assert tenants == {"acme": 'Acme "Quoted" \\ Ünïcode <&>', "globex": "Globex"}


def passed_on() -> dict[str, str]:
    """Return the variables that the module's own test expects for the function for JSON."""
    block = text("tests/functions.tftest.hcl").partition('these["json"].environment')[2]
    return dict(re.findall(r'^ {6}([A-Z_]+) += "(.*)"$', block.partition("})")[0], re.MULTILINE))


def test_the_application_accepts_the_settings_that_the_module_passes_on() -> None:
    settings = load_settings({**passed_on(), "AWS_REGION": "eu-west-1"})

    assert settings.public_url == "https://d111111abcdef8.cloudfront.net"
    assert len(settings.trusted_proxies or ()) == 2
    assert settings.registry == "file:/var/task/registry.toml"


def test_the_authorizer_accepts_the_settings_that_the_module_passes_on() -> None:
    named = {name: passed_on()[name] for name in ("BFF_APP_ID", "BFF_STORE")}

    sessions = load_authorizer({**named, "AWS_REGION": "eu-west-1"}).sessions

    assert sessions is not None
    assert sessions.name == "gatehouse-demo-dev-sessions"


def test_the_streams_runtime_starts_as_lambda_would_start_it(tmp_path: Path) -> None:
    found = re.search(r"<<-SH\n(.*?)\n\s*SH\n", text("packages.tf"), re.DOTALL)
    assert found is not None
    wrapper = tmp_path / "stream"
    wrapper.write_text(textwrap.dedent(found[1]) + "\n", encoding="utf-8")
    wrapper.chmod(0o755)

    done = subprocess.run(
        (str(wrapper), sys.executable, "/var/runtime/bootstrap.py"),
        # Nobody listens at port 9: it starts, reads its settings, and finds no Runtime API.
        env={
            **passed_on(),
            "AWS_REGION": "eu-west-1",
            "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9",
            "LAMBDA_TASK_ROOT": str(ROOT / "src"),
            "_HANDLER": "bff.streaming:app",
            "PATH": "/usr/bin:/bin",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        cwd=tmp_path,
    )

    events = [json.loads(line)["event"] for line in done.stderr.splitlines()]
    assert (done.returncode, events) == (1, ["lambda.runtime_api_lost"])


def _asked() -> Iterator[tuple[str, str]]:
    yield "/", "/index.html"
    yield "/chats/01J", "/index.html"
    yield "/assets/main-0123abcd.js", "/assets/main-0123abcd.js"
    yield "/favicon.ico", "/favicon.ico"
    yield "/v1.2/chats", "/index.html"


@pytest.mark.skipif(shutil.which("node") is None, reason="not run: node is not on the PATH")
def test_every_path_that_is_no_file_is_the_page() -> None:
    program = f"""{text("page.js")}
    const asked = {json.dumps([path for path, _ in _asked()])};
    console.log(JSON.stringify(asked.map((uri) => handler({{ request: {{ uri }} }}).uri)));"""

    done = subprocess.run(
        ("node", "-e", program), capture_output=True, text=True, check=True, timeout=30
    )

    assert json.loads(done.stdout) == [file for _, file in _asked()]
