"""What codes of a class, titles of a wide code, words of a status, and drugs beside an order say: told, never passed over;
and what warns for nothing is silent."""

import pytest

from tests.shipped import LIBRARY
from tests.test_bent_shapes import ALLERGIC, CYANO, FIRST, FOLIC, HYDROXO, LEBER, allergy, answer, draft, problem
from tests.test_feeds import KNOWN, PERNICIOUS, RXNORM, SUBJECT, UNCHECKED, b12, concept

SNOMED, ATC, ICD10 = "http://snomed.info/sct", "http://www.whocc.no/atc", "http://hl7.org/fhir/sid/icd-10"
CONCEPTS = LIBRARY.concepts
METFORMIN, LAPSED, LIFELONG = "metformin-b12-check", "no current treatment found", "lifelong-b12-lapsed"


# --- classes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["B03B", "B03", "b03b", "A11", "A11E"])
def test_a_class_of_the_atc_as_an_allergy_is_told_where_the_drug_is_ordered(code):
    assert UNCHECKED in answer([allergy(code=concept(system=ATC, code=code))], draft(HYDROXO))[0]


@pytest.mark.parametrize(("code", "drug"), [("B03B", "vitamin_b12"), ("B03BB", "folic_acid"), ("A10BA", "metformin"), ("A10B", "metformin"), ("C01AA", "digoxin"), ("C01", "digoxin"), ("L04AX", "methotrexate"), ("A02B", "acid_suppressant")])
def test_a_class_may_mean_each_drug_that_it_holds(code, drug):
    reading = CONCEPTS.drugs.read([{"system": ATC, "code": code}], [])
    assert drug in {match.concept for match in (*reading.known, *reading.doubtful)}


def test_a_class_beside_the_name_of_another_drug_is_that_drug():
    penicillin = allergy(code=concept("Amoxicillin", ATC, "B03"))
    assert answer([penicillin], draft(HYDROXO))[0] == set()
    assert UNCHECKED in answer([allergy(code=concept("Haematinics", ATC, "B03"))], draft(HYDROXO))[0]


def test_products_of_several_drugs_make_no_class_of_their_own():
    reading = CONCEPTS.drugs.read([{"system": ATC, "code": "B03A"}], [])
    assert not {match.concept for match in reading.doubtful} & {"vitamin_b12", "folic_acid", "iron_with_folic_acid"}


# --- a wide code and its own title --------------------------------------------------------------------------------


@pytest.mark.parametrize("title", [None, "Optic atrophy", "Optikusatrophie", "Atrophie optique", "optic ATROPHY"])
def test_a_wide_code_with_its_own_title_may_mean_what_it_may_mean_alone(title):
    assert UNCHECKED in answer([problem(concept(title, ICD10, "H47.2"))], draft(CYANO))[0]


def test_other_words_beside_a_wide_code_say_what_it_is():
    assert answer([problem(concept("Glaucomatous optic atrophy", ICD10, "H47.2"))], draft(CYANO))[0] == set()


def test_a_class_that_one_concept_has_may_still_be_a_narrower_drug():
    leber = problem(concept("LHON", SNOMED, "58610003"))
    assert answer([leber], draft({"medicationCodeableConcept": concept(system=ATC, code="B03BA")}))[0] & {LEBER, UNCHECKED}
    reading = CONCEPTS.drugs.read([{"system": ATC, "code": "L01B"}], [])
    assert {match.concept for match in reading.known} == {"with_folinic_acid"}
    assert "methotrexate" in {match.concept for match in reading.doubtful}


# --- verification -------------------------------------------------------------------------------------------------

REFUTED = {
    "SNOMED CT: entered in error": concept(system=SNOMED, code="723510000"),
    "SNOMED CT: known absent": concept(system=SNOMED, code="410516002"),
    "words": concept("Entered in Error"),
    "a bare word": "Entered in error",
    "a word of HL7 with a capital": concept(system="http://terminology.hl7.org/CodeSystem/condition-ver-status", code="Refuted"),
    "German": concept("ausgeschlossen"),
}


