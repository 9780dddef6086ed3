"""What the offline model answers: a pure function of what was said."""

from agent_host.offline import Call, Called, Heard, Reply, saying
from deepresearch.library import words_of
from deepresearch.reading import SPENT
from deepresearch.replies import ADDRESS, best, inside
from gateway_tool.replies import question, told

EXPLANATION = """\
I am a **small example of a governed research agent**, and at the moment I run on an offline \
model. Ask `how do tides arise?`, `survival rate by class`, or `show 3 passengers`, which the \
policy refuses to most roles."""


def reply(heard: Heard) -> Reply:
    """Choose the reply to what a person said, or the words that follow a tool's result."""
    if heard.calls:
        return _after(heard)
    passengers = question(heard.text.lower())
    if passengers is not None:
        return passengers
    if not words_of(heard.text) - {"hello"}:
        return saying(EXPLANATION)
    return Call("search", {"query": heard.text})


def _after(heard: Heard) -> Reply:
    last = heard.calls[-1]
    if last.tool.startswith("titanic___"):
        return saying(told(last))
    found = ADDRESS.findall(heard.calls[0].text)
    if last.tool == "search" and found:
        return Call("read_page", {"address": found[0]})
    return saying(_answer(heard.text, last))


def _answer(asked: str, last: Called) -> str:
    if last.tool != "read_page" or last.text == SPENT:
        return "I have found nothing about that, so I do not answer it."
    page = inside(last.text)
    title = page.partition("\n")[0]
    sentence = best(page, asked)
    if not sentence:
        return f"“{title}” says nothing about that, so I do not answer it."
    return f"{sentence} [1]\n\n## Sources\n\n1. {title} ({last.arguments.get('address')})"
