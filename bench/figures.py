"""The figures of a run: values by metric and peer, one for each round, and what follows of them."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from statistics import median

from bench.target import Peer


class Metric(Enum):
    """What is measured: its name in the JSON, and what stands above it in the table."""

    RPS_PER_CORE = ("rps_per_core", "req/s per CPU-second")
    RPS = ("rps", "req/s")
    P50_MS = ("p50_ms", "p50 ms")
    P99_MS = ("p99_ms", "p99 ms")
    CALL_CPU_US = ("call_cpu_us", "CPU us/req")
    CALL_CPU_US_128 = ("call_cpu_us_128", "CPU us/req, 128 connections")
    P50_MS_128 = ("p50_ms_128", "p50 ms, 128 connections")
    P50_MS_1 = ("p50_ms_1", "p50 ms, 1 connection")
    CALL_CPU_US_1 = ("call_cpu_us_1", "CPU us/req, 1 connection")
    FIRST_MS = ("first_ms", "first byte p50 ms")
    FIRST_P99_MS = ("first_p99_ms", "first byte p99 ms")
    BURST_FIRST_MS = ("burst_first_ms", "first byte p50 ms, 50 at once")
    LAG_US = ("lag_us", "lag p50 us")
    LAG_P99_US = ("lag_p99_us", "lag p99 us")
    EVENT_CPU_US = ("event_cpu_us", "CPU us/event")
    FLOOD_MB_S = ("flood_mb_s", "MB/s")
    FLOOD_CPU_MS_MB = ("flood_cpu_ms_mb", "CPU ms/MB")
    BASE_MB = ("base_mb", "MB without streams")
    STREAMS_MB = ("streams_mb", "MB more with 1,000")
    GROWTH_MB = ("growth_mb", "MB more after the soak")
    HELD = ("held", "upstreams held after 1 s")
    MISS_CPU_US = ("miss_cpu_us", "CPU us/session miss")
    BOTO3_CPU_US = ("boto3_cpu_us", "CPU us/GetItem by boto3")
    SESSION_READS_PER_S = ("session_reads_per_s", "reads/s of the session")
    READS_PER_S = ("reads_per_s", "reads/s of all rows")
    READ_RPS = ("read_rps", "req/s meanwhile")
    STS_CALLS = ("sts_calls", "STS calls for 1,000 requests")

    def __init__(self, key: str, title: str) -> None:
        self.key = key
        self.title = title


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle of several rounds, and how far they lay apart."""

    middle: float
    least: float
    most: float


def spread(values: Sequence[float]) -> Spread:
    """Return the median and the extremes of at least one value."""
    return Spread(middle=median(values), least=min(values), most=max(values))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` (0 to 1) of at least one value do not exceed: nearest rank."""
    ordered = sorted(values)
    rank = -int(-share * len(ordered) // 1)
    return ordered[max(rank, 1) - 1]


@dataclass(slots=True)
class Figures:
    """All values so far. A peer without a value of a metric was not measured, or failed."""

    values: dict[tuple[Metric, Peer], list[float]] = field(
        default_factory=lambda: defaultdict(list)
    )
    failures: list[str] = field(default_factory=list[str])

    def add(self, metric: Metric, peer: Peer, value: float) -> None:
        """Note the value of a round."""
        self.values[metric, peer].append(value)

    def failed(self, what: str) -> None:
        """Note that something could not be measured."""
        self.failures.append(what)

    def has(self, metric: Metric, *peers: Peer) -> bool:
        """Return whether there are values for all of the peers."""
        return all(self.values.get((metric, peer)) for peer in peers)

    def spread(self, metric: Metric, peer: Peer) -> Spread | None:
        """Return the median and the extremes, or None without values."""
        values = self.values.get((metric, peer))
        return spread(values) if values else None

    def compared(
        self, metric: Metric, peer: Peer, other: Peer, how: Callable[[float, float], float]
    ) -> Spread | None:
        """Compare two peers round by round, so that what slowed a whole round cancels out."""
        pairs = zip(
            self.values.get((metric, peer), []), self.values.get((metric, other), []), strict=False
        )
        compared = [how(mine, its) for mine, its in pairs]
        return spread(compared) if compared else None