@pytest.mark.parametrize("how", REFUTED)
def test_what_does_not_hold_by_another_word_or_code_is_not_there(how):
    off = {"verificationStatus": REFUTED[how]}
    assert answer([{**PERNICIOUS, **off}])[0] == set()
    assert answer([allergy(code=concept("Hydroxocobalamin"), **off)], draft(HYDROXO))[0] == set()


@pytest.mark.parametrize("status", [concept(system=SNOMED, code="410605003"), concept("Confirmed"), concept("bestätigt"), concept(system=SNOMED, code="415684004")])
def test_what_holds_by_another_word_or_code_is_there(status):
    assert LIFELONG in answer([{**PERNICIOUS, "verificationStatus": status}])[0]
    assert ALLERGIC in answer([allergy(code=concept("Hydroxocobalamin"), verificationStatus=status)], draft(HYDROXO))[0]


# --- since when ---------------------------------------------------------------------------------------------------


def statement(**more):
    drug = {"medicationCodeableConcept": concept(system=RXNORM, code="860975")}
    return {"resourceType": "MedicationStatement", "id": "m", "status": "active", **SUBJECT, **drug, **more}


def test_when_somebody_said_that_it_is_taken_is_not_when_it_began():
    assert METFORMIN in answer([statement(dateAsserted="2026-01-10")])[0]
    assert METFORMIN in answer([statement(effectivePeriod={"end": "2026-12-01"}, dateAsserted="2026-01-10")])[0]
    lately = {"effectivePeriod": {"start": "2025-12-20"}, "dateAsserted": "2026-01-10"}
    assert METFORMIN not in answer([statement(**lately)])[0]


# --- drafts -------------------------------------------------------------------------------------------------------

KIT = {"medicationCodeableConcept": concept("Injection kit")}
INSIDE = {"resourceType": "Medication", "id": "m", "code": FOLIC["medicationCodeableConcept"]}
ORDER = {"resourceType": "MedicationRequest", "id": "m", "status": "draft", "intent": "order", **FOLIC}
DRAFTS = {
    "an immunization": {"resourceType": "Immunization", "id": "d", "status": "completed", **SUBJECT, "vaccineCode": concept("Folic acid 5 mg")},
    "words beside a kit": draft(KIT, supportingInformation=[{"display": "Folic acid 5 mg"}]),
    "a drug inside a kit": draft(KIT, supportingInformation=[{"reference": "#m"}], contained=[INSIDE]),
    "an order inside a kit": draft(KIT, supportingInformation=[{"reference": "#m"}], contained=[ORDER]),
    "a coded kit": draft({"medicationCodeableConcept": concept("Kit", "urn:oid:2.999.1", "K1")}, supportingInformation=[{"reference": "Medication/9", "display": "Folic acid 5 mg"}]),
    "a category": draft({"medicationCodeableConcept": concept("Tablet")}, category=[concept("Folic acid")]),
    "words beside a service": {"resourceType": "ServiceRequest", "id": "d", "status": "draft", "intent": "order", **SUBJECT, "code": concept("Injection, intramuscular"), "supportingInfo": [{"display": "Folic acid 5 mg"}]},
    "a category of a service": {"resourceType": "ServiceRequest", "id": "d", "status": "draft", "intent": "order", **SUBJECT, "code": concept("Injection, intramuscular"), "category": [concept("Folic acid 5 mg")]},
    "an extension of a service": {"resourceType": "ServiceRequest", "id": "d", "status": "draft", "intent": "order", **SUBJECT, "code": concept("Injection, intramuscular"), "extension": [{"url": "x", "valueString": "Folic acid 5 mg"}]},
    "a supply by reference": {"resourceType": "SupplyRequest", "id": "d", "status": "draft", **SUBJECT, "itemReference": {"reference": "Medication/9", "display": "Folic acid 5 mg"}},
    "a definition": {"resourceType": "ActivityDefinition", "id": "d", "status": "active", **FOLIC, "productCodeableConcept": FOLIC["medicationCodeableConcept"]},
    "an order inside a service": {"resourceType": "ServiceRequest", "id": "d", "status": "draft", "intent": "order", **SUBJECT, "code": concept("Injection, intramuscular"), "supportingInfo": [{"reference": "#m"}], "contained": [ORDER]},
}


