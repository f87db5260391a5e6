"""What real feeds bend: one thing where a list belongs, words that only an extension holds, orders inside what points
to them, names of elements with capitals. It is read as what it was meant to be, or told; never passed over."""

import pytest

from cdshooks.config import Settings
from cdshooks.errors import DataNotAvailable
from cdshooks.protocol.discovery import services
from cdshooks.protocol.request import parse_request
from cdshooks.reading import listed
from cdshooks.reading.respelled import NAMES
from cdshooks.respond import respond
from tests.shipped import LIBRARY
from tests.test_feeds import (
    ACTIVE,
    CLOCK,
    KNOWN,
    LOINC,
    PATIENT,
    PERNICIOUS,
    RXNORM,
    SUBJECT,
    UNCHECKED,
    b12,
    by_words,
    concept,
)

HOOKS = {s.hook: s for group in services(LIBRARY, Settings()).values() for s in group}
LEBER, LAPSED, FIRST = "leber-cyanocobalamin", "no current treatment found", "folic-acid-first"
ALLERGIC, DEFICIENT = "cobalamin-hypersensitivity", "b12-deficiency"
FOLIC = {"medicationCodeableConcept": concept(system=RXNORM, code="199318")}
CYANO = {"medicationCodeableConcept": concept(system=RXNORM, code="309594")}
HYDROXO = {"medicationCodeableConcept": concept(system=RXNORM, code="317106")}


def bundle(rows):
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": row} for row in rows]}


def answer(rows, *drafts, **prefetch):
    """Topics, the whole text, the labels of what is offered; a refusal for want of data counts as told."""
    hook = "order-sign" if drafts else "patient-view"
    told = {q.key: bundle([r for r in rows if r["resourceType"] == q.resource]) for q in HOOKS[hook].queries}
    told |= {"patient": PATIENT} | prefetch
    context = {"userId": "Practitioner/x", "patientId": "p"}
    context |= {"draftOrders": bundle(drafts)} if drafts else {}
    body = {"hook": hook, "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "context": context, "prefetch": told}
    try:
        cards = respond(LIBRARY, HOOKS[hook], parse_request(body, hook), CLOCK).cards
    except DataNotAvailable as refused:
        return {UNCHECKED}, str(refused), []
    topics = {card["source"]["topic"]["code"] for card in cards}
    return topics, str(cards), [offer["label"] for card in cards for offer in card.get("suggestions", ())]


def draft(drug, **more):
    return {
        "resourceType": "MedicationRequest",
        "id": "d",
        "status": "draft",
        "intent": "order",
        **SUBJECT,
        **drug,
        **more,
    }


def problem(code, **more):
    return {"resourceType": "Condition", "id": "c", "clinicalStatus": ACTIVE, "code": code, **SUBJECT, **more}


def allergy(**more):
    return {
        "resourceType": "AllergyIntolerance",
        "id": "a",
        "clinicalStatus": ACTIVE,
        "patient": SUBJECT["subject"],
        **more,
    }


def result(name, **more):
    row = b12(concept(name), valueString="see there", **more)
    return {key: value for key, value in row.items() if key != "valueString"}


# --- one thing where a list belongs --------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["component", "contained"])
def test_one_result_inside_another_is_read(place):
    inner = {"code": KNOWN, "valueQuantity": {"value": 90, "unit": "ng/L"}}
    part = inner if place == "component" else {**b12(KNOWN), "id": "inside"}
    assert answer([result("Haematinics", **{place: part})])[0] == answer([result("Haematinics", **{place: [part]})])[0]
    assert DEFICIENT in answer([result("Haematinics", **{place: part})])[0]


@pytest.mark.parametrize(
    "more",
    [{"reaction": {"substance": concept("Hydroxocobalamin")}}, {"note": {"text": "hydroxocobalamin"}}],
    ids=lambda more: next(iter(more)),
)
def test_one_reaction_or_note_of_an_allergy_is_read(more):
    assert answer([allergy(code=concept("Drug"), **more)], draft(HYDROXO))[0] & {ALLERGIC, UNCHECKED}


def test_one_illness_of_a_relative_is_read():
    mother = {"resourceType": "FamilyMemberHistory", "id": "f", "status": "completed", "patient": SUBJECT["subject"]}
    mother |= {
        "relationship": concept("Mother"),
        "condition": {"code": concept("LHON", "http://snomed.info/sct", "58610003")},
    }
    assert LEBER in answer([mother], draft(CYANO))[0]


@pytest.mark.parametrize(
    "row",
    [
        {"resourceType": "Encounter", "status": "finished", "type": concept("Vitamin B12 injection visit")},
        {"resourceType": "Encounter", "status": "finished", "reasonCode": concept("Vitamin B12 injection")},
        {"resourceType": "Procedure", "status": "completed", "code": concept("Injection"), "usedCode": concept("Hydroxocobalamin")},
        {"resourceType": "Procedure", "status": "completed", "code": concept("IM injection"), "note": {"text": "B12 given"}},
    ],
    ids=["type", "reasonCode", "usedCode", "note"],
)  # fmt: skip
def test_one_word_for_a_dose_is_read(row):
    day = {"period": {"start": "2025-12-20"}, "performedDateTime": "2025-12-20"}
    topics, text, _ = answer([PERNICIOUS, {"id": "x", **SUBJECT, **day, **row}])
    assert topics
    assert LAPSED not in text


@pytest.mark.parametrize(
    "order",
    [
        {
            "resourceType": "CarePlan",
            "intent": "plan",
            "activity": {"detail": {"productCodeableConcept": concept("Folic acid 5 mg")}},
        },
        {
            "resourceType": "RequestGroup",
            "intent": "order",
            "contained": draft(FOLIC),
            "action": {"resource": {"reference": "#d"}},
        },
        {"resourceType": "NutritionOrder", "intent": "order", "supplement": {"productName": "Folic acid 5 mg"}},
    ],
    ids=lambda order: order["resourceType"],
)
def test_one_order_in_a_plan_is_read(order):
    assert FIRST in answer([b12(KNOWN)], {"id": "g", "status": "draft", **SUBJECT, **order})[0]


def test_one_reason_of_a_draft_is_read():
    reason = concept("LHON", "http://snomed.info/sct", "58610003")
    assert answer([], draft(CYANO, reasonCode=reason))[0] & {LEBER, UNCHECKED}


# --- orders inside what points to them -----------------------------------------------------------------------------

POINTING = {
    "Task.focus": {"resourceType": "Task", "status": "requested", "focus": {"reference": "#d"}},
    "Task.input": {"resourceType": "Task", "status": "requested", "input": [{"valueReference": {"reference": "#d"}}]},
    "List": {"resourceType": "List", "status": "current", "mode": "working", "entry": [{"item": {"reference": "#d"}}]},
    "message": {
        "resourceType": "CommunicationRequest",
        "status": "draft",
        "payload": [{"contentReference": {"reference": "#d"}}],
    },
    "Composition": {
        "resourceType": "Composition",
        "status": "preliminary",
        "section": [{"entry": [{"reference": "#d"}]}],
    },
}


@pytest.mark.parametrize("name", POINTING)
def test_an_order_inside_what_points_to_it_is_judged(name):
    pointing = {"id": "t", **SUBJECT, **POINTING[name], "contained": [draft(FOLIC)]}
    topics, text, _ = answer([b12(KNOWN)], pointing)
    assert FIRST in topics
    assert "it lies inside another resource" in text


def test_of_such_an_order_the_drug_may_lie_beside_it():
    drug = {"resourceType": "Medication", "id": "m", "code": FOLIC["medicationCodeableConcept"]}
    order = draft({"medicationReference": {"reference": "#m"}})
    assert FIRST in answer([b12(KNOWN)], {"id": "t", **SUBJECT, **POINTING["List"], "contained": [order, drug]})[0]


@pytest.mark.parametrize(
    "inside",
    [
        {"resourceType": "NutritionOrder", "supplement": [{"productName": "Folic acid 5 mg"}]},
        {"resourceType": "MedicationStatement", **FOLIC},
    ],
    ids=lambda inside: inside["resourceType"],
)
def test_what_a_group_points_to_inside_it_is_judged_whatever_it_is(inside):
    group = {"resourceType": "RequestGroup", "id": "g", "status": "draft", "intent": "order", **SUBJECT}
    kept = {"id": "d", "status": "draft", "intent": "order", **SUBJECT, **inside}
    pointing = group | {"contained": [kept], "action": [{"resource": {"reference": "#d"}}]}
    assert FIRST in answer([b12(KNOWN)], pointing)[0]
    assert FIRST not in answer([b12(KNOWN)], group | {"contained": [kept]})[0]  # what lies there for another reason


# --- words that only an extension holds ----------------------------------------------------------------------------

WORDS = [{"url": "http://vendor.example/name", "valueString": "Leber hereditary optic neuropathy"}]
CODED = [
    {
        "url": "http://vendor.example/due-to",
        "valueCodeableConcept": concept(system="http://snomed.info/sct", code="58610003"),
    }
]
EXTENDED = {
    "of the row": problem(concept("Vision disorder"), extension=WORDS),
    "a code": problem(concept("Vision disorder"), extension=CODED),
    "a coding": problem(
        concept("Eye"),
        extension=[{"url": "x", "valueCoding": {"system": "http://snomed.info/sct", "code": "58610003"}}],
    ),
    "of an extension": problem(concept("Vision disorder"), extension=[{"url": "x", "extension": WORDS}]),
    "of the code": problem({"text": "Vision disorder", "extension": WORDS}),
    "of a coding's own": problem({"coding": [{"code": "x1", "extension": WORDS}]}),
    "of the text": problem({"text": "Eye disease", "_text": {"extension": WORDS}}),
    "of the display": problem({"coding": [{"code": "x1", "_display": {"extension": WORDS}}]}),
    "a stage": problem(concept("Vision disorder"), stage=[{"summary": concept("LHON")}]),
}


@pytest.mark.parametrize("place", EXTENDED)
def test_a_problem_that_only_an_extension_names_is_told_and_nothing_is_offered_against_it(place):
    assert answer([EXTENDED[place]], draft(CYANO))[0] & {LEBER, UNCHECKED}
    assert not [label for label in answer([b12(KNOWN), EXTENDED[place]])[2] if "cyanocobalamin" in label]


@pytest.mark.parametrize(
    "more",
    [
        {"code": concept("Other drug"), "extension": [{"url": "x", "valueString": "Vitamin B12"}]},
        {
            "code": {
                "text": "Other",
                "extension": [{"url": "x", "valueCodeableConcept": HYDROXO["medicationCodeableConcept"]}],
            }
        },
    ],
    ids=["of the row", "of the code"],
)
def test_an_allergy_that_only_an_extension_names_is_told_and_nothing_is_offered_against_it(more):
    assert answer([allergy(**more)], draft(HYDROXO))[0] & {ALLERGIC, UNCHECKED}
    assert not [label for label in answer([b12(KNOWN), allergy(**more)])[2] if "obalamin" in label]


def test_a_drug_that_only_an_extension_names_is_never_no_treatment():
    words = [{"url": "x", "valueString": "Hydroxocobalamin 1 mg"}]
    order = draft(
        {"medicationCodeableConcept": concept("Vitamins")}, status="active", authoredOn="2025-12-20", extension=words
    )
    assert LAPSED not in answer([PERNICIOUS, order])[1]
    named = order | by_words("Atorvastatin 20 mg")
    assert LAPSED in answer([PERNICIOUS, named])[1]  # its own words say what it is


def test_a_result_that_only_an_extension_names_is_told():
    named = [{"url": "x", "valueString": "Vitamin B12"}]
    assert UNCHECKED in answer([b12(concept("Chemistry result"), extension=named)])[0]
    assert (
        answer([b12(concept("Ferritin", LOINC, "2276-4"), extension=[{"url": "x", "valueString": "fasting"}])])[0]
        == set()
    )


# --- what a procedure used, denials behind a dash, capitals --------------------------------------------------------

MEDICATION = {"resourceType": "Medication", "id": "m", "code": concept("Hydroxocobalamin")}


@pytest.mark.parametrize(
    "used",
    [
        {"usedReference": [{"reference": "Medication/1", "display": "Hydroxocobalamin"}]},
        {"usedReference": [{"reference": "#m"}], "contained": [MEDICATION]},
        {"used": [{"reference": {"reference": "Medication/1", "display": "Hydroxocobalamin"}}]},
    ],
    ids=["words", "inside it", "R5"],
)
def test_what_a_procedure_used_by_reference_is_never_no_treatment(used):
    row = {"resourceType": "Procedure", "id": "x", "status": "completed", "code": concept("Injection"), **SUBJECT}
    assert LAPSED not in answer([PERNICIOUS, row | {"performedDateTime": "2025-12-20"} | used])[1]


@pytest.mark.parametrize(
    "words",
    [
        "Allergic to vitamin B12 - no known other allergies",
        "Hydroxocobalamin – sonst keine bekannten Allergien",
        "B12 / NKDA otherwise",
    ],
)
def test_a_dash_ends_what_is_denied(words):
    assert answer([allergy(code=concept(words))], draft(HYDROXO))[0] & {ALLERGIC, UNCHECKED}
    assert not [label for label in answer([b12(KNOWN), allergy(code=concept(words))])[2] if "obalamin" in label]


def test_a_bundle_whose_elements_are_written_with_capitals_is_not_an_empty_one():
    key = next(q.key for q in HOOKS["patient-view"].queries if q.resource == "Observation")
    assert answer([], **{key: {"resourceType": "Bundle", "Entry": [{"Resource": b12(KNOWN)}]}})[0] == {UNCHECKED}


# --- a status that nobody knows, names that stand elsewhere --------------------------------------------------------


def test_a_result_of_unknown_status_makes_no_class_and_is_named():
    gp = concept(system="http://snomed.info/sct", code="271216009", display="Serum vitamin B12 level")
    assert answer([b12(gp, status="unknown")])[0] == {"b12-result-unusable"}
    for status in ("registered", "cancelled", "entered-in-error"):
        assert answer([b12(gp, status=status)])[0] == set()
    low, newer = b12(KNOWN), b12(KNOWN, 400, "2026-01-14", "newer", status="unknown")
    assert DEFICIENT in answer([low, newer])[0]


@pytest.mark.parametrize(
    "value", ["Vitamin B12 90 ng/L (180-914)", "Vit B12: 90 pg/mL L", "Hb 120, MCV 105, B12 90 ng/L, folate 8"]
)
def test_a_result_that_only_its_value_names_is_told(value):
    assert UNCHECKED in answer([result("Laboratory comment") | {"valueString": value}])[0]


@pytest.mark.parametrize("value", ["Ferritin 9 ug/L", "B12 requested", "Hb fine", "x" * 400 + " B12 90 ng/L"])
def test_a_text_that_measures_nothing_of_ours_stays_silent(value):
    assert answer([result("Laboratory comment") | {"valueString": value}])[0] == set()


@pytest.mark.parametrize(
    "name", [{"valueString": "Vitamin B12"}, {"valueCodeableConcept": KNOWN}], ids=["words", "code"]
)
def test_a_result_whose_name_is_the_value_of_a_component_is_told(name):
    parts = [
        {"code": concept("Analyte"), **name},
        {"code": concept("Result"), "valueQuantity": {"value": 90, "unit": "ng/L"}},
    ]
    assert UNCHECKED in answer([result("Laboratory test result", component=parts)])[0]
    taken = [parts[0], {"code": concept("Dose"), "valueQuantity": {"value": 1, "unit": "tablet"}}]
    assert answer([result("Supplements", component=taken)])[0] == set()


@pytest.mark.parametrize("name", ["推算GFRcre", "eGFRcreat", "VFG", "GFRe", "CKD-EPI", "Glom. filtratie"])
def test_an_egfr_under_another_name_is_not_called_unknown(name):
    raised = b12(concept(system=LOINC, code="13964-2"), identity="mma", valueQuantity={"value": 900, "unit": "nmol/L"})
    egfr = b12(concept(name), identity="egfr", valueQuantity={"value": 90, "unit": "mL/min/1.73m2"})
    assert "idney function is not known" in answer([raised])[1]
    assert "idney function is not known" not in answer([raised, egfr])[1]


@pytest.mark.parametrize("text", ["庫魯化錠 500 毫克", "ZORYL M 2", "Γλυκοφάζ", "Meforal"])
def test_metformin_under_more_names_is_told(text):
    numb = problem(concept(system="http://snomed.info/sct", code="91019004"))
    order = draft(by_words(text), status="active", authoredOn="2023-06-01")
    assert answer([numb, order])[0] & {UNCHECKED, "metformin-b12-check"}


@pytest.mark.parametrize(
    "text", ["Pernic. anaemia", "Vitamin-B12-Mangelanämie durch Mangel an Intrinsic-Faktor", "Zhoubná anémie"]
)
def test_pernicious_anaemia_under_more_names_is_told(text):
    assert UNCHECKED in answer([problem(concept(text))])[0]


def test_a_mutation_of_leber_by_its_number_is_told():
    assert answer([problem(concept("Leber mutation 11778"))], draft(CYANO))[0] & {LEBER, UNCHECKED}


# --- panels of which not all came, instructions, elements that FHIR does not have ----------------------------------


def test_of_a_panel_what_may_lie_in_a_member_that_did_not_come_is_told():
    missing, there = {"reference": "Observation/b12"}, {"reference": "Observation/folate"}
    folate = b12(concept("Folate", LOINC, "2284-8"), identity="folate", valueQuantity={"value": 9, "unit": "ug/L"})
    panel = result("Vitamin B12 and folate", identity="panel", hasMember=[missing, there])
    assert UNCHECKED in answer([panel, folate])[0]
    assert answer([panel, folate, b12(KNOWN, 500)])[0] == set()
    assert answer([result("Folate panel", identity="panel", hasMember=[missing, there]), folate])[0] == set()


@pytest.mark.parametrize(
    "row",
    [
        {
            "resourceType": "MedicationRequest",
            "dosageInstruction": [{"patientInstruction": "B12 injection every 3 months"}],
        },
        {
            "resourceType": "MedicationRequest",
            "dosageInstruction": [{"additionalInstruction": [{"text": "vitamin B12, as planned"}]}],
        },
        {
            "resourceType": "MedicationAdministration",
            "status": "completed",
            "dosage": {"text": "hydroxocobalamin 1 mg"},
        },
        {"resourceType": "MedicationStatement", "dosage": [{"text": "hydroxocobalamin 1 mg every 3 months"}]},
    ],
    ids=["to the patient", "added", "of a dose", "of a statement"],
)
def test_a_drug_that_only_other_instructions_name_is_never_no_treatment(row):
    order = draft({"medicationCodeableConcept": concept("Medication given")}, status="active", authoredOn="2025-12-20")
    assert LAPSED not in answer([PERNICIOUS, order | {"effectiveDateTime": "2025-12-20"} | row])[1]


@pytest.mark.parametrize("name", ["name", "Code", "codeCodeableConcept", "diagnosis"])
def test_a_problem_in_an_element_that_fhir_does_not_have_is_told(name):
    row = {key: value for key, value in problem(None).items() if key != "code"} | {name: concept("LHON")}
    assert answer([row], draft(CYANO))[0] & {LEBER, UNCHECKED}
    assert not [label for label in answer([b12(KNOWN), row])[2] if "cyanocobalamin" in label]


def test_a_panel_is_known_by_the_names_of_members_that_did_not_come():
    named = [
        {"reference": "Observation/b12", "display": "Vitamin B12"},
        {"reference": "Observation/x", "display": "Ferritin"},
    ]
    panel = result("Haematinics", identity="panel", hasMember=named)
    assert UNCHECKED in answer([panel])[0]
    assert answer([panel, b12(KNOWN, 500)])[0] == set()
    assert answer([result("Iron studies", identity="panel", hasMember=named[1:])])[0] == set()


CODES_ELSEWHERE = {
    "among words": concept("[H47.22] Eye disease"),
    "behind its system, as words": concept("ICD-10-CM H47.22"),
    "with what refines it": concept(system="http://snomed.info/sct", code="58610003:246454002=255604002"),
    "with terms and what refines it": concept(
        system="http://snomed.info/sct", code="58610003 |a term| : 246454002 |another| = 255604002 |a third|"
    ),
    "in a situation": concept(system="http://snomed.info/sct", code="417662000:246090004=58610003"),
}


@pytest.mark.parametrize("code", CODES_ELSEWHERE.values(), ids=CODES_ELSEWHERE)
def test_a_code_that_stands_among_others_or_among_words_is_told(code):
    topics, _, _ = answer([problem(code)], draft(CYANO))
    assert topics & {LEBER, UNCHECKED}


@pytest.mark.parametrize("code", [concept("[H25.1] Eye disease"), concept("Seen by Dr.H47.22"), concept("v1.2 of H47")])
def test_what_only_looks_like_one_is_not(code):
    assert answer([problem(code)], draft(CYANO))[0] == set()


@pytest.mark.parametrize("words", ["LOINC 2132-9", "LOINC:2132-9", "2132-9"])
def test_a_result_whose_words_are_a_code_is_told(words):
    assert answer([b12(concept(words), 90)])[0] & {DEFICIENT, UNCHECKED}


def prescribed(words):
    return draft({"medicationCodeableConcept": concept(words)}, id="m", status="active", authoredOn="2025-11-01")


NAMELESS = ["Injection every 3 months", "3 monthly injection", "Depot injection, given by nurse", "Spritze alle 3 Monate"]


@pytest.mark.parametrize("words", [*NAMELESS, "Injection im tous les 3 mois", "Inyección cada 3 meses"])
def test_an_injection_of_which_only_the_rhythm_is_told_may_be_vitamin_b12(words):
    order = prescribed(words)
    topics, text, _ = answer([PERNICIOUS, order])
    assert UNCHECKED in topics
    assert LAPSED not in text


@pytest.mark.parametrize("words", ["Influenza vaccine 2025", "Atorvastatin 20 mg every day"])
def test_a_drug_with_a_name_is_another_whatever_its_rhythm(words):
    _, text, _ = answer([PERNICIOUS, prescribed(words)])
    assert LAPSED in text


def test_a_row_with_the_names_of_one_before_it_is_looked_at_all_the_same():
    sound = {"resourceType": "Observation", "id": "1", "code": {"text": "x"}, "component": [{"code": {"text": "y"}}]}
    assert listed.listed(sound) is sound
    bent = {**sound, "component": sound["component"][0]}
    assert tuple(bent) == tuple(sound)
    assert listed.listed(bent)["component"] == sound["component"]
    text = {**sound, "code": '{"text": "z"}'}
    assert listed.listed(text)["code"] == {"text": "z"}


def test_of_rows_only_names_that_fhir_has_are_kept_and_not_without_bound(monkeypatch):
    monkeypatch.setattr(listed, "MOST_KNOWN", 3)
    names = sorted(NAMES - listed._SELDOM - {"resourceType", "code", "status"})[:20]
    for name in (*names, "Mrs Canaryname"):
        listed.listed({"resourceType": "Observation", name: []})
        kept = listed._KNOWN["Observation"]
        assert len(kept) <= 3
        assert NAMES.issuperset(each for way in kept for each in way)
