"""What systems of the US and converters to FHIR send: names, statements, placeholders. See also test_feeds."""

import pytest

from tests.test_feeds import ACTIVE, KNOWN, PATIENT, RXNORM, SUBJECT, UNCHECKED, b12, by_words, call, concept, order

SNOMED = "http://snomed.info/sct"
PERNICIOUS = concept(system=SNOMED, code="84027009")
NEUROPATHY = concept(system=SNOMED, code="302226006")
COBALAMIN = {"medicationCodeableConcept": concept(system=RXNORM, code="309594")}
LOW_DOSE = {"medicationCodeableConcept": concept(system=RXNORM, code="309595")}
METFORMIN = {"medicationCodeableConcept": concept(system=RXNORM, code="861007")}
TREATED = []


def problem(code, identity="c", **more):
    row = {"resourceType": "Condition", "id": identity, "clinicalStatus": ACTIVE, **SUBJECT, "code": code}
    return row | {"onsetDateTime": "2025-11-01"} | more


def stated(drug, **more):
    return {"resourceType": "MedicationStatement", "id": "s", "status": "active", **SUBJECT, **drug, **more}


# --- results ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["B12LVL", "VB12L", "vitaminB12"])
def test_names_that_run_together_are_told(name):
    assert UNCHECKED in call([PATIENT, b12(concept(name))])[0]
    old = PATIENT | {"birthDate": "1940-01-01"}
    assert "b12-risk-group" not in call([old, b12(concept(name), 600)])[0]


@pytest.mark.parametrize(
    "name",
    ["Specimen B12", "Panel B 12", "Aliquot B12", "Sample ID B12", "Rack position B12", "Accession B12-3345",
     "Vitamin B12 Ab", "Coxsackie B12", "Lymphs B 12%", "Intrinsic factor VIII"],
)  # fmt: skip
def test_what_is_labelled_with_such_a_number_is_no_result(name):
    assert call([PATIENT, b12(concept(name))])[0] == []


@pytest.mark.parametrize(("number", "topics"), [(90, ["b12-deficiency"]), (600, [])])
def test_a_result_inside_a_report_that_came_unasked_is_read(number, topics):
    inside = {k: v for k, v in b12(KNOWN, number).items() if k not in ("subject", "effectiveDateTime")}
    report = {
        "resourceType": "DiagnosticReport", "id": "r", "status": "final", "code": concept("Vitamin B12"), **SUBJECT,
        "effectiveDateTime": "2026-01-10", "contained": [inside], "result": [{"reference": "#b12"}],
    }  # fmt: skip
    rows = [PATIENT, problem(concept("Hypertension", SNOMED, "38341003"))]
    assert call(rows, beside=[report])[0] == topics
    assert call(rows, beside=[report | {"subject": {"reference": "Patient/other"}}])[0] == []
    assert call(rows, beside=[report | {"status": "entered-in-error"}])[0] == []


@pytest.mark.parametrize("status", ["Final", "FINAL"])
def test_a_status_in_other_letter_case_is_that_status(status):
    assert call([PATIENT, b12(KNOWN, status=status)])[0] == ["b12-deficiency"]


@pytest.mark.parametrize("status", ["ENTERED_IN_ERROR", "Entered In Error", "Cancelled"])
def test_a_status_that_voids_a_row_voids_it_in_any_case(status):
    assert call([PATIENT, b12(KNOWN, status=status)])[0] == []


def of_name(name, **value):
    row = b12(concept(name), identity="named", **value)
    return row if "valueQuantity" in value else {k: v for k, v in row.items() if k != "valueQuantity"}


@pytest.mark.parametrize("name", ["IF Antibody", "IF Blocking Ab", "IFBA", "Intrinsic Factor Blocking Ab, S"])
def test_an_antibody_by_its_short_name_is_told(name):
    assert UNCHECKED in call([PATIENT, b12(KNOWN, 250), of_name(name, valueString="Positive")])[0]


def test_methylmalonic_acid_by_its_short_name_is_told():
    high = of_name("MMAS", valueQuantity={"value": 900, "unit": "nmol/L"})
    assert set(call([PATIENT, b12(KNOWN, 250), high])[0]) & {"mma-renal", UNCHECKED}


