"""What CDS Hooks does not allow in a prefetch template is told before a service is offered, key by key."""

import dataclasses

import pytest

from cdshooks.config import Settings
from cdshooks.errors import CardError
from cdshooks.protocol.discovery import services
from cdshooks.protocol.tokens import faults
from tests.shipped import LIBRARY

ORDERS = "context.draftOrders.entry.resource"


@pytest.mark.parametrize(
    "templates",
    [
        {"user": "{{context.userId}}"},
        {"patient": "Patient/{{context.patientId}}", "visit": "Encounter/{{context.encounterId}}"},
        {"labs": "Observation?patient={{context.patientId}}&date=ge{{today() - 90 days}}&_count=1&_sort=-date"},
        {"labs": "Observation?patient={{context.patientId}}&code:in=http://x.example/vs&date=le2020-01-01"},
        {"drugs": f"Medication?_id={{{{{ORDERS}.ofType(MedicationRequest).medication.resolve().id}}}}"},
        {"a": "Condition?patient={{context.patientId}}", "b": "Task?_id={{%a.entry.resource.asserter.resolve().id}}"},
        {"role": "PractitionerRole?_id={{userPractitionerRoleId}}", "any": "Ab?_id={{userPatientId|context.userId}}"},
    ],
)
def test_what_the_standard_allows_passes(templates):
    assert faults(templates, "order-sign") == []


@pytest.mark.proves("pre-1", "pre-2", "pre-3", "pre-4", "pre-5")
@pytest.mark.parametrize(
    ("statement", "template", "fault"),
    [
        ("pre-1", "Patient/{{user}}", "it begins with 'user', not with context, %key, today()"),
        ("pre-1", "Patient/{{context.patientId", "never closed"),
        ("pre-2", "Patient/{{context.patient}}", "order-sign has no context field 'patient' for tokens"),
        ("pre-2", "Task?_id={{context.selections}}", "order-sign has no context field 'selections' for tokens"),
        ("pre-2", "Patient/{{context.patientId.id}}", "'patientId' is a plain value"),
        ("pre-2", "Patient/{{context.draftOrders}}", "'draftOrders' is an object"),
        ("pre-3", "Patient", "neither a read (Type/id) nor a search"),
        ("pre-3", "Patient/{{context.patientId}}/$everything", "neither a read (Type/id) nor a search"),
        ("pre-3", "patient?_id={{context.patientId}}", "'patient' is no resource type"),
        ("pre-3", "Observation?patient={{context.patientId}}&_include=Observation:subject", "'_include=Observation"),
        ("pre-3", "Observation?subject.name=x", "'subject.name=x' is not a parameter"),
        ("pre-3", "Observation?code:not=x", "'code:not=x' is not a parameter"),
        ("pre-3", "Observation?code=", "'code=' is not a parameter"),
        ("pre-3", "Observation?date=sa{{today()}}", "only eq, lt, gt, ge and le"),
        ("pre-4", f"Task?_id={{{{{ORDERS}.where(id='1').id}}}}", "'where()' is not allowed"),
        ("pre-4", f"Task?_id={{{{{ORDERS}.first().id}}}}", "'first()' is not allowed"),
        ("pre-4", f"Task?_id={{{{{ORDERS}.ofType(code)}}}}", "a resource type is needed"),
        ("pre-4", f"Task?_id={{{{{ORDERS}.subject.resolve()}}}}", "resolve() leads to a resource"),
        ("pre-4", "Task?date=ge{{today() - 3 hours}}", "'hours' is not days"),
        ("pre-5", "Task?_id={{%other.id}}", "there is no prefetch template 'other'"),
        ("pre-5", "Task?_id={{%key.id}}", "depends on itself"),
        ("pre-5", "Task?_id={{%later.entry.resource.id}}", "'later' has to be listed before this one"),
    ],
)
def test_what_the_standard_forbids_is_told_with_key_and_reason(statement, template, fault):
    told = faults({"key": template, "later": "Patient/1"}, "order-sign")
    assert len(told) == 1
    assert told[0].startswith("prefetch key 'key'")
    assert fault in told[0]


def test_a_circle_of_two_templates_is_told():
    circle = {"a": "Task?_id={{%b.entry.resource.id}}", "b": "Task?_id={{%a.entry.resource.id}}"}
    assert ["'b' has to be listed before" in fault for fault in faults(circle, "patient-view")] == [True]


def test_content_that_leads_to_a_forbidden_template_stops_the_service():
    """A code of a concept with an ampersand would cut the query in two."""
    library = LIBRARY
    by_name = dict(library.concepts.by_name)
    for name, concept in by_name.items():
        by_name[name] = dataclasses.replace(
            concept, codes=tuple(dataclasses.replace(code, code=code.code + "&x.y=1") for code in concept.codes)
        )
    broken = dataclasses.replace(library, concepts=dataclasses.replace(library.concepts, by_name=by_name))
    with pytest.raises(CardError) as refusal:
        services(broken, Settings())
    assert "b12-patient-view, prefetch key 'results': 'x.y=1" in str(refusal.value)
