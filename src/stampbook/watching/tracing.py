"""Traces, sent to an OpenTelemetry collector: the extra `stampbook[otel]`.

They are on if OTEL_EXPORTER_OTLP_ENDPOINT is set; OpenTelemetry's own variables say the rest. While
they are off, a span costs a comparison. Spans have names of routes and of what is done, never
values: nothing of a request, and no exception, is recorded with them.
"""

import logging
import os
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

log = logging.getLogger(__name__)

VARIABLE: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"

SERVICE: Final = "stampbook"

NOTHING: Final[AbstractContextManager[Any]] = nullcontext()


class Tracing:
    """Whether this process sends traces, and how. `is_on` never changes while it serves."""

    def __init__(self) -> None:
        self.is_on = False
        self._provider: TracerProvider | None = None
        self._tracer: Any = None

    def start(self) -> None:
        """Send traces from now on, if the variable is set and the extra is installed.

        It starts a thread: call it after the fork.
        """
        if not os.environ.get(VARIABLE) or is_missing():
            return
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        self._provider = TracerProvider(resource=Resource.create({"service.name": SERVICE}))
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer(SERVICE)
        self.is_on = True

    def stop(self) -> None:
        """Send what is left, and stop. It may take seconds."""
        self.is_on = False
        if self._provider is not None:
            self._provider.shutdown()
            self._provider = None

    def request(
        self, name: str, traceparent: str | None, fields: Mapping[str, str]
    ) -> "AbstractContextManager[Span]":
        """The span of a request in this block, which goes on the caller's trace."""
        from opentelemetry.trace import SpanKind
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        carrier = {} if traceparent is None else {"traceparent": traceparent}
        made: AbstractContextManager[Span] = self._tracer.start_as_current_span(
            name,
            TraceContextTextMapPropagator().extract(carrier),
            SpanKind.SERVER,
            fields,
            record_exception=False,
            set_status_on_exception=False,
        )
        return made

    def current(self) -> Any:
        """The span in which this is called."""
        from opentelemetry.trace import get_current_span

        return get_current_span()

    def remote(self, traceparent: str) -> Any:
        """The span of another process that `traceparent_of` has named, to be linked to."""
        from opentelemetry.trace import get_current_span
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        carrier = {"traceparent": traceparent}
        return get_current_span(TraceContextTextMapPropagator().extract(carrier))

    def span(self, name: str, causes: Iterable[Any] = ()) -> AbstractContextManager[Any]:
        """A span of something that is done in this block, linked to the spans that caused it."""
        if not self.is_on:
            return NOTHING
        from opentelemetry.trace import Link

        links = [Link(cause.get_span_context()) for cause in causes if cause is not None]
        made: AbstractContextManager[Any] = self._tracer.start_as_current_span(
            name, links=links, record_exception=False, set_status_on_exception=False
        )
        return made


def is_missing() -> bool:
    """Whether the extra is not installed."""
    try:
        return find_spec("opentelemetry.exporter.otlp.proto.http") is None
    except ModuleNotFoundError:
        return True


def warn_if_missing() -> None:
    """Log if traces are wanted and cannot be sent."""
    if os.environ.get(VARIABLE) and is_missing():
        log.warning(
            "%s is set, but stampbook[otel] is not installed: there are no traces", VARIABLE
        )


def traceparent_of(span: Any) -> str:
    """The header by which another server goes on with the span's trace."""
    context = span.get_span_context()
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


TRACING: Final = Tracing()
