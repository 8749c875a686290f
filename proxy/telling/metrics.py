"""The gauges and counters of a running gateway, in OpenMetrics, served by a thread of their own.

The gateway counts what it passes on; what the judge's process has done is read when somebody asks. No label comes from
traffic: methods, operations and statuses are folded into words of the contract, so the number of series is bounded.
The table of names, for people, is `docs/metrics.md`.
"""

import socket
import threading
from collections import Counter as Counted
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Protocol, Self
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import ThreadingWSGIServer, make_wsgi_app
from prometheus_client.registry import Collector

from proxy.traffic import Direction
from spec.contract import Contract
from spec.law import ABSENT, Law

LOOPBACK: Final = "127.0.0.1"
OTHER: Final = "other"
UNKNOWN: Final = "unknown"
BLOCKED: Final = "blocked"
LOST: Final = "lost"

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_CLASSES: Final = range(1, 6)
_ANSWERED: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class MetricsError(Exception):
    """Metrics cannot be served; the text says why and what to do."""


class Judged(Protocol):
    """What the judge's process has done so far, as `proxy.judging.counts.Counts` tells it.

    `findings` are counted by `REQUIREMENT DIRECTION`; `latencies` are how many exchanges took up to so many seconds to
    judge, one more than there are buckets, and `latency` their sum.
    """

    judged: int
    unchecked: Mapping[str, int]
    faults: Mapping[str, int]
    restarts: int
    findings: Mapping[str, int]
    latencies: Sequence[int]
    latency: float

    @property
    def situation(self) -> tuple[str, str]:
        """Kind and state of the strategy that is there."""


class Shadowed(Protocol):
    """What became of the reads for a shadow, as `proxy.shadowing.counts.ShadowCounts` tells it."""

    outcomes: Counted[str]
    differences: Counted[str]
    restarts: int


class Metrics:
    """What is counted of one gateway. To be fed from one thread, and read from any.

    `counts` gives what the judge's process has done, `shadow` what became of reads for a shadow; both are asked at each
    scrape. `buckets` are the upper bounds of the judge's latencies, in seconds.
    """

    def __init__(  # noqa: PLR0913 - what a gateway is called
        self,
        contract: Contract,
        law: Law,
        counts: Callable[[], Judged],
        buckets: Sequence[float],
        *,
        release: str,
        mode: str,
        version: str = "",
        shadow: Callable[[], Shadowed] | None = None,
    ) -> None:
        self.registry = CollectorRegistry()
        self._contract = contract
        Info("vimgate_gateway", "What runs", registry=self.registry).info(
            {"version": version, "release": release, "mode": mode}
        )
        self._exchanges = Counter(
            "vimgate_exchanges",
            "Exchanges that are over, by how they ended",
            ("method", "operation", "status"),
            registry=self.registry,
        )
        self._blocked = Counter(
            "vimgate_blocked",
            "Requests not forwarded and answers held back",
            ("direction",),
            registry=self.registry,
        )
        for direction in Direction:
            self._blocked.labels(direction.value)
        self._seconds = Histogram(
            "vimgate_exchange_seconds",
            "From the request's arrival to the end of the answer, in seconds",
            buckets=_ANSWERED,
            registry=self.registry,
        )
        self._in_flight = Gauge(
            "vimgate_in_flight", "Exchanges that have begun and are not over", registry=self.registry
        )
        self.registry.register(_Judge(counts, buckets, law))
        if shadow is not None:
            self.registry.register(_Shadow(shadow))

    def begun(self) -> None:
        """A request has come."""
        self._in_flight.inc()

    def passed(self, method: str, path: str, status: int, seconds: float, *, blocked: Direction | None = None) -> None:
        """An exchange is over after so many seconds; `status` is what the client saw, 0 when it saw no answer."""
        operation = self._contract.match(method, path)
        name = operation.operation_id if operation is not None else UNKNOWN
        self._exchanges.labels(method if method in _METHODS else OTHER, name, _status(status, blocked)).inc()
        self._seconds.observe(seconds)
        self._in_flight.dec()
        if blocked is not None:
            self._blocked.labels(blocked.value).inc()

    def serve(self, port: int, address: str = LOOPBACK) -> "Endpoint":
        """Serve the metrics there until the endpoint is closed; port 0 takes a free one. Raises MetricsError."""
        return Endpoint(self.registry, port, address)