# --- drugs --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Not-Taking/PRN Cyanocobalamin 1000 MCG/ML", "Discontinued Cyanocobalamin 1000 MCG/ML"])
@pytest.mark.parametrize("written", [lambda drug: stated(drug, effectivePeriod={"start": "2025-12-20"}), order])
def test_a_drug_that_its_own_name_says_is_not_taken_is_no_treatment(name, written):
    drug = {"medicationCodeableConcept": COBALAMIN["medicationCodeableConcept"] | {"text": name}}
    assert call([PATIENT, problem(PERNICIOUS), written(drug)])[0] == ["lifelong-b12-lapsed"]
    assert call([PATIENT, problem(PERNICIOUS), written(COBALAMIN)])[0] == TREATED


ADHERENCE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-medication-adherence"


@pytest.mark.parametrize(
    ("told", "topics"),
    [
        (concept(system=SNOMED, code="715036001"), ["lifelong-b12-lapsed"]),
        (concept(system=SNOMED, code="702565001"), ["lifelong-b12-lapsed"]),
        (concept("Does not take medication"), ["lifelong-b12-lapsed"]),
        (concept(system=SNOMED, code="1156699004", display="Complies with drug therapy"), TREATED),
    ],
)
def test_an_order_that_is_not_kept_to_is_no_treatment(told, topics):
    inner = [{"url": "medicationAdherence", "valueCodeableConcept": told}]
    kept = order(COBALAMIN, extension=[{"url": ADHERENCE, "extension": inner}])
    assert call([PATIENT, problem(PERNICIOUS), kept])[0] == topics


def test_that_metformin_is_taken_on_one_day_does_not_say_since_when():
    rows = [PATIENT, problem(NEUROPATHY)]
    assert call([*rows, stated(METFORMIN, effectiveDateTime="2026-01-05")])[0] == ["metformin-b12-check"]
    assert call([*rows, stated(METFORMIN, effectivePeriod={"start": "2026-01-05"})])[0] == []


@pytest.mark.parametrize(("end", "certain"), [("2015-01-01", False), ("2025-12-01", True), ("2026-12-01", True)])
def test_a_statement_that_is_called_active_and_is_over_is_not_certain(end, certain):
    taken = stated(METFORMIN, effectivePeriod={"start": "2014-01-01", "end": end})
    topics, text = call([PATIENT, problem(NEUROPATHY), taken])
    assert topics == ["metformin-b12-check"]
    assert ("not certain: it is called active, and its period is over" in text) is not certain


@pytest.mark.parametrize("unit", ["mL(s)", "mL/dose", "shot", "C28254"])
def test_units_that_prescribing_systems_write_are_no_dose_error(unit):
    rate = [{"doseQuantity": {"value": 1, "unit": unit}}]
    entry = [{"timing": {"repeat": {"frequency": 1, "period": 30, "periodUnit": "d"}}, "doseAndRate": rate}]
    assert call([PATIENT], "order-select", order(COBALAMIN, "draft", dosageInstruction=entry))[0] == []


