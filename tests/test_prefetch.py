"""What a prefetch key may hold, and what follows: cards, a card that says what could not be checked, or 412."""

import copy
from datetime import UTC, date

import pytest

from cdshooks.config import Settings
from cdshooks.errors import DataNotAvailable
from cdshooks.protocol.discovery import services
from cdshooks.protocol.request import HookRequest, parse_request
from cdshooks.protocol.trace import as_data
from cdshooks.respond import respond
from cdshooks.terms.dates import Clock
from tests.shipped import LIBRARY

SERVICES = {s.hook: s for group in services(LIBRARY, Settings()).values() for s in group}
CLOCK = Clock(date(2026, 1, 15), UTC)
PATIENT = {"resourceType": "Patient", "id": "p", "birthDate": "1970-01-01"}
SUBJECT = {"reference": "Patient/p"}


def result(value, day="2026-01-10", code="2132-9", unit="ng/L", **more):
    return {
        "resourceType": "Observation", "id": f"o-{code}-{value}", "status": "final", "subject": SUBJECT,
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "effectiveDateTime": day, "valueQuantity": {"value": value, "unit": unit},
    } | more  # fmt: skip


def problem(code, **more):
    coding = [{"system": "http://snomed.info/sct", "code": code}]
    return {"resourceType": "Condition", "id": f"c-{code}", "subject": SUBJECT, "code": {"coding": coding}} | more


