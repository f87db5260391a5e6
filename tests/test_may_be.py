"""Codes that may mean a concept, systems of which few products are listed, marks of doubt, and other late spellings."""

import json
import tomllib
from pathlib import Path
from uuid import UUID

import pytest
from test_feeds import (
    ACTIVE,
    CLOCK,
    KNOWN,
    LOINC,
    PATIENT,
    RXNORM,
    SERVICES,
    SUBJECT,
    UNCHECKED,
    Filled,
    answer,
    b12,
    call,
    concept,
    order,
    parse_request,
    respond,
)

from cdshooks.errors import DataNotAvailable
from tests.shipped import LIBRARY

CONCEPTS = LIBRARY.concepts
INDEXES = {"drug": CONCEPTS.drugs, "problem": CONCEPTS.problems, "result": CONCEPTS.observations, "status": CONCEPTS.observations}
MAY_BE = [(c.name, c.kind, code) for c in CONCEPTS.by_name.values() for code in c.may_be]
GERMAN = "http://fhir.de/CodeSystem/bfarm/icd-10-gm"
MARK = "http://fhir.de/StructureDefinition/icd-10-gm-diagnosesicherheit"


@pytest.mark.parametrize(("name", "kind", "code"), MAY_BE, ids=[f"{n} {c.system} {c.code}" for n, _, c in MAY_BE])
def test_a_code_that_may_mean_a_concept_is_told_and_never_counts(name, kind, code):
    reading = INDEXES[kind].read([{"system": code.system, "code": code.code}], [])
    assert reading.known == ()
    assert name in {match.concept for match in reading.doubtful}
    assert all(match.doubt for match in reading.doubtful)


def test_each_of_them_says_where_it_is_from(cards_on_disk):
    rows = [row for table in cards_on_disk for row in table.get("may_be", ())]
    assert len(rows) == len(MAY_BE) > 50
    assert [row["code"] for row in rows if not row.get("certainty")] == []


