"""What a row says of itself that turns it around, and rows that tell of a drug or an allergy without being its record."""

import pytest
from test_feeds import (
    CLOCK,
    KNOWN,
    PATIENT,
    PERNICIOUS,
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

from cdshooks.chart.chart import Chart, Provided
from cdshooks.protocol.groups import orders_of
from cdshooks.reading.newest import standing_versions
from cdshooks.terms.dates import happened
from tests.shipped import LIBRARY
from tests.test_prefetch import EMPTY, bundle, result
from tests.test_prefetch import call as prefetched

SNOMED = "http://snomed.info/sct"
INJECTION = {"medicationCodeableConcept": concept(system=RXNORM, code="309594")}
LAPSED, ALLERGY = "lifelong-b12-lapsed", "cobalamin-hypersensitivity"
NONE_FOUND = "no current treatment found"


def had(kind, **more):
    date = {"MedicationDispense": "whenHandedOver", "MedicationAdministration": "effectiveDateTime"}.get(kind, "authoredOn")
    status = "active" if kind == "MedicationRequest" else "completed"
    row = {"resourceType": kind, "id": "m", "status": status, "intent": "order", date: "2025-12-20", **SUBJECT}
    return row | INJECTION | more


NOTHING_HAD = {
    "a dispense that did not happen (STU3)": had("MedicationDispense", notDone=True),
    "a dispense of nothing": had("MedicationDispense", quantity={"value": 0}),
    "a dose of nothing": had("MedicationAdministration", dosage={"dose": {"value": 0, "unit": "mg"}}),
    "an order of nothing": had("MedicationRequest", dosageInstruction=[{"doseAndRate": [{"doseQuantity": {"value": 0}}]}]),
    "what is modified": had("MedicationRequest", modifierExtension=[{"url": "urn:x", "valueBoolean": True}]),
    "a dose of the first day of a calendar": had("MedicationAdministration", effectiveDateTime="1900-01-01"),
    "a dose of the first day of computers": had("MedicationAdministration", effectiveDateTime="1969-12-31T19:00:00-05:00"),
}


@pytest.mark.parametrize("row", NOTHING_HAD.values(), ids=NOTHING_HAD)
def test_a_dose_that_may_be_none_is_no_treatment_that_is_on_record(row):
    assert LAPSED in call([PATIENT, PERNICIOUS, row])[0]


@pytest.mark.parametrize("day", ["1900-01-01", "1969-12-31T19:00:00-05:00"])
def test_a_dose_of_no_known_day_is_never_no_treatment(day):
    assert NONE_FOUND not in call([PATIENT, PERNICIOUS, had("MedicationAdministration", effectiveDateTime=day)])[1]


def test_the_same_without_what_turns_it_around_is_treatment():
    assert LAPSED not in call([PATIENT, PERNICIOUS, had("MedicationAdministration")])[0]


DOUBTED = {
    "modified": {"modifierExtension": [{"url": "urn:x"}]},
    "another's": {"focus": [{"reference": "Patient/other"}]},
    "with a reason for its absence": {"dataAbsentReason": {"text": "error"}},
    "of another specimen": {"specimen": {"display": "Urine, random"}},
    "of another specimen inside it": {
        "specimen": {"reference": "#s"},
        "contained": [{"resourceType": "Specimen", "id": "s", "type": concept("Spinal fluid")}],
    },
}
LOW = b12(KNOWN) | {"effectiveDateTime": "2025-11-01"}
LATER = b12(KNOWN, 500) | {"id": "later", "effectiveDateTime": "2026-01-10"}


@pytest.mark.parametrize("more", DOUBTED.values(), ids=DOUBTED)
def test_a_good_result_that_may_be_another_does_not_silence_a_low_one(more):
    assert "b12-deficiency" in call([PATIENT, LOW, LATER | more])[0]


@pytest.mark.parametrize("more", [{}, {"focus": [SUBJECT["subject"]]}, {"specimen": {"display": "Serum"}}])
def test_one_that_surely_is_does(more):
    assert call([PATIENT, LOW, LATER | more])[0] == []


TELLS = {
    "Observation": {"status": "final", "effectiveDateTime": "2025-12-20", "code": concept("Vitamin B12 injection given")},
    "Condition": {"code": concept("On vitamin B12 injections")},
    "Encounter": {"status": "finished", "period": {"start": "2025-12-20"}, "type": [concept("Vitamin B12 injection")]},
    "ServiceRequest": {"status": "active", "intent": "order", "authoredOn": "2025-12-20", "code": concept("Vitamin B12 injection")},
    "Procedure": {"status": "completed", "code": concept("Injection"), "usedCode": [concept("Vitamin B12 injection")]},
}


@pytest.mark.parametrize("kind", TELLS)
def test_a_dose_that_is_written_down_as_something_else_is_never_no_treatment(kind):
    topics, text = call([PATIENT, PERNICIOUS, {"resourceType": kind, "id": "t", **SUBJECT, **TELLS[kind]}], by_hand=kind)
    assert NONE_FOUND not in text
    assert LAPSED in topics


@pytest.mark.parametrize("words", ["see note", "Patient's own medication", "?", "-", "IM injection", "siehe Notiz", "不明"])
def test_words_that_say_nothing_of_the_drug_are_told(words):
    nameless = {"medicationCodeableConcept": concept(words)}
    topics, text = call([PATIENT, PERNICIOUS, order(nameless)])
    assert (topics, NONE_FOUND in text) == (["lifelong-b12-lapsed", UNCHECKED], False)
    assert "could not be verified" in text
    draft = {"resourceType": "MedicationRequest", "id": "d", "status": "draft", "intent": "order", **SUBJECT}
    assert call([PATIENT, LOW], "order-sign", draft | nameless)[0] == [UNCHECKED]
    assert call([PATIENT, LOW], "order-sign", draft | {"medicationCodeableConcept": concept("Lisinopril, " + words)})[0] == []


# --- allergies -----------------------------------------------------------------------------------------------------


def allergy(**more):
    return {"resourceType": "AllergyIntolerance", "id": "a", "patient": SUBJECT["subject"], **more}


def problem(text, system=None, code=None):
    return {"resourceType": "Condition", "id": "c", **SUBJECT, "code": concept(text, system, code)}


ALLERGIES = {
    ALLERGY: [problem("Allergy to vitamin B12"), problem("Cyanocobalamin hypersensitivity")],
    UNCHECKED: [
        allergy(code=concept("Drug allergy"), note=[{"text": "vitamin B12 injection: rash"}]),
        allergy(code=concept("Drug allergy"), reaction=[{"description": "Anaphylaxis after vitamin B12"}]),
        allergy(code=concept(system="urn:local", code="77")),
        allergy(),
    ],
    None: [
        allergy(code=concept("No known allergies"), note=[{"text": "no allergy to vitamin B12"}]),
        allergy(code=concept(system=SNOMED, code="716186003")),
        allergy(code=concept(system="urn:local", code="77"), category=["food"]),
        allergy(code=concept("Penicillin")),
        problem("Family history of allergy to vitamin B12"),
        problem("Vitamin B12 deficiency due to drug intolerance"),
    ],
}
EACH = [(topic, row) for topic, rows in ALLERGIES.items() for row in rows]


@pytest.mark.parametrize(("topic", "row"), EACH)
def test_an_allergy_counts_wherever_it_stands_and_one_that_nobody_can_read_is_told(topic, row):
    draft = {"resourceType": "MedicationRequest", "id": "d", "status": "draft", "intent": "order", **SUBJECT, **INJECTION}
    assert set(call([PATIENT, row], "order-sign", draft)[0]) & {ALLERGY, UNCHECKED} == ({topic} if topic else set())


# --- problems, doses, drafts, dates --------------------------------------------------------------------------------

CONTRADICTS = {
    "an end in words": {"clinicalStatus": None, "abatementString": "lifelong"},
    "no end, as a word": {"clinicalStatus": None, "abatementBoolean": "false"},
    "active and ended": {"clinicalStatus": {"coding": [{"code": "active"}]}, "abatementDateTime": "2025-12-01"},
    "refuted and confirmed": {"verificationStatus": {"coding": [{"code": "refuted"}, {"code": "confirmed"}]}},
}


@pytest.mark.parametrize("more", CONTRADICTS.values(), ids=CONTRADICTS)
def test_a_problem_that_contradicts_itself_is_told(more):
    assert call([PATIENT, PERNICIOUS | more])[0] == [UNCHECKED]


DAILY = {"timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}}


def folic_acid(value, **more):
    entry = DAILY | {"doseAndRate": [{"doseQuantity": {"value": value, "unit": "mg"}}]} | more
    drug = {"medicationCodeableConcept": concept(system=RXNORM, code="4511"), "dosageInstruction": [entry]}
    return {"resourceType": "MedicationRequest", "id": "d", "status": "draft", "intent": "order", **SUBJECT, **drug}


@pytest.mark.parametrize(
    ("draft", "fires"),
    [
        (folic_acid(0.1), False),
        (folic_acid(0.1, text="0.1 mg daily"), False),
        (folic_acid(0.1, text="one tablet (100 mcg) a day"), False),
        (folic_acid(0), True),
        (folic_acid(0.1, modifierExtension=[{"url": "urn:x"}]), True),
        (folic_acid(0.1, text="take 5 mg daily"), True),
        (folic_acid(0.1, patientInstruction="actually 5mg"), True),
    ],
)
def test_a_dose_that_its_own_entry_contradicts_is_not_known_to_be_small(draft, fires):
    assert ("folic-acid-first" in call([PATIENT, LOW], "order-sign", draft)[0]) is fires


def names(*entries, selections=()):
    return [f"{d['resourceType']}/{d['id']}" for d in orders_of({"resourceType": "Bundle", "entry": [*entries]}, selections)]


def test_an_order_that_is_announced_and_did_not_come_is_told():
    assert names({"fullUrl": "https://ehr.example/MedicationRequest/7"}) == ["MedicationRequest/#7"]
    assert names(selections=["MedicationRequest/7"]) == ["MedicationRequest/#7"]
    assert names({"resource": {"id": "x"}}) == ["MedicationRequest/x"]
    assert names(None, {}, {"fullUrl": "https://ehr.example/Patient/7"}) == []
    assert names({"fullUrl": "https://ehr.example/MedicationRequest/7", "request": {"method": "DELETE"}}) == []


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("1900-01-01", False), ("1753-01-01", False), ("0001-01-01T00:00:00Z", False), ("9999-12-31", False),
     ("1970-01-01T00:00:00+01:00", False), ("1970-01-02", True), ("1900", True), ("1931-05-06", True)],
)  # fmt: skip
def test_a_date_that_stands_where_none_was_told_is_none(text, is_one):
    assert (happened(text, CLOCK.zone) is not None) is is_one


