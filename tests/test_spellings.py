"""The table of spellings against others' definitions of every version, and what is read, written and asked by it."""

import copy
from dataclasses import replace
from datetime import date

import pytest
from flask import g
from hypothesis import given
from hypothesis import strategies as st

from cdshooks import create_app
from cdshooks.config import Settings
from cdshooks.protocol.discovery import services
from cdshooks.protocol.queries import query_in
from cdshooks.protocol.versions import CannotSay, said_at, version_of, version_told, written
from cdshooks.reading.shapes import version_by_shape
from cdshooks.reading.spellings import ELEMENTS, KINDS, R4_KIND, Version, kind_in
from cdshooks.reading.versions import in_r4
from cdshooks.trust.client import anyone
from tests.hapi_oracle import NAMES, hapi
from tests.shipped import LIBRARY
from tests.test_fhir_versions import DAY, answer, far_apart

TODAY = date(2026, 1, 15)


# --- the table --------------------------------------------------------------------------------------------------------


def test_every_spelling_of_the_table_stands_in_the_definitions_of_its_version():
    asked = {}
    for element in ELEMENTS:
        for version, name in NAMES.items():
            path = element.spelled(Version(version))
            if path:
                kind = kind_in(element.kind, Version(version))
                asked[f"element {name} {kind}.{path.replace('.0', '')}"] = (version, element.r4)
    told = dict(zip(asked, hapi(list(asked)), strict=True))
    assert len(asked) > 300
    assert {question: fault for question, fault in told.items() if fault} == {}


def test_where_the_table_says_that_a_version_has_no_such_element_there_is_none():
    asked = [
        f"element {name} {kind_in(element.kind, Version(version))}.{element.r4}"
        for element in ELEMENTS
        for version, name in NAMES.items()
        if element.spelled(Version(version)) is None
    ]
    told = dict(zip(asked, hapi(asked), strict=True))
    assert [question for question, fault in told.items() if not fault] == []


@pytest.mark.parametrize("version", NAMES)
def test_every_search_parameter_that_is_asked_for_exists_in_that_version(version):
    asked = []
    for offered in services(LIBRARY, Settings(fhir_version=Version(version), dated_prefetch=True)).values():
        for query in offered[0].prefetch.values():
            kind, _, parameters = query.partition("?")
            names = [parameter.partition("=")[0] for parameter in parameters.split("&") if parameter]
            names = [name for name in names if not name.startswith("_")]  # those are of every type, and defined apart
            asked += [f"search {NAMES[version]} {kind}.{name}" for name in names]
    asked = list(dict.fromkeys(asked))
    assert len(asked) > 15
    assert [fault for fault in zip(asked, hapi(asked), strict=True) if fault[1]] == []


# --- what version it is -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("told", "version"), [
    ("1.0.2", "DSTU2"), ("3.0.1", "STU3"), ("3.0.2", "STU3"), ("4.0.1", "R4"), ("4.0.0", "R4"), ("4.3.0", "R4B"),
    ("4.1.0", "R4B"), ("5.0.0", "R5"), ("4.0", "R4"), ("6.0.0-ballot3", None), ("3.5.0", None), ("R4", None),
    ("", None), (None, None), (4, None), ("4", None), (["4.0.1"], None),
])  # fmt: skip
def test_the_version_that_a_server_tells(told, version):
    assert version_told({"resourceType": "CapabilityStatement", "fhirVersion": told}) == version


@pytest.mark.parametrize("odd", [None, [], "4.0.1", {}, 4])
def test_what_is_no_capability_statement_tells_no_version(odd):
    assert version_told(odd) is None


OLD_DRAFT = {"resourceType": "MedicationOrder"}
TOLD = {"fhirVersion": "3.0.2"}