@pytest.mark.parametrize("shape", DRAFTS)
def test_a_drug_that_only_stands_beside_an_order_is_judged_or_told(shape):
    assert answer([b12(KNOWN)], DRAFTS[shape])[0] & {FIRST, UNCHECKED}


def test_what_is_refused_or_measured_is_no_drug_to_be_had():
    assert FIRST not in answer([b12(KNOWN)], DRAFTS["an immunization"] | {"status": "not-done"})[0]
    level = draft({"medicationCodeableConcept": concept("Amoxicillin 500 mg")}, supportingInformation=[{"display": "Folate level"}])
    assert FIRST not in answer([b12(KNOWN)], level)[0]
    seen = draft({"medicationCodeableConcept": concept("Tablet X")}, supportingInformation=[{"reference": "Observation/1", "display": "Folic acid 3 ug/L"}])
    assert FIRST not in answer([b12(KNOWN)], seen)[0]


def test_a_kit_on_record_is_never_no_treatment():
    order = draft(KIT, status="active", authoredOn="2025-12-20", supportingInformation=[{"display": "Hydroxocobalamin 1 mg"}])
    assert LAPSED not in answer([PERNICIOUS, order])[1]


# --- names --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["Gait ataxia", "Unsteady walking", "Ataktisches Gangbild", "Démarche ataxique", "Marcha atáxica", "шаткость походки", "歩行失調", "步态不稳", "보행 장애", "zaburzenie chodu", "poruchy chůze"])
def test_a_disturbed_gait_is_found_by_its_names(words):
    assert "ataxia" in CONCEPTS.problems.named(words).possible


@pytest.mark.parametrize("words", ["Digoksin 0,25 mg", "Дигоксин", "ดิจอกซิน", "Digoxină", "digoksyna 250 mcg", "ジゴキシン", "Lanoxin", "Metildigoxin 0.1 mg"])
def test_digoxin_is_found_by_its_names(words):
    assert "digoxin" in CONCEPTS.drugs.named(words).possible


# --- what warns for nothing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["L4/L5 B12", "Q B.12", "Question B.12", "Ward B12", "Bed B-12", "Block B12", "Slide B-12", "Apolipoprotein B 12", "PHQ item B.12"])
def test_what_is_no_vitamin_is_no_result(name):
    assert answer([b12(concept(name))])[0] == set()


def test_such_a_name_hides_no_vitamin():
    for name in ("Red cell vitamin B12", "Item: B12", "S-B12", "Serum B12", "FE, B12"):
        assert UNCHECKED in answer([b12(concept(name))])[0]


@pytest.mark.parametrize("coding", [(RXNORM, "7984"), (RXNORM, "1191"), (SNOMED, "91936005"), (SNOMED, "764146007"), (SNOMED, "300916003")])
def test_an_allergy_to_something_else_by_its_code_alone_is_none_of_ours(coding):
    assert answer([allergy(code=concept(None, *coding))], draft(HYDROXO))[0] == set()
    assert UNCHECKED in answer([allergy(code=concept(None, RXNORM, "1999999"))], draft(HYDROXO))[0]


ANTIBODY = concept(system="http://loinc.org", code="31444-3")


def antibody(**value):
    return b12(ANTIBODY, identity="antibody", **value)


