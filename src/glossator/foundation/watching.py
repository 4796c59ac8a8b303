"""The edges of work: where journals begin, and become numbers, one line in the log, and a trace."""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from http import HTTPStatus
from typing import Any

import structlog
from starlette.types import Message, Scope

from glossator.foundation import journal, measures
from glossator.foundation.journal import Journal, Traces
from glossator.foundation.measures import Measured, Metrics
from glossator.foundation.telemetry import log

# Kinds of work whose stages are told in a line of their own.
QUESTION, SEARCH = "question", "search"
# Gauges are read after a request, but not after each one.
_LOOK_SECONDS = 1.0
# Documents under way that are added up, beyond which the oldest are forgotten.
_MOST_UNDER_WAY = 1_000
_KEY_OF = b"glossator logs"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# The whole time of the model beside its parts: to the first word, and the rest.
_FIRST, _REST, _WHOLE = "model_first", "model_rest", "model"


class Watch:
    """What watches a process: its numbers, and who makes lines and traces of journals.

    `secret` gives the key that users are named by in logs; it is asked for at the first one.
    """

    def __init__(self, secret: Callable[[], bytes], traces: Traces | None = None) -> None:
        self.metrics = Metrics()
        self.traces = traces
        self._secret = secret
        self._looked = 0.0
        # What each stage of unfinished documents has taken here, over all steps, in seconds.
        self._under_way: OrderedDict[str, dict[str, float]] = OrderedDict()
        self._counting = threading.Lock()
        self._look: Callable[[], None] = lambda: None

    def reads(self, look: Callable[[], None]) -> None:
        """Have `look` set the gauges that nothing changes by itself: pools, pauses."""
        self._look = look

    def look(self) -> None:
        """Set these gauges now."""
        self._looked = time.monotonic()
        self._look()

    def close(self) -> None:
        """Send the traces that are left."""
        if self.traces is not None:
            self.traces.close()

    def request(self, scope: Scope) -> RequestWatch:
        """Begin to watch a request."""
        return RequestWatch(self, scope)

    def step(self, job: str, step: Callable[[], bool]) -> Callable[[], bool]:
        """A job's step, watched: counted and timed where it had something to do."""

        def watched() -> bool:
            with self._stepping(job) as done:
                did = step()
                done.append(did)
                return did

        return watched

    def named(self, user: object) -> str | None:
        """How logs name a user: the same in all of them, and nothing to anybody without the key."""
        if user is None:
            return None
        return hmac.new(self._key, f"user:{user}".encode(), hashlib.sha256).hexdigest()[:16]

    def finish(self, work: Journal, measured: Sequence[Measured]) -> None:
        """Add up what a journal measured, and `measured` besides."""
        self.metrics.add([*work.measured, *measured])
        if time.monotonic() - self._looked > _LOOK_SECONDS:
            self.look()

    def facts(self, work: Journal) -> dict[str, Any]:
        """A journal's facts as a line of the log says them, the stages in milliseconds."""
        told = {
            name: value[0] if isinstance(value, list) and len(value) == 1 else value
            for name, value in work.facts.items()
            if name != "work"
        }
        if "user" in told:
            told["user"] = self.named(told["user"])
        if work.stages:
            told["stages_ms"] = stages_ms(work)
        return told

    @cached_property
    def _key(self) -> bytes:
        return hmac.new(self._secret(), _KEY_OF, hashlib.sha256).digest()

    @contextmanager
    def _stepping(self, job: str) -> Iterator[list[bool]]:
        work, token = journal.begin()
        structlog.contextvars.bind_contextvars(job=job)
        done: list[bool] = []
        outcome = "failed"
        try:
            yield done
            outcome = "done" if done and done[0] else "idle"
        finally:
            journal.end(token)
            if outcome != "idle":
                self._stepped(job, outcome, work)
            # The thread goes on with the next step.
            structlog.contextvars.clear_contextvars()

    def _stepped(self, job: str, outcome: str, work: Journal) -> None:
        took, stages = work.seconds, work.stages.items()
        ended = work.facts.get("ended")
        kind = "book" if "book_job" in work.facts else "document"
        measured: list[Measured] = [
            (measures.STEPS, (job, outcome), 1.0),
            (measures.STEP_SECONDS, (job,), took),
            *((measures.INGESTION_STAGE, (name,), stage.seconds) for name, stage in stages),
        ]
        if ended:
            measured.append((measures.DOCUMENTS, (kind, ended), 1.0))
        self.finish(work, measured)
        told = self.facts(work)
        log(__name__).debug("job step", outcome=outcome, ms=_ms(took), **told)
        document = work.facts.get("document", [""])[0]
        sums = self._summed(document, work) if document else {}
        if ended:
            if document:
                with self._counting:
                    self._under_way.pop(document, None)
            told["stages_ms"] = {name: _ms(seconds) for name, seconds in sums.items()}
            log(__name__).info(kind, **told)

    def _summed(self, document: str, work: Journal) -> dict[str, float]:
        """What a document's stages have taken in this process, this step's too."""
        with self._counting:
            sums = self._under_way.setdefault(document, {})
            for name, stage in work.stages.items():
                sums[name] = sums.get(name, 0.0) + stage.seconds
            while len(self._under_way) > _MOST_UNDER_WAY:
                self._under_way.popitem(last=False)
            return dict(sums)


