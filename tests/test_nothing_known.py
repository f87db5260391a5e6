"""Rows that say that nothing is known are no other drug and no allergy; those that say that there is none are no doubt."""

import pytest
from test_feeds import ACTIVE, KNOWN, PATIENT, PERNICIOUS, RXNORM, SUBJECT, UNCHECKED, b12, call
from test_named import NONE_FOUND, treated

ABSENT = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"
OF_THP = "http://terminology.hl7.org/CodeSystem/absent-unknown-uv-ips"
SCT = "http://snomed.info/sct"
REASON = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
NULL = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"
IS_ALLERGIC = "An allergy to a cobalamin is recorded"


def coded(system, code, display=None):
    return {"coding": [{"system": system, "code": code} | ({"display": display} if display else {})]}


def statement(told):
    return {"resourceType": "MedicationStatement", "id": "s", "status": "active", **SUBJECT, "medicationCodeableConcept": told}


def beside_allergy(told):
    row = {"resourceType": "AllergyIntolerance", "id": "a", "clinicalStatus": ACTIVE, "patient": SUBJECT["subject"], "code": told}
    return call([PATIENT, b12(KNOWN), row])[1]


# --- drugs ------------------------------------------------------------------------------------------------------------

UNKNOWN = [
    coded(ABSENT, "no-medication-info", "No information about medications"),
    coded(OF_THP, "no-medication-info"),
    coded(SCT, "1631000175102", "Patient not asked (contextual qualifier)"),
    coded(REASON, "masked", "Masked"),
    coded(NULL, "NASK", "not asked"),
    *({"text": words} for words in (
        "No information available", "Unable to obtain medication history", "See scanned medication list", "Masked", "Restricted", "Confidential medication",
        "Patient refused to disclose", "Home meds - list not available", "See GP record", "Blinded study medication", "Clinical trial medication",
        "siehe Medikationsplan", "keine Angaben zur Medikation", "zie medicatielijst", "ver receta", "他院処方薬", "information non disponible",
    )),
]  # fmt: skip


@pytest.mark.parametrize("told", UNKNOWN, ids=str)
def test_a_row_that_says_that_nothing_is_known_of_the_drugs_is_no_other_drug(told):
    assert NONE_FOUND not in treated(statement(told))


@pytest.mark.parametrize("told", [
    coded(ABSENT, "no-known-medications", "No known medications"), coded(SCT, "787481004", "No known medications (situation)"), {"text": "No active medications"},
    {"text": "Biotin 5 mg"}, {"text": "Clinical nutrition drink"}, {"text": "Scandishake"},
], ids=str)  # fmt: skip
def test_one_that_says_that_there_is_none_or_names_another_is(told):
    assert NONE_FOUND in treated(statement(told))


# --- allergies --------------------------------------------------------------------------------------------------------

NONE = [
    *(coded(system, code, display) for system in (ABSENT, OF_THP, f"{ABSENT}|1.1.0") for code, display in (
        ("no-known-allergies", "No known allergies"), ("no-known-allergies", None), ("no-known-medication-allergies", None),
    )),
    *(coded("http://local.example/allergies", "0", display) for display in (
        "NKDA", "No allergies", "No Known Active Allergies", "Pas d'allergie connue", "Sin alergias conocidas", "Nessuna allergia nota", "Nega alergias",
    )),
]  # fmt: skip


@pytest.mark.parametrize("told", NONE, ids=str)
def test_no_known_allergy_under_a_code_that_is_not_known_is_none(told):
    said = beside_allergy(told)
    assert IS_ALLERGIC not in said
    assert '"suggestions"' in said


@pytest.mark.parametrize("told", [
    coded(ABSENT, "no-allergy-info", "No information about allergies"), coded(ABSENT, "no-allergy-info"), coded(SCT, "1631000175102", "Patient not asked"),
    coded(REASON, "masked", "Masked"), {"text": "Unknown"}, {"text": "No information on allergies"},
], ids=str)  # fmt: skip
def test_where_nothing_is_known_of_allergies_none_is_claimed_and_nothing_offered(told):
    said = beside_allergy(told)
    assert "b12-deficiency" in said
    assert IS_ALLERGIC not in said
    assert '"suggestions"' not in said


# --- what it is made of, in the words of older versions ---------------------------------------------------------------