@pytest.mark.parametrize("value", [{"valueString": "Negative"}, {"valueCodeableConcept": concept("NEGATIVE")}, {"valueString": "nicht nachweisbar"}, {"valueString": "негатив"}])
def test_a_negative_antibody_in_words_says_so(value):
    said = answer([b12(KNOWN, 220), antibody(**value)])[0]
    assert said == ({"b12-indeterminate"} if value != {"valueString": "негатив"} else {"b12-indeterminate", UNCHECKED})


def test_a_positive_antibody_in_words_says_so():
    for value in ({"valueString": "Positive"}, {"valueCodeableConcept": concept("positiv")}):
        assert "b12-deficiency" in answer([b12(KNOWN, 220), antibody(**value)])[0]
    assert UNCHECKED in answer([b12(KNOWN, 220), antibody(valueString="Positive in 2019, negative now")])[0]


def test_codes_come_before_words():
    value = {"valueCodeableConcept": concept("Negative", SNOMED, "10828004")}
    assert "b12-deficiency" in answer([b12(KNOWN, 220), antibody(**value)])[0]


def test_one_unit_in_spanish_is_one_tablet():
    one = {"dosageInstruction": [{"doseAndRate": [{"doseQuantity": {"value": 1, "unit": "unidad"}}], "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}}]}
    tablet = {"medicationCodeableConcept": concept(system=RXNORM, code="309593")}
    assert "b12-dose-error" not in answer([], draft(tablet, **one))[0]
    many = {"dosageInstruction": [{"doseAndRate": [{"doseQuantity": {"value": 1000, "unit": "unidades"}}]}]}
    assert "b12-dose-error" in answer([], draft(tablet, **many))[0]
    assert "b12-dose-error" in answer([], draft(HYDROXO, dosageInstruction=[{"doseAndRate": [{"doseQuantity": {"value": 1000, "unit": "unidades internacionales"}}]}]))[0]




# --- beside what an allergy or a problem records ------------------------------------------------------------------

BESIDE = {
    "a manifestation": {"reaction": [{"manifestation": [concept("Anaphylaxis to hydroxocobalamin")]}]},
    "a bare note": {"note": "Hydroxocobalamin"},
    "a type in words": {"type": concept("Hydroxocobalamin allergy")},
    "a category in words": {"category": ["Hydroxocobalamin"]},
}


@pytest.mark.parametrize("place", BESIDE)
def test_an_allergy_that_only_another_element_names_is_told(place):
    assert answer([allergy(code=concept("Drug allergy"), **BESIDE[place])], draft(HYDROXO))[0] & {ALLERGIC, UNCHECKED}
    other = {"note": [{"text": "seen in 2019"}], "category": ["medication"], "type": "allergy"}
    assert answer([allergy(code=concept("Amoxicillin"), **other)], draft(HYDROXO))[0] == set()


@pytest.mark.parametrize("more", [{"note": [{"text": "Amoxicillin"}]}, {"reaction": [{"manifestation": [concept("Rash after amoxicillin")]}]}, {"reaction": [{"description": "amoxicillin 2019"}]}])
def test_an_allergy_whose_note_names_another_drug_is_that_one(more):
    assert answer([allergy(code=concept("Drug allergy"), **more)], draft(HYDROXO))[0] == set()
    assert answer([allergy(code=concept("Drug allergy"))], draft(HYDROXO))[0] == {UNCHECKED}


@pytest.mark.parametrize("place", ["category", "bodySite", "severity"])
def test_a_problem_that_only_another_element_names_is_told(place):
    told = problem(concept("Eye disease"), **{place: [concept("Leber hereditary optic neuropathy")]})
    assert answer([told], draft(CYANO))[0] & {LEBER, UNCHECKED}
    assert answer([problem(concept("Eye disease"), **{place: [concept("Left eye")]})], draft(CYANO))[0] == set()


def test_a_problem_whose_type_of_stage_or_onset_names_it_is_told():
    for more in ({"stage": [{"type": concept("LHON")}]}, {"onsetString": "when LHON was found"}):
        assert answer([problem(concept("Eye disease"), **more)], draft(CYANO))[0] & {LEBER, UNCHECKED}
