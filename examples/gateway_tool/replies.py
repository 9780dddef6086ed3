"""What the offline model answers: a pure function of what was said."""

import json
import re
from collections.abc import Mapping
from typing import cast

from agent_host.offline import Call, Called, Heard, Reply, saying

EXPLANATION = """\
I answer questions about the passengers of the Titanic (a **synthetic** list). At the moment I run \
on an offline model, which understands a few of them:

- `survival rate by class` (or `sex`, `age`, `port`), `… of women`, `… in third class`
- `how many women in first class?`
- `fares by class`
- `show 3 passengers`
- `run print(6 * 7)` for the code interpreter
"""

_GROUPS = {"class": "class", "sex": "sex", "age": "age_band", "port": "embarked"}
_CLASSES = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3}
_PORTS = {"cherbourg": "C", "queenstown": "Q", "southampton": "S"}


def reply(heard: Heard) -> Reply:
    """Choose the reply to what a person said, or the words that follow a tool's result."""
    if heard.calls:
        return saying(told(heard.calls[-1]))
    words = heard.text
    code = re.match(r"\s*run\s+(?P<code>.+)", words, re.IGNORECASE | re.DOTALL)
    if code:
        return Call("run_python", {"code": code["code"]})
    return question(words.lower()) or saying(EXPLANATION)


def question(words: str) -> Call | None:
    """Return the call that answers a question about the passengers; None for other words."""
    group = re.search(r"\bby\s+(class|sex|age|port)\b", words)
    if group:
        tool = "fare_statistics" if "fare" in words else "survival_rate"
        arguments = {"group_by": _GROUPS[group[1]], **_filters(words)}
        return Call(f"titanic___{tool}", arguments)
    rows = re.search(r"\bshow\s+(\d{1,4})\b", words)
    if rows:
        return Call("titanic___list_passengers", {"rows": int(rows[1]), **_filters(words)})
    if re.search(r"\bhow many\b|\bsurviv", words):
        return Call("titanic___count_passengers", _filters(words))
    return None


def _filters(words: str) -> dict[str, object]:
    filters: dict[str, object] = {}
    if re.search(r"\b(?:women|female)\b", words):
        filters["sex"] = "female"
    elif re.search(r"\b(?:men|male)\b", words):
        filters["sex"] = "male"
    for name, number in _CLASSES.items():
        if f"{name} class" in words:
            filters["passenger_class"] = number
    for name, letter in _PORTS.items():
        if name in words:
            filters["embarked"] = letter
    if "children" in words:
        filters["age_below"] = 12
    return filters


def told(call: Called) -> str:
    """Return a tool's answer in words."""
    try:
        found: object = json.loads(call.text)
    except ValueError:
        return call.text
    if not isinstance(found, dict):
        return call.text
    answer = cast("dict[str, object]", found)
    if isinstance(answer.get("error"), dict):
        error = cast("dict[str, object]", answer["error"])
        return f"The tool refused that: {error.get('message')}."
    if isinstance(answer.get("groups"), dict):
        return _table(
            str(answer["group_by"]), cast("dict[str, dict[str, object]]", answer["groups"])
        )
    if "shown" in answer:
        shown = cast("list[dict[str, object]]", answer["shown"])
        lines = [f"- {row['name']}, class {row['class']}" for row in shown]
        return "\n".join([f"{answer['passengers']} passengers match. Some of them:", "", *lines])
    return f"{answer.get('survived')} of {answer.get('passengers')} survived."


def _table(group: str, groups: Mapping[str, Mapping[str, object]]) -> str:
    columns = list(next(iter(groups.values()), dict[str, object]()))
    head = f"| {group} | {' | '.join(columns)} |"
    rows = [
        f"| {name} | {' | '.join(str(row[c]) for c in columns)} |" for name, row in groups.items()
    ]
    return "\n".join([head, "|---" * (len(columns) + 1) + "|", *rows])
