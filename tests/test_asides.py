"""Problems and allergies that stand where something else is recorded: they are told, and never taken for certain."""

import json

import pytest
from test_feeds import KNOWN, PATIENT, SERVICES, SUBJECT, UNCHECKED, b12, call, concept
from test_in_doubt import CYANOCOBALAMIN, LEBER, problem, relative

from cdshooks.screen.wanted import wanted
from tests.shipped import LIBRARY

SNOMED = "http://snomed.info/sct"
CODED = concept(system=SNOMED, code="58610003")
NAMED = concept(LEBER)
VISIT = {"status": "finished", "period": {"start": "2025-12-01"}}
DONE = {"status": "completed", "performedDateTime": "2025-12-01"}
SEEN = {"status": "final", "effectiveDateTime": "2025-12-01"}
ALLERGIC, LEBERS = "cobalamin-hypersensitivity", "leber-cyanocobalamin"


def row(kind, **more):
    return {"resourceType": kind, "id": "r", **SUBJECT, **more}


def beside_ours(kind, **more):
    """A row of a type that nobody asked for comes with one that was asked for."""
    return [row(kind, **more), problem("Hypertension")]


PROBLEMS = {
    "the reason of a visit": [row("Encounter", **VISIT, reasonCode=[CODED])],
    "the reason of a visit (STU3)": [row("Encounter", **VISIT, reason=[NAMED])],
    "the diagnosis of a visit": [row("Encounter", **VISIT, diagnosis=[{"condition": {"display": LEBER}}])],
    "the reason of an order": [row("MedicationRequest", status="active", medicationCodeableConcept=concept("Idebenone"), reasonCode=[CODED])],
    "the reason of a request": [row("ServiceRequest", status="active", intent="order", code=concept("Eye test"), reasonCode=[NAMED])],
    "the reason of a procedure": [row("Procedure", **DONE, code=concept("Eye test"), reasonReference=[{"display": LEBER}])],
    "the outcome of a procedure": [row("Procedure", **DONE, code=concept("Gene test"), outcome=CODED)],
    "a note of a procedure": [row("Procedure", **DONE, code=concept("Gene test"), note=[{"text": f"{LEBER} confirmed"}])],
    "a note of another problem": [problem("Blindness") | {"note": [{"text": LEBER}]}],
    "the evidence of another problem": [problem("Blindness") | {"evidence": [{"code": [CODED]}]}],
    "the narrative of a problem without a code": [row("Condition", text={"status": "generated", "div": f"<div><b>{LEBER}</b></div>"})],
    "the name of an observation": [row("Observation", **SEEN, code=NAMED, valueCodeableConcept=concept("Present"))],
    "a component of an observation": [row("Observation", **SEEN, code=concept("Variant"), component=[{"code": concept("Phenotype"), "valueCodeableConcept": CODED}])],
    "the conclusion of a report": beside_ours("DiagnosticReport", status="final", conclusion=f"Mutation found. {LEBER}."),
    "the coded conclusion of a report": beside_ours("DiagnosticReport", status="final", conclusionCode=[CODED]),
    "a finding": beside_ours("ClinicalImpression", status="completed", finding=[{"itemCodeableConcept": NAMED}]),
    "a flag": beside_ours("Flag", status="active", code=NAMED),
    "an episode of care": beside_ours("EpisodeOfCare", status="active", diagnosis=[{"condition": {"display": LEBER}}]),
}  # fmt: skip
NONE = {
    "a value that says no": [row("Observation", **SEEN, code=NAMED, valueCodeableConcept=concept("Absent (qualifier value)"))],
    "a value that is false": [row("Observation", **SEEN, code=NAMED, valueBoolean=False)],
    "a coded no": [row("Observation", **SEEN, code=NAMED, valueCodeableConcept=concept(system="http://loinc.org", code="LA32-8"))],
    "a conclusion that denies": beside_ours("DiagnosticReport", status="final", conclusion=f"No evidence of {LEBER}"),
    "what was entered in error": [row("Encounter", **VISIT | {"status": "entered-in-error"}, reasonCode=[CODED])],
    "another patient's": [row("Encounter", **VISIT, reasonCode=[CODED]) | {"subject": {"reference": "Patient/another"}}],
    "another illness": [row("Encounter", **VISIT, reasonCode=[concept("Cataract")])],
}  # fmt: skip


