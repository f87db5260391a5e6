"""Spans: one a request, in the trace of the caller, with nothing of the patient; off and not loaded by default."""

import subprocess
import sys

import pytest

from cdshooks import create_app
from cdshooks.config import Settings
from cdshooks.errors import SettingsError
from cdshooks.observe.tracing import Tracer
from tests.serving import fixture
from tests.shipped import LIBRARY

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def traced():
    """The service, and what it exports."""
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    app = create_app(Settings(access_log=False), LIBRARY, tracer=Tracer(provider))
    yield app.test_client(), kept.get_finished_spans
    provider.shutdown()


def test_a_call_is_one_span_in_the_trace_of_the_caller(traced):
    web, spans = traced
    sent = {"traceparent": CALLER, "X-Request-ID": "an-id"}
    body = fixture("low-b12")
    web.post("/cds-services/b12-patient-view", data=body, content_type="application/json", headers=sent)
    (span,) = spans()
    assert span.name == "call b12-patient-view"
    assert f"{span.context.trace_id:032x}" == CALLER.split("-")[1]
    assert f"{span.parent.span_id:016x}" == CALLER.split("-")[2]
    assert dict(span.attributes) == {
        "http.response.status_code": 200,
        "cdshooks.request_id": "an-id",
        "cdshooks.endpoint": "call",
        "cdshooks.service": "b12-patient-view",
        "cdshooks.hook": "patient-view",
        "cdshooks.generation": 1,
        "cdshooks.topics": ("b12-deficiency",),
    }


def test_nothing_that_was_sent_stands_in_a_span(traced):
    web, spans = traced
    body = {"hook": "canary", "context": {"patientId": "canary"}}
    web.post("/cds-services/b12-patient-view?canary", json=body, headers={"Authorization": "Bearer canary"})
    web.get("/canary")
    assert len(spans()) == 2
    assert "canary" not in "".join(span.to_json() for span in spans())


def test_a_trace_that_cannot_be_read_begins_a_new_one(traced):
    web, spans = traced
    web.get("/healthz", headers={"traceparent": "nonsense"})
    assert spans()[0].parent is None


def test_a_missing_extra_is_told_at_the_start(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(SettingsError, match=r"pip install 'cdshooks\[otel\]'"):
        create_app(Settings(otel=True))


def test_nothing_of_it_nor_of_the_metrics_is_loaded_by_default():
    code = (
        "import sys; from cdshooks import create_app; create_app().test_client().get('/cds-services');"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'opentelemetry', 'prometheus_client'}))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
