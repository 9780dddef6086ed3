"""docs/browser-policy.md, made of the code: every case of the browser policy, equal ones together.

`make policy-table` writes the file. The cases are all combinations of the values below; a row of
the document stands for all those of its cells' values, and no combination is in two rows.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

from proxy.browser_policy import CSRF_HEADER, CSRF_VALUE, Refused, judge

OURS = "https://app.example"
"""The public origin of the cases."""

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """Something about a request that may count; `values`: the headers that say so, by name."""

    title: str
    values: Mapping[str, Headers]


METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

AXES = (
    Axis(title="Method", values={method: {} for method in METHODS}),
    Axis(
        title="`X-CSRF`",
        values={"1": {CSRF_HEADER: CSRF_VALUE}, "absent": {}, "wrong": {CSRF_HEADER: "true"}},
    ),
    Axis(
        title="`Sec-Fetch-Site`",
        values={
            "absent": {},
            "same-origin": {"sec-fetch-site": "same-origin"},
            "none": {"sec-fetch-site": "none"},
            "same-site": {"sec-fetch-site": "same-site"},
            "cross-site": {"sec-fetch-site": "cross-site"},
            "unknown": {"sec-fetch-site": "elsewhere"},
        },
    ),
    Axis(
        title="`Origin`",
        values={
            "absent": {},
            "ours": {"origin": OURS},
            "sibling": {"origin": "https://shop.app.example"},
            "foreign": {"origin": "https://evil.example"},
            "null": {"origin": "null"},
        },
    ),
    Axis(
        title="`Referer`",
        values={
            "absent": {},
            "ours": {"referer": f"{OURS}/chat"},
            "foreign": {"referer": "https://evil.example/"},
        },
    ),
    Axis(
        title="Sent as",
        values={
            "unsaid": {},
            "page": {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"},
            "frame": {"sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"},
            "prefetch": {
                "sec-fetch-mode": "navigate",
                "sec-fetch-dest": "document",
                "sec-purpose": "prefetch",
            },
            "cors": {"sec-fetch-mode": "cors", "sec-fetch-dest": "empty"},
            "same-origin": {"sec-fetch-mode": "same-origin", "sec-fetch-dest": "empty"},
            "no-cors": {"sec-fetch-mode": "no-cors", "sec-fetch-dest": "empty"},
            "image": {"sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"},
        },
    ),
)

ROUTES = {
    "Login and step-up": "/auth/login",
    "Callback": "/auth/callback",
    "API": "/auth/logout",
    "Invocation": "/api/agents/hello/invocations",
    "Server to server": "/auth/backchannel-logout",
    "Everything else": "/",
}
"""The kinds of paths, each with one that stands for it."""

PASSES = "passes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One request: what is the matter on each axis."""

    names: tuple[str, ...]

    @property
    def method(self) -> str:
        """Its method."""
        return self.names[0]

    @property
    def headers(self) -> dict[str, str]:
        """Its headers, names in lower case."""
        found: dict[str, str] = {}
        for axis, name in zip(AXES, self.names, strict=True):
            found |= axis.values[name]
        return found


def cases() -> Iterator[Case]:
    """Yield every combination of what the axes have."""
    yield from (Case(names=names) for names in product(*(axis.values for axis in AXES)))


def outcome(case: Case, path: str) -> str:
    """Return what becomes of a case: PASSES, or the code of the refusal."""
    verdict = judge(case.method, path, case.headers, origin=OURS)
    return verdict.error.code if isinstance(verdict, Refused) else PASSES


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """All cases whose values are in these sets, one set an axis, have this outcome."""

    sets: tuple[frozenset[str], ...]
    outcome: str


@cache
def rows(path: str) -> list[Row]:
    """Return the cases of a path in as few rows as this finds, those that pass first."""
    found = [
        Row(sets=tuple(frozenset({name}) for name in case.names), outcome=outcome(case, path))
        for case in cases()
    ]
    # What rarely matters first: merged early, it stands as "any" instead of splitting the rest.
    for axis in reversed(range(len(AXES))):
        found = _merged(found, axis)
    return sorted(found, key=lambda row: (row.outcome != PASSES, row.outcome))


