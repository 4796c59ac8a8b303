"""Every metric of this program, and where their numbers gather in a process.

The names, units and labels stand here alone; `docs/guide/operations.md` is made from this list.
Labels are bounded: route templates, stages, models that settings name; never ids or addresses.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

Kind = Literal["counter", "gauge", "histogram"]
Labels = tuple[str, ...]
Key = tuple[str, Labels]

# Seconds. Answers aim at 3 s, cached chapters at 0.2 s; both are a bound of a bucket.
_REQUEST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0)
_STAGE = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0)
_JOB = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 600.0)
_SHARES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric; `across` says what a gauge's values in several processes are together."""

    name: str
    kind: Kind
    help: str
    labels: Labels = ()
    buckets: tuple[float, ...] = ()
    across: Literal["sum", "max"] = "sum"

    def __post_init__(self) -> None:
        if self.kind == "counter" and not self.name.endswith("_total"):
            raise ValueError(f"{self.name}: a counter ends in _total")
        if (self.kind == "histogram") != bool(self.buckets):
            raise ValueError(f"{self.name}: a histogram, and nothing else, has buckets")
        if any(low >= high for low, high in pairwise(self.buckets)):
            raise ValueError(f"{self.name}: bounds of buckets rise")


REQUESTS = Metric(
    "glossator_http_request_seconds",
    "histogram",
    "Requests by route template, until the last byte of the answer; a stream counts whole.",
    ("method", "route", "status"),
    _REQUEST,
)
IN_PROGRESS = Metric(
    "glossator_http_requests_in_progress", "gauge", "Requests that are being answered now."
)
STREAMS = Metric(
    "glossator_open_streams", "gauge", "Answers that are being sent as server-sent events now."
)
PROBLEMS = Metric(
    "glossator_problems_total",
    "counter",
    "Requests answered by a problem document, by its type: refused, limited, unavailable.",
    ("type", "status"),
)
QUESTION_STAGE = Metric(
    "glossator_question_stage_seconds",
    "histogram",
    "Time of one stage of a question or a search.",
    ("work", "stage"),
    _STAGE,
)
QUESTIONS = Metric(
    "glossator_questions_total",
    "counter",
    "Answers by mode (model, extractive, closest, refused) and by why less than the model "
    "answered (budget, provider, no_model, or none).",
    ("mode", "degraded"),
)
CONFIDENCE = Metric(
    "glossator_question_confidence",
    "histogram",
    "The search's confidence that the book holds the answer, 0 to 1.",
    (),
    _SHARES,
)
MODEL_CALLS = Metric(
    "glossator_model_calls_total",
    "counter",
    "Calls to language models by outcome, as the ledger has it.",
    ("model", "feature", "outcome"),
)
MODEL_SECONDS = Metric(
    "glossator_model_call_seconds",
    "histogram",
    "Calls to language models, from the reservation of their money to its settling.",
    ("model", "feature"),
    _REQUEST,
)
TOKENS = Metric(
    "glossator_model_tokens_total",
    "counter",
    "Tokens booked, by kind: input (all of it), output, cached (input read from a cache).",
    ("model", "feature", "kind"),
)
COST = Metric(
    "glossator_model_cost_dollars_total",
    "counter",
    "US dollars booked for calls to language models.",
    ("model", "feature"),
)
FAULTS = Metric(
    "glossator_model_faults_total",
    "counter",
    "Failed calls to language models by kind of fault.",
    ("model", "kind"),
)
BREAKER = Metric(
    "glossator_model_paused",
    "gauge",
    "1 while a model is left alone after failures in a row, in any process.",
    ("model",),
    across="max",
)
BUDGET = Metric(
    "glossator_budget_dollars",
    "gauge",
    "The day's money (UTC): limit, and committed (spent and reserved); no limit is +Inf.",
    ("state",),
    across="max",
)
CACHES = Metric(
    "glossator_cache_lookups_total",
    "counter",
    "Lookups in memory by cache (answers, forms, texts, outlines, passages, vectors).",
    ("cache", "outcome"),
)
WAITING = Metric(
    "glossator_jobs_waiting",
    "gauge",
    "Documents and books that wait or are being processed, by status.",
    ("kind", "status"),
    across="max",
)
OLDEST = Metric(
    "glossator_jobs_oldest_seconds",
    "gauge",
    "Age of the oldest unfinished document or book; documents processed anew don't count.",
    ("kind",),
    across="max",
)
STEPS = Metric(
    "glossator_job_steps_total",
    "counter",
    "Steps of background jobs that had something to do, by outcome.",
    ("job", "outcome"),
)
STEP_SECONDS = Metric(
    "glossator_job_step_seconds", "histogram", "Steps of background jobs.", ("job",), _JOB
)
DOCUMENTS = Metric(
    "glossator_documents_total",
    "counter",
    "Documents and books whose processing ended: ready, failed, or put off until later.",
    ("kind", "outcome"),
)
INGESTION_STAGE = Metric(
    "glossator_ingestion_stage_seconds",
    "histogram",
    "Time of one stage of one step of processing a document.",
    ("stage",),
    _STAGE,
)
CONNECTIONS = Metric(
    "glossator_database_connections",
    "gauge",
    "Connections of the database pool: in_use, and limit.",
    ("state",),
)
PART_UP = Metric(
    "glossator_part_up",
    "gauge",
    "1 where a part answered at this scrape as /health/ready asks it, 0 where it didn't.",
    ("part",),
    across="max",
)
INFO = Metric("glossator_info", "gauge", "Always 1; the label says the version.", ("version",),
              across="max")  # fmt: skip

