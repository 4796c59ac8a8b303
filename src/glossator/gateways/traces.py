"""Traces over OTLP/HTTP by OpenTelemetry's SDK, an extra; imported where a collector is named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from glossator import __version__
from glossator.foundation.errors import Unavailable
from glossator.foundation.journal import Journal

# Beyond this spans are dropped: a collector that is down must not fill memory.
_QUEUE, _SEND_SECONDS, _END_MS = 2_048, 5, 3_000
_NS = 1_000_000_000
_PLAIN = (str, bool, int, float)


class OtlpTraces:
    """`Traces` that go to a collector's `/v1/traces` in batches, from a thread of the SDK's."""

    def __init__(self, url: str, *, share: float = 1.0) -> None:
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
            from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
            from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
        except ImportError:
            raise Unavailable(
                "GLOSSATOR_OTLP_URL needs OpenTelemetry: pip install 'glossator[otel]'"
            ) from None
        whose = Resource.create({"service.name": "glossator", "service.version": __version__})
        self._provider = TracerProvider(
            resource=whose, sampler=ParentBased(TraceIdRatioBased(share)), shutdown_on_exit=False
        )
        exporter = OTLPSpanExporter(endpoint=_traces_of(url), timeout=_SEND_SECONDS)
        self._provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=_QUEUE))
        self._tracer = self._provider.get_tracer("glossator", __version__)
        self._read = TraceContextTextMapPropagator()

    def record(self, journal: Journal, name: str, parent: str, facts: Mapping[str, Any]) -> None:
        """See `Traces.record`: a span for the work, one below it for each stage."""
        from opentelemetry.trace import SpanKind, set_span_in_context

        def wall(moment: float) -> int:
            return journal.wall_ns + round((moment - journal.began) * _NS)

        above = self._read.extract({"traceparent": parent}) if parent else None
        whole = self._tracer.start_span(
            name,
            context=above,
            kind=SpanKind.SERVER,
            start_time=journal.wall_ns,
            attributes={key: value for key, value in facts.items() if isinstance(value, _PLAIN)},
        )
        within = set_span_in_context(whole)
        for stage, times in journal.stages.items():
            span = self._tracer.start_span(
                stage,
                context=within,
                start_time=wall(times.started),
                attributes={"glossator.seconds": round(times.seconds, 6)},
            )
            span.end(wall(times.ended))
        whole.end(wall(journal.began + journal.seconds))

    def close(self) -> None:
        """See `Traces.close`."""
        self._provider.force_flush(_END_MS)
        self._provider.shutdown()


def _traces_of(url: str) -> str:
    return url if url.endswith("/v1/traces") else url.rstrip("/") + "/v1/traces"
