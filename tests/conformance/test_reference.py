"""The reference service itself, tried without the judge: statuses, missing data, pages, tokens, releases."""

import json
import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest
from reference import check
from reference.service import Reference
from reference.templates import fill
from reference.wire import LARGEST_BODY, Answer, Refused, Server

PATIENT = {"resourceType": "Patient", "id": "p1"}
PROBLEM = {"resourceType": "Condition", "id": "c1", "subject": {"reference": "Patient/p1"}, "code": {"text": "Gout"}}
USER = {"resourceType": "Practitioner", "id": "u1"}
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
DRAFT = {
    "resourceType": "ServiceRequest", "id": "d1", "status": "draft", "intent": "order", "subject": {"reference": "Patient/p1"},
}  # fmt: skip


def searchset(*resources, following=None):
    link = [{"relation": "next", "url": following}] if following else []
    bundle = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": one} for one in resources]}
    return bundle | ({"link": link} if link else {})


def request(hook="patient-view", **more):
    context = {"userId": "Practitioner/u1", "patientId": "p1"}
    prefetch = {"patient": PATIENT, "problems": searchset(PROBLEM), "user": USER}
    return {"hook": hook, "hookInstance": "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "context": context, "prefetch": prefetch} | more


@contextmanager
def serving(**settings):
    service = Reference(**settings)
    with Server(service.answer) as base:
        service.base = base
        yield base


def call(url, body=None, method=None, raw=None, **headers):
    data = raw if raw is not None else (json.dumps(body).encode() if body is not None else None)
    headers = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
    sent = urllib.request.Request(url, data=data, method=method, headers=headers)
    try:
        with urllib.request.urlopen(sent) as answer:
            content = answer.read()
            return answer.status, json.loads(content) if content else None, answer.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read()), error.headers


@pytest.fixture(scope="module")
def base():
    with serving() as url:
        yield url


def ask(base, body, service="problem-list"):
    return call(f"{base}/cds-services/{service}", body)


def test_a_good_call_gets_cards_that_count_what_was_sent(base):
    status, body, _ = ask(base, request())
    assert (status, [card["summary"] for card in body["cards"]][:1]) == (200, ["1 problems are on the list"])


@pytest.mark.parametrize(
    ("status", "path", "body", "options"),
    [
        (404, "/cds-services/nothing", request(), {}),
        (404, "/elsewhere", None, {}),
        (405, "/cds-services/problem-list", None, {"method": "GET"}),
        (405, "/cds-services", request(), {}),
        (415, "/cds-services/problem-list", request(), {"Content_Type": "text/plain"}),
        (413, "/cds-services/problem-list", None, {"raw": b" " * (LARGEST_BODY + 1)}),
        (400, "/cds-services/problem-list", None, {"raw": b"not JSON"}),
        (400, "/cds-services/problem-list", None, {"raw": b"[" * 100_000}),
        (400, "/cds-services/problem-list", [], {}),
        (400, "/cds-services/problem-list", request(hookInstance="no UUID"), {}),
        (400, "/cds-services/problem-list", request(hook="order-sign"), {}),
        (400, "/cds-services/problem-list", request(fhirAuthorization={}), {}),
        (422, "/cds-services/problem-list", request(context={"userId": "u1", "patientId": "p1"}), {}),
        (412, "/cds-services/problem-list", request(prefetch={}), {}),
        (412, "/cds-services/problem-list", request(prefetch={"patient": PATIENT, "problems": OUTCOME, "user": None}), {}),
        (400, "/cds-services/problem-list/feedback", {"feedback": []}, {}),
    ],
)
def test_what_cannot_be_answered_says_why_in_an_OperationOutcome(base, status, path, body, options):
    got, outcome, _ = call(base + path, body, **options)
    assert (got, outcome["resourceType"]) == (status, "OperationOutcome")
    assert outcome["issue"][0]["diagnostics"]