def test_phrases_that_say_nothing_are_found_in_any_order_and_beside_nothing_else():
    say_nothing = LIBRARY.concepts.phrases.say_nothing
    assert all(map(say_nothing, ["", "See note.", "tablet (see note)", "Non-Formulary  Medication"]))
    assert not any(map(say_nothing, ["see note for vitamin B12", "B12", "metformin", "see note " * 40 + "x"]))


# --- relatives, plans, supplies ------------------------------------------------------------------------------------

LEBER = "Leber's hereditary optic neuropathy"
CYANOCOBALAMIN = {
    "resourceType": "MedicationRequest", "id": "d", "status": "draft", "intent": "order", **SUBJECT,
    "medicationCodeableConcept": concept(system=RXNORM, code="309594"),
}  # fmt: skip


def relative(**more):
    who = {"relationship": concept("mother"), "patient": SUBJECT["subject"]}
    return {"resourceType": "FamilyMemberHistory", "id": "f", "status": "completed", **who, **more}


RELATIVES = {
    "a problem": (problem(f"Family history of {LEBER}"), True),
    "a problem that says who": (problem(f"Mother has {LEBER}"), True),
    "one who cannot pass it on": (problem(f"Father has {LEBER}"), False),
    "another illness": (problem("Family history of gout"), False),
    "a reason": (relative(reasonCode=[concept(LEBER)]), True),
    "a note": (relative(note=[{"text": LEBER}]), True),
    "an observation": (
        {"resourceType": "Observation", "id": "o", "status": "final", **SUBJECT, "code": concept("Family history"), "valueString": LEBER},
        True,
    ),
}