@pytest.mark.parametrize(("configured", "capability", "drafts", "version"), [
    (Version.R5, TOLD, [OLD_DRAFT], "R5"), (None, TOLD, [OLD_DRAFT], "STU3"), (None, None, [OLD_DRAFT], "DSTU2"),
    (None, {"fhirVersion": "9.9.9"}, [OLD_DRAFT], "DSTU2"), (None, None, [], "R4"),
])  # fmt: skip
def test_the_setting_comes_before_the_server_and_the_server_before_the_shapes(configured, capability, drafts, version):
    assert version_of(configured, capability, drafts) == version


@pytest.mark.parametrize(("resource", "version"), [
    ({"resourceType": "MedicationRequest", "medication": {"concept": {}}}, "R5"),
    ({"resourceType": "MedicationRequest", "dosageInstruction": [{"doseQuantity": {}}]}, "STU3"),
    ({"resourceType": "MedicationRequest", "medicationCodeableConcept": {}}, "R4"),
    ({"resourceType": "Encounter", "class": "ambulatory"}, "DSTU2"),
    ({"resourceType": "Encounter", "class": {"code": "AMB"}}, "R4"),
    ({"resourceType": "Encounter", "class": [{}]}, "R5"),
    ({"resourceType": "Observation", "context": {}}, "STU3"),
    ({"resourceType": "Condition", "clinicalStatus": "active", "assertedDate": "2020"}, "STU3"),
    ({"resourceType": "Condition", "clinicalStatus": "active", "patient": {}}, "DSTU2"),
    ({"resourceType": "Patient"}, "R4"),
])  # fmt: skip
def test_the_version_that_shapes_tell(resource, version):
    assert version_by_shape([], [resource]) == version


def test_a_draft_tells_more_than_many_rows():
    rows = [{"resourceType": "Encounter", "class": [{}]}] * 50
    assert version_by_shape([OLD_DRAFT], rows) == "DSTU2"


# --- reading ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("sent", "read"), [
    ({"resourceType": "Procedure", "status": "completed", "notPerformed": True}, {"status": "not-done"}),
    ({"resourceType": "Procedure", "status": "completed", "notDone": True}, {"status": "not-done"}),
    ({"resourceType": "Procedure", "status": "completed", "notDone": False}, {"status": "completed"}),
    ({"resourceType": "MedicationAdministration", "status": "completed", "wasNotGiven": True}, {"status": "not-done"}),
    ({"resourceType": "MedicationAdministration", "status": "completed", "notGiven": True}, {"status": "not-done"}),
    ({"resourceType": "MedicationAdministration", "occurrenceDateTime": "2025"}, {"effectiveDateTime": "2025"}),
    ({"resourceType": "MedicationStatement", "status": "active", "wasNotTaken": True}, {"status": "not-taken"}),
    ({"resourceType": "MedicationStatement", "status": "active", "taken": "n"}, {"status": "not-taken"}),
    ({"resourceType": "MedicationStatement", "status": "active", "taken": "unk"}, {"status": "unknown"}),
    ({"resourceType": "MedicationStatement", "status": "active", "taken": "y"}, {"status": "active"}),
    ({"resourceType": "MedicationStatement", "status": "recorded"}, {"status": "active"}),
    ({"resourceType": "MedicationStatement", "status": "recorded", "effectivePeriod": {"end": "2026-01-14"}},
     {"status": "completed"}),
    ({"resourceType": "MedicationStatement", "status": "recorded", "effectivePeriod": {"end": "2026-01-15"}},
     {"status": "active"}),
    ({"resourceType": "MedicationStatement", "status": "recorded", "effectivePeriod": {"end": "2026"}},
     {"status": "active"}),
    ({"resourceType": "MedicationStatement", "status": "recorded", "effectiveTiming": {"event": ["2025-03", "2025-01"]}},
     {"status": "completed", "effectivePeriod": {"start": "2025-01", "end": "2025-03"}}),
    ({"resourceType": "MedicationStatement", "status": "recorded",
      "adherence": {"code": {"coding": [{"code": "stopped-as-directed"}]}}}, {"status": "stopped"}),
    ({"resourceType": "MedicationStatement", "dosage": [{"quantityQuantity": 1}, {"quantityRange": 2}, None]},
     {"dosage": [{"quantityQuantity": 1, "doseQuantity": 1}, {"quantityRange": 2, "doseRange": 2}, None]}),
    ({"resourceType": "MedicationOrder", "dosageInstruction": [{"timing": {"repeat": {"when": "HS", "boundsQuantity": 1}}}]},
     {"dosageInstruction": [{"timing": {"repeat": {
         "when": ["HS"], "boundsQuantity": 1, "boundsDuration": 1}}}]}),
    ({"resourceType": "AllergyIntolerance", "status": "refuted"}, {"verificationStatus": "refuted"}),
    ({"resourceType": "AllergyIntolerance", "status": "inactive"}, {"clinicalStatus": "inactive"}),
    ({"resourceType": "Condition", "clinicalStatus": {"coding": [{"code": "unknown"}]}}, {"clinicalStatus": None}),
    ({"resourceType": "Encounter", "status": "discharged", "actualPeriod": {"start": "2025"}},
     {"status": "finished", "period": {"start": "2025"}}),
    ({"resourceType": "DiagnosticOrder", "status": "proposed", "item": [{"code": {"coding": [1]}}, {"code": {"coding": [2]}}]},
     {"resourceType": "ServiceRequest", "intent": "proposal", "code": {"coding": [1, 2]}}),
    ({"resourceType": "Procedure", "performedDateTime": "2024", "occurrenceDateTime": "2025"},
     {"performedDateTime": "2024"}),
])  # fmt: skip
def test_an_older_or_newer_shape_is_read_as(sent, read):
    before = copy.deepcopy(sent)
    restated = in_r4(sent, TODAY)
    assert {name: restated.get(name) for name in read} == read
    assert sent == before


