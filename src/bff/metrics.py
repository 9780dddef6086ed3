"""`/metrics` in OpenMetrics' text, on an address of its own that no browser reaches.

Off unless `BFF_METRICS` names the address: what secrets an app has, and how old they are, is for
those who run it.
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import TimeoutError as TooLate
from typing import Any

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric

from bff.gate import Gate
from trust.secrets.cell import Health, State

ANSWER_S = 5.0
"""How long a scrape waits for the event loop: one that is that busy has told enough."""


class GateCollector:
    """Asks a running Gatehouse: the scrape comes on a thread, the answer from its event loop."""

    def __init__(self, opened: Callable[[], Gate | None], loop: asyncio.AbstractEventLoop) -> None:
        self._opened = opened
        self._loop = loop

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics; none while nothing is open yet."""
        try:
            yield from asyncio.run_coroutine_threadsafe(self._asked(), self._loop).result(ANSWER_S)
        except TooLate:
            return

    async def _asked(self) -> list[Metric]:
        gate = self._opened()
        if gate is None:
            return []
        streams = GaugeMetricFamily("gatehouse_streams_open", "Streams that are open now.")
        streams.add_metric([], len(gate.turns.streams.open))
        return [streams, *_of_secrets(gate.secrets.health())]


def _of_secrets(found: list[Health]) -> list[Metric]:
    return [
        _gauge(found, "age_seconds", "Since its keeper last answered.", lambda one: one.age_s),
        _gauge(found, "stale_seconds", "Since it should have been renewed.", lambda h: h.stale_s),
        _gauge(found, "failures", "Failed looks since the last good one.", lambda h: h.failures),
        _gauge(found, "usable", "1 while it may be used.", lambda h: h.state is not State.ABSENT),
    ]


def _gauge(
    found: list[Health], name: str, told: str, value: Callable[[Health], float | None]
) -> Metric:
    gauge = GaugeMetricFamily(f"gatehouse_secret_{name}", told, labels=["reference"])
    for health in found:
        measured = value(health)
        if measured is not None:
            # The reference says where it is, as the configuration does; never what it is.
            gauge.add_metric([str(health.reference)], float(measured))
    return gauge


class MetricsServer:
    """Listens at an address until it is closed. Raises OSError where it cannot."""

    def __init__(self, address: tuple[str, int], opened: Callable[[], Gate | None]) -> None:
        host, port = address
        registry = CollectorRegistry()
        registry.register(GateCollector(opened, asyncio.get_running_loop()))
        server: Any
        server, self._thread = start_http_server(port, addr=host, registry=registry)
        self._server = server
        self.port: int = server.server_port

    async def close(self) -> None:
        """Stop listening."""
        await asyncio.to_thread(self._closed)

    def _closed(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