ASKED = {query.resource for query in SERVICES["order-sign"].queries}


def answered(rows, hook="order-sign", draft=CYANOCOBALAMIN, patient=PATIENT):
    asked, unasked = [r for r in rows if r["resourceType"] in ASKED], [r for r in rows if r["resourceType"] not in ASKED]
    return call([patient, problem("Hypertension") | {"id": "h"}, *asked], hook, draft, by_hand=rows[0]["resourceType"], beside=unasked)


@pytest.mark.parametrize("rows", PROBLEMS.values(), ids=PROBLEMS)
def test_a_problem_that_stands_beside_what_a_row_records_is_told(rows):
    topics, text = answered(rows)
    assert set(topics) & {UNCHECKED, LEBERS}
    assert LEBERS not in topics or "critical" not in text  # it is never certain


@pytest.mark.parametrize("rows", NONE.values(), ids=NONE)
def test_what_is_denied_or_nobody_has_is_not(rows):
    assert answered(rows)[0] == []


def test_the_note_on_an_illness_of_a_relative_is_told():
    rows = [relative(condition=[{"code": concept("Eye disease"), "note": [{"text": LEBER}]}])]
    assert answered(rows)[0] == [LEBERS]


def test_what_the_list_tells_is_not_told_again_by_the_reasons_of_visits():
    """A pregnancy that is over on the list was the reason of the visits then; a visit of later tells of another."""
    woman = PATIENT | {"birthDate": "1994-01-01", "gender": "female"}
    over = problem("Pregnancy") | {"clinicalStatus": concept(code="resolved"), "onsetDateTime": "2025-04-01", "abatementDateTime": "2025-11-01"}
    indeterminate = b12(KNOWN, 200)

    def told(day):
        visit = row("Encounter", status="finished", period={"start": day}, reasonCode=[concept("Pregnancy")])
        return call([woman, over, indeterminate], beside=[visit])[0]

    assert UNCHECKED not in told("2025-06-01")
    assert UNCHECKED in told("2025-12-20")


def test_a_reason_that_says_more_than_the_list_is_told():
    """The list has a deficiency by the diet; a visit names pernicious anaemia, in which little by mouth is no treatment."""
    icd = "http://hl7.org/fhir/sid/icd-10-cm"
    diet = row("Condition", code=concept(system=icd, code="D51.3"))
    visit = row("Encounter", **VISIT, reasonCode=[concept(system=icd, code="D51.0")])
    small = {"medicationCodeableConcept": concept(system="http://www.nlm.nih.gov/research/umls/rxnorm", code="309595")}
    dose = {"dosageInstruction": [{"timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
                                   "doseAndRate": [{"doseQuantity": {"value": 0.1, "unit": "mg"}}], "route": {"text": "oral"}}]}
    taken = row("MedicationRequest", status="active", intent="order", authoredOn="2026-01-05", **small, **dose)
    low = b12(KNOWN, 90, "2026-01-02")
    assert "b12-deficiency" not in call([PATIENT, low, diet, taken])[0]
    assert {"b12-deficiency", UNCHECKED} & set(call([PATIENT, low, diet, taken], beside=[visit])[0])
    # What words say to be in remission, since nobody says when, does not hide the visit of last month.
    quiet = row("Condition", code=concept("Pernicious anaemia"), clinicalStatus=concept(code="remission"))
    assert {"b12-deficiency", UNCHECKED} & set(call([PATIENT, low, quiet, taken], beside=[visit])[0])


# --- allergies -----------------------------------------------------------------------------------------------------

