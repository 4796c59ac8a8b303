"""The numbers of all of a server's processes as Prometheus' text.

A scrape reaches one process. With several, each lays its numbers into a folder every two seconds,
and whoever is asked adds up what lies there to its own; gauges only of processes that live.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glossator.foundation.measures import CATALOGUE, Metric, Metrics, Numbers, nothing
from glossator.foundation.telemetry import log

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric as Family

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_WRITE_SECONDS = 2.0


class Together:
    """One process among several that share `folder`; None where it is the only one."""

    def __init__(self, metrics: Metrics, folder: Path | None) -> None:
        self._metrics = metrics
        self._folder = folder
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to lay down what others read."""
        if self._folder is not None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._thread = threading.Thread(target=self._go_on, name="numbers", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """The last numbers; those of counters stay for the others to tell."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(_WRITE_SECONDS)

    def numbers(self) -> Numbers:
        """Of all processes together."""
        found = self._metrics.numbers()
        for path in sorted(self._folder.glob("*.json")) if self._folder else ():
            pid = int(path.stem)
            if pid != os.getpid():
                found.take_in(_read(path), alive=_alive(pid))
        return found

    def _go_on(self) -> None:
        told = False
        while not self._ended.wait(_WRITE_SECONDS):
            told = self._write(told)
        self._write(told)

    def _write(self, told: bool) -> bool:
        if self._folder is None:
            return told
        path = self._folder / f"{os.getpid()}.json"
        try:
            draft = path.with_suffix(".draft")
            draft.write_text(_packed(self._metrics.numbers()), "utf-8")
            draft.replace(path)
        except OSError as error:
            if not told:
                log(__name__).warning("numbers can't be shared", error=type(error).__name__)
            return True
        return False


def text(numbers: Numbers, *, process: bool) -> bytes:
    """Prometheus' text format; with `process` also what the operating system says of this one."""
    # Imported at the first scrape: it takes a tenth of a second that no start should.
    from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families(numbers))
    if process:
        ProcessCollector(registry=registry)
    return generate_latest(registry)


class _Families:
    """The catalogue with its numbers, as the library's collectors give them."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers

    def collect(self) -> Iterator[Family]:
        """One family per metric, also where nothing was measured yet."""
        from prometheus_client.core import (
            CounterMetricFamily,
            GaugeMetricFamily,
            HistogramMetricFamily,
        )

        numbers = self._numbers
        for metric in CATALOGUE:
            if metric.kind == "histogram":
                histogram = HistogramMetricFamily(metric.name, metric.help, labels=metric.labels)
                for labels, counts in _of(numbers.histograms, metric):
                    histogram.add_metric(labels, _cumulative(metric, counts), counts[-1])
                yield histogram
            elif metric.kind == "counter":
                name = metric.name.removesuffix("_total")
                counter = CounterMetricFamily(name, metric.help, labels=metric.labels)
                for labels, value in _of(numbers.counters, metric):
                    counter.add_metric(labels, value)
                yield counter
            else:
                gauge = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
                for labels, value in _of(numbers.gauges, metric):
                    gauge.add_metric(labels, value)
                yield gauge


def _of(numbers: dict[Any, Any], metric: Metric) -> list[tuple[Sequence[str], Any]]:
    found = [(labels, value) for (name, labels), value in numbers.items() if name == metric.name]
    return sorted(found, key=lambda pair: pair[0])


def _cumulative(metric: Metric, counts: Sequence[float]) -> list[tuple[str, float]]:
    bounds = [*map(repr, metric.buckets), "+Inf"]
    return list(zip(bounds, accumulate(counts[:-1]), strict=True))


def _packed(numbers: Numbers) -> str:
    def rows(of: dict[Any, Any]) -> list[Any]:
        return [[name, labels, value] for (name, labels), value in of.items()]

    return json.dumps([rows(numbers.counters), rows(numbers.gauges), rows(numbers.histograms)])


def _read(path: Path) -> Numbers:
    try:
        counters, gauges, histograms = json.loads(path.read_text("utf-8"))
        return Numbers(
            *(
                {(name, tuple(labels)): value for name, labels, value in rows}
                for rows in (counters, gauges, histograms)
            )
        )
    except (OSError, ValueError, TypeError):
        # Half a disk, or another version's: better the others' numbers than none.
        return nothing()


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