def draft(code="199318", **more):
    coding = [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": code}]
    order = {"resourceType": "MedicationRequest", "id": "d-1", "status": "draft", "intent": "order", "subject": SUBJECT}
    return order | {"medicationCodeableConcept": {"coding": coding}} | more


def bundle(*resources, **more):
    entries = {"entry": [{"resource": r} for r in resources]} if resources else {}
    return {"resourceType": "Bundle", "type": "searchset", "total": len(resources)} | entries | more


EMPTY = {key: None for service in SERVICES.values() for key in service.prefetch} | {"patient": PATIENT}


def call(prefetch, hook="patient-view", drafts=()):
    context = {"userId": "Practitioner/x", "patientId": "p"}
    if hook != "patient-view":
        context["draftOrders"] = {"resourceType": "Bundle", "entry": [{"resource": d} for d in drafts]}
    body = {"hook": hook, "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "context": context, "prefetch": prefetch}
    request: HookRequest = parse_request(copy.deepcopy(body), hook)
    return respond(LIBRARY, SERVICES[hook], request, CLOCK)


def cards(prefetch, hook="patient-view", drafts=()):
    found = call(prefetch, hook, drafts).cards
    return {c["source"]["topic"]["code"]: c["indicator"] for c in found}


def without(*keys):
    return {k: v for k, v in EMPTY.items() if k not in keys}


def refusal(prefetch, **more) -> str:
    with pytest.raises(DataNotAvailable) as refused:
        cards(prefetch, **more)
    return str(refused.value)


@pytest.mark.proves("pre-7")
def test_null_means_nothing_there_and_may_be_silent():
    assert cards(EMPTY) == {}


def test_an_empty_bundle_means_the_same_as_null():
    assert cards({k: bundle() for k in EMPTY} | {"patient": PATIENT}) == {}


def dated(client: bool | None = None):
    """The service with windows of days in its templates, and what is known of who calls."""
    offered = [s for group in services(LIBRARY, Settings(dated_prefetch=True)).values() for s in group]
    return next(s for s in offered if s.hook == "patient-view").for_client(client)


def with_dates(prefetch, client: bool | None = None):
    body = {"hook": "patient-view", "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "prefetch": prefetch}
    body |= {"context": {"userId": "Practitioner/x", "patientId": "p"}}
    return respond(LIBRARY, dated(client), parse_request(body, "patient-view"), CLOCK).cards


def test_null_for_a_template_that_the_client_perhaps_cannot_fill_is_not_taken_for_nothing_there():
    """For the standard null is no reason for 412; so the answer is a card that says what could not be checked."""
    for results in (bundle(), bundle(result(120))):  # whether it was treated meanwhile is not known either
        (card,) = with_dates(EMPTY | {"results": results})
        assert card["source"]["topic"]["code"] == "could-not-check"
        assert "is null, which may mean that its template could not be filled" in card["detail"]
    with pytest.raises(DataNotAvailable):
        with_dates(without("results"))


def test_null_is_nothing_there_once_the_client_has_filled_such_a_template_or_is_known_to():
    assert with_dates(EMPTY | {"encounters": bundle()}) == []
    assert with_dates(EMPTY, client=True) == []
    assert with_dates(EMPTY, client=False) == []  # it was given templates without dates


@pytest.mark.parametrize("token", ["{{today() - 546 days}}", "%7B%7Btoday()%20-%20546%20days%7D%7D"])
def test_an_answer_to_a_query_with_a_token_that_nobody_filled_in_is_not_taken_for_all(token):
    asked = [{"relation": "self", "url": f"https://ehr.example/fhir/Observation?patient=p&date=ge{token}"}]
    assert "a token was not filled in" in refusal(EMPTY | {"recent_results": bundle(link=asked)})


@pytest.mark.proves("pre-8")
def test_without_any_prefetch_the_answer_is_412_that_names_every_key_and_never_an_empty_list():
    said = refusal({})
    assert [key for key in ("patient", "results") if f"prefetch.{key}:" not in said] == []


@pytest.mark.proves("pre-8")
def test_a_missing_key_is_412_when_a_card_could_still_fire_and_none_does():
    assert refusal(without("results")).startswith("prefetch.results: the prefetch key 'results' was left out")


def test_a_missing_key_is_told_beside_the_cards_that_fire():
    prefetch = without("medication_requests") | {"results": bundle(result(120))}
    assert "prefetch.medication_requests" in refusal(prefetch)
    prefetch = without("conditions") | {"results": bundle(result(120))}
    assert cards(prefetch) == {"b12-deficiency": "warning", "could-not-check": "info"}


def test_the_card_that_could_be_louder_says_so_and_the_other_names_what_was_missing():
    low, unchecked = call(without("conditions") | {"results": bundle(result(120))}).cards
    assert "could be more urgent" in low["detail"]
    assert "'conditions' was left out" in unchecked["detail"]
    assert len(unchecked["summary"]) < 140


def test_a_missing_key_that_no_card_needs_any_more_is_no_matter():
    """The dead need nothing; a draft of another drug needs no results."""
    dead = {"patient": PATIENT | {"deceasedBoolean": True}}
    assert cards(dead) == {}
    other = {"medicationCodeableConcept": {"text": "Paracetamol 500 mg"}}
    assert cards({}, hook="order-sign", drafts=[draft("161", **other)]) == {}


def test_how_much_is_drafted_a_day_is_asked_anew_for_other_drafts():
    dose = {"doseAndRate": [{"doseQuantity": {"value": 5, "unit": "mg"}}], "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}}
    chart = call(EMPTY).chart
    assert chart.drafted_daily("folic_acid") == 0
    assert chart.drafting([draft(dosageInstruction=[dose])], "order-sign").drafted_daily("folic_acid") == 5


def test_a_decision_that_holds_whatever_is_missing_is_not_held_up():
    """Less than 0.1 mg of folic acid a day is silent whatever the chart says."""
    timing = {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}
    dose = {"doseAndRate": [{"doseQuantity": {"value": 50, "unit": "ug"}}], "timing": timing}
    assert cards({}, hook="order-sign", drafts=[draft(dosageInstruction=[dose])]) == {}


@pytest.mark.parametrize(
    "broken",
    [
        {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "forbidden"}]},
        {"resourceType": "Encounter", "id": "e"},
        {"response": {"status": "404"}},
        {},
    ],
    ids=["an OperationOutcome", "another resource", "a wrapped answer", "an object without resourceType"],
)
@pytest.mark.proves("pre-9")
def test_what_is_no_answer_to_the_query_counts_as_not_provided(broken):
    assert "prefetch.results" in refusal(EMPTY | {"results": broken})


@pytest.mark.proves("pre-9")
def test_an_operation_outcome_among_the_entries_is_an_error_and_not_nothing_there():
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
    assert "holds an error" in refusal(EMPTY | {"results": bundle(outcome)})
    remark = {"resourceType": "OperationOutcome", "issue": [{"severity": "information", "code": "informational"}]}
    assert cards(EMPTY | {"results": bundle(remark, total=0)}) == {}


def test_what_epic_remarks_in_every_answer_stops_no_call_and_is_told():
    standing = {"system": "urn:oid:1.2.840.114350.1.13.1.1.7.2.657369", "code": "59204"}
    issue = {"severity": "warning", "code": "suppressed", "details": {"coding": [standing]}}
    outcome = {"resourceType": "OperationOutcome", "issue": [issue]}
    assert cards(EMPTY | {"conditions": bundle(outcome, total=0)}) == {}
    came = {"results": bundle(outcome, result(112), total=1), "medication_requests": bundle(outcome, total=0)}
    assert "b12-deficiency" in cards(EMPTY | came)
    told = call(EMPTY | came).chart.oddities
    assert any("does not see all kinds" in one.says for one in told)
    for other in ({**issue, "severity": "error"}, {**issue, "details": {"coding": [{**standing, "code": "1"}]}}):
        assert "holds an error" in refusal(EMPTY | {"results": bundle({**outcome, "issue": [other]})})


@pytest.mark.proves("pre-10")
def test_a_first_page_cannot_say_that_there_is_nothing_else():
    first = bundle(link=[{"relation": "next", "url": "https://ehr.example/fhir?page=2"}])
    assert "only the first page" in refusal(EMPTY | {"results": first})


def test_what_stands_in_a_first_page_warns_and_the_rest_may_say_otherwise():
    """Nothing is claimed for want of what did not come: neither "no potassium" nor "no deficiency"."""
    low = bundle(result(90), link=[{"relation": "next", "url": "https://ehr.example/fhir?page=2"}])
    (unchecked,) = call(EMPTY | {"results": low}).cards
    assert (unchecked["source"]["topic"]["code"], unchecked["indicator"]) == ("could-not-check", "warning")
    assert unchecked["summary"].startswith("Could not check: Vitamin B12 deficiency")
    assert "Total vitamin B12 90 ng/L on" in unchecked["detail"]
    assert "only the first page" in unchecked["detail"]
    beside = call(EMPTY | {"results": low, "conditions": bundle(problem("84027009"))}).cards
    assert {card["source"]["topic"]["code"]: card["indicator"] for card in beside} == {"lifelong-b12-lapsed": "warning", "could-not-check": "warning"}


@pytest.mark.parametrize("entry", [result(500), result(90) | {"status": "cancelled"}, result(90) | {"subject": {"reference": "Patient/z"}}])
def test_a_first_page_in_which_nothing_warns_is_no_answer(entry):
    first = bundle(entry, link=[{"relation": "next", "url": "https://ehr.example/fhir?page=2"}])
    assert "prefetch.results" in refusal(EMPTY | {"results": first})


def test_a_first_page_still_counts_for_what_it_holds():
    first = bundle(problem("91019004"), link=[{"relation": "next", "url": "https://ehr.example/fhir?page=2"}])
    found = cards(EMPTY | {"results": bundle(result(120)), "conditions": first})
    assert found == {"b12-deficiency": "critical", "could-not-check": "info"}


def test_a_bundle_that_holds_less_than_its_total_is_not_complete():
    assert "holds 0 of 3" in refusal(EMPTY | {"results": bundle(total=3)})


def test_a_single_resource_where_a_bundle_belongs_is_read_but_not_taken_for_all():
    assert "holds one resource" in refusal(EMPTY | {"results": result(500)})
    assert cards(EMPTY | {"results": bundle(result(120)), "conditions": problem("91019004")})["b12-deficiency"] == "critical"


def test_a_bundle_where_the_patient_belongs_gives_the_patient():
    assert cards(EMPTY | {"patient": bundle(PATIENT), "results": bundle(result(120))}) == {"b12-deficiency": "warning"}


def test_another_patient_under_the_patients_key_is_never_taken_for_ours():
    other = PATIENT | {"id": "other"}
    assert "another patient" in refusal(EMPTY | {"patient": other, "results": bundle(result(120))})


def test_the_trace_says_what_could_matter_and_is_not_understood():
    local = result(60) | {"id": "local", "code": {"coding": [{"system": "urn:lab", "code": "VB12"}], "text": "Vitamin B12"}}
    nameless = drafted_as({}) | {"id": "nameless", "status": "active"}
    came = EMPTY | {"recent_results": bundle(local), "medication_requests": bundle(nameless)}
    response = call(came)
    trace = as_data(response.decisions, response.chart)
    told = {row["resource"]: row["reason"] for row in trace["notUnderstood"]}
    assert told["Observation/local"].startswith("'Vitamin B12' could be one of b12_")
    assert told["MedicationRequest/nameless"] == "neither a code nor words say what it is"


def test_a_row_about_another_patient_is_set_aside_and_the_trace_says_so():
    response = call(EMPTY | {"results": bundle(result(400), result(90, id="x", subject={"reference": "Patient/other"}))})
    assert response.cards == []
    assert [o.says for o in response.chart.oddities] == ["it is not about this patient: ignored"]


def test_rows_about_nobody_but_other_patients_are_not_the_whole_answer():
    others = bundle(result(90, subject={"reference": "Patient/other"}))
    assert "holds nothing but what is about other patients" in refusal(EMPTY | {"results": others})


@pytest.mark.parametrize("meta", [{}, {"versionId": "1"}, {"lastUpdated": "2026-01-15T00:00:00Z"}])
def test_an_order_that_came_under_two_keys_is_one_however_the_server_stamped_it(meta):
    order = draft() | {"id": "o-1", "status": "active", "authoredOn": "2026-01-02"}
    twice = {"medication_requests": bundle(order), "medication_requests_with_drugs": bundle(order | {"meta": meta})}
    chart = call(EMPTY | twice).chart
    assert [taken.ref for taken in chart.ordered("folic_acid")] == ["MedicationRequest/o-1"]


def test_a_number_that_cannot_be_used_beside_a_card_that_speaks_without_it_is_information():
    vague = EMPTY | {"results": bundle(result(158, unit="lumps"))}
    assert cards(vague, hook="order-sign", drafts=[draft()]) == {"folic-acid-first": "info", "could-not-check": "info"}


REPORT = {"resourceType": "DiagnosticReport", "id": "r", "status": "final", "subject": SUBJECT, "code": {"text": "Blood"}}


@pytest.mark.parametrize("value", [bundle(result(90)), result(90), bundle(REPORT | {"contained": [result(90)]})], ids=["Bundle", "resource", "report"])
def test_what_came_under_a_key_that_is_none_of_ours_is_known(value):
    assert cards(EMPTY | {"labs": value}) == {"b12-deficiency": "warning"}


@pytest.mark.parametrize("value", [
    bundle(result(90, subject={"reference": "Patient/other"})), {"resourceType": "Patient", "id": "other", "birthDate": "1930"}, {"entry": [5]}, {},
    {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "forbidden"}]},
], ids=["another's", "another", "odd", "empty", "error"])  # fmt: skip
def test_what_came_there_and_is_nothing_of_ours_costs_nothing(value):
    whole = EMPTY | {"results": bundle(result(400))}
    assert cards(whole | {"labs": value}) == cards(whole) == {}


def test_what_came_there_says_nothing_of_what_else_there_is():
    assert "results" in refusal(without("results") | {"labs": bundle(result(400))})


def test_two_copies_that_say_different_things_are_both_seen():
    order = draft() | {"id": "o-1", "status": "active", "authoredOn": "2026-01-02"}
    other = order | {"authoredOn": "2025-01-02"}
    twice = {"medication_requests": bundle(order), "medication_requests_with_drugs": bundle(other)}
    assert len(call(EMPTY | twice).chart.ordered("folic_acid")) == 2


@pytest.mark.parametrize("odd", [None, 5, "text", [], {"resource": None}, {"resource": {"resourceType": 5}}])
def test_an_odd_entry_costs_only_itself(odd):
    odd_bundle = bundle(result(120))
    odd_bundle["entry"].insert(0, odd)
    assert cards(EMPTY | {"results": odd_bundle}) == {"b12-deficiency": "warning"}


def test_a_draft_in_words_only_may_warn_but_an_order_in_words_only_never_silences():
    in_words = {"medicationCodeableConcept": {"text": "Folic acid 5 mg tablets"}}
    assert cards(EMPTY, hook="order-sign", drafts=[draft() | in_words]) == {"folic-acid-first": "info"}
    order = draft() | {"status": "active", "medicationCodeableConcept": {"text": "Vitamin B12 injection"}}
    order["authoredOn"] = "2026-01-02"
    assert cards(EMPTY | {"results": bundle(result(120)), "medication_requests": bundle(order)}) == {"b12-deficiency": "warning"}


