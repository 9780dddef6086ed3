"""The command line and environment of the local AWS."""

import sys

import pytest

from devstack.aws.arguments import Usage, arguments, settings_from
from devstack.aws.settings import EXAMPLE_AGENT, Settings

URL = "http://127.0.0.1:9500"
KEY = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "secret"}


def chosen(*argv: str, **environ: str) -> Settings:
    settings, _ = settings_from(arguments(list(argv)), environ, url=URL, entropy=bytes)
    return settings


def test_the_defaults_are_the_local_stacks() -> None:
    settings = chosen()

    assert arguments([]).port == 9500
    assert settings.idp_issuer == "http://127.0.0.1:9400"
    assert settings.idp_client_ids == {"gatehouse", "gatehouse-jwt"}
    assert settings.agent_command == (sys.executable, str(EXAMPLE_AGENT))
    assert settings.when_client_leaves == "run-on"
    assert settings.limits.start_s == 30


def test_everything_can_be_chosen() -> None:
    settings = chosen(
        *("--agent-command", "node 'my agent.js' --fast"),
        *("--idp-issuer", "http://127.0.0.1:9401"),
        *("--idp-client-id", "one", "--idp-client-id", "two"),
        *("--sessions", "3", "--spares", "0", "--start-timeout", "1.5", "--idle-timeout", "60"),
        *("--on-client-gone", "close"),
    )

    assert settings.agent_command == ("node", "my agent.js", "--fast")
    assert settings.idp_issuer == "http://127.0.0.1:9401"
    assert settings.idp_client_ids == {"one", "two"}
    limits = settings.limits
    assert (limits.sessions, limits.spares, limits.start_s, limits.idle_s) == (3, 0, 1.5, 60)
    assert settings.when_client_leaves == "close"


def test_agents_see_nothing_of_our_environment_that_is_not_listed() -> None:
    settings = chosen(
        PATH="/bin",
        HOME="/home/dev",
        AGENT_MODEL="scripted",
        OTEL_SERVICE_NAME="agent",
        AWS_ACCESS_KEY_ID="AKIA",
        AWS_SECRET_ACCESS_KEY="secret",
        BFF_OIDC_CLIENT_SECRET="secret",
        GITHUB_TOKEN="secret",
    )

    assert settings.agent_environment == {
        "PATH": "/bin",
        "HOME": "/home/dev",
        "AGENT_MODEL": "scripted",
        "OTEL_SERVICE_NAME": "agent",
    }


def test_a_given_key_is_used_and_not_told() -> None:
    settings, announced = settings_from(
        arguments([]),
        KEY,
        url=URL,
        entropy=bytes,
    )

    assert (settings.access_key_id, settings.secret_access_key.reveal()) == ("AKIA", "secret")
    assert announced == {}


def test_a_made_key_is_told() -> None:
    settings, announced = settings_from(arguments([]), {}, url=URL, entropy=bytes)

    assert announced == {
        "access_key_id": settings.access_key_id,
        "secret_access_key": settings.secret_access_key.reveal(),
    }
    assert settings.access_key_id.startswith("AKIA")


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"AWS_ACCESS_KEY_ID": "AKIAHALF"}, "set both"),
        ({"AWS_SECRET_ACCESS_KEY": "half"}, "set both"),
        ({**KEY, "AWS_SESSION_TOKEN": "real"}, "AWS_SESSION_TOKEN is set"),
    ],
)
def test_half_a_key_and_somebodys_real_one_are_refused(
    environ: dict[str, str], message: str
) -> None:
    with pytest.raises(Usage, match=message):
        chosen(**environ)


@pytest.mark.parametrize(
    "options",
    [
        ("--port", "70000"),
        ("--sessions", "0"),
        ("--idle-timeout", "nan"),
        ("--start-timeout", "0"),
        ("--spares", "2"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(
    options: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        arguments(list(options))

    assert ended.value.code == 2
    assert f"argument {options[0]}: invalid" in capsys.readouterr().err