def _merged(found: Sequence[Row], axis: int) -> list[Row]:
    """Put those together that differ on one axis only."""
    alike: dict[tuple[tuple[frozenset[str], ...], str], frozenset[str]] = {}
    for row in found:
        others = (row.sets[:axis] + row.sets[axis + 1 :], row.outcome)
        alike[others] = alike.get(others, frozenset()) | row.sets[axis]
    return [
        Row(sets=(*others[:axis], values, *others[axis:]), outcome=outcome)
        for (others, outcome), values in alike.items()
    ]


_HEAD = """\
# Browser policy

What a request has to say of itself before it counts as the app's own. Made by `make policy-table`
of `src/proxy/browser_policy.py`, through which every request goes; do not edit it.
`tests/attacks/test_browser_policy_cells.py` sends every combination behind this table to the
running application.

- **`Sec-Fetch-Site`**, **`Origin`**, **`Referer`**: *ours* is the public origin, *sibling* another
  host of the same site, *foreign* another site, *null* an origin that hides itself (a sandboxed
  frame), *unknown* any value that the specification does not have. A header that comes twice, or
  an `Origin` that is no origin, is refused like one that contradicts the others.
- **Sent as** is `Sec-Fetch-Mode` and `Sec-Fetch-Dest` in a word: *page* is a navigation of a tab,
  *frame* one inside another page, *prefetch* one that nobody has gone to yet; *cors*, *same-origin*
  and *no-cors* are fetches, *image* any picture, script or style; *unsaid*: the browser sends
  neither. Of the two, either alone is judged as both.
- **`X-CSRF`**: *wrong* is any value but `1`.
- *any*: whatever it is. Every combination is in exactly one row.
- *passes* is not *succeeds*: a session, a state or a signed token is asked for afterwards.

No answer carries a CORS header, so a preflight (`OPTIONS`) is never granted. A page of the app
calls the API in the mode that `fetch` has by itself, `cors`: with `mode: "same-origin"` the app's
`Referrer-Policy: no-referrer` makes `null` of the `Origin` of a `POST` (Fetch §3.2) in Firefox and
WebKit, which is refused ([browsers](browsers.md)).
"""

_ABOUT = {
    "Login and step-up": "`GET /auth/login`, `GET /auth/step-up`: a link may lead here from\n"
    "anywhere, but only a tab may follow it.",
    "Callback": "`GET /auth/callback`, `GET /auth/callback/{provider}`: the provider, another\n"
    "site, sends the browser here. That the answer is this browser's own, the state shows.",
    "API": "Every other path below `/auth/` and `/api/`, those that do not exist too.",
    "Invocation": "`POST /api/agents/{agent}/invocations`, which decides before routing.",
    "Server to server": "`/auth/backchannel-logout`, `/ssf/…`, `/admin/…`: no cookie counts, each\n"
    "call proves itself by its own signed token.",
    "Everything else": "The app's own files, and the health checks: no cookie counts, nothing\n"
    "changes.",
}


def document() -> str:
    """Return the whole document."""
    parts = [_HEAD]
    known: dict[str, str] = {}
    for route, path in ROUTES.items():
        table = _table(rows(path))
        first = known.setdefault(table, route)
        below = table if first == route else f"Case by case as under *{first}*.\n"
        parts.append(f"\n## {route}\n\n{_ABOUT[route]}\n\n{below}")
    return "".join(parts)


def _table(found: Iterable[Row]) -> str:
    titles = [*(axis.title for axis in AXES), "Outcome"]
    lines = [titles, ["---"] * len(titles)]
    for row in found:
        said = [_said(axis, values) for axis, values in zip(AXES, row.sets, strict=True)]
        shown = f"**{PASSES}**" if row.outcome == PASSES else f"`{row.outcome}`"
        lines.append([*said, shown])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _said(axis: Axis, values: frozenset[str]) -> str:
    """Return a set in as few words as it takes."""
    missing = [name for name in axis.values if name not in values]
    if not missing:
        return "any"
    if len(missing) < len(values):
        return f"all but {', '.join(missing)}"
    return ", ".join(name for name in axis.values if name in values)


if __name__ == "__main__":
    sys.stdout.buffer.write(document().encode())