def test_null_is_nothing_there_and_no_reason_to_refuse(base):
    status, body, _ = ask(base, request(prefetch={"patient": PATIENT, "problems": None, "user": None}))
    assert (status, body["cards"][0]["summary"]) == (200, "0 problems are on the list")


@contextmanager
def a_fhir_server(answers, token="secret"):
    """Answers by path and query; anything else, or a call without the token, is 404; `asked` is what was asked."""
    asked = []

    def answer(one):
        asked.append(one.path)
        if one.headers.get("Authorization") != f"Bearer {token}" or one.path not in answers:
            return Refused(404, "nothing here").answer()
        return Answer(body=answers[one.path])

    with Server(answer) as url:
        yield url, asked


def with_server(url, prefetch):
    authorization = {"access_token": "secret", "token_type": "Bearer", "expires_in": 60, "scope": "user/*.read", "subject": "us"}
    return request(prefetch=prefetch, fhirServer=f"{url}/fhir", fhirAuthorization=authorization)


PROBLEMS = "/fhir/Condition?patient=p1&category=problem-list-item"


def test_what_was_not_sent_is_fetched_page_by_page_and_nothing_else_is(base):
    answers = {PROBLEMS: searchset(PROBLEM, following="Condition?page=2"), "/fhir/Condition?page=2": searchset(PROBLEM)}
    with a_fhir_server(answers) as (url, asked):
        _, body, _ = ask(base, with_server(url, {"patient": PATIENT, "user": None}))
    assert body["cards"][0]["summary"] == "2 problems are on the list"
    assert asked == [PROBLEMS, "/fhir/Condition?page=2"]


def test_a_page_elsewhere_is_never_asked_for(base):
    with a_fhir_server({}) as (elsewhere, heard), a_fhir_server({}) as (url, _):
        paged = searchset(PROBLEM, following=f"{elsewhere}/fhir/Condition?page=2")
        status, _, _ = ask(base, with_server(url, {"patient": PATIENT, "user": USER, "problems": paged}))
    assert (status, heard) == (412, [])


def test_templates_of_3_0_are_filled_in():
    context = {"draftOrders": searchset({"resourceType": "MedicationRequest", "requester": {"reference": "Practitioner/7"}})}
    orderer = "{{context.draftOrders.entry.resource.ofType(MedicationRequest).requester.resolve().ofType(Practitioner).id}}"
    assert fill(f"Practitioner?_id={orderer}", context, {}) == "Practitioner?_id=7"
    assert fill("A?b={{%x.entry.resource.id}}", {}, {"x": searchset(PATIENT, USER)}) == "A?b=p1,u1"
    assert fill("Observation?date=ge{{today() - 14 days}}", {}, {}) == "Observation?date=ge2026-01-01"


def test_1_0_has_nothing_that_came_later():
    drafts = {"userId": "Practitioner/u1", "patientId": "p1", "selections": ["ServiceRequest/d1"], "draftOrders": searchset(DRAFT)}
    with serving(spec="1.0") as base:
        data = {"patient": PATIENT, "medications": None}
        _, body, _ = ask(base, request("order-select", context=drafts, prefetch=data), "order-check")
    card = body["cards"][0]
    assert {"uuid", "overrideReasons", "systemActions"} & {*card, *body} == set()
    assert card["suggestions"][1]["actions"][0]["resource"] == "ServiceRequest/d1"


def test_each_release_lists_the_versions_that_it_knows():
    listed = {spec: {"version", "hookVersion"} & set(Reference(spec).services[0]) for spec in ("1.0", "2.0", "3.0")}
    assert listed == {"1.0": set(), "2.0": {"version"}, "3.0": {"version", "hookVersion"}}


@pytest.mark.parametrize(("time", "fine"), [("2026-01-15T10:00:00Z", True), ("2026-01-15T10:00:00+02:00", False), ("2026-01-15", False)])
def test_feedback_is_dated_in_UTC(time, fine):
    entry = {"card": "c", "outcome": "overridden", "outcomeTimestamp": time}
    assert (check.feedback({"feedback": [entry]}) == []) is fine