def test_what_is_in_r4s_words_is_read_as_it_is():
    library = LIBRARY
    for card in library.cards:
        for suggestion in card.page.suggestions:
            for template in (variant for order in suggestion.orders for variant in order.variants):
                filled = template.fill("p-1", "2026-01-15")
                assert in_r4(filled, TODAY) is filled


KINDS_READ = sorted({element.kind for element in ELEMENTS} | set(R4_KIND) | {"Bundle"})
WORDS = sorted(
    {step for e in ELEMENTS for v in Version for step in (e.spelled(v) or "").split(".") if step}
    | {"taken", "wasNotTaken", "notGiven", "notDone", "adherence", "item", "event", "contained", "coding", "reference",
       "product", "value", "effectiveTiming", "repeat", "occurrenceDateTime", "meaning", "context"}
)  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers() | st.sampled_from(
    ["active", "completed", "recorded", "unknown", "", "n", "2025-01-01", "Patient/p-1", "317106", "d", "draft"]
)  # fmt: skip
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=5),
    max_leaves=25,
)  # fmt: skip
KIND = st.sampled_from(KINDS_READ) | SCALARS | st.lists(SCALARS, max_size=1)


@st.composite
def resources(draw):
    body = draw(st.dictionaries(st.sampled_from(WORDS), ANYTHING, max_size=8))
    return body | {"resourceType": draw(KIND)}


@given(st.lists(resources(), max_size=4))
def test_reading_never_fails_and_never_changes_what_came_whatever_the_mixture_of_versions(mixture):
    before = copy.deepcopy(mixture)
    for resource in mixture:
        assert isinstance(in_r4(resource, TODAY), dict)
    assert version_by_shape(mixture[:1], mixture[1:]) in Version
    assert mixture == before


@given(st.lists(resources(), max_size=3), st.lists(resources(), max_size=3))
def test_a_call_with_whatever_mixture_of_versions_is_answered(drafts, rows):
    body = far_apart()
    entries = body["context"]["draftOrders"]["entry"]
    entries += [{"resource": one | {"id": f"x-{at}"}} for at, one in enumerate(drafts)]
    for key in [key for key, value in body["prefetch"].items() if value is None]:
        body["prefetch"][key] = {"resourceType": "Bundle", "entry": [{"resource": row} for row in rows]}
    before = copy.deepcopy(body)
    answer(body, DAY)
    assert body == before


