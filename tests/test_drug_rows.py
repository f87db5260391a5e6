"""Orders, doses and dispenses as real feeds bend them: what is no more than possible never reassures, and is told."""

import json

import pytest
from test_feeds import CLOCK, KNOWN, PATIENT, RXNORM, SERVICES, SUBJECT, UNCHECKED, Filled, answer, b12, call, concept

from cdshooks.errors import DataNotAvailable
from cdshooks.protocol.groups import orders_of
from cdshooks.protocol.request import parse_request
from cdshooks.reading.naming import Naming
from cdshooks.reading.sig import read_instruction
from cdshooks.respond import respond
from tests.shipped import LIBRARY

SNOMED = "http://snomed.info/sct"
FOLIC_FIRST, LEBER = "folic-acid-first", "leber-cyanocobalamin"
LOW = b12(KNOWN)
OPTIC = {"resourceType": "Condition", "id": "c", **SUBJECT, "code": concept(system=SNOMED, code="58610003")}


def draft(code, identity="d", **more):
    row = {"resourceType": "MedicationRequest", "id": identity, "status": "draft", "intent": "order", **SUBJECT}
    return row | {"medicationCodeableConcept": concept(system=RXNORM, code=code)} | more


FOLIC = draft("199318", "folic")
B12 = draft("309594", "b12")
HYDROXO = draft("317106", "hydroxo")


def sign(rows, *drafts):
    """(topic, indicator) of each card, and the whole text of the answer; 412 counts as told."""
    record = Filled([PATIENT, *rows])
    service = SERVICES["order-sign"]
    prefetch = {q.key: answer(record, q.template.replace("{{context.patientId}}", "p")) for q in service.queries}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in drafts]}
    context = {"userId": "Practitioner/x", "patientId": "p", "draftOrders": bundle}
    body = {"hook": "order-sign", "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "context": context, "prefetch": prefetch}
    try:
        cards = respond(LIBRARY, service, parse_request(body, "order-sign"), CLOCK).cards
    except DataNotAvailable as refused:
        return [(UNCHECKED, "412")], str(refused)
    return [(card["source"]["topic"]["code"], card["indicator"]) for card in cards], json.dumps(cards)


# --- options -------------------------------------------------------------------------------------------------------


def group(*actions, **more):
    return {"resourceType": "RequestGroup", "id": "g", "status": "draft", "intent": "order", "action": [*actions], **SUBJECT, **more}


def pointing(*drafts):
    return [{"resource": {"reference": f"MedicationRequest/{each['id']}"}} for each in drafts]


def plan(**more):
    """A plan with vitamin B12 among its activities."""
    detail = {"productCodeableConcept": B12["medicationCodeableConcept"], "status": "not-started"} | more.pop("detail", {})
    return {"resourceType": "CarePlan", "id": "plan", "status": "draft", "intent": "plan", "activity": [{"detail": detail}], **more}


CHOICES = ("exactly-one", "at-most-one", "any", "one-or-more", "all-or-none")
OPTIONS = {
    "an option": [FOLIC, B12 | {"intent": "option"}],
    **{f"one of {b}": [FOLIC, B12, group({"selectionBehavior": b, "action": pointing(FOLIC, B12)})] for b in CHOICES},
    "one of several, inside the group": [
        group({"selectionBehavior": "any", "action": [{"resource": {"reference": "#b12"}}]}, contained=[B12]), FOLIC,
    ],
    "one of a choice in a choice": [
        FOLIC, B12, group({"selectionBehavior": "any", "action": [{"action": pointing(B12)}, {"title": "none"}]}),
    ],
    "one that could be done": [FOLIC, B12, group(pointing(B12)[0] | {"requiredBehavior": "could"})],
    "one under a condition": [FOLIC, B12, group(pointing(B12)[0] | {"condition": [{"kind": "applicability"}]})],
    "of a group on hold": [FOLIC, B12, group(*pointing(B12), status="on-hold")],
    "of a group that is an option": [FOLIC, B12, group(*pointing(B12), intent="option")],
    "of a plan that is over": [FOLIC, plan(status="revoked")],
    "an activity that must not be": [FOLIC, plan(detail={"doNotPerform": True})],
    **{f"an activity that is {s}": [FOLIC, plan(detail={"status": s})] for s in ("cancelled", "on-hold", "completed")},
    "an order on record that is an option here": [FOLIC, B12 | {"id": "running", "intent": "option"}],
}  # fmt: skip
RUNNING = B12 | {"id": "running", "status": "active", "authoredOn": "2025-12-20"}


@pytest.mark.parametrize("drafts", OPTIONS.values(), ids=OPTIONS)
def test_an_order_that_may_not_come_is_no_treatment_in_the_same_sitting(drafts):
    assert (FOLIC_FIRST, "critical") in sign([LOW], *drafts)[0]


def test_one_that_is_meant_is():
    meant = [FOLIC, B12], [FOLIC, plan()], [FOLIC, B12, group({"selectionBehavior": "all", "action": pointing(FOLIC, B12)})]
    alone = [FOLIC, B12, group({"selectionBehavior": "exactly-one", "action": pointing(B12)})]
    assert [sign([LOW], *drafts)[0] for drafts in (*meant, alone)] == [[(FOLIC_FIRST, "info")]] * 4


def test_an_order_on_record_that_is_only_an_option_here_is_no_treatment():
    record = [OPTIC | {"code": concept(system=SNOMED, code="84027009")}, RUNNING]
    assert sign(record, FOLIC)[0] == []
    assert (FOLIC_FIRST, "critical") in sign(record, FOLIC, RUNNING | {"status": "draft", "intent": "option"})[0]


@pytest.mark.parametrize("choice", ["exactly-one", "any"])
def test_an_option_that_is_a_risk_warns_and_stays_the_client_s_own_order(choice):
    chosen = group({"selectionBehavior": choice, "action": pointing(HYDROXO, B12)})
    topics, text = sign([OPTIC], HYDROXO, B12, chosen)
    assert (LEBER, "critical") in topics
    assert '"option"' not in text


def test_what_is_an_option_is_named_as_it_was_sent():
    entries = [{"resource": each} for each in (B12, group({"selectionBehavior": "any", "action": pointing(B12)}))]
    order, _ = orders_of({"resourceType": "Bundle", "entry": entries})
    assert (order["intent"], order.sent) == ("option", B12)


# --- whose it is, and what stands beside orders --------------------------------------------------------------------


@pytest.mark.parametrize("subject", [["Patient/p"], {"reference": ["Patient/p"]}, 7, {"reference": 7}])
def test_a_draft_with_an_odd_subject_is_judged(subject):
    assert (FOLIC_FIRST, "critical") in sign([LOW], FOLIC | {"subject": subject})[0]


def test_one_of_another_patient_is_not():
    assert sign([LOW], FOLIC | {"subject": [{"reference": "Patient/q"}]})[0] == []


def test_a_good_result_that_nobody_knows_the_owner_of_reassures_nobody():
    good = b12(KNOWN, 500, "2026-01-12", "good")
    assert call([PATIENT, LOW, good], by_hand=True)[0] == []
    assert "b12-deficiency" in call([PATIENT, LOW, good | {"subject": {"reference": 5}}], by_hand=True)[0]


FOLATE = "Folic acid 5 mg tablets"
CODED = concept(system=RXNORM, code="199318")
ASIDES = {
    "what nutrition adds": {"resourceType": "NutritionOrder", "oralDiet": {"instruction": FOLATE}},
    "a note of nutrition": {"resourceType": "NutritionOrder", "note": [{"text": FOLATE}]},
    "a note of a service": {"resourceType": "ServiceRequest", "code": concept("Injection"), "note": [{"text": f"{FOLATE} daily"}]},
    "a detail of a service": {"resourceType": "ServiceRequest", "code": concept("Medication"), "orderDetail": [concept(FOLATE)]},
    "a service that is a product": {"resourceType": "ServiceRequest", "code": CODED},
    "a task in words": {"resourceType": "Task", "description": f"Give {FOLATE}"},
    "a task by its input": {"resourceType": "Task", "input": [{"type": concept("drug"), "valueCodeableConcept": CODED}]},
    "a list": {"resourceType": "List", "entry": [{"item": {"display": FOLATE}}]},
    "a message": {"resourceType": "CommunicationRequest", "payload": [{"contentString": f"Please start {FOLATE}"}]},
    "an action without its order": group({"title": FOLATE}),
    "an activity in words": {"resourceType": "CarePlan", "activity": [{"detail": {"description": FOLATE}}]},
    "what an activity shows of its order": {"resourceType": "CarePlan", "activity": [{"reference": {"display": FOLATE}}]},
}
NO_ASIDES = {
    "a task about a test": {"resourceType": "Task", "description": "Check folic acid level in 5 mL of serum"},
    "a test": {"resourceType": "ServiceRequest", "code": concept("Serum folic acid")},
    "a note of a test": {"resourceType": "ServiceRequest", "code": concept("Blood count"), "note": [{"text": f"on {FOLATE} daily"}]},
    "a reason": {"resourceType": "Task", "description": "Call", "reasonCode": concept(f"asks for {FOLATE}")},
    "another drug": {"resourceType": "Task", "description": "Give paracetamol 500 mg"},
}


@pytest.mark.parametrize("row", ASIDES.values(), ids=ASIDES)
def test_what_is_drafted_in_another_place_is_judged(row):
    topics, text = sign([LOW], {"id": "o", "status": "draft", "intent": "order", **SUBJECT, **row})
    assert FOLIC_FIRST in dict(topics)
    assert f"{row['resourceType']}/" in text or "not certain" in text


@pytest.mark.parametrize("row", NO_ASIDES.values(), ids=NO_ASIDES)
def test_what_names_a_drug_and_asks_for_none_is_no_draft_of_it(row):
    assert sign([LOW], {"id": "o", "status": "draft", "intent": "order", **SUBJECT, **row})[0] == []


@pytest.mark.parametrize("row", ASIDES.values(), ids=ASIDES)
def test_treatment_in_another_place_reassures_nobody(row):
    told = json.loads(json.dumps(row).replace(FOLATE, "Vitamin B12 injection").replace("199318", "309594"))
    fires = sign([LOW], FOLIC, {"id": "o", "status": "draft", "intent": "order", **SUBJECT, **told})[0]
    assert fires[0] in [(FOLIC_FIRST, "critical"), (UNCHECKED, "critical")]


@pytest.mark.parametrize(
    "row", [{"resourceType": "Task", "focus": {"reference": "MedicationRequest/7"}},
            {"resourceType": "List", "entry": [{"item": {"reference": "MedicationRequest/7"}}]}],
)  # fmt: skip
def test_an_order_that_something_points_to_and_that_did_not_come_is_told(row):
    assert sign([LOW], {"id": "o", "status": "draft", **SUBJECT, **row})[0] == [(UNCHECKED, "info")]


def test_what_an_order_says_itself_is_not_read_again_from_what_points_to_it():
    little = draft("4511", "folic", dosageInstruction=[{
        "doseAndRate": [{"doseQuantity": {"value": 0.1, "unit": "mg"}}],
        "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
    }])  # fmt: skip
    task = {"resourceType": "Task", "id": "t", **SUBJECT, "focus": {"reference": "MedicationRequest/folic", "display": FOLATE}}
    assert sign([LOW], little, task)[0] == []


# --- a code beside words of another drug ---------------------------------------------------------------------------

PERNICIOUS = OPTIC | {"code": concept(system=SNOMED, code="84027009")}
LAPSED = "lifelong-b12-lapsed"
REFUTES = (
    "Paracetamol 500 mg", "Amoxicilina 500 mg", "Warfarin", "Insulin glargine", "Lidocaine injection", "Ferrous sulfate 200 mg",
    "Vitamin D3 1000 IU", "Xarelto 20 mg", "парацетамол", "アセトアミノフェン", "Zzyx 500 mg tablets",
)  # fmt: skip
REFUTES_NOT = (
    "see note", "injection", "Cromatonbic 1000 mcg ampolla", "Zzyx 10 mg vial", "1000 mcg", "Nascobal", "rx", "B12 with lidocaine",
    "Neurobion (thiamine 100 mg)", "Vitamin complex",
)  # fmt: skip


def ordered(words, kind="MedicationRequest", **more):
    dates = {"authoredOn": "2025-12-20", "whenHandedOver": "2025-12-20", "effectiveDateTime": "2025-12-20"}
    status = "active" if kind == "MedicationRequest" else "completed"
    drug = {"medicationCodeableConcept": concept(words, RXNORM, "309594")}
    return {"resourceType": kind, "id": "m", "status": status, "intent": "order", **dates, **SUBJECT, **drug, **more}


@pytest.mark.parametrize("words", REFUTES)
@pytest.mark.parametrize("kind", ["MedicationRequest", "MedicationDispense", "MedicationAdministration", "MedicationStatement"])
def test_a_code_beside_words_of_another_drug_is_no_treatment_and_never_none(words, kind):
    topics, text = call([PATIENT, PERNICIOUS, ordered(words, kind)])
    assert LAPSED in topics
    assert "no current treatment found" not in text
    refuted = B12 | {"medicationCodeableConcept": concept(words, RXNORM, "309594")}
    assert (FOLIC_FIRST, "critical") in sign([LOW], FOLIC, refuted)[0]


@pytest.mark.parametrize("words", REFUTES_NOT)
def test_words_that_say_nothing_of_the_drug_refute_no_code(words):
    assert call([PATIENT, PERNICIOUS, ordered(words)])[0] == []


def test_a_draft_by_a_code_beside_other_words_still_warns():
    refuted = HYDROXO | {"medicationCodeableConcept": concept("Paracetamol 500 mg", RXNORM, "309594")}
    assert (LEBER, "critical") in sign([OPTIC], refuted)[0]


def test_no_name_of_a_drug_in_a_list_is_refuted_by_its_own_code():
    naming = Naming(LIBRARY.concepts, {})
    told = [(c.name, code) for c in LIBRARY.concepts.by_name.values() if c.kind == "drug" for code in c.codes]
    codings = [{"coding": [{"system": each.system, "code": each.code, "display": each.display}]} for _, each in told]
    sure = [{m.concept for m in naming.of({"medicationCodeableConcept": each}).matches if m.code} for each in codings]
    assert [name for (name, _), names in zip(told, sure, strict=True) if name not in names] == []


# --- doses and supplies in words -----------------------------------------------------------------------------------

ORAL = {"text": "oral"}
CROHN = OPTIC | {"code": concept(system=SNOMED, code="34000006")}
LITTLE = (
    "50 mcg by mouth daily", "Take 1 tablet (50 mcg) by mouth once a day.", "50 mcg po od", "0.5 mg by mouth every 2 days",
    "500 mcg orally daily", "100 micrograms three times a day",
)  # fmt: skip
NOT_READ = (
    "1,000 mcg daily", "50 mcg daily for 7 days", "50 mcg daily, then 1 mg daily", "1-2 tablets daily", "50 mcg as directed", "",
    "50 mcg or 1 mg daily", "50 mcg/mL daily", "1.000 mcg daily", "50 mcg daily if needed", "1 mg daily",
)  # fmt: skip


def dosed(**entry):
    return draft("11248", dosageInstruction=[{"route": ORAL} | entry])


@pytest.mark.parametrize("words", LITTLE)
@pytest.mark.parametrize("name", ["text", "patientInstruction"])
def test_a_dose_that_stands_in_words_is_read_where_they_say_nothing_else(words, name):
    assert ("b12-oral-dose-low", "warning") in sign([CROHN], dosed(**{name: words}))[0]


@pytest.mark.parametrize("words", NOT_READ)
def test_one_that_says_more_is_not_read_as_less(words):
    assert "b12-oral-dose-low" not in dict(sign([CROHN], dosed(text=words))[0])


def test_what_the_words_tell_completes_a_dose_and_never_replaces_it():
    half = {"doseAndRate": [{"doseQuantity": {"value": 50, "unit": "ug"}}]}
    assert "b12-oral-dose-low" in dict(sign([CROHN], dosed(**half, text="once daily"))[0])
    assert "b12-oral-dose-low" not in dict(sign([CROHN], dosed(**half, asNeededBoolean=True))[0])
    assert read_instruction("2 tablets by mouth daily", LIBRARY.concepts)["doseAndRate"][0]["doseQuantity"]["value"] == 2
    assert read_instruction("2 blobs by mouth daily", LIBRARY.concepts) == {}


@pytest.mark.parametrize("words", ["Vitamin B12 11,000 mcg", "Vitamin B12 1,000 mg", "B12 1,000,000 micrograms"])
def test_thousands_in_the_words_of_a_dose_are_thousands(words):
    named = HYDROXO | {"medicationCodeableConcept": concept(words)}
    assert ("b12-dose-error", "critical") in sign([], named)[0]


@pytest.mark.parametrize("words", ["Vitamin B12 1,000 mcg", "Vitamin B12 1.000 mcg", "Vitamin B12 0,500 mg"])
def test_a_usual_dose_is_no_error_however_its_number_is_written(words):
    assert "b12-dose-error" not in dict(sign([], HYDROXO | {"medicationCodeableConcept": concept(words)})[0])


METFORMIN = {"medicationCodeableConcept": concept(system=RXNORM, code="860975")}
LASTS = (400, "400", {"value": "400"}, {"value": 400, "code": "d"}, {"value": 13, "unit": "months"}, {"value": 57, "unit": "Week(s)"})
MAY_LAST = ({"value": 400, "unit": "tablets"}, {"value": 400, "unit": "Tage"}, {"value": "about 400"}, {"value": None})


def handed_out(supply, **more):
    row = ordered("", "MedicationDispense", whenHandedOver="2025-01-15", daysSupply=supply)
    return row | more


@pytest.mark.parametrize("supply", [*LASTS, *MAY_LAST])
def test_a_supply_that_may_last_until_today_is_in_use(supply):
    assert "metformin-b12-check" in call([PATIENT, handed_out(supply, **METFORMIN)])[0]


@pytest.mark.parametrize("supply", [90, {"value": 3, "unit": "mo"}, {"value": 90, "unit": "days"}])
def test_one_that_is_used_up_is_not(supply):
    assert call([PATIENT, handed_out(supply, **METFORMIN)])[0] == []


@pytest.mark.parametrize("supply", MAY_LAST)
def test_how_long_a_supply_lasts_that_cannot_be_read_is_no_treatment_and_never_none(supply):
    topics, text = call([PATIENT, PERNICIOUS, handed_out(supply)])
    assert LAPSED in topics
    assert "no current treatment found" not in text


# --- reactions of which an order tells -----------------------------------------------------------------------------

STATUS_REASON = "http://terminology.hl7.org/CodeSystem/medicationrequest-status-reason"
HAD_A_REACTION = {
    "a reason in words": {"statusReason": concept("Anaphylaxis to hydroxocobalamin")},
    "a reason that says not to what": {"statusReason": concept("Generalised rash and wheeze")},
    "a reason by its code": {"statusReason": concept(system=STATUS_REASON, code="salg")},
    "reasons in a list": {"statusReason": [concept("other"), concept("allergic reaction")]},
    "why it was not given": {"reasonNotGiven": [concept(system=SNOMED, code="39579001")]},
    "a note": {"note": [{"text": "Second dose omitted. Urticaria after the first."}]},
}
HAD_NONE = {
    "to another drug": {"note": [{"text": "Allergic to amoxicillin"}]},
    "denied": {"note": [{"text": "Tolerated well, no side effects"}]},
    "another reason": {"statusReason": concept("Patient moved away")},
    "a reason by another code": {"statusReason": concept(system=STATUS_REASON, code="altchoice")},
    "entered in error": {"status": "entered-in-error", "statusReason": concept("Anaphylaxis")},
}
KINDS = ("MedicationRequest", "MedicationStatement", "MedicationAdministration", "MedicationDispense")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("told", HAD_A_REACTION.values(), ids=HAD_A_REACTION)
def test_a_reaction_that_only_an_order_tells_of_is_told_where_the_drug_is_ordered_again(told, kind):
    topics, text = sign([ordered("", kind, status="stopped") | told], HYDROXO)
    assert (UNCHECKED, "critical") in topics
    assert "Hypersensitivity to a cobalamin" in text


def test_one_in_the_note_of_the_draft_itself_is_told_as_well():
    assert UNCHECKED in dict(sign([], HYDROXO | HAD_A_REACTION["a note"])[0])


def test_one_to_vitamin_b12_in_the_note_of_another_drug_counts():
    penicillin = ordered("Penicillin V", medicationCodeableConcept=concept("Penicillin V"), note=[{"text": "anaphylaxis after B12 injection"}])
    assert UNCHECKED in dict(sign([penicillin], HYDROXO)[0])
    assert sign([penicillin | {"note": [{"text": "anaphylaxis"}]}], HYDROXO)[0] == []


@pytest.mark.parametrize("told", HAD_NONE.values(), ids=HAD_NONE)
def test_what_tells_of_no_reaction_to_it_is_none(told):
    assert sign([ordered("", status="stopped") | told], HYDROXO)[0] == []


# --- visits and services that tell of a dose -----------------------------------------------------------------------

SHOT = "Vitamin B12 injection"
VISITS = {
    "its service": {"serviceType": concept(SHOT)},
    "its services, since R5": {"serviceType": [{"concept": concept(SHOT)}]},
    "what its reason shows": {"reasonReference": [{"display": SHOT}]},
    "a visit of unknown status": {"status": "unknown", "type": [concept(SHOT)]},
}
SERVED = {
    "a service that is done": {"status": "completed", "code": concept(SHOT)},
    "one of unknown status": {"status": "unknown", "code": concept(SHOT)},
    "one whose note tells of it": {"code": concept("Community nursing"), "note": [{"text": f"{SHOT} monthly"}]},
    "one that is a product": {"code": concept(system=RXNORM, code="309594")},
    "one with instructions": {"code": concept("Injection"), "patientInstruction": "vitamin B12"},
}


@pytest.mark.parametrize("told", VISITS.values(), ids=VISITS)
def test_a_visit_that_tells_of_a_dose_is_never_no_treatment(told):
    visit = {"resourceType": "Encounter", "id": "e", "status": "finished", "period": {"start": "2025-12-20"}, **SUBJECT}
    topics, text = call([PATIENT, PERNICIOUS, visit | told], by_hand="Encounter")
    assert LAPSED in topics
    assert "no current treatment found" not in text


@pytest.mark.parametrize("told", SERVED.values(), ids=SERVED)
def test_a_service_that_tells_of_a_dose_is_never_no_treatment(told):
    service = {"resourceType": "ServiceRequest", "id": "s", "status": "active", "intent": "order", "authoredOn": "2025-12-20"}
    topics, text = call([PATIENT, PERNICIOUS, service | SUBJECT | told], by_hand="ServiceRequest")
    assert LAPSED in topics
    assert "no current treatment found" not in text


@pytest.mark.parametrize("status", ["planned", "cancelled"])
def test_a_visit_that_did_not_take_place_gave_nothing(status):
    visit = {"resourceType": "Encounter", "id": "e", "status": status, "type": [concept(SHOT)], **SUBJECT}
    assert "no current treatment found" in call([PATIENT, PERNICIOUS, visit], by_hand="Encounter")[1]


HALF_DONE = [("MedicationAdministration", "stopped"), ("MedicationAdministration", "on-hold"), ("MedicationDispense", "in-progress"),
             ("MedicationDispense", "preparation"), ("MedicationDispense", "on-hold")]  # fmt: skip


@pytest.mark.parametrize(("kind", "status"), HALF_DONE)
def test_what_may_have_been_had_in_part_is_no_treatment_and_never_none(kind, status):
    topics, text = call([PATIENT, PERNICIOUS, ordered("", kind, status=status)], by_hand=kind)
    assert LAPSED in topics
    assert "no current treatment found" not in text


def test_a_dispense_in_preparation_that_nobody_handed_over_is_none():
    row = {name: value for name, value in ordered("", "MedicationDispense", status="preparation").items() if name != "whenHandedOver"}
    assert "no current treatment found" in call([PATIENT, PERNICIOUS, row], by_hand="MedicationDispense")[1]
