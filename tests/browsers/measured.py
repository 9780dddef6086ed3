"""What browsers were seen to do: kept as JSON, told as tables in docs/browsers.md.

`make browsers ARGS=--measure` writes both anew; without it, what is seen is compared.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from devstack.dev.plan import HERE
from journeys.visitor import SESSION
from journeys.wiretap import Heard

FILE = Path(__file__).with_name("measured.json")
DOCUMENT = HERE / "docs" / "browsers.md"

Rows = dict[str, str]
"""What was done, and in a few words what came of it."""

NEVER = "never sent"

_UNSAID = "-"


def told(heard: Heard | None) -> str:
    """Return what a request said of itself: site, mode, dest, user; Origin; cookie; the answer."""
    if heard is None:
        return NEVER
    names = ("site", "mode", "dest", "user")
    said = " ".join(heard.headers.get(f"sec-fetch-{name}", _UNSAID) for name in names)
    ticket = "cookie" if SESSION in dict(heard.cookies) else "no cookie"
    return f"{said} · {_origin(heard)} · {ticket} · {heard.status}"


def _origin(heard: Heard) -> str:
    origin = heard.headers.get("origin")
    if origin in {None, "null"}:
        return "no Origin" if origin is None else "Origin null"
    return "own Origin" if origin == f"https://{heard.headers['host']}" else "their Origin"


def known(table: str, engine: str) -> Rows:
    """Return what was measured before."""
    return dict(_all().get(table, {}).get(engine, {}))


def keep(table: str, engine: str, rows: Mapping[str, str]) -> None:
    """Write down what was measured now."""
    every = _all()
    every.setdefault(table, {})[engine] = dict(rows)
    FILE.write_text(json.dumps(every, indent=1, ensure_ascii=False) + "\n")
    DOCUMENT.write_text(document(DOCUMENT.read_text(), every))


def document(text: str, every: Mapping[str, Mapping[str, Rows]]) -> str:
    """Return the page with its tables made anew, between their marks."""
    for name, engines in every.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        text = f"{before}{begin}\n{table(engines)}\n{end}{after}"
    return text


def table(engines: Mapping[str, Rows]) -> str:
    """Return the rows; what all browsers do alike, or by all attackers, is told once."""
    lines = ["| what | browser | what was seen |", "| --- | --- | --- |"]
    for name, seen in _deeds(engines):
        for said in dict.fromkeys(seen):
            who = [engine for engine, own in zip(engines, seen, strict=True) if own == said]
            lines.append(
                f"| {name} | {'all' if len(who) == len(engines) else ', '.join(who)} | {said} |"
            )
    return "\n".join(lines) + "\n"


def _deeds(engines: Mapping[str, Rows]) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Return what was done with what each browser did; `deed: who` of one deed are joined."""
    groups: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for name in dict.fromkeys(name for rows in engines.values() for name in rows):
        deed, _, who = name.partition(": ")
        seen = tuple(rows.get(name, "not measured") for rows in engines.values())
        groups.setdefault((deed, seen), []).append(who)
    for (deed, seen), whose in groups.items():
        yield (f"{deed}: {', '.join(whose)}" if any(whose) else deed), seen


def _all() -> dict[str, dict[str, Rows]]:
    return dict(json.loads(FILE.read_text()))