# --- writing and asking -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [
    {"intent": "proposal"},
    {"note": [{"text": "x"}]},
    {"dosageInstruction": [{"sequence": 1}]},
    {"dosageInstruction": [{"doseAndRate": [{"doseQuantity": {}}, {"doseQuantity": {}}]}]},
    {"dosageInstruction": [{"timing": {"repeat": {"when": ["MORN", "NIGHT"]}}}]},
])  # fmt: skip
def test_what_dstu2_has_no_words_for_is_not_said(order):
    with pytest.raises(CannotSay, match="DSTU2 cannot say"):
        written({"resourceType": "MedicationRequest"} | order, Version.DSTU2)


@pytest.mark.parametrize(("place", "version", "said"), [
    ("dosageInstruction.0.doseAndRate.0.doseQuantity", "STU3", "dosageInstruction.0.doseQuantity"),
    ("dosageInstruction.1.doseAndRate.0.doseQuantity", "DSTU2", "dosageInstruction.1.doseQuantity"),
    ("dosageInstruction.0.doseAndRate.0.doseQuantity", "R5", "dosageInstruction.0.doseAndRate.0.doseQuantity"),
    ("medicationCodeableConcept.text", "R5", "medication.concept.text"),
    ("authoredOn", "DSTU2", "dateWritten"),
])  # fmt: skip
def test_a_place_in_another_versions_words(place, version, said):
    assert said_at("MedicationRequest", place, 1, Version(version)) == (said, 1)


def test_a_second_dose_of_one_entry_has_no_place_before_r4():
    with pytest.raises(CannotSay, match="a second doseAndRate"):
        said_at("MedicationRequest", "dosageInstruction.0.doseAndRate.1.doseQuantity", 1, Version.STU3)


@pytest.mark.parametrize(("query", "version", "said"), [
    ("Patient/1", "DSTU2", "Patient/1"),
    ("MedicationRequest?status=active&authoredon=ge2025&_include=MedicationRequest:medication", "DSTU2",
     "MedicationOrder?status=active&datewritten=ge2025&_include=MedicationOrder:medication"),
    ("MedicationAdministration?effective-time=ge2025", "DSTU2", "MedicationAdministration?effectivetime=ge2025"),
    ("MedicationAdministration?effective-time=ge2025", "R5", "MedicationAdministration?date=ge2025"),
    ("MedicationStatement?status=active,completed", "R5", "MedicationStatement?status=recorded"),
    ("MedicationStatement?status=active,completed", "STU3", "MedicationStatement?status=active,completed"),
    ("ServiceRequest?patient=1", "STU3", "ProcedureRequest?patient=1"),
])  # fmt: skip
def test_a_query_in_another_versions_words(query, version, said):
    assert query_in(query, Version(version)) == said


def test_discovery_asks_in_the_configured_version():
    old = services(LIBRARY, Settings(fhir_version=Version.DSTU2))
    new = services(LIBRARY, Settings())
    for name, (service,) in old.items():
        assert list(service.prefetch) == list(new[name][0].prefetch)
        assert "MedicationOrder?" in service.prefetch["medication_requests"]
        assert service.prefetch_in(Version.R4) == new[name][0].prefetch


def test_a_client_with_a_version_of_its_own_is_asked_in_it():
    app = create_app(Settings(today=TODAY), LIBRARY)
    own = []
    app.before_request(lambda: (own and setattr(g, "client", own[0])) or None)
    plain = app.test_client().get("/cds-services").json
    own.append(replace(anyone(()), fhir_version=Version.DSTU2))
    old = app.test_client().get("/cds-services").json
    assert "MedicationOrder?" in old["services"][0]["prefetch"]["medication_requests"]
    assert "MedicationRequest?" in plain["services"][0]["prefetch"]["medication_requests"]
    own.clear()
    assert app.test_client().get("/cds-services").json == plain


def test_types_with_another_name_are_those_of_orders():
    assert set(KINDS) == {"MedicationRequest", "ServiceRequest"}
