"""What an agent does in a run, whatever framework it is written with."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """A piece of text for the person."""

    delta: str


@dataclass(frozen=True, slots=True)
class Reasoned:
    """A piece of the model's reasoning."""

    delta: str


@dataclass(frozen=True, slots=True)
class Called:
    """The model begins to call a tool."""

    call_id: str
    tool: str


@dataclass(frozen=True, slots=True)
class Argued:
    """A piece of a call's arguments, which are JSON in the end."""

    call_id: str
    delta: str


@dataclass(frozen=True, slots=True)
class BlockEnded:
    """A call, or a stretch of reasoning, is complete."""


@dataclass(frozen=True, slots=True)
class MessageEnded:
    """The model has said what it had to say for now."""

    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Returned:
    """A tool's answer."""

    call_id: str
    content: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The run cannot go on without a person's answer."""

    interrupt_id: str
    name: str
    message: str | None
    call_id: str | None


@dataclass(frozen=True, slots=True)
class Broke:
    """The agent failed; `what` is the class of the failure."""

    what: str


@dataclass(frozen=True, slots=True)
class Apart:
    """What one of several agents does that are at work in a run at the same time."""

    node: str
    deed: "Deed"


Deed = Said | Reasoned | Called | Argued | BlockEnded | MessageEnded | Returned | Asked
Move = Deed | Apart | Broke