class Endpoint:
    """`http://address:port/metrics`, answered by a thread; close it, or use it in `with`."""

    def __init__(self, registry: CollectorRegistry, port: int, address: str) -> None:
        kind = _Server6 if ":" in address else ThreadingWSGIServer
        try:
            self._server: WSGIServer = make_server(address, port, _tolerant(make_wsgi_app(registry)), kind, _Handler)
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or error
            raise MetricsError(
                f"metrics cannot be served at {address} port {port}: {why}; name another --metrics [ADDRESS:]PORT"
            ) from error
        self.address = address
        self.port: int = self._server.server_port
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, name="metrics", daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """Where the metrics are."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"http://{host}:{self.port}/metrics"

    def close(self) -> None:
        """Serve no more; twice is as good as once."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Judge(Collector):
    """Reads what the judge's process has done, at each scrape."""

    def __init__(self, counts: Callable[[], Judged], buckets: Sequence[float], law: Law) -> None:
        self._counts = counts
        self._buckets = tuple(buckets)
        self._kinds = tuple(law.kinds)
        self._states = (*law.states, ABSENT, UNKNOWN)

    def collect(self) -> Iterator[Metric]:
        """The families, read from one look at the counts."""
        counts = self._counts()
        yield CounterMetricFamily("vimgate_judged", "Exchanges that were judged", value=counts.judged)
        yield _counter("vimgate_unchecked", "Exchanges that nobody judged", "reason", counts.unchecked)
        yield _counter("vimgate_judge_faults", "Faults of the judge, never of client or server", "kind", counts.faults)
        yield CounterMetricFamily(
            "vimgate_judge_restarts", "How often the judge's process was started again", value=counts.restarts
        )
        found = CounterMetricFamily(
            "vimgate_findings", "Findings by requirement and side", labels=("requirement", "direction")
        )
        for key, times in sorted(dict(counts.findings).items()):
            requirement, _, direction = key.partition(" ")
            found.add_metric((requirement, direction), times)
        yield found
        yield self._latencies(list(counts.latencies), counts.latency)
        yield self._strategy(*counts.situation)

    def describe(self) -> list[Metric]:
        """Nothing: the registry shall not ask for counts before there are any."""
        return []

    def _latencies(self, times: list[int], seconds: float) -> Metric:
        reached, buckets = 0, []
        for bound, count in zip((*map(str, self._buckets), "+Inf"), times, strict=False):
            reached += count
            buckets.append((bound, float(reached)))
        family = HistogramMetricFamily("vimgate_judging_seconds", "Judging one exchange, in seconds")
        if buckets:
            family.add_metric((), buckets, seconds)
        return family

    def _strategy(self, kind: str, state: str) -> Metric:
        """1 where the strategy of that kind stands, as last seen; 0 elsewhere."""
        family = GaugeMetricFamily(
            "vimgate_strategy_state", "1: a strategy of that kind was last seen so", labels=("kind", "state")
        )
        state = state if state in self._states else UNKNOWN
        for each in self._kinds:
            known = state if each == kind or not kind else ABSENT if state not in (ABSENT, UNKNOWN) else UNKNOWN
            for name in self._states:
                family.add_metric((each, name), float(name == known))
        return family


class _Shadow(Collector):
    """Reads what became of the reads for a shadow, at each scrape."""

    def __init__(self, counts: Callable[[], Shadowed]) -> None:
        self._counts = counts

    def collect(self) -> Iterator[Metric]:
        """The families, read from one look at the counts."""
        counts = self._counts()
        yield _counter(
            "vimgate_shadow_reads", "Reads for the shadow, by what became of them", "outcome", counts.outcomes
        )
        yield _counter("vimgate_shadow_differences", "What the shadow answered otherwise", "what", counts.differences)
        yield CounterMetricFamily(
            "vimgate_shadow_restarts", "How often the shadow's process was started again", value=counts.restarts
        )

    def describe(self) -> list[Metric]:
        """Nothing: the registry shall not ask for counts before there are any."""
        return []


class _Server6(ThreadingWSGIServer):
    """The same on IPv6."""

    address_family = socket.AF_INET6


class _Handler(WSGIRequestHandler):
    """Says nothing to the terminal, and waits for no client that is silent."""

    timeout = 10

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
        """Nobody reads it."""


def _tolerant(application: Callable[..., Any]) -> Callable[..., Any]:
    """The application, which takes an Accept that it cannot read for none."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        try:
            return application(environ, start_response)
        except (TypeError, ValueError):
            return application({**environ, "HTTP_ACCEPT": ""}, start_response)

    return answer


def _status(status: int, blocked: Direction | None) -> str:
    if blocked is Direction.REQUEST:
        return BLOCKED
    if not status:
        return LOST
    return f"{status // 100}xx" if status // 100 in _CLASSES else OTHER


def _counter(name: str, text: str, label: str, values: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, text, labels=(label,))
    for word, times in sorted(dict(values).items()):
        family.add_metric((word,), times)
    return family
