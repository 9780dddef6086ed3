"""How fast a turn is written down and read again, and how much of it is kept; seconds."""

from dataclasses import dataclass, field

from proxy.relay import HEARTBEAT_S, SLOW_START_S
from proxy.watch import EVERY_S
from trust.journal.kept import Bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Tests run at another one."""

    batch_s: float = 0.25
    """How long events wait for others before they are written together."""
    mark_s: float = 5.0
    """A turn's longest time without a sign of life in its journal."""
    stops_s: float = 1.0
    """Pause between two looks whether somebody pressed stop on another process."""
    session_s: float = EVERY_S
    """Pause between two looks at the session."""
    poll_s: float = 0.3
    """Pause between two looks at the journal of a turn that another process writes."""
    poll_most_s: float = 2.0
    """The same once it has been silent for a while."""
    look_s: float = 3.0
    """Pause between two looks at its head."""
    lost_s: float = 15.0
    """Silence of the journal after which its writer counts as gone."""
    heartbeat_s: float = HEARTBEAT_S
    """Silence of a stream after which a comment is sent."""
    slow_start_s: float = SLOW_START_S
    """How long an answer may take to begin before its stream begins without it."""
    retry_s: float = 0.5
    """Pause after a write that failed; doubled until `retry_most_s`."""
    retry_most_s: float = 5.0
    end_s: float = 60.0
    """How long the end of a turn may take to be written. A turn whose end is not counts as lost,
    with all of its answer: as long as what its agent says may wait for a store that is away."""
    last_word_s: float = 10.0
    """The same while the process goes down, and how long a browser may take its last frame."""
    keeps: Bounds = field(default_factory=Bounds)
    """How much of a turn is kept."""
