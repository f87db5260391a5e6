"""Spans for OpenTelemetry: one a request, in the trace of whoever called; nothing of a patient in its attributes."""

import os

from cdshooks.errors import SettingsError


class Tracer:
    """Where spans are made. The SDK reads the usual variables (OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SERVICE_NAME, ...).

    Its exporter has a thread, so it is made by the first request of each process: after the fork.
    """

    def __init__(self, provider=None):
        try:
            import opentelemetry.sdk.trace  # noqa: F401 - here, so that a missing extra is told at the start
        except ImportError:
            raise SettingsError("otel: OpenTelemetry is not installed; pip install 'cdshooks[otel]'") from None
        self._given, self._pid, self._tracer = provider, 0, None

    def begin(self, headers):
        """A span that goes on with the caller's trace (`traceparent`), where it has one."""
        from opentelemetry.propagate import extract
        from opentelemetry.trace import SpanKind

        found = extract({name.lower(): value for name, value in headers.items()})
        return self._of_process().start_span("request", context=found, kind=SpanKind.SERVER)

    def end(self, span, told: dict) -> None:
        """Finish it with what is told of the request: the same words that stand in the log."""
        from opentelemetry.trace import StatusCode

        span.update_name(" ".join(word for word in (told["endpoint"], told.get("service")) if word))
        span.set_attribute("http.response.status_code", told["status"])
        for name in ("request_id", "endpoint", "service", "hook", "client", "generation"):
            if name in told:
                span.set_attribute(f"cdshooks.{name}", told[name])
        span.set_attribute("cdshooks.topics", sorted(told.get("cards", ())))
        if told["status"] >= 500:
            span.set_status(StatusCode.ERROR)
        span.end()

    def _of_process(self):
        if self._pid != os.getpid():
            self._tracer, self._pid = (self._given or _provider()).get_tracer("cdshooks"), os.getpid()
        return self._tracer


def _provider():
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource({SERVICE_NAME: "cdshooks"}).merge(OTELResourceDetector().detect()))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider
