"""What feeds really send: what could be ours and is not understood is told, never taken for "nothing there"."""

import csv
import json
from copy import deepcopy
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from cdshooks.config import Settings
from cdshooks.ehr.search import answer
from cdshooks.errors import DataNotAvailable
from cdshooks.protocol.discovery import services
from cdshooks.protocol.request import parse_request
from cdshooks.respond import respond
from cdshooks.terms.dates import Clock
from tests.conftest import SHARED, shared
from tests.shipped import LIBRARY

SERVICES = {s.hook: s for group in services(LIBRARY, Settings()).values() for s in group}
CLOCK = Clock(date(2026, 1, 15), ZoneInfo("UTC"))
UNCHECKED = "could-not-check"


class Filled:
    """A record as the prefetch templates are answered from it."""

    def __init__(self, rows):
        self.by_type = {}
        for row in rows:
            self.by_type.setdefault(row["resourceType"], []).append(row)


def call(rows, hook="patient-view", draft=None, by_hand=False, beside=()):
    """Topics and the whole text of the answer; 412 counts as told. `beside` comes with the problems, unasked."""
    record = Filled(rows)
    patient = record.by_type["Patient"][0]["id"]
    prefetch = {}
    for query in SERVICES[hook].queries:
        prefetch[query.key] = answer(record, query.template.replace("{{context.patientId}}", patient))
        if by_hand and (query.resource == "Observation" or by_hand == query.resource):
            entries = [{"resource": row} for row in record.by_type.get(query.resource, [])]
            prefetch[query.key] = {"resourceType": "Bundle", "type": "searchset", "entry": entries}
    prefetch["conditions"]["entry"] = [*prefetch["conditions"].get("entry", []), *({"resource": row} for row in beside)]
    context = {"userId": "Practitioner/x", "patientId": patient}
    if draft:
        draft = {"id": "d-1", **draft, "subject": {"reference": f"Patient/{patient}"}}
        context["draftOrders"] = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": draft}]}
        context["selections"] = [f"{draft['resourceType']}/{draft['id']}"]
    if hook != "order-select":
        context.pop("selections", None)
    body = {"hook": hook, "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "context": context, "prefetch": prefetch}
    try:
        cards = respond(LIBRARY, SERVICES[hook], parse_request(body, hook), CLOCK).cards
    except DataNotAvailable as refused:
        return [UNCHECKED], str(refused)
    return [card["source"]["topic"]["code"] for card in cards], json.dumps(cards)


# --- patients as real feeds record them ---------------------------------------------------------------------------


def listed():
    index = SHARED / "real-world-cases" / "index.csv"
    if not index.exists():
        return []
    with index.open(encoding="utf-8") as lines:
        return [row for row in csv.DictReader(lines) if row["file"]]


@pytest.mark.parametrize("row", listed(), ids=lambda row: f"{row['file']}+{row['order']}")
def test_a_patient_of_a_real_feed_gets_a_right_answer(row):
    folder = shared("real-world-cases")
    rows = [entry["resource"] for entry in json.loads((folder / row["file"]).read_text())["entry"]]
    draft = json.loads((folder / row["order"]).read_text()) if row["order"] else None
    topics, text = call(rows, row["hook"].partition(";")[0], draft, "by hand" in row["hook"])
    allowed = row["expected"].split("|")
    assert any(topic in allowed for topic in topics or ["none"]), topics
    said = [words for words in map(str.strip, row["never_says"].split(" | ")) if words and words in text.casefold()]
    assert said == []


# --- the same in our own words ------------------------------------------------------------------------------------

PATIENT = {"resourceType": "Patient", "id": "p", "birthDate": "1960-05-05"}
LOINC = "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
SUBJECT = {"subject": {"reference": "Patient/p"}}
LABORATORY = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}]}
ACTIVE = {"coding": [{"code": "active"}]}


def concept(text=None, system=None, code=None, display=None):
    coding = {k: v for k, v in (("system", system), ("code", code), ("display", display)) if v}
    return ({"coding": [coding]} if coding else {}) | ({"text": text} if text else {})


def b12(code, number=90, day="2026-01-10", identity="b12", **more):
    value = {"valueQuantity": {"value": number, "unit": "ng/L"}} if not any(k.startswith("value") for k in more) else {}
    return {
        "resourceType": "Observation", "id": identity, "status": "final", "category": [LABORATORY], "code": code,
        "effectiveDateTime": day, **SUBJECT, **value, **more,
    }  # fmt: skip


KNOWN = concept(system=LOINC, code="2132-9")


@pytest.mark.parametrize(
    "code",
    [
        concept("Vitamin B12"), concept("VIT B12 (S)"), concept("Vitamine B12 sérique"), concept("Witamina B12"),
        concept("Витамин B12"), concept("ビタミンＢ１２"), concept("비타민B12"), concept("血清维生素B12"),
        concept(system="urn:hospital", code="4711", display="S-Kobalamin"),
        concept(system="http://hospital.example/lab", code="B12", display="Cobalamin"),
        concept(code="2132-9"), concept(system="urn:elsewhere", code="2132-9"),
        concept(system=LOINC, code="99999-9", display="Vitamin B12 by another method"),
    ],
)  # fmt: skip
def test_a_result_that_could_be_vitamin_b12_is_told(code):
    topics, text = call([PATIENT, b12(code)])
    assert UNCHECKED in topics
    assert "not understood" in text
    # "Never measured" is not said beside it.
    old = PATIENT | {"birthDate": "1940-01-01"}
    assert "b12-risk-group" not in call([old, b12(code)])[0]


@pytest.mark.parametrize(
    "code",
    [
        concept("Vitamin B12 binding capacity"), concept("Vitamin B120"), concept("Vitamin B1"), concept("HbA1c"),
        concept(system=LOINC, code="2171-7", display="Cobalamin binding capacity.unsaturated"), concept("Vitamin D"),
    ],
)  # fmt: skip
def test_what_is_not_ours_stays_silent(code):
    assert call([PATIENT, b12(code)])[0] == []


@pytest.mark.parametrize("text", ["90 ng/L", "<150 pg/mL", "90,5 ng/L", "≤ 120 pg/mL", "= 90 ng/L", "0,09 ug/L"])
def test_a_text_that_is_comparator_number_and_unit_is_read(text):
    assert call([PATIENT, b12(KNOWN, valueString=text)])[0] == ["b12-deficiency"]


@pytest.mark.parametrize("text", ["1,234 ng/L", "90", "see comment", "90 apples", "about 90 ng/L", "90-100 ng/L", "", "9" * 70])
def test_a_text_that_may_mean_something_else_is_told_and_not_guessed(text):
    assert call([PATIENT, b12(KNOWN, valueString=text)])[0][0] in ("b12-result-unusable", UNCHECKED)


@pytest.mark.parametrize("value", [{"valueInteger": 90}, {"valueCodeableConcept": {"text": "<150 pg/mL"}}, {"valueBoolean": True}])
def test_a_value_of_another_kind_is_told(value):
    assert call([PATIENT, b12(KNOWN, **value)])[0] == ["b12-result-unusable"]


def test_a_known_low_result_is_not_hidden_by_a_newer_one_in_doubt():
    newer = b12(concept("Vitamin B12"), 400, "2026-01-14", "newer")
    assert "b12-deficiency" in call([PATIENT, b12(KNOWN), newer])[0]


def test_an_adequate_result_with_a_newer_low_one_in_doubt_is_told():
    newer = b12(concept("Vitamin B12"), 90, "2026-01-14", "newer")
    assert UNCHECKED in call([PATIENT, b12(KNOWN, 400), newer])[0]


def test_a_doubt_that_would_change_nothing_is_not_told():
    newer = b12(concept("Vitamin B12"), 500, "2026-01-14", "newer")
    assert call([PATIENT, b12(KNOWN, 400), newer])[0] == []


def test_a_component_is_read_like_a_result_of_its_own():
    panel = b12(concept("Anaemia panel"), valueString="see components")
    panel["component"] = [{"code": KNOWN, "valueQuantity": {"value": 90, "unit": "ng/L"}}, {"code": concept("Folate")}]
    assert call([PATIENT, panel])[0] == ["b12-deficiency"]


@pytest.mark.parametrize("came", [True, False])
def test_a_panel_speaks_by_its_members_and_is_told_where_they_did_not_come(came):
    panel = {k: v for k, v in b12(concept("Vitamin B12 panel"), identity="panel").items() if k != "valueQuantity"}
    panel["hasMember"] = [{"reference": "Observation/b12"}]
    assert call([PATIENT, panel, *([b12(KNOWN)] if came else [])])[0] == (["b12-deficiency"] if came else [UNCHECKED])


def test_codes_and_words_that_name_different_things_are_told():
    folate = concept(system=LOINC, code="2132-9", display="Potassium")
    assert UNCHECKED in call([PATIENT, b12(folate)])[0]


@pytest.mark.parametrize("subject", [{"reference": "#p"}, {"reference": "urn:uuid:x"}, {"identifier": {"value": "1"}}])
def test_a_subject_that_names_nobody_else_is_this_patient(subject):
    assert call([PATIENT, b12(KNOWN, subject=subject)], by_hand=True)[0] == ["b12-deficiency"]


# --- drugs --------------------------------------------------------------------------------------------------------


def order(drug, status="active", identity="m", **more):
    return {
        "resourceType": "MedicationRequest", "id": identity, "status": status, "intent": "order",
        "authoredOn": "2025-12-20", **SUBJECT, **drug, **more,
    }  # fmt: skip


def by_words(text):
    return {"medicationCodeableConcept": concept(text)}


@pytest.mark.parametrize(
    "text",
    ["Folsäure 5 mg Tabletten", "acide folique 5 mg", "Ácido fólico 5 mg", "foliumzuur 5 mg", "kwas foliowy", "葉酸錠５ｍｇ",
     "엽산 5mg", "叶酸片", "фолиевая кислота 5 мг", "φυλλικό οξύ", "حمض الفوليك", "FOLIC ACID 5MG TAB", "Folsyre 5 mg"],
)  # fmt: skip
def test_folic_acid_is_known_by_its_name_in_many_languages(text):
    topics, _ = call([PATIENT, b12(KNOWN)], "order-select", order(by_words(text), "draft"))
    assert "folic-acid-first" in topics


@pytest.mark.parametrize("text", ["B120 cream", "Omega 3", "Foley catheter 16", "Zinc and vitamin B1", "Methylprednisolone"])
def test_a_name_that_only_looks_alike_is_no_drug_of_ours(text):
    assert call([PATIENT, b12(KNOWN, 400)], "order-select", order(by_words(text), "draft"))[0] == []


def test_a_product_number_without_words_is_told():
    number = {"medicationCodeableConcept": concept(system="http://fhir.de/CodeSystem/ifa/pzn", code="99999996")}
    topics, text = call([PATIENT, b12(KNOWN)], "order-select", order(number, "draft"))
    assert topics == [UNCHECKED]
    assert "no words say what it is" in text


MEDICATION = {"resourceType": "Medication", "id": "m1", "code": concept(system=RXNORM, code="309594")}


@pytest.mark.parametrize(
    "reference", ["Medication/m1", "Medication/m1/_history/3", "https://ehr.example/fhir/Medication/m1", "urn:uuid:m1"]
)
def test_a_drug_by_reference_counts_where_it_came_and_is_told_where_not(reference):
    rows = [PATIENT, b12(KNOWN), order({"medicationReference": {"reference": reference}})]
    assert call(rows)[0] == [UNCHECKED]
    if not reference.startswith("urn:"):
        assert call([*rows, MEDICATION])[0] == []


def test_a_medication_that_says_nothing_is_told():
    rows = [PATIENT, b12(KNOWN), order({"medicationReference": {"reference": "Medication/m1"}})]
    assert call([*rows, {"resourceType": "Medication", "id": "m1"}])[0] == ["b12-deficiency", UNCHECKED]


# --- the sitting --------------------------------------------------------------------------------------------------

B12_ORDER = order({"medicationCodeableConcept": concept(system=RXNORM, code="317106")}, identity="b12-order")
FOLIC = order({"medicationCodeableConcept": concept(system=RXNORM, code="199318")}, "draft", "folic")


@pytest.mark.parametrize(
    ("status", "topics"),
    [("active", []), ("stopped", ["folic-acid-first"]), ("on-hold", ["folic-acid-first"]), ("completed", ["folic-acid-first"])],
)
def test_an_order_that_is_ended_in_the_sitting_does_not_reassure(status, topics):
    record = Filled([PATIENT, b12(KNOWN), B12_ORDER])
    prefetch = {
        q.key: answer(record, q.template.replace("{{context.patientId}}", "p")) for q in SERVICES["order-sign"].queries
    }
    drafts = [{"resource": FOLIC}, {"resource": deepcopy(B12_ORDER) | {"status": status}}]
    context = {"userId": "Practitioner/x", "patientId": "p", "draftOrders": {"resourceType": "Bundle", "entry": drafts}}
    body = {"hook": "order-sign", "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "context": context, "prefetch": prefetch}
    cards = respond(LIBRARY, SERVICES["order-sign"], parse_request(body, "order-sign"), CLOCK).cards
    assert [c["source"]["topic"]["code"] for c in cards if c["source"]["topic"]["code"] == "folic-acid-first"] == topics


# --- today around the world ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "topics"), [("2026-01-16", ["b12-deficiency"]), ("2026-01-17", []), ("2026-01-16T09:00:00Z", [])])
def test_a_date_that_is_today_somewhere_is_not_in_the_future(day, topics):
    assert call([PATIENT, b12(KNOWN, day=day)])[0] == topics


# --- problems -----------------------------------------------------------------------------------------------------


def test_a_problem_by_its_name_never_makes_a_diagnosis_and_is_told():
    named = {"resourceType": "Condition", "id": "c", "clinicalStatus": ACTIVE, **SUBJECT, "code": concept("Perniziöse Anämie")}
    topics, text = call([PATIENT, named])
    assert topics == [UNCHECKED]
    assert "Perniziöse Anämie" in json.loads(json.dumps(text)) or "Perniz" in text


# --- more of the same kinds: none of these was seen anywhere ------------------------------------------------------


@pytest.mark.parametrize(
    ("system", "code"),
    [
        ("2.16.840.1.113883.6.1|2.77", "2132-9"), ("HTTPS://www.LOINC.org/", "14685-2"), ("urn:x", "14685-2"), (None, "XE2pf"),
        ("https://npu-terminology.org/", "npu01700"), ("http://read.info/readv2", "XE2pf"), ("SIGTAP", "02.02.01.070-8"),
        ("http://snomed.info/sct|http://snomed.info/sct/999000011000000103", "365607006"),
    ],
)  # fmt: skip
def test_a_code_under_another_spelling_of_it_or_of_its_system_is_not_passed_over(system, code):
    assert set(call([PATIENT, b12(concept(system=system, code=code))], by_hand=True)[0]) & {"b12-deficiency", UNCHECKED}


@pytest.mark.parametrize(
    "text",
    ["S-Vit. B12", "витамин В₁₂", "فيتامين ب١٢", "ویتامین ب۱۲", "विटामिन बी12", "VB12", "Vitamīns B12", "ＶＢ１２", "CYANOCOBALAMIN"],
)
def test_a_name_in_other_letters_and_digits_is_told(text):
    assert UNCHECKED in call([PATIENT, b12(concept(text))], by_hand=True)[0]


@pytest.mark.parametrize(
    "drug",
    [
        {"medicationReference": {"type": "Medication"}},
        {"medicationReference": {"identifier": {"system": "urn:x", "value": "9"}}}, {"medicationReference": {"reference": "#m"}},
    ],
)  # fmt: skip
def test_a_draft_whose_drug_cannot_be_reached_is_told(drug):
    assert UNCHECKED in call([PATIENT, b12(KNOWN)], "order-select", order(drug, "draft"))[0]


def test_a_drug_inside_a_draft_is_found_by_its_id_with_the_sign_or_without():
    def answered(identity):
        inside = {"resourceType": "Medication", "id": identity, "code": {"text": "folic acid 5 mg"}}
        draft = order({"medicationReference": {"reference": "#m"}, "contained": [inside]}, "draft")
        return call([PATIENT, b12(KNOWN)], "order-select", draft)

    assert answered("#m") == answered("m")
    assert "folic-acid-first" in answered("m")[0]


@pytest.mark.parametrize(
    "text", ["Acidum folicum", "Folvite 1 mg", "Ac. folico 5 mg", "ФОЛИЕВАЯ К-ТА", "Vit B9 5 mg", "Spéciafoldine", "FOLIC AC 5MG"]
)
def test_folic_acid_is_known_by_its_brands_and_short_names(text):
    assert set(call([PATIENT, b12(KNOWN)], "order-select", order(by_words(text), "draft"))[0]) & {"folic-acid-first", UNCHECKED}


PERNICIOUS = {
    "resourceType": "Condition", "id": "pa", "clinicalStatus": ACTIVE, **SUBJECT,
    "code": concept(system="http://snomed.info/sct", code="84027009"),
}  # fmt: skip


@pytest.mark.parametrize("text", ["Neo-Cytamen", "Cobalin-H", "Betolvex 1 mg", "Behepan", "Methycobal", "Dobetin", "Neurobion"])
def test_an_order_by_a_brand_of_vitamin_b12_is_never_no_treatment(text):
    topics, said = call([PATIENT, PERNICIOUS, order(by_words(text))])
    assert topics
    assert "could not be verified" in said or UNCHECKED in topics


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Anemia perniciosa", True), ("Niedokrwistosc zlosliwa", True), ("Perniziöse Anämie", True), ("Pernizioese Anaemie", True),
        ("History of pernicious anaemia", True), ("Verdacht auf perniziöse Anämie", True), ("悪性貧血の疑い", True),
        ("Perniziöse Anämie; Karzinom ausgeschlossen", True), ("Pernicious anaemia. No evidence of cancer", True),
        ("Family history of pernicious anaemia", False), ("Perniziöse Anämie ausgeschlossen", False), ("悪性貧血の家族歴", False),
        ("Anamnesi familiare di anemia perniciosa", False), ("No evidence of pernicious anaemia", False),
    ],
)  # fmt: skip
def test_a_problem_by_its_name_is_told_unless_the_same_statement_denies_it(text, told):
    problem = PERNICIOUS | {"code": concept(text)}
    assert (UNCHECKED in call([PATIENT, problem])[0]) is told


# --- what an outsider sent ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["B12", "VITB12", "VIT-B12", "S_COBALAMIN"])
def test_a_code_without_words_that_is_a_word_itself_is_told(code):
    assert UNCHECKED in call([PATIENT, b12(concept(system="urn:hospital", code=code))])[0]


@pytest.mark.parametrize("code", [concept("2132-9"), {"coding": {"system": LOINC, "code": "2132-9"}}, "Vitamin B12"])
def test_a_code_in_the_place_or_the_shape_of_something_else_is_not_passed_over(code):
    assert set(call([PATIENT, b12(code)], by_hand=True)[0]) & {UNCHECKED, "b12-deficiency"}


@pytest.mark.parametrize("inside", ["component", "contained"])
def test_a_value_inside_a_result_is_not_passed_over(inside):
    value = {"valueQuantity": {"value": 90, "unit": "ng/L"}}
    part = {"code": concept("Result"), **value} if inside == "component" else b12(KNOWN, identity="in")
    panel = {**b12(KNOWN if inside == "component" else concept("Haematinics")), inside: [part]}
    panel.pop("valueQuantity")
    assert set(call([PATIENT, panel], by_hand=True)[0]) & {UNCHECKED, "b12-deficiency"}


PERNICIOUS = {
    "resourceType": "Condition", "id": "pa", "clinicalStatus": ACTIVE, **SUBJECT,
    "code": concept(system="http://snomed.info/sct", code="84027009"),
}  # fmt: skip


