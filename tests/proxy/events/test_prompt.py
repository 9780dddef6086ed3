"""What a plain agent is asked, made of what an AG-UI client sends."""

from typing import Any

import pytest
from ag_ui.core import ContentPart, ResumeEntry, RunAgentInput, TextPart, UserMessage

from proxy.body import FORBIDDEN_MEMBERS
from proxy.events.prompt import PromptMissing, prompt_of


def asked(*messages: Any, **more: Any) -> dict[str, Any]:
    run = RunAgentInput(thread_id="t", run_id="r", messages=list(messages), **more)
    return run.model_dump(by_alias=True)


def user(content: Any) -> dict[str, Any]:
    return {"id": "1", "role": "user", "content": content}


def test_the_last_words_of_the_person_are_the_prompt() -> None:
    members = asked(
        UserMessage(id="1", content="first"),
        {"id": "2", "role": "assistant", "content": "answer"},
        UserMessage(id="3", content="second"),
        {"id": "4", "role": "assistant", "content": None},
    )

    assert prompt_of(members) == {"prompt": "second"}


def test_of_a_message_in_parts_the_texts_are_the_prompt() -> None:
    parts: list[ContentPart] = [TextPart(text="What is"), TextPart(text="this?")]
    members = asked(UserMessage(id="1", content=parts))
    members["messages"][0]["content"].insert(1, {"type": "image", "source": {"type": "url"}})

    assert prompt_of(members) == {"prompt": "What is\nthis?"}


def test_nothing_else_of_the_input_goes_to_the_agent() -> None:
    members = asked(UserMessage(id="1", content="x"), state={"a": 1}, forwarded_props={"b": 2})

    assert prompt_of(members | {"session_manager": "x"} | dict.fromkeys(FORBIDDEN_MEMBERS)) == {
        "prompt": "x"
    }


def test_a_client_that_speaks_both_forms_is_taken_at_its_prompt() -> None:
    assert prompt_of(asked(UserMessage(id="1", content="x")) | {"prompt": "y"}) == {"prompt": "y"}


@pytest.mark.parametrize("prompt", ["", "  ", None, ["y"]])
def test_a_prompt_that_is_none_does_not_count(prompt: Any) -> None:
    assert prompt_of({"messages": [user("x")], "prompt": prompt}) == {"prompt": "x"}


def test_a_body_of_the_agents_own_form_stays() -> None:
    members = {"prompt": [{"text": "x"}], "mode": "fast"}

    assert prompt_of(members) is members


def test_answers_to_what_the_agent_asked_are_the_prompt() -> None:
    members = asked(
        UserMessage(id="1", content="x"),
        resume=[
            ResumeEntry(interrupt_id="i1", status="resolved", payload={"ok": True}),
            ResumeEntry(interrupt_id="i2", status="resolved"),
            ResumeEntry(interrupt_id="i3", status="cancelled"),
        ],
    )

    assert prompt_of(members) == {
        "prompt": [
            {"interruptResponse": {"interruptId": "i1", "response": {"ok": True}}},
            {"interruptResponse": {"interruptId": "i2", "response": None}},
            {"interruptResponse": {"interruptId": "i3", "response": {"cancelled": True}}},
        ]
    }


@pytest.mark.parametrize(
    "members",
    [
        {"messages": []},
        {"messages": [user("")]},
        {"messages": [user(" \n")]},
        {"messages": [user("earlier"), user("")]},
        {"messages": [user(None)]},
        {"messages": [user([])]},
        {"messages": [user([{"type": "image"}, {"type": "text"}, 7])]},
        {"messages": [{"role": "assistant", "content": "x"}, 7]},
        {"messages": [], "resume": []},
        {"messages": [user("x")], "resume": [{"interruptId": 7, "status": "resolved"}]},
        {"messages": [user("x")], "resume": [{"interruptId": "i", "status": "other"}]},
        {"messages": [user("x")], "resume": ["i"]},
    ],
)
def test_without_anything_to_answer_the_agent_is_not_called(members: dict[str, Any]) -> None:
    with pytest.raises(PromptMissing):
        prompt_of(members)
