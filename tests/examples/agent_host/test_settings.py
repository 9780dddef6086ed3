"""What an agent takes from its environment."""

import pytest
from agent_host.settings import SettingsWrong, settings_of


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({"PORT": "65536"}, "PORT"),
        ({"OFFLINE_PAUSE_MS": "-1"}, "OFFLINE_PAUSE_MS"),
        ({"GATEWAY_URL": "http://gateway.example/mcp"}, "GATEWAY_URL"),
        ({"GATEWAY_URL": "http://127.0.0.1.example/mcp"}, "GATEWAY_URL"),
        ({"GATEWAY_URL": "file:///etc/passwd"}, "GATEWAY_URL"),
        ({"RUNTIME_CONFIG": "{"}, "RUNTIME_CONFIG"),
        ({"RUNTIME_CONFIG": "[]"}, "RUNTIME_CONFIG"),
        ({"RUNTIME_CONFIG": '{"max_steps": 0}'}, "RUNTIME_CONFIG"),
        ({"RUNTIME_CONFIG": '{"max_steps": -3}'}, "RUNTIME_CONFIG"),
        ({"RUNTIME_CONFIG": '{"max_steps": 1.5}'}, "RUNTIME_CONFIG"),
        ({"RUNTIME_CONFIG": '{"max_steps": true}'}, "RUNTIME_CONFIG"),
        ({"RUNTIME_CONFIG": '{"max_steps": "many"}'}, "RUNTIME_CONFIG"),
    ],
)
def test_a_wrong_variable_is_named(variables: dict[str, str], name: str) -> None:
    with pytest.raises(SettingsWrong, match=name):
        settings_of(variables)


@pytest.mark.parametrize(
    "url", ["https://gateway.example/mcp", "http://127.0.0.1:8000/mcp", "http://localhost:1/mcp"]
)
def test_a_gateway_is_reached_by_https_or_on_this_machine(url: str) -> None:
    assert settings_of({"GATEWAY_URL": url}).gateway_url == url


def test_numbers_may_have_become_texts_on_their_way_through_terraform() -> None:
    settings = settings_of({"RUNTIME_CONFIG": '{"max_steps": "7", "max_tokens": 900}'})

    assert settings.numbers == {"max_steps": 7, "max_tokens": 900}


def test_bedrock_may_be_in_another_region_than_the_rest() -> None:
    settings = settings_of({"AWS_REGION": "eu-west-1", "BEDROCK_REGION": "us-west-2"})

    assert (settings.region, settings.agentcore_region) == ("us-west-2", "eu-west-1")
    assert settings_of({"AWS_REGION": "eu-west-1"}).region == "eu-west-1"


def test_what_is_not_set_is_not_there() -> None:
    settings = settings_of({"GATEWAY_URL": "", "MEMORY_ID": "", "BROWSER_ID": ""})

    found = (settings.gateway_url, settings.memory_id, settings.browser_id)
    assert found == (None, None, None)
    assert settings.bedrock_model_id is None
    assert settings.guardrail is None
    assert settings.code_interpreter_id is None