class RequestWatch:
    """One request, from its first byte to the last of its answer."""

    def __init__(self, watch: Watch, scope: Scope) -> None:
        self._watch = watch
        self._scope = scope
        self._work, self._token = journal.begin()
        self._status = int(HTTPStatus.INTERNAL_SERVER_ERROR)
        self._streams = False
        watch.metrics.add([(measures.IN_PROGRESS, (), 1.0)])

    def started(self, message: Message) -> None:
        """The answer's head goes out."""
        self._status = message["status"]
        kind = next((v for k, v in message.get("headers", ()) if k == b"content-type"), b"")
        if kind.startswith(b"text/event-stream"):
            self._streams = True
            self._watch.metrics.add([(measures.STREAMS, (), 1.0)])

    def ended(self) -> None:
        """It is over, however it ended."""
        journal.end(self._token)
        work, scope, route = self._work, self._scope, _route(self._scope)
        method = scope["method"] if scope["method"] in _METHODS else "other"
        took = work.seconds
        measured: list[Measured] = [
            (measures.REQUESTS, (method, route, f"{self._status // 100}xx"), took),
            (measures.IN_PROGRESS, (), -1.0),
        ]
        if self._streams:
            measured.append((measures.STREAMS, (), -1.0))
        told = self._watch.facts(work)
        kind = work.facts.get("work")
        if kind in (QUESTION, SEARCH):
            stages = _with_whole(work)
            measured += [(measures.QUESTION_STAGE, (kind, n), s.seconds) for n, s in stages]
        if kind == QUESTION:
            measured += _answered(work.facts)
        self._watch.finish(work, measured)
        user = {"user": told["user"]} if "user" in told else {}
        if kind in (QUESTION, SEARCH):
            log(__name__).info(kind, status=self._status, ms=_ms(took), **told)
        others = user if kind in (QUESTION, SEARCH) else told
        log(__name__).info(
            "request",
            method=method,
            # Escaped and cut: a path may hold what moves a terminal, or pages of it.
            path=ascii(scope["path"])[1:-1][:300],
            status=self._status,
            ms=_ms(took),
            **others,
        )
        if kind in (QUESTION, SEARCH):
            self._trace(route, told)

    def _trace(self, route: str, told: Mapping[str, Any]) -> None:
        traces, scope = self._watch.traces, self._scope
        if traces is not None:
            parent = next((v for k, v in scope["headers"] if k == b"traceparent"), b"")
            facts = {
                "http.request.method": scope["method"],
                "http.route": route,
                "http.response.status_code": self._status,
                "glossator.request_id": scope.get("glossator.request_id", ""),
                **{f"glossator.{name}": value for name, value in told.items()},
            }
            traces.record(self._work, f"{scope['method']} {route}", parent.decode("latin-1"), facts)


def stages_ms(work: Journal) -> dict[str, float]:
    """A journal's stages in the order they began."""
    return {name: _ms(stage.seconds) for name, stage in work.stages.items()}


def _answered(facts: Mapping[str, Any]) -> list[Measured]:
    if "mode" not in facts:
        return []
    return [
        (measures.QUESTIONS, (str(facts["mode"]), str(facts.get("degraded") or "none")), 1.0),
        (measures.CONFIDENCE, (), float(facts.get("confidence", 0.0))),
    ]


def _with_whole(work: Journal) -> list[tuple[str, journal.Stage]]:
    stages = list(work.stages.items())
    parts = [stage for name, stage in stages if name in (_FIRST, _REST)]
    if parts:
        whole = journal.Stage(parts[0].started)
        whole.seconds = sum(part.seconds for part in parts)
        stages.append((_WHOLE, whole))
    return stages


def _route(scope: Scope) -> str:
    """The template of the route that took the request; never its path, which anybody may choose."""
    known = scope.get("glossator.route")
    if isinstance(known, str):
        return known
    path = getattr(scope.get("route"), "path_format", None)
    return path if isinstance(path, str) else "none"


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)