@pytest.mark.parametrize(
    "drug",
    [
        {"medicationCodeableConcept": None}, {"medicationCodeableConcept": {"coding": [{}]}},
        {"medicationCodeableConcept": {"coding": None}}, {}, {"medicationCodeableConcept": {"text": " "}},
        {"medicationReference": {"identifier": {"value": "7"}}}, {"medicationReference": {"reference": 5}},
    ],
)  # fmt: skip
def test_a_draft_or_an_order_that_names_no_drug_is_told_in_a_card(drug):
    """No more can be sent, so that nothing is refused."""
    assert cards(EMPTY, hook="order-sign", drafts=[drafted_as(drug)]) == {"could-not-check": "info"}
    ordered = bundle(drafted_as(drug) | {"status": "active"})
    assert cards(EMPTY | {"medication_requests": ordered}) == {"could-not-check": "info"}


def drafted_as(drug: dict) -> dict:
    return {k: v for k, v in draft().items() if k[:10] != "medication"} | drug


@pytest.mark.parametrize("reference", ["#none", "Medication/m", "urn:uuid:m", "https://ehr.example/fhir/Medication/m"])
def test_a_draft_whose_drug_did_not_come_is_asked_for(reference):
    by_reference = {k: v for k, v in draft().items() if k[:10] != "medication"} | {
        "medicationReference": {"reference": reference}
    }
    assert f"names its drug by {reference}, which did not come" in refusal(EMPTY, hook="order-sign", drafts=[by_reference])