@pytest.mark.parametrize("unit", ["caplet", "Pill(s)", "Oral tablet", "SL tab", "Tablet, Sublingual"])
def test_tablets_under_more_names_have_a_dose(unit):
    rate = [{"doseQuantity": {"value": 1, "unit": unit}}]
    entry = [{"timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}, "doseAndRate": rate}]
    draft = order(LOW_DOSE, "draft", dosageInstruction=entry)
    assert call([PATIENT, problem(PERNICIOUS)], "order-select", draft)[0] == ["b12-oral-dose-low"]


@pytest.mark.parametrize(
    "name",
    ["Prenatal Vit-Fe Fumarate-FA 27-0.8 MG", "Nephrocaps", "Dialyvite 800", "Ferralet 90", "Integra F", "EnLyte", "Folbee Plus"],
)
def test_folic_acid_in_products_of_the_us_is_known_by_their_names(name):
    assert "folic-acid-first" in call([PATIENT, b12(KNOWN)], "order-select", order(by_words(name), "draft"))[0]


@pytest.mark.parametrize("name", ["Banana bag", "Rally pack", "multivitamin infusion (adult) 10 mL"])
def test_infusions_that_hold_folic_acid_are_known_by_their_names(name):
    assert "folic-acid-first" in call([PATIENT, b12(KNOWN)], "order-select", order(by_words(name), "draft"))[0]


@pytest.mark.parametrize("name", ["INJ VIT B12", "THER INJ B12"])
@pytest.mark.parametrize("kind", ["ServiceRequest", "Encounter"])
def test_an_injection_in_short_is_no_missing_treatment(kind, name):
    told = {"code": concept(name), "authoredOn": "2025-12-20", "status": "completed", "intent": "order"}
    if kind == "Encounter":
        told = {"type": [concept(name)], "period": {"start": "2025-12-20"}, "status": "finished"}
    row = {"resourceType": kind, "id": "r", **SUBJECT, **told}
    topics, text = call([PATIENT, problem(PERNICIOUS), row], by_hand=kind)
    assert topics == ["lifelong-b12-lapsed"]
    assert "no current treatment" not in text


@pytest.mark.parametrize(
    "row", [stated(by_words(name), id="x", effectivePeriod={"start": "2025-03-01"}) for name in ("Xatmep", "RediTrex")]
    + [problem(concept(name), "x") for name in ("Hemoglobin SC disease", "Twin gestation")],
)  # fmt: skip
def test_folic_acid_that_may_be_needed_is_not_offered_for_removal(row):
    young = PATIENT | {"birthDate": "1993-04-04", "gender": "female"}
    text = call([young, b12(KNOWN), row], "order-select", order(by_words("folic acid 5 mg"), "draft"))[1]
    assert "folic-acid-first" in text
    assert '"type": "delete"' not in text


@pytest.mark.parametrize("name", ["Yosprala", "Duexis", "Topamax", "Lyrica 75 mg", "Qsymia", "Mysoline"])
def test_drugs_that_take_vitamin_b12_away_are_known_by_their_brands(name):
    rows = [PATIENT, problem(NEUROPATHY), stated(by_words(name), effectivePeriod={"start": "2019-03-01"})]
    assert set(call(rows)[0]) & {"b12-risk-group", UNCHECKED}


@pytest.mark.parametrize(
    "text",
    ["Take 1 tablet (100 mcg total) by mouth 1 (one) time each day.", "100 mcg = 1 tab, Oral, Daily, # 30 tab, 0 Refill(s)",
     "Take 2 tablets (200 mcg total) by mouth every morning.", "1 tablet with meals Orally Twice a day"],
)  # fmt: skip
def test_instructions_that_say_the_dose_twice_are_read(text):
    draft = order(LOW_DOSE, "draft", dosageInstruction=[{"text": text}])
    assert call([PATIENT, problem(PERNICIOUS)], "order-select", draft)[0] == ["b12-oral-dose-low"]


FOLIC = {"resourceType": "Medication", "id": "m1", "code": concept(system=RXNORM, code="310410")}


def test_a_drug_inside_a_draft_is_found_in_other_letter_case():
    draft = order({"medicationReference": {"reference": "#M1"}}, "draft", contained=[FOLIC])
    assert "folic-acid-first" in call([PATIENT, b12(KNOWN)], "order-select", draft)[0]
    two = order({"medicationReference": {"reference": "#mA"}}, "draft", contained=[FOLIC | {"id": "ma"}, FOLIC | {"id": "MA"}])
    assert UNCHECKED in call([PATIENT, b12(KNOWN)], "order-select", two)[0]


def test_a_medication_alone_among_the_drafts_is_to_be_had():
    assert set(call([PATIENT, b12(KNOWN)], "order-select", dict(FOLIC))[0]) & {"folic-acid-first", UNCHECKED}
    other = FOLIC | {"code": concept("lisinopril 10 mg")}
    assert call([PATIENT, b12(KNOWN)], "order-select", other)[0] == []


def test_supporting_information_that_points_out_of_the_draft_is_read_where_it_came():
    service = {
        "resourceType": "ServiceRequest", "status": "draft", "intent": "order", "code": concept("Injection administration"),
        "supportingInfo": [{"reference": "Medication/m1"}],
    }  # fmt: skip
    order_of_it = order({"medicationReference": {"reference": "Medication/m1"}}, "stopped", "old")
    rows = [PATIENT, b12(KNOWN), order_of_it, FOLIC]
    assert set(call(rows, "order-select", service)[0]) & {"folic-acid-first", UNCHECKED}


# --- problems -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["Anemia, pernicious", "Addison anemia", "Intrinsic factor antibody positive", "Gastric atrophy", "Short gut syndrome",
     "Lap band", "Vitamin B 12 deficiency (non anemic)", "Low serum vitamin B12", "Combined B12 and folate deficiency anemia"],
)  # fmt: skip
def test_problems_are_told_by_more_of_their_names(name):
    assert set(call([PATIENT, problem(concept(name))])[0]) & {"b12-risk-group", UNCHECKED}


