"""The judge's own side of the wire is in order: patients, contexts, templates filled, searches answered, tokens checked."""

import datetime as dt
import json
import urllib.error
import urllib.request

import pytest
from cds_conformance.checks.templates import SEARCH
from cds_conformance.ehr.contexts import context_for, load_contexts, variants
from cds_conformance.ehr.search import answer
from cds_conformance.ehr.server import FhirServer, Scene
from cds_conformance.ehr.shelf import charts_from, drafts_for, own_charts
from cds_conformance.ehr.tokens import CannotFill, Filler
from cds_conformance.errors import BadOption
from cds_conformance.hooks import HOOKS
from fhir.resources.R4B import get_fhir_model_class

TODAY = dt.date(2026, 1, 15)
CHARTS = own_charts(TODAY)
JSON_TYPES = {"string": str, "array": list, "object": dict}


def resources():
    for chart in CHARTS:
        yield from chart.resources
        yield from drafts_for(chart, TODAY).values()


@pytest.mark.parametrize("resource", list(resources()), ids=lambda r: f"{r['resourceType']}/{r['id']}")
def test_every_resource_that_we_send_is_valid_fhir(resource):
    get_fhir_model_class(resource["resourceType"]).model_validate(resource)


def test_every_patient_is_synthetic_and_named_so():
    for chart in CHARTS:
        assert chart.find("Patient", chart.patient_id)["name"][0]["given"] == ["Synthetic"]


@pytest.mark.parametrize("hook", HOOKS.values(), ids=lambda hook: hook.name)
def test_a_context_has_what_the_hook_requires_of_the_right_type(hook):
    context = context_for(hook.name, CHARTS[0], TODAY, {})
    assert {name for name, field in hook.context.items() if field.required} <= set(context) <= set(hook.context)
    for name, value in context.items():
        assert isinstance(value, JSON_TYPES[hook.context[name].type])


@pytest.mark.parametrize("hook", HOOKS.values(), ids=lambda hook: hook.name)
def test_a_variant_leaves_out_only_what_is_optional(hook):
    context = context_for(hook.name, CHARTS[0], TODAY, {})
    for what, other in variants(hook.name, context):
        assert what
        assert {name for name, field in hook.context.items() if field.required} <= set(other)


def test_every_selection_is_among_the_drafts():
    context = context_for("order-select", CHARTS[0], TODAY, {})
    drafts = {f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in context["draftOrders"]["entry"]}
    assert set(context["selections"]) <= drafts


def test_a_context_of_the_caller_is_filled_for_each_patient(tmp_path):
    (tmp_path / "c.json").write_text('{"com.example.close": {"patientId": "$patient"}}')
    own = load_contexts(tmp_path / "c.json")
    assert context_for("com.example.close", CHARTS[1], TODAY, own) == {"patientId": "judge-pregnant"}
    assert context_for("com.example.open", CHARTS[1], TODAY, own) is None


@pytest.mark.parametrize("text", ["[]", '{"a": 1}', "{", ""])
def test_a_file_of_contexts_that_cannot_be_used_is_told(text, tmp_path):
    (tmp_path / "c.json").write_text(text)
    with pytest.raises(BadOption, match="--context"):
        load_contexts(tmp_path / "c.json")


def filler():
    context = context_for("order-select", CHARTS[0], TODAY, {})
    drafts = {f"{r['resourceType']}/{r['id']}": r for r in drafts_for(CHARTS[0], TODAY).values()}
    return Filler(context, TODAY, lambda reference: drafts.get(reference) or CHARTS[0].find(*reference.split("/")))


@pytest.mark.parametrize(
    ("template", "query"),
    [
        ("Patient/{{context.patientId}}", "Patient/judge-many-problems"),
        ("Practitioner/{{userPractitionerId}}", "Practitioner/judge-practitioner"),
        ("{{context.userId}}", "Practitioner/judge-practitioner"),
        ("Observation?date=gt{{today() - 90 days}}", "Observation?date=gt2025-10-17"),
        ("Observation?date=gt{{ today() }}", "Observation?date=gt2026-01-15"),
        (
            "X?_id={{context.draftOrders.entry.resource.ofType(ServiceRequest).id}}",
            "X?_id=judge-draft-mri",
        ),
        (
            "X?_id={{context.draftOrders.entry.resource.requester.resolve().ofType(Practitioner).id}}",
            "X?_id=judge-practitioner",
        ),
        ("X?_id={{context.patientId|context.encounterId}}", "X?_id=judge-many-problems,judge-many-problems-e1"),
    ],
)
def test_a_template_is_filled(template, query):
    assert filler().fill(template) == query


@pytest.mark.parametrize(
    "token", ["userPatientId", "context.nothing", "patientId", "%later.id", "now()", "context.a b"]
)
def test_a_token_without_a_value_leaves_the_key_out(token):
    with pytest.raises(CannotFill):
        filler().fill(f"Patient/{{{{{token}}}}}")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("Observation?patient=judge-many-problems&code=718-7", 1),
        ("Observation?patient=Patient/judge-many-problems&code=http://loinc.org|2132-9", 2),
        ("Observation?patient=judge-many-problems&code=http://loinc.org|2132-9&date=gt2025-12-01", 1),
        ("Observation?patient=judge-many-problems&code=2132-9&_sort=-date&_count=1", 1),
        ("Observation?patient=somebody-else", 0),
        ("MedicationRequest?patient=judge-many-problems&status=active", 3),
        ("Condition?patient=judge-many-problems&clinical-status=active", 5),
        ("Patient?_id=judge-many-problems", 1),
        ("Nonsense?patient=judge-many-problems", 0),
    ],
)
def test_a_search_is_answered(query, count):
    found = answer(query, CHARTS[0])
    assert SEARCH.fullmatch(query)
    assert (found["total"], len(found.get("entry", []))) == (count, count)


def test_the_newest_comes_first_where_that_is_asked_for():
    found = answer("Observation?patient=judge-many-problems&code=2132-9&_sort=-date", CHARTS[0])
    dates = [entry["resource"]["effectiveDateTime"] for entry in found["entry"]]
    assert dates == sorted(dates, reverse=True)


@pytest.fixture
def fhir():
    server = FhirServer()
    yield server
    server.close()


def get(url, token=None):
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    try:
        with urllib.request.urlopen(request, timeout=5) as said:
            return said.status, json.load(said)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


def test_our_server_asks_for_the_token_and_hears_whose_it_was(fhir):
    fhir.scenes["t1"] = Scene(CHARTS[0])
    assert get(f"{fhir.base}/Patient/judge-many-problems")[0] == 401
    assert get(f"{fhir.base}/Patient/judge-many-problems", "other")[0] == 401
    assert get(f"{fhir.base}/Patient/judge-many-problems", "t1")[1]["id"] == "judge-many-problems"
    assert get(f"{fhir.base}/Patient/nobody", "t1")[0] == 404
    assert [one["token"] for one in fhir.loop.log] == ["none", "other", "ours", "ours"]
    assert "t1" not in str(fhir.loop.log)


def test_the_pages_of_our_server_hold_everything_once(fhir):
    fhir.scenes["t1"] = Scene(CHARTS[0], page=2)
    url, ids = f"{fhir.base}/Observation?patient=judge-many-problems", []
    while url:
        page = get(url, "t1")[1]
        ids += [entry["resource"]["id"] for entry in page["entry"]]
        url = next((link["url"] for link in page["link"] if link["relation"] == "next"), None)
    whole = answer("Observation?patient=judge-many-problems", CHARTS[0])
    assert ids == [entry["resource"]["id"] for entry in whole["entry"]]


def test_patients_of_the_caller_are_read_and_a_folder_without_any_is_told(tmp_path):
    with pytest.raises(BadOption, match="holds no"):
        charts_from(tmp_path, TODAY)
    (tmp_path / "one.json").write_text(json.dumps({"resourceType": "Patient", "id": "p1"}))
    assert [chart.patient_id for chart in charts_from(tmp_path, TODAY)] == ["p1"]
    (tmp_path / "two.json").write_text("{}")
    with pytest.raises(BadOption, match="no Patient"):
        charts_from(tmp_path, TODAY)