B12 = "Vitamin B12"
ALLERGIES = {
    "an observation of allergies": [row("Observation", **SEEN, code=concept("Allergies"), valueString=f"{B12}, penicillin")],
    "an observation that is named so": [row("Observation", **SEEN, code=concept(f"Allergy to {B12}"))],
    "a flag": beside_ours("Flag", status="active", category=[concept("Allergy")], code=concept(B12)),
    "an adverse event": beside_ours("AdverseEvent", actuality="actual", event=concept("Shock"), suspectEntity=[{"instance": {"display": B12}}]),
    "a detected issue": beside_ours("DetectedIssue", status="final", code=concept("Drug allergy"), implicated=[{"display": B12}]),
    "a report": beside_ours("DiagnosticReport", status="final", conclusion=f"Allergic to {B12}"),
    "a list of allergies": beside_ours("List", status="current", code=concept("Allergies"), entry=[{"item": {"display": B12}}]),
    "a note of a problem": [problem("Drug allergy") | {"note": [{"text": B12}]}],
    "the evidence of a problem": [problem("Allergic reaction") | {"evidence": [{"code": [concept(B12)]}]}],
    "the reason of a visit": [row("Encounter", **VISIT, reasonCode=[concept(f"Anaphylaxis after {B12}")])],
    "the complication of a procedure": [row("Procedure", **DONE, code=concept(f"Injection of {B12}"), complication=[concept("Anaphylaxis")])],
}  # fmt: skip
NO_ALLERGIES = {
    "none": [row("Observation", **SEEN, code=concept("Allergies"), valueString=f"No known allergy to {B12}")],
    "a no": [row("Observation", **SEEN, code=concept(f"Allergy to {B12}"), valueBoolean=False)],
    "a deficiency beside an allergy": [row("Encounter", **VISIT, reasonCode=[concept("Allergic rhinitis"), concept(f"{B12} deficiency")])],
    "another allergy": [problem("Drug allergy") | {"note": [{"text": "penicillin"}]}],
    "one that the list tells": [
        row("Encounter", **VISIT, reasonCode=[concept("Penicillin allergy")]),
    ],
}  # fmt: skip


@pytest.mark.parametrize("rows", ALLERGIES.values(), ids=ALLERGIES)
def test_an_allergy_that_stands_beside_what_a_row_records_is_told(rows):
    assert answered(rows)[0] == [UNCHECKED]


@pytest.mark.parametrize("rows", NO_ALLERGIES.values(), ids=NO_ALLERGIES)
def test_an_allergy_that_is_denied_or_to_something_else_is_not(rows):
    assert answered(rows)[0] == []


@pytest.mark.parametrize("words", ["Urticaria due to hydroxocobalamin", "Rash after vitamin B12", "Cyanocobalamin causing adverse effect"])
def test_a_problem_that_is_a_reaction_to_a_drug_is_an_allergy(words):
    assert answered([problem(words)])[0] == [ALLERGIC]


def test_nothing_is_offered_that_a_card_would_forbid_if_what_is_not_understood_were_so():
    low, allergic = b12(KNOWN), problem("Drug allergy") | {"note": [{"text": B12}]}
    assert '"suggestions"' in call([PATIENT, low])[1]
    text = call([PATIENT, low, allergic])[1]
    assert "it could not be checked for hypersensitivity" in text
    assert "Order hydroxocobalamin 1 mg IM three" not in text.partition('"suggestions"')[2]


# --- registers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["Condition", "Procedure", "Encounter", "Observation"])
def test_a_register_keeps_what_names_something_beside_what_it_records(kind):
    known = wanted(SERVICES.values(), LIBRARY.concepts)
    rows = [each for rows in [*PROBLEMS.values(), *ALLERGIES.values()] for each in rows if each["resourceType"] == kind and each["id"] != "h"]
    kept = [each for each in rows if known.needs(kind, json.dumps(each).encode())]
    assert [each for each in rows if each.get("code") != concept("Hypertension") and each not in kept] == []
    assert not known.needs(kind, json.dumps(row(kind, code=concept("Cataract"), reasonCode=[concept("Cataract")])).encode())


# --- pregnancy, nitrous oxide --------------------------------------------------------------------------------------