@pytest.mark.parametrize("code", ["V45.86", "V45.75", "579.0", "5790", "555.9", "535.10", "579.3"])
def test_problems_in_icd_9_are_told_by_their_codes(code):
    row = problem(concept(system="http://hl7.org/fhir/sid/icd-9-cm", code=code))
    assert set(call([PATIENT, row])[0]) & {"b12-risk-group", UNCHECKED}


@pytest.mark.parametrize("name", ["Uses whip-its", "Galaxy Gas use", "Abuse of nitrous", "Uses nangs"])
def test_nitrous_oxide_is_told_by_its_names_on_the_street(name):
    row = problem(concept(name), onsetDateTime="2025-12-01")
    assert set(call([PATIENT, row, problem(NEUROPATHY, "n")])[0]) & {"nitrous-oxide", UNCHECKED}


@pytest.mark.parametrize("name", ["Optic atrophy, hereditary", "Mitochondrial optic neuropathy", "MT-ND4 pathogenic variant"])
def test_lebers_is_told_by_more_of_its_names(name):
    assert set(call([PATIENT, problem(concept(name))], "order-select", order(COBALAMIN, "draft"))[0]) & {"leber-cyanocobalamin", UNCHECKED}


@pytest.mark.parametrize("name", ["Loss of vibration sense", "Impaired proprioception", "Burning feet"])
def test_signs_of_the_posterior_columns_are_no_absence_of_signs(name):
    assert "No neurological" not in call([PATIENT, b12(KNOWN), problem(concept(name))])[1]


# --- the person ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("born", ["1900-01-01", "0001-01-01", "1753-01-01"])
def test_a_birth_so_long_ago_stands_where_none_was_told(born):
    nobody = PATIENT | {"birthDate": born}
    assert call([nobody])[0] == []
    assert call([nobody, b12(KNOWN)])[0] == ["b12-result-unusable"]
    assert "b12-risk-group" in call([PATIENT | {"birthDate": "1905-01-01"}])[0]


# --- results inside longer texts -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        "The specimen was received in good condition. " * 10 + "Vitamin B12: 90 pg/mL (ref 200-900).",
        "Vitamin B12: 90 pg/mL\n" + "Please correlate with diet and medication.\n" * 12,
        "Guidance on vitamin B12 deficiency follows. Vitamin B12: 90 ng/L",
        "Sodium 140 mmol/L; " * 40 + "Vit B12 90 pg/mL",
    ],
)
def test_a_result_in_a_report_is_told(value):
    assert UNCHECKED in call([PATIENT, of_name("Comment", valueString=value)])[0]


@pytest.mark.parametrize("value", ["No tests were requested. " * 20, "Sodium 140 mmol/L. " * 30 + "Vitamin B12 was requested."])
def test_a_report_without_a_result_of_ours_is_none(value):
    assert call([PATIENT, of_name("Comment", valueString=value)])[0] == []


@pytest.mark.parametrize("drug", [concept(system="http://www.nlm.nih.gov/research/umls/rxnorm", code="861007"), concept("Metformin")])
def test_metformin_that_is_in_progress_for_years_may_be_an_exposure(drug):
    row = {
        "resourceType": "MedicationAdministration", "id": "m", "status": "in-progress", **SUBJECT,
        "medicationCodeableConcept": drug, "effectivePeriod": {"start": "2019-03-01"},
    }  # fmt: skip
    assert "metformin-b12-check" in call([PATIENT, row])[0]
    lately = row | {"effectivePeriod": {"start": "2026-01-02"}}
    assert "metformin-b12-check" not in call([PATIENT, lately])[0]