CATALOGUE: tuple[Metric, ...] = (
    REQUESTS, IN_PROGRESS, STREAMS, PROBLEMS, QUESTION_STAGE, QUESTIONS, CONFIDENCE, MODEL_CALLS,
    MODEL_SECONDS, TOKENS, COST, FAULTS, BREAKER, BUDGET, CACHES, WAITING, OLDEST, STEPS,
    STEP_SECONDS, DOCUMENTS, INGESTION_STAGE, CONNECTIONS, PART_UP, INFO,
)  # fmt: skip

# What was measured: a metric, its labels' values, and by how much.
Measured = tuple[Metric, Labels, float]


@dataclass(slots=True)
class Numbers:
    """What has gathered: sums of counters, values of gauges, buckets of histograms with a sum.

    A histogram's list has a count per bucket, one for what is beyond the last, and the sum.
    """

    counters: dict[Key, float]
    gauges: dict[Key, float]
    histograms: dict[Key, list[float]]

    def take_in(self, other: Numbers, *, alive: bool) -> None:
        """Another process's numbers too; the gauges of one that is gone say nothing."""
        for key, value in other.counters.items():
            self.counters[key] = self.counters.get(key, 0.0) + value
        for key, counts in other.histograms.items():
            mine = self.histograms.get(key)
            same = mine is not None and len(mine) == len(counts)
            together = zip(mine or (), counts, strict=True) if same else ()
            self.histograms[key] = [a + b for a, b in together] if same else list(counts)
        if alive:
            most = {metric.name for metric in CATALOGUE if metric.across == "max"}
            for key, value in other.gauges.items():
                known = self.gauges.get(key, 0.0)
                self.gauges[key] = max(known, value) if key[0] in most else known + value


def nothing() -> Numbers:
    """Numbers of a process that has only begun."""
    return Numbers({}, {}, {})


class Metrics:
    """The numbers of one process; for any number of threads.

    Adding takes one lock for all that a request has measured: 0.3 µs each, where the labels of
    prometheus-client cost 5 to 10 (measured).
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = nothing()

    def add(self, measured: Iterable[Measured]) -> None:
        """Counters grow, histograms observe; gauges change by so much."""
        with self._lock:
            numbers = self._numbers
            for metric, labels, amount in measured:
                key = (metric.name, labels)
                if metric.kind == "histogram":
                    counts = numbers.histograms.get(key)
                    if counts is None:
                        counts = numbers.histograms[key] = [0.0] * (len(metric.buckets) + 2)
                    counts[bisect_left(metric.buckets, amount)] += 1
                    counts[-1] += amount
                else:
                    sums = numbers.counters if metric.kind == "counter" else numbers.gauges
                    sums[key] = sums.get(key, 0.0) + amount

    def set(self, metric: Metric, value: float, *labels: str) -> None:
        """A gauge's value."""
        with self._lock:
            self._numbers.gauges[metric.name, labels] = value

    def numbers(self) -> Numbers:
        """A copy of all of them."""
        with self._lock:
            now = self._numbers
            histograms = {key: list(counts) for key, counts in now.histograms.items()}
            return Numbers(dict(now.counters), dict(now.gauges), histograms)


def described() -> Sequence[Mapping[str, str]]:
    """The list of metrics for people: name, kind, labels and meaning."""
    return [
        {
            "name": metric.name,
            "kind": metric.kind,
            "labels": ", ".join(metric.labels),
            "meaning": metric.help,
        }
        for metric in CATALOGUE
    ]