@pytest.mark.parametrize("where", ["contained", "bundled", "r5"])
def test_a_drug_is_found_in_a_contained_or_bundled_medication(where):
    coding = {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "199318"}]}
    medication = {"resourceType": "Medication", "id": "m", "code": coding}
    order = {k: v for k, v in draft().items() if k != "medicationCodeableConcept"}
    if where == "r5":
        drafts = [order | {"medication": {"concept": coding}}]
    elif where == "contained":
        drafts = [order | {"contained": [medication], "medicationReference": {"reference": "#m"}}]
    else:
        drafts = [order | {"medicationReference": {"reference": "Medication/m"}}, medication]
    assert cards(EMPTY, hook="order-sign", drafts=drafts) == {"folic-acid-first": "info"}


@pytest.mark.parametrize(
    "entry",
    [
        {"response": {"status": "500 Internal Server Error"}},
        {"search": {"mode": "outcome"}, "resource": {"resourceType": "OperationOutcome", "issue": [
            {"severity": "warning", "code": "incomplete"}]}},
    ],
)  # fmt: skip
def test_a_bundle_that_says_that_it_is_not_all_is_not_taken_for_all(entry):
    sent = {"resourceType": "Bundle", "type": "searchset", "entry": [entry]}
    assert "holds an error" in refusal(EMPTY | {"conditions": sent})