WOMAN = PATIENT | {"birthDate": "1994-01-01", "gender": "female"}
LOINC, ICD9, ICD11 = "http://loinc.org", "http://hl7.org/fhir/sid/icd-9-cm", "http://id.who.int/icd/release/11/mms"
PERHAPS_PREGNANT = {
    "a positive test": row("Observation", **SEEN, code=concept(system=LOINC, code="2106-3"), valueCodeableConcept=concept("Positive")),
    "an expected date in words": row("Observation", **SEEN, code=concept("Expected date of delivery"), valueDateTime="2026-06-01"),
    "weeks of gestation": row("Observation", **SEEN, code=concept(system=LOINC, code="11884-4"), valueQuantity={"value": 14, "unit": "wk"}),
    "ICD-9": row("Condition", code=concept(system=ICD9, code="V22.1"), onsetDateTime="2025-11-01"),
    "ICD-11": row("Condition", code=concept(system=ICD11, code="QA42"), onsetDateTime="2025-11-01"),
    "an antenatal visit": row("Encounter", **VISIT, type=[concept("Antenatal visit")]),
    "the service of a visit": row("Encounter", **VISIT, serviceType=concept("Obstetrics, antenatal")),
    "active and over": row(
        "Condition", code=concept(system=SNOMED, code="77386006"), clinicalStatus=concept(code="active"),
        onsetDateTime="2025-06-01", abatementDateTime="2025-12-20",
    ),
}  # fmt: skip


@pytest.mark.parametrize("told", PERHAPS_PREGNANT.values(), ids=PERHAPS_PREGNANT)
def test_a_pregnancy_that_is_told_elsewhere_may_be_one(told):
    assert UNCHECKED in call([WOMAN, b12(KNOWN, 200), told], by_hand=told["resourceType"])[0]


@pytest.mark.parametrize("value", [concept("Negative"), concept(system=SNOMED, code="260385009")])
def test_a_negative_test_tells_of_no_pregnancy(value):
    told = row("Observation", **SEEN, code=concept(system=LOINC, code="2106-3"), valueCodeableConcept=value)
    assert UNCHECKED not in call([WOMAN, b12(KNOWN, 200), told], by_hand="Observation")[0]


USED = {
    "a component": row("Observation", **SEEN, code=concept("Substance use"), component=[{"code": concept("Substance"), "valueCodeableConcept": concept("Nitrous oxide")}]),
    "a name with a yes": row("Observation", **SEEN, code=concept("Nitrous oxide use"), valueCodeableConcept=concept("Yes")),
    "the reason of a visit": row("Encounter", **VISIT, reasonCode=[concept("Nitrous oxide misuse")]),
    "a note": problem("Inhalant abuse") | {"note": [{"text": "nitrous oxide, 50 canisters a week"}]},
}  # fmt: skip


@pytest.mark.parametrize("told", USED.values(), ids=USED)
def test_the_use_of_nitrous_oxide_counts_wherever_it_stands(told):
    assert "nitrous-oxide" in call([PATIENT, b12(KNOWN, 500), told], by_hand=told["resourceType"])[0]


# --- results that do not say of what they are ----------------------------------------------------------------------


def nameless(code=None, unit="pg/mL", **more):
    value = {"valueQuantity": {"value": 90, "unit": unit}} if unit else {}
    return row("Observation", **SEEN | {"effectiveDateTime": "2026-01-10"}, **value, **({"code": code} if code else {}), **more)


NAMELESS = {
    "no code": nameless(),
    "a system alone": nameless({"coding": [{"system": LOINC}]}),
    "a code of a laboratory, without words": nameless(concept(system="urn:laboratory", code="12345")),
    "a national code under another address": nameless(concept(system="urn:laboratory", code="40316572")),
    "a text": nameless(unit=None, valueString="90 pg/mL"),
    "a narrative": nameless(unit=None, text={"div": "<div>Vitamin B12: <b>90</b></div>"}),
    "no unit": nameless(unit=None, valueInteger=90),
}


@pytest.mark.parametrize("told", NAMELESS.values(), ids=NAMELESS)
def test_a_result_that_does_not_say_of_what_it_is_may_be_ours(told):
    assert call([PATIENT, told], by_hand="Observation")[0] == [UNCHECKED]
    assert "b12-deficiency" in call([PATIENT, told, b12(KNOWN)], by_hand="Observation")[0]


@pytest.mark.parametrize(
    "told", [nameless(unit="mm[Hg]"), nameless(concept(system="urn:laboratory", code="12345"), unit="%"), nameless(concept("Ferritin"))]
)
def test_one_that_is_measured_otherwise_is_not(told):
    assert call([PATIENT, told], by_hand="Observation")[0] == []