MIXTURE = {"resourceType": "Medication", "id": "m", "code": {"text": "IV additive"}}
OF = {
    "ingredient of DSTU2, by its words": lambda drug: [MIXTURE | {"product": {"ingredient": [{"item": {"reference": "#x", "display": drug}}]}}],
    "ingredient of DSTU2, contained": lambda drug: [
        MIXTURE | {"product": {"ingredient": [{"item": {"reference": "#s"}}]}}, {"resourceType": "Medication", "id": "s", "code": {"text": drug}},
    ],
    "ingredient of R4, beside it in the order": lambda drug: [
        MIXTURE | {"ingredient": [{"itemReference": {"reference": "#s"}}]}, {"resourceType": "Substance", "id": "s", "code": {"text": drug}},
    ],
    "package": lambda drug: [
        MIXTURE | {"package": {"content": [{"item": {"reference": "#s"}}]}}, {"resourceType": "Substance", "id": "s", "code": {"text": drug}},
    ],
    "content of STU3": lambda drug: [MIXTURE | {"package": {"content": [{"itemCodeableConcept": {"text": drug}}]}}],
    "R5, one by its words, one by reference": lambda drug: [
        MIXTURE | {"ingredient": [{"item": {"concept": {"text": "glucose"}}}, {"item": {"reference": {"display": drug}}}]},
    ],
}  # fmt: skip


@pytest.mark.parametrize("contained", OF.values(), ids=OF)
def test_a_drug_in_a_mixture_is_found_where_older_versions_say_it(contained):
    row = {"resourceType": "MedicationStatement", "id": "s", "status": "active", **SUBJECT, "medicationReference": {"reference": "#m"}}
    assert NONE_FOUND not in treated(row | {"contained": contained("cyanocobalamin")})
    draft = {"resourceType": "MedicationRequest", "status": "draft", "intent": "order", "medicationReference": {"reference": "#m"}}
    assert "folic-acid-first" in call([PATIENT, b12(KNOWN)], "order-sign", draft | {"contained": contained("folic acid")})[1]


# --- what is only possible --------------------------------------------------------------------------------------------


def test_what_may_still_hold_is_not_said_as_if_it_held():
    """An allergy that is cut short may be one to a cobalamin: nobody has recorded that it is."""
    assert IS_ALLERGIC not in beside_allergy(coded("http://local.example/allergies", "4711"))
    assert IS_ALLERGIC not in call([PATIENT, PERNICIOUS, b12(KNOWN)], by_hand="AllergyIntolerance")[1]
    assert "llergy to a cobalamin is recorded" in beside_allergy(coded(RXNORM, "11248"))


# --- a card that speaks more quietly than it might ---------------------------------------------------------------------

METFORMIN = {
    "resourceType": "MedicationStatement", "id": "s", "status": "active", **SUBJECT, "effectivePeriod": {"start": "2020-12-01"},
    "medicationCodeableConcept": coded(RXNORM, "6809"),
}  # fmt: skip
MCV = {"resourceType": "Observation", "id": "v", "status": "final", **SUBJECT, "code": coded("http://loinc.org", "787-2"), "effectiveDateTime": "2026-01-10"}


@pytest.mark.parametrize("told", [
    {"valueQuantity": {"value": 112, "unit": "lumps"}}, {"valueString": "112 H"}, {"valueQuantity": {"value": 112, "unit": "fL"}, "status": "as good as final"},
    {"valueQuantity": {"value": 112, "unit": "fL"}, "effectiveDateTime": "10.01.2026"},
], ids=str)  # fmt: skip
def test_a_result_that_cannot_be_used_and_could_make_a_card_louder_is_told(told):
    """As one is whose code is not known: the card that comes says nothing of it."""
    topics, text = call([PATIENT, METFORMIN, MCV | told], by_hand=True)
    assert topics == ["metformin-b12-check", UNCHECKED]
    assert "Observation/v" in text


@pytest.mark.parametrize("told", [
    {"valueQuantity": {"value": 88, "unit": "fL"}}, {}, {"dataAbsentReason": coded("http://terminology.hl7.org/CodeSystem/data-absent-reason", "not-performed")},
], ids=str)  # fmt: skip
def test_one_that_changes_nothing_or_was_not_measured_is_not(told):
    topics, _ = call([PATIENT, METFORMIN, MCV | told], by_hand=True)
    assert topics == ["metformin-b12-check"]


def test_a_potassium_that_the_card_itself_calls_unusable_is_told_once():
    rows = [
        PATIENT, b12(KNOWN),
        {**MCV, "id": "h", "code": coded("http://loinc.org", "718-7"), "valueQuantity": {"value": 5.5, "unit": "g/dL"}},
        {**MCV, "id": "k", "code": coded("http://loinc.org", "2823-3"), "valueQuantity": {"value": 2.9, "unit": "lumps"}},
    ]  # fmt: skip
    dose = [{"route": {"coding": [{"system": SCT, "code": "78421000"}]}, "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "mg"}}]}]
    draft = {"resourceType": "MedicationRequest", "status": "draft", "intent": "order", "medicationCodeableConcept": coded(RXNORM, "5514"), "dosageInstruction": dose}
    topics, _ = call(rows, "order-sign", draft, by_hand=True)
    assert topics == ["potassium-monitoring"]