@pytest.mark.parametrize(
    "drug",
    [
        concept("Nurokind 1500"), concept("TRIBEDOCE 50,000 iny"), concept("Citoneurin 5000"), concept("Neurorubine amp"),
        concept("Комплигам B"), concept("甲钴胺片"), concept(system="http://www.whocc.no/atc", code="B03BA53"),
        concept(system="http://www.whocc.no/atc", code="B03AE01"), concept(system="urn:h", code="HYDROXOCOBALAMIN"),
    ],
)  # fmt: skip
def test_no_product_of_vitamin_b12_is_no_treatment(drug):
    order = {
        "resourceType": "MedicationRequest", "id": "m", "status": "active", "intent": "order", "authoredOn": "2025-12-01",
        "medicationCodeableConcept": drug, **SUBJECT,
    }  # fmt: skip
    assert "no current treatment found" not in call([PATIENT, PERNICIOUS, order])[1]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no pernicious anaemia", False), ("keine perniziöse Anämie", False), ("pas d'anémie pernicieuse", False),
        ("sin anemia perniciosa", False), ("geen pernicieuze anemie", False), ("mother has pernicious anaemia", False),
        ("pernicious anaemia, no neuropathy", True), ("pernicious anaemia, not currently treated", True),
        ("Perniziosa", True), ("perniciózna anémia", True), ("болезнь Аддисона-Бирмера", True),
    ],
)  # fmt: skip
def test_a_word_that_denies_denies_only_the_name_that_follows(text, told):
    problem = {**PERNICIOUS, "code": concept(text)}
    assert (UNCHECKED in call([PATIENT, problem])[0]) == told


KNOWN_DRUG = concept(system=RXNORM, code="309594")
DAYS = {
    "MedicationRequest": "authoredOn", "MedicationStatement": "effectiveDateTime",
    "MedicationAdministration": "effectiveDateTime", "MedicationDispense": "whenHandedOver",
}  # fmt: skip


@pytest.mark.parametrize("kind", DAYS)
@pytest.mark.parametrize("status", ["unknown", "OPEN", "Dispensed", None])
def test_a_status_that_is_not_understood_is_never_no_treatment(kind, status):
    row = {
        "resourceType": kind, "id": "m", "status": status, "intent": "order", DAYS[kind]: "2025-12-20",
        "medicationCodeableConcept": KNOWN_DRUG, **SUBJECT,
    }  # fmt: skip
    topics, text = call([PATIENT, PERNICIOUS, row], by_hand=kind)
    assert topics
    assert "no current treatment found" not in text
    stopped = row | {"status": "entered-in-error"}
    assert "no current treatment found" in call([PATIENT, PERNICIOUS, stopped], by_hand=kind)[1]


@pytest.mark.parametrize(
    "clinical", [{"coding": [{"code": "Active"}]}, {"coding": [{"code": "55561003"}]}, {"text": "chronic"}, "chronic"]
)
def test_a_problem_whose_status_is_not_understood_is_told(clinical):
    assert UNCHECKED in call([PATIENT, PERNICIOUS | {"clinicalStatus": clinical}])[0]
    over = {"coding": [{"code": "resolved"}]}
    assert call([PATIENT, PERNICIOUS | {"clinicalStatus": over}])[0] == []


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("Injection of vitamin B12", True), ("Injection, vitamin B-12 cyanocobalamin, up to 1000 mcg", True),
        ("Vitamin B12 Injektion i.m.", True), ("Aplicação de hidroxocobalamina", True),
        ("Vitamin B12 measurement", False), ("Serum folate and B12 level", False), ("Injection of steroid", False),
    ],
)  # fmt: skip
def test_a_dose_among_the_procedures_is_never_no_treatment_and_a_test_is_no_dose(text, given):
    row = {
        "resourceType": "Procedure", "id": "r", "status": "completed", "performedDateTime": "2026-01-05",
        "code": concept(text), **SUBJECT,
    }  # fmt: skip
    said = call([PATIENT, PERNICIOUS, row], by_hand="Procedure")[1]
    assert ("no current treatment found" not in said) == given


def test_a_drug_that_only_the_instructions_name_is_told():
    drug = {"medicationCodeableConcept": concept("see below"), "dosageInstruction": [{"text": "folic acid 5 mg daily"}]}
    draft = {"resourceType": "MedicationRequest", "status": "draft", "intent": "order", **drug}
    assert set(call([PATIENT, PERNICIOUS], "order-sign", draft)[0]) & {UNCHECKED, "folic-acid-first"}
    other = draft | {"dosageInstruction": [{"text": "one in the morning"}]}
    assert call([PATIENT, PERNICIOUS], "order-sign", other)[0] == [UNCHECKED]