@pytest.mark.parametrize(("row", "warns"), RELATIVES.values(), ids=RELATIVES)
def test_an_illness_of_a_relative_counts_wherever_it_stands(row, warns):
    topics = call([PATIENT, row], "order-sign", CYANOCOBALAMIN, by_hand=row["resourceType"])[0]
    assert ("leber-cyanocobalamin" in topics) is warns


def planned(**detail):
    return {"resourceType": "CarePlan", "id": "p", "status": "draft", "intent": "plan", **SUBJECT, "activity": [{"detail": detail}]}


FOLIC_ACID = concept(system=RXNORM, code="4511")
ELSEWHERE = {
    "an activity of a plan": (planned(productCodeableConcept=FOLIC_ACID), {"folic-acid-first"}),
    "a service of a plan": (planned(code=concept("Injection of folic acid 5 mg")), {"folic-acid-first", UNCHECKED}),
    "a request for supplies": (
        {"resourceType": "SupplyRequest", "id": "s", "status": "draft", "itemCodeableConcept": concept("Folic acid 5 mg")},
        {"folic-acid-first", UNCHECKED},
    ),
    "another activity": (planned(productCodeableConcept=concept("Lisinopril 5 mg")), set()),
}


@pytest.mark.parametrize(("draft", "wanted"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_drug_that_is_planned_or_supplied_is_a_draft(draft, wanted):
    topics = {*call([PATIENT, LOW], "order-sign", draft)[0]}
    assert topics & wanted if wanted else not topics


# --- what is written with a row ------------------------------------------------------------------------------------

RELIED_ON = {
    "a note": {"note": [{"text": "Sample haemolysed"}]},
    "a comment (STU3)": {"comment": "Wrong blood in tube suspected"},
    "an interpretation in words": {"interpretation": [concept("Invalid")]},
    "a flag": {"interpretation": [{"coding": [{"code": "LL"}]}]},
    "the state of the specimen": {
        "specimen": {"reference": "#s"}, "contained": [{"resourceType": "Specimen", "id": "s", "status": "unsatisfactory"}],
    },
    "a second value": {"valueString": "<50 pg/mL"},
}  # fmt: skip


@pytest.mark.parametrize("more", RELIED_ON.values(), ids=RELIED_ON)
def test_a_good_result_that_its_laboratory_does_not_rely_on_is_told_and_a_low_one_still_warns(more):
    assert set(call([PATIENT, LOW, LATER | more])[0]) == {"b12-deficiency", "b12-result-unusable"}
    assert "b12-deficiency" in call([PATIENT, LOW | more | ({"valueQuantity": LOW["valueQuantity"]})])[0]


@pytest.mark.parametrize("text", ["No haemolysis", "Biotin may interfere with this assay", "fasting sample"])
def test_a_remark_that_says_nothing_of_this_value_changes_nothing(text):
    assert call([PATIENT, LOW, LATER | {"note": [{"text": text}]}])[0] == []


NOT_HAD = {
    "a note": had("MedicationRequest", note=[{"text": "Patient refused"}]),
    "instructions": had("MedicationAdministration", dosage={"text": "not given"}),
    "a reason (STU3)": had("MedicationAdministration", reasonNotGiven=[concept("refused")]),
    "a reason": had("MedicationAdministration", statusReason=[concept("vomiting")]),
    "adherence": had("MedicationStatement", status="active", adherence={"code": {"coding": [{"code": "stopped"}]}}),
    "a year that is a slip": had("MedicationAdministration", effectiveDateTime="2062-12-20"),
    "a start to come": had(
        "MedicationRequest", dosageInstruction=[{"timing": {"repeat": {"boundsPeriod": {"start": "2026-05-01"}}}}]
    ),
}


@pytest.mark.parametrize("row", NOT_HAD.values(), ids=NOT_HAD)
def test_a_drug_that_its_own_record_says_was_not_had_is_no_treatment(row):
    assert LAPSED in call([PATIENT, PERNICIOUS, row])[0]


def test_what_is_dated_after_today_or_was_converted_as_completed_is_never_no_treatment():
    for row in (
        had("MedicationRequest", authoredOn="2026-02-01"),
        had("MedicationStatement", effectivePeriod={"start": "2019-01-01"}) | {"effectiveDateTime": None},
    ):
        assert NONE_FOUND not in call([PATIENT, PERNICIOUS, row])[1]


def test_in_one_sitting_what_is_not_had_soon_excuses_nothing():
    folic = folic_acid(5) | {"id": "f"}
    given = {"resourceType": "MedicationRequest", "id": "b", "status": "draft", "intent": "order", **SUBJECT, **INJECTION}
    loud = {"folic-acid-first": "critical"}

    def indicators(*drafts):
        return call_all(drafts)["folic-acid-first"]

    assert indicators(folic) == loud["folic-acid-first"]
    assert indicators(folic, given) != "critical"
    later = [{"timing": {"repeat": {"boundsPeriod": {"start": "2026-06-01"}}}}]
    for more in ({"dosageInstruction": later}, {"note": [{"text": "do not give"}]}):
        assert indicators(folic, given | more) == "critical"


def call_all(drafts):
    """The indicators by topic of a sitting of several drafts."""
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": draft} for draft in drafts]}
    body = {
        "hook": "order-sign", "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/x", "patientId": "p", "draftOrders": bundle},
        "prefetch": {
            q.key: answer(Filled([PATIENT, LOW]), q.template.replace("{{context.patientId}}", "p"))
            for q in SERVICES["order-sign"].queries
        },
    }  # fmt: skip
    cards = respond(LIBRARY, SERVICES["order-sign"], parse_request(body, "order-sign"), CLOCK).cards
    return {card["source"]["topic"]["code"]: card["indicator"] for card in cards}


@pytest.mark.parametrize("text", ["FH pernicious anaemia", "Rule out pernicious anaemia", "Screening for pernicious anaemia"])
def test_a_code_whose_own_words_deny_it_is_not_certain(text):
    assert call([PATIENT, PERNICIOUS | {"code": {**PERNICIOUS["code"], "text": text}}])[0] == [UNCHECKED]


def test_of_several_versions_of_a_resource_the_latest_stands():
    first, second = ({"meta": {"versionId": number, "lastUpdated": f"2026-01-0{number}"}} for number in "12")
    assert call([PATIENT, LOW | first, LOW | second | {"status": "entered-in-error"}])[0] == []
    stopped = had("MedicationRequest") | {"status": "stopped"}
    assert LAPSED in call([PATIENT, PERNICIOUS, had("MedicationRequest") | first, stopped | second])[0]


def test_the_reason_of_a_draft_may_be_a_problem():
    pregnant = folic_acid(5) | {"reasonCode": [concept(system=SNOMED, code="77386006")]}
    woman = PATIENT | {"gender": "female", "birthDate": "1994-01-01"}
    offers = "Remove the folic acid draft"
    assert offers in call([woman, LOW], "order-sign", folic_acid(5))[1]
    assert offers not in call([woman, LOW], "order-sign", pregnant)[1]


@pytest.mark.parametrize("text", ["1000 mg IM", "inject 1000 mg monthly"])
def test_a_dose_that_stands_first_in_the_instructions_is_read(text):
    assert "b12-dose-error" in call([PATIENT], "order-sign", CYANOCOBALAMIN | {"dosageInstruction": [{"text": text}]})[0]
    fine = CYANOCOBALAMIN | {"dosageInstruction": [{"text": "1 mg IM, with metformin 1000 mg"}]}
    assert "b12-dose-error" not in call([PATIENT], "order-sign", fine)[0]


def test_an_antibody_that_cannot_be_read_is_not_denied():
    antibody = {
        "resourceType": "Observation", "id": "a", "status": "final", "effectiveDateTime": "2025-12-20", **SUBJECT,
        "code": concept(system="http://loinc.org", code="31444-3"), "valueString": "Positive, weakly",
    }  # fmt: skip
    text = call([PATIENT, b12(KNOWN, 250), antibody])[1]
    assert "It cannot be told: a raised MMA" in text
    assert "Not: a raised MMA" not in text


@pytest.mark.parametrize("text", ["Specimen not haemolysed", "Kein Hinweis auf Besonderes, Probe nicht hämolysiert", "No clots; not contaminated", "Hemoliz yok", "溶血なし", "Hemolizis: nincs", "Hämolyse: nein"])
def test_a_remark_that_denies_a_fault_is_none(text):
    assert call([PATIENT, LOW, LATER | {"note": [{"text": text}]}])[0] == []


def test_what_was_written_of_a_drug_turns_no_operation_around():
    gone = {
        "resourceType": "Procedure", "id": "g", "status": "completed", "performedDateTime": "2024-01-01", **SUBJECT,
        "code": concept(system=SNOMED, code="26452005"), "note": [{"text": "metformin was stopped by the ward"}],
    }  # fmt: skip
    assert call([PATIENT, gone])[0] == call([PATIENT, {**gone, "note": []}])[0] != []


def test_an_order_that_is_dated_after_today_is_told_in_the_trace_and_a_problem_is_not_called_ignored():
    later = PERNICIOUS | {"onsetDateTime": "2062-01-01"}
    chart = chart_of([PATIENT, later, had("MedicationRequest", authoredOn="2062-01-01")])
    assert [p.start for p in chart.problems("pernicious_anaemia")] == [None]
    assert [order.code for order in chart.ordered("vitamin_b12")] == [None]
    assert chart.oddities == []
    assert [told.says for told in chart.not_understood if "after today (2062-01-01)" in told.says]


def chart_of(rows):
    found = Provided(patient=rows[0], rows=tuple(rows[1:]))
    return Chart(LIBRARY.concepts, CLOCK, "p", "patient-view", found)


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        ({"lastUpdated": "2026-01-02T00:30:00+02:00"}, {"lastUpdated": "2026-01-01T23:00:00Z"}, False),
        ({"versionId": "9"}, {"versionId": "10"}, False),
        ({"versionId": "9"}, {}, True),
        ({}, {}, True),
        ({"versionId": "W/1"}, {"versionId": "W/2"}, True),
    ],
)
def test_of_versions_only_what_all_of_them_say_tells_which_is_newest(first, second, both):
    rows = [LOW | {"meta": first}, LOW | {"meta": second}]
    assert standing_versions(rows) == (rows if both else rows[1:])


def told_by(*rows):
    found = prefetched(EMPTY | {"results": bundle(*rows), "recent_results": bundle(*rows)})
    return {card["source"]["topic"]["code"]: card["indicator"] for card in found.cards}


def test_a_sign_that_is_not_understood_is_told_beside_a_quieter_card_of_its_topic():
    mcv = result(108) | {"id": "m", "code": {"text": "MCV"}, "valueQuantity": {"value": 108, "unit": "fL"}}
    borderline = result(250)
    assert told_by(borderline) == {"b12-indeterminate": "info"}
    assert told_by(borderline, mcv) == {"b12-indeterminate": "info", "could-not-check": "warning"}


def test_an_antibody_in_words_is_told_beside_a_quieter_card():
    antibody = {**result(250), "id": "a", "code": {"coding": [{"system": "http://loinc.org", "code": "31444-3"}]}}
    antibody = {key: value for key, value in antibody.items() if key != "valueQuantity"} | {"valueString": "Positive, weakly"}
    assert told_by(result(250), antibody) == {"b12-indeterminate": "info", "could-not-check": "warning"}