@pytest.fixture(scope="module")
def cards_on_disk():
    folder = Path(__file__).parent.parent / "cards" / "_concepts"
    files = [tomllib.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.toml"))]
    kinds = ("drug", "problem", "result", "status")
    return [table for file in files for kind in kinds for table in file.get(kind, {}).values()]


def problem(code, identity="c", **more):
    return {"resourceType": "Condition", "id": identity, "clinicalStatus": ACTIVE, **SUBJECT, "code": code, **more}


def test_words_beside_a_wide_code_say_what_it_is_there():
    wide = {"system": "http://hl7.org/fhir/sid/icpc-2", "code": "T91"}
    assert CONCEPTS.problems.read([wide], []).doubtful
    assert CONCEPTS.problems.read([wide], ["Vitamin D deficiency"]).doubtful == ()


def test_a_problem_told_by_a_number_of_another_classification_is_told():
    number = concept(system="http://id.nlm.nih.gov/mesh", code="D000752")
    topics, text = call([PATIENT, problem(number)], by_hand="Condition")
    assert topics == [UNCHECKED]
    assert "D000752" in text


@pytest.mark.parametrize("system", [RXNORM, "http://snomed.info/sct", "https://dmd.nhs.uk", "http://hl7.org/fhir/sid/ndc"])
def test_a_treatment_told_by_an_unlisted_product_number_alone_is_never_no_treatment(system):
    number = {"medicationCodeableConcept": concept(system=system, code="1999999")}
    topics, text = call([PATIENT, b12(KNOWN), order(number)])
    assert topics == ["b12-deficiency", UNCHECKED]
    assert "no words say what it is" in text
    assert "could not be verified" in text


def test_a_code_of_a_classification_that_is_known_whole_says_that_it_is_none_of_ours():
    number = {"medicationCodeableConcept": concept(system="http://www.whocc.no/atc", code="C09AA03")}
    assert call([PATIENT, b12(KNOWN), order(number)])[0] == ["b12-deficiency"]


@pytest.mark.parametrize("written", ["2132-9", "21329", "2132 - 9", "2132‐9"])
def test_a_loinc_number_is_known_with_and_without_its_hyphen(written):
    assert call([PATIENT, b12(concept(system=LOINC, code=written))], by_hand=True)[0] == ["b12-deficiency"]


# --- how certain a diagnosis is ------------------------------------------------------------------------------------


def marked(letter, where):
    if where == "letter":
        return concept(system=GERMAN, code=f"D51.0{letter}")
    value = {"valueCoding": {"code": letter}} if where == "valueCoding" else {"valueCode": letter}
    return {"coding": [{"system": GERMAN, "code": "D51.0", "extension": [{"url": MARK, **value}]}]}


@pytest.mark.parametrize("where", ["letter", "valueCoding", "valueCode"])
@pytest.mark.parametrize(("letter", "known", "doubtful"), [("G", True, False), ("V", False, True), ("Z", False, True), ("A", False, False)])
def test_a_german_diagnosis_is_as_certain_as_it_is_marked(letter, known, doubtful, where):
    reading = CONCEPTS.problems.read(marked(letter, where)["coding"], ["Perniziöse Anämie"])
    assert ("pernicious_anaemia" in {m.concept for m in reading.known}) is known
    assert ("pernicious_anaemia" in {m.concept for m in reading.doubtful}) is doubtful


def test_one_that_is_excluded_says_nothing_even_after_the_same_without_a_mark():
    certain, excluded, again = (call([PATIENT, problem(marked(letter, "valueCoding"))])[0] for letter in "GAG")
    assert certain == again == ["lifelong-b12-lapsed"]
    assert excluded == []


@pytest.mark.parametrize(
    "end", [{"abatementDateTime": "9999-12-31"}, {"abatementDateTime": "2027"}, {"abatementPeriod": {"start": "2026-02-01"}}]
)
def test_a_problem_whose_end_is_still_to_come_is_not_over(end):
    open_ended = {k: v for k, v in problem(concept(system=GERMAN, code="D51.0")).items() if k != "clinicalStatus"}
    assert call([PATIENT, open_ended | end]) == call([PATIENT, open_ended])
    assert call([PATIENT, open_ended])[0] != []
    assert call([PATIENT, open_ended | {"abatementDateTime": "2020-01-01"}])[0] == []


@pytest.mark.parametrize(("kind", "as_r4"), [("MedicationUsage", "MedicationStatement"), ("MedicationPrescription", "MedicationRequest")])
def test_resources_under_the_names_of_ballots_and_dstu1_are_read(kind, as_r4):
    taken = order({"medicationCodeableConcept": concept(system=RXNORM, code="309594")}) | {"effectivePeriod": {"start": "2025-12-20"}}
    key = {"MedicationStatement": "medication_statements", "MedicationRequest": "medication_requests"}[as_r4]
    assert called(key, taken | {"resourceType": kind}) == []
    assert called(key, taken | {"resourceType": kind, "status": "entered-in-error"}) == ["b12-deficiency"]


def called(key, row):
    """The topics where this row comes in answer to a template."""
    service = SERVICES["patient-view"]
    record = Filled([PATIENT, b12(KNOWN)])
    prefetch = {q.key: answer(record, q.template.replace("{{context.patientId}}", "p")) for q in service.queries}
    assert key in prefetch
    prefetch[key] = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": row}]}
    context = {"userId": "Practitioner/x", "patientId": "p"}
    body = {"hook": "patient-view", "hookInstance": str(UUID(int=1)), "context": context, "prefetch": prefetch}
    cards = respond(LIBRARY, service, parse_request(body, "patient-view"), CLOCK).cards
    return [card["source"]["topic"]["code"] for card in cards]


# --- drafts that lie elsewhere ---------------------------------------------------------------------------------------

FOLIC = order({"medicationCodeableConcept": concept(system=RXNORM, code="199318")}, "draft", "folic")
GROUP = {"resourceType": "RequestGroup", "id": "g", "status": "draft", "intent": "proposal", **SUBJECT}
POINTING = {k: v for k, v in FOLIC.items() if k not in ("medicationCodeableConcept", "subject")} | {"medicationReference": {"reference": "#m"}}
TABLET = {"resourceType": "Medication", "id": "m", "code": concept(system=RXNORM, code="199318")}


def entries(*resources):
    return [{"resource": resource} for resource in resources]


def ordered(resources, hook="order-sign", selections=()):
    service = SERVICES[hook]
    record = Filled([PATIENT, b12(KNOWN)])
    prefetch = {q.key: answer(record, q.template.replace("{{context.patientId}}", "p")) for q in service.queries}
    context = {"userId": "Practitioner/x", "patientId": "p", "draftOrders": {"resourceType": "Bundle", "entry": entries(*resources)}}
    context |= {"selections": list(selections)} if hook == "order-select" else {}
    body = {"hook": hook, "hookInstance": str(UUID(int=1)), "context": context, "prefetch": prefetch}
    return respond(LIBRARY, service, parse_request(body, hook), CLOCK).cards


def topics(cards):
    return [card["source"]["topic"]["code"] for card in cards]


def inside(*orders):
    return [GROUP | {"contained": list(orders)}]


PLACES = {
    "in a Bundle inside": [{"resourceType": "Bundle", "type": "collection", "entry": entries(FOLIC)}],
    "inside a group": inside(FOLIC),
    "inside a group, its drug by reference": inside(POINTING, TABLET),
    "inside a group before its drug": inside(TABLET, POINTING),
}


@pytest.mark.parametrize("place", PLACES)
def test_an_order_that_lies_elsewhere_in_the_drafts_is_judged(place):
    assert topics(ordered(PLACES[place])) == ["folic-acid-first"]


@pytest.mark.parametrize("place", [place for place in PLACES if "group" in place])
def test_no_action_names_an_order_that_lies_inside_another(place):
    actions = [a for card in ordered(PLACES[place]) for s in card.get("suggestions", ()) for a in s["actions"]]
    assert [action for action in actions if "#" in json.dumps(action)] == []
    assert {action["type"] for action in actions} <= {"create"}


def test_whoever_selects_a_group_selects_what_it_holds_and_what_it_points_to():
    pointing = GROUP | {"action": [{"title": "x", "action": [{"resource": {"reference": "https://ehr.example/MedicationRequest/folic"}}]}]}
    for drafts in (inside(FOLIC), [pointing, FOLIC]):
        assert topics(ordered(drafts, "order-select", ["RequestGroup/g"])) == ["folic-acid-first"]


@pytest.mark.parametrize("strange", [None, 5, "x", [], [5], {"a": 1}])
def test_a_group_that_holds_nonsense_loses_nothing_else(strange):
    group = GROUP | {"contained": strange, "action": strange, "activity": strange, "id": strange}
    nested = {"resourceType": "Bundle", "entry": strange}
    for hook in ("order-sign", "order-select"):
        cards = ordered([group, nested, FOLIC], hook, ["MedicationRequest/folic"])
        assert topics(cards) == ["folic-acid-first"]


# --- drugs that are ordered as something else ------------------------------------------------------------------------

ALLERGY = {
    "resourceType": "AllergyIntolerance", "id": "a", "patient": SUBJECT["subject"], "code": concept("Hydroxocobalamin"),
    "reaction": [{"manifestation": [concept("Anaphylaxis")], "severity": "severe"}],
}  # fmt: skip


@pytest.mark.parametrize("words", ["Vitamin B12 injection", "Hydroxocobalamin 1 mg IM injection", "Injektion von Vitamin B12"])
def test_an_injection_that_is_ordered_as_a_service_is_not_passed_over(words):
    service = {"resourceType": "ServiceRequest", "status": "draft", "intent": "order", "code": concept(words)}
    assert "cobalamin-hypersensitivity" in call([PATIENT, ALLERGY], "order-sign", service)[0]


def test_a_test_that_is_ordered_is_no_drug():
    level = {"resourceType": "ServiceRequest", "status": "draft", "intent": "order", "code": concept("Vitamin B12 level")}
    assert call([PATIENT, ALLERGY], "order-sign", level)[0] == []


@pytest.mark.parametrize("kind", [concept("Folic acid 5 mg"), {"concept": concept("Folic acid 5 mg")}, None, 5])
def test_a_supplement_is_not_passed_over(kind):
    diet = {"resourceType": "NutritionOrder", "status": "draft", "intent": "order", "supplement": [{"type": kind}, None]}
    told = call([PATIENT, b12(KNOWN)], "order-sign", diet)[0]
    assert ("folic-acid-first" in told) is isinstance(kind, dict)


@pytest.mark.parametrize("step", [{"resource": {"reference": "MedicationRequest/zz"}}, {"action": [{"resource": {"reference": "https://ehr.example/MedicationRequest/zz"}}]}])
def test_an_order_to_which_a_group_points_and_that_did_not_come_is_told(step):
    group = GROUP | {"action": [step]}
    for hook, selections in (("order-sign", ()), ("order-select", ["RequestGroup/g"])):
        assert UNCHECKED in topics(ordered([group], hook, selections))


def test_a_group_that_points_to_its_orders_by_another_name_selects_all_of_them():
    pointing = GROUP | {"action": [{"resource": {"reference": "urn:uuid:0b0e1d39-0a24-4cf9-97a4-0f5b1c9e3c55"}}]}
    assert topics(ordered([pointing, FOLIC], "order-select", ["RequestGroup/g"])) == ["folic-acid-first"]


# --- a pregnancy that is not certain ---------------------------------------------------------------------------------

WOMAN = PATIENT | {"gender": "female", "birthDate": "1996-03-01"}


def observed(code, **value):
    return {"resourceType": "Observation", "id": "edd", "status": "final", "code": concept(system=LOINC, code=code), "effectiveDateTime": "2025-12-20", **SUBJECT, **value}


@pytest.mark.parametrize(
    "row",
    [
        observed("11778-8", valueDateTime="2026-07-01"), observed("11779-6", valueDateTime="2026-07-01"),
        observed("18185-9", valueQuantity={"value": 12, "unit": "wk"}),
        problem(concept(system="http://snomed.info/sct", code="77386006")), problem(concept("Schwangerschaft")),
        problem(concept(system="http://snomed.info/sct", code="77386006"), onsetString="in spring"),
    ],
)  # fmt: skip
def test_nobody_is_offered_to_remove_folic_acid_where_a_pregnancy_may_be_on_record(row):
    draft = order({"medicationCodeableConcept": concept(system=RXNORM, code="199318")}, "draft")
    told, text = call([WOMAN, b12(KNOWN), row], "order-sign", draft, by_hand=row["resourceType"])
    assert "folic-acid-first" in told
    assert "Remove the folic acid draft" not in text
    assert "leave the folic acid until that is settled" in text
    assert "Remove the folic acid draft" in call([WOMAN, b12(KNOWN)], "order-sign", draft)[1]


# --- what came and cannot be read ------------------------------------------------------------------------------------

INJECTION = order({"medicationCodeableConcept": concept(system=RXNORM, code="309594")})
UNREADABLE = {
    "a Bundle inside": {"resource": {"resourceType": "Bundle", "entry": [{"resource": INJECTION}]}},
    "no resourceType": {"resource": {k: v for k, v in INJECTION.items() if k != "resourceType"}},
    "null": {"resource": None},
    "an address alone": {"fullUrl": "https://ehr.example/MedicationRequest/m"},
    "nothing": None,
    "another word for it": {"resource": INJECTION | {"resourceType": "Medicationrequest"}},
    "something else": {"resource": {"resourceType": "Binary", "id": "b", "contentType": "application/pdf"}},
}


@pytest.mark.parametrize("entry", UNREADABLE.values(), ids=UNREADABLE)
def test_what_came_and_cannot_be_read_is_never_taken_for_nothing(entry):
    """A deficiency of a lifelong cause, and all its orders as something that nobody can read."""
    service = SERVICES["patient-view"]
    record = Filled([PATIENT, b12(KNOWN)])
    prefetch = {q.key: answer(record, q.template.replace("{{context.patientId}}", "p")) for q in service.queries}
    nothing = dict(prefetch)
    prefetch["medication_requests"] = {"resourceType": "Bundle", "type": "searchset", "entry": [entry]}

    def told(prefetch):
        context = {"userId": "Practitioner/x", "patientId": "p"}
        body = {"hook": "patient-view", "hookInstance": str(UUID(int=1)), "context": context, "prefetch": prefetch}
        try:
            return topics(respond(LIBRARY, service, parse_request(body, "patient-view"), CLOCK).cards)
        except DataNotAvailable:
            return [UNCHECKED]

    assert told(nothing) == ["b12-deficiency"]
    assert UNCHECKED in told(prefetch)
