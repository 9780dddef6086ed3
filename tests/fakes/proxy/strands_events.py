"""Events as Strands agents send them, and what a client of AG-UI hears of them."""

import json
from itertools import count
from typing import Any

from fakes.proxy.agui_client import Told, run
from fakes.proxy.passage import Passed, cut_at, passed
from proxy.events.agui import TranslatedDocument, TranslatedEvents
from proxy.events.run import RunIds
from proxy.events.voice import NewId

IDS = RunIds(thread_id="thread", run_id="run")


def numbers() -> NewId:
    """Return what gives m1, m2, and so on."""
    ids = count(1)
    return lambda: f"m{next(ids)}"


def sent(*payloads: Any) -> bytes:
    """Return a stream of these payloads."""
    return b"".join(b"data: %b\n\n" % json.dumps(payload).encode() for payload in payloads)


def translated(stream: bytes, *places: int) -> Passed:
    """Send a stream through, cut at these places."""
    return passed(TranslatedEvents(IDS, numbers()), cut_at(stream, places))


def told(*payloads: Any) -> Told:
    """Return what a client hears of these payloads."""
    found = translated(sent(*payloads))
    assert found.failure is None
    return run(found.out)


def answered(payload: Any) -> Told:
    """Return what a client hears of a JSON answer."""
    return run(passed(TranslatedDocument(IDS, numbers()), [json.dumps(payload).encode()]).out)


def model(**event: Any) -> dict[str, Any]:
    """Return an event of the model's own."""
    return {"event": event}


def delta(**piece: Any) -> dict[str, Any]:
    """Return a piece of a content block."""
    return model(contentBlockDelta={"delta": piece})


TOOL = {"toolUseId": "c1", "name": "look"}
START_TOOL = model(contentBlockStart={"start": {"toolUse": TOOL}})
STOP = model(contentBlockStop={})
