"""A request is read, or refused with all its faults; the quick check and the schema never disagree."""

import contextlib
import copy
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from cdshooks.errors import BadRequest
from cdshooks.protocol import request as reading
from cdshooks.protocol import schema
from cdshooks.protocol.authorization import unusable
from cdshooks.protocol.request import parse_request

HOOKS = ["patient-view", "order-select", "order-sign"]
DRAFT = {"resourceType": "MedicationRequest", "id": "draft‑rx‑1", "status": "draft"}
TOKEN = {"access_token": "secret", "token_type": "Bearer", "expires_in": 300, "scope": "", "subject": "cds-service"}


def good(hook="patient-view"):
    """A request that uses every field its hook has."""
    context = {"userId": "Practitioner/pra-1", "patientId": "1288992", "encounterId": "89284"}
    if hook != "patient-view":
        context["draftOrders"] = {"resourceType": "Bundle", "entry": [{"resource": DRAFT}]}
    if hook == "order-select":
        context["selections"] = ["MedicationRequest/draft‑rx‑1"]
    return {
        "hook": hook,
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": context,
        "fhirServer": "http://fhir.example.org:9080/r4",
        "fhirAuthorization": dict(TOKEN),
        "prefetch": {"patient": {"resourceType": "Patient"}, "b": None},
        "extension": {"org.example.speciality": "gastroenterology"},
    }


def changed(place, value, hook="patient-view"):
    """A good request with one thing changed, at a dotted place; `...` takes it away."""
    body = good(hook)
    *way, last = place.split(".")
    target = body
    for step in way:
        target = target[step]
    if value is ...:
        del target[last]
    else:
        target[last] = value
    return body


def refusal(body, hook="patient-view"):
    with pytest.raises(BadRequest) as refused:
        parse_request(body, hook)
    return refused.value.issues


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.proves("req-1", "req-4")
def test_a_good_request_is_read_field_by_field(hook):
    request = parse_request(good(hook), hook)
    assert (request.hook, request.patient_id, request.user_id) == (hook, "1288992", "Practitioner/pra-1")
    assert (request.encounter_id, request.fhir_server) == ("89284", "http://fhir.example.org:9080/r4")
    assert request.hook_instance == "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"
    assert request.prefetch == {"patient": {"resourceType": "Patient"}, "b": None}
    assert request.drafts == (None if hook == "patient-view" else (DRAFT,))
    assert request.selections == (("MedicationRequest/draft‑rx‑1",) if hook == "order-select" else None)
    assert request.extension == {"org.example.speciality": "gastroenterology"}


def test_what_may_be_left_out_may_be_left_out():
    body = good()
    for name in ("fhirServer", "fhirAuthorization", "prefetch", "extension"):
        del body[name]
    del body["context"]["encounterId"]
    request = parse_request(body, "patient-view")
    assert (request.prefetch, request.fhir_server, request.encounter_id, request.extension) == ({}, None, None, {})


ENTRIES = {
    "in a Bundle without a type": [{"resource": DRAFT}],
    "beside entries that hold nothing": [None, {}, {"resource": None}, {"resource": DRAFT}],
    "beside entries that are no objects": ["x", 1, {"resource": "y"}, {"resource": DRAFT}],
}


@pytest.mark.parametrize("entries", ENTRIES.values(), ids=ENTRIES.keys())
def test_draft_orders_of_real_clients_are_read_however_untidy(entries):
    body = changed("context.draftOrders.entry", entries, "order-sign")
    assert parse_request(body, "order-sign").drafts == (DRAFT,)


@pytest.mark.parametrize("entry", [..., None, []])
def test_a_bundle_without_entries_holds_no_drafts(entry):
    body = changed("context.draftOrders.entry", entry, "order-sign")
    assert parse_request(body, "order-sign").drafts == ()


@pytest.mark.proves("req-7")
def test_fields_that_nobody_knows_are_ignored():
    body = good() | {"user": "Practitioner/1", "tenant": None}
    body["context"]["location"] = 5
    assert parse_request(body, "patient-view") == parse_request(good(), "patient-view")


# place, value, the words that must be in the one message
FAULTS = [
    ("hook", ..., "$.hook: is missing"),
    ("hook", "order-sign", "$.hook: 'order-sign' is not 'patient-view'"),
    ("hook", None, "$.hook: null is not"),
    ("hookInstance", ..., "$.hookInstance: is missing; send a UUID such as"),
    ("hookInstance", "randomGUID", "$.hookInstance: a text of 10 characters is not a UUID; send a UUID such as"),
    ("hookInstance", "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea\n", "is not a UUID"),
    ("context", ..., "$.context: is missing"),
    ("context", [], "$.context: a list is not an object"),
    ("context.patientId", ..., "$.context.patientId: is missing; the bare id of the patient"),
    ("context.patientId", "Patient/1", "$.context.patientId: a text of 9 characters is not a FHIR id; send the bare id"),
    ("context.patientId", 1, "$.context.patientId: a number is not a FHIR id"),
    ("context.patientId", "", "$.context.patientId: a text of 0 characters is not"),
    ("context.patientId", "a" * 65, "is not a FHIR id"),
    ("context.patientId", "1\n", "is not a FHIR id"),
    ("context.userId", "pra-1", "$.context.userId: a text of 5 characters is not a reference to a user; send the type and the id"),
    ("context.userId", "practitioner/1", "is not a reference to a user"),
    ("context.encounterId", "Encounter/1", "$.context.encounterId: a text of 11 characters is not a FHIR id"),
    ("context.encounterId", None, "$.context.encounterId: null is not a FHIR id"),
    ("fhirServer", "fhir.example.org", "$.fhirServer: a text of 16 characters is not a URL"),
    ("fhirServer", "ftp://fhir.example.org", "is not a URL"),
    ("fhirServer", ..., "$.fhirServer: is missing"),
    ("fhirAuthorization", "Bearer x", "$.fhirAuthorization: what was sent is not an object"),
    ("prefetch", [], "$.prefetch: a list is not an object"),
    ("prefetch", None, "$.prefetch: null is not an object"),
    ("prefetch.patient", "Patient/1", "$.prefetch.patient: a text of 9 characters is not a FHIR resource or null"),
    ("extension", [], "$.extension: a list is not an object"),
]


@pytest.mark.parametrize(("place", "value", "words"), FAULTS, ids=[f"{row[0]}={row[1]!r:.20}" for row in FAULTS])
@pytest.mark.proves("req-1", "req-2", "req-3", "req-4", "req-8", "req-9", "req-14")
def test_each_fault_is_told_by_its_place_with_what_to_do(place, value, words):
    issues = refusal(changed(place, value))
    assert len(issues) == 1
    assert words in issues[0]


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("access_token", ..., "no access_token that can be used"), ("access_token", "", "no access_token"),
        ("token_type", "bearer", "token_type in fhirAuthorization of the request is not 'Bearer'"),
        ("token_type", ..., "is not 'Bearer'"), ("expires_in", ..., "no expires_in"), ("expires_in", "300", "no expires_in"),
        ("expires_in", Decimal("300.5"), "no expires_in"), ("expires_in", True, "no expires_in"),
        ("scope", None, "no scope"), ("subject", ..., "no subject"), ("patient", 7, "no patient"),
    ],
)  # fmt: skip
def test_a_token_that_is_not_whole_costs_the_fetching_and_not_the_call(field, value, why):
    """What is not needed is no reason to refuse; where it is needed, the answer says why it could not be had."""
    request = parse_request(changed(f"fhirAuthorization.{field}", value), "patient-view")
    assert why in unusable(request.authorization, request.patient_id)
    assert request.authorization.access_token == ""


ORDER_FAULTS = [
    ("draftOrders", ..., "$.context.draftOrders: is missing"),
    ("draftOrders", [], "$.context.draftOrders: a list is not a FHIR Bundle"),
    ("draftOrders", {"entry": []}, "$.context.draftOrders.resourceType: is missing; send the draft orders in a Bundle"),
    ("draftOrders", {"resourceType": "List"}, "$.context.draftOrders.resourceType: 'List' is not 'Bundle'"),
    ("draftOrders", {"resourceType": "Bundle", "entry": {}}, "$.context.draftOrders.entry: an object is not a list"),
    ("selections", ..., "$.context.selections: is missing"),
    ("selections", "MedicationRequest/1", "$.context.selections: a text of 19 characters is not a list"),
    ("selections", ["1", "A/1"], "$.context.selections[0]: a text of 1 character is not a reference to a draft order"),
    ("selections", ["A/b c"], "is not a reference to a draft order"),
]


@pytest.mark.parametrize(("field", "value", "words"), ORDER_FAULTS)
def test_each_fault_of_an_order_request_is_told_by_its_place(field, value, words):
    issues = refusal(changed(f"context.{field}", value, "order-select"), "order-select")
    assert len(issues) == 1
    assert words in issues[0]


def test_all_faults_are_told_at_once():
    body = good() | {"hook": "x", "hookInstance": 7, "context": {"patientId": "Patient/1"}, "prefetch": 1}
    places = [issue.split(": ")[0] for issue in refusal(body)]
    assert places == ["$.context.patientId", "$.context.userId", "$.hook", "$.hookInstance", "$.prefetch"]


@pytest.mark.parametrize("body", [None, [], "x", 5, True, [{}]])
def test_what_is_no_object_is_refused_whatever_it_is(body):
    assert refusal(body)[0].startswith("$: ")


@pytest.mark.parametrize("field", ["access_token", "token_type", "expires_in", "scope", "subject"])
@pytest.mark.proves("req-6")
def test_a_token_is_never_repeated_even_where_it_does_not_belong(field):
    lent = parse_request(changed(f"fhirAuthorization.{field}", ["canary-token"]), "patient-view").authorization
    assert "canary" not in unusable(lent, "p") + repr(lent)
    assert "canary" not in str(refusal(changed("fhirAuthorization", "canary-token")))


def test_a_thousand_faults_make_a_short_answer():
    issues = refusal(changed("prefetch", {f"key{number}": number for number in range(1_000)}))
    assert len(issues) == schema.MOST_FAULTS + 1
    assert issues[-1] == "$: and 900 faults more"


LONG = {
    "selections": changed("context.selections", ["MedicationRequest/1"] * 300_000, "order-select"),
    "wrong selections": changed("context.selections", [1] * 300_000, "order-select"),
    "prefetch": changed("prefetch", {str(number): number for number in range(300_000)}),
}


@pytest.mark.parametrize("body", LONG.values(), ids=LONG)
def test_what_is_far_too_long_is_refused_without_being_looked_at_piece_by_piece(body, monkeypatch):
    looked_at = []
    monkeypatch.setattr(schema, "_pattern", lambda *words: looked_at.append(words) or ())
    schema.validator.cache_clear()
    issues = refusal(body, body["hook"])
    schema.validator.cache_clear()
    assert len(looked_at) < 2_000
    assert [issue for issue in issues if "has more than 1000 elements; send no more than these" in issue] != []


def test_a_fault_in_a_deep_or_huge_request_is_still_told_in_few_words():
    deep = []
    for _ in range(5_000):
        deep = [deep]
    issues = refusal(changed("prefetch", {"deep": deep, "long": "x" * 1_000_000, "k" * 5_000: 1}))
    assert len(issues) == 3
    assert max(map(len, issues)) < 500


def test_the_schema_is_not_asked_about_a_sound_request(monkeypatch):
    monkeypatch.setattr(schema, "faults", None)
    for hook in HOOKS:
        parse_request(good(hook), hook)


# The quick check and the schema -----------------------------------------------------------------------------------

ODD = [
    None, True, 0, 1, Decimal("1.5"), "", "x", "x\n", " ", "Patient/1", "a/1", "A/", "A/b c", "A/é", "A/x\n", "Bearer",
    "http://", "http:///x", "https://h", "http://h\n", "http://h x", "a" * 64, "a" * 65,
    "A/" + "a" * 64, "A/" + "a" * 65, "é", "1‑2", "Bundle", *HOOKS,
    "D1577C69-DFBE-44AD-BA6D-3E05E953B2EA", "d1577c69dfbe44adba6d3e05e953b2ea", [], [None], ["A/1"], {}, {"a": None},
    {"resourceType": "Bundle"}, {"resourceType": "Bundle", "entry": None}, dict(TOKEN), TOKEN | {"patient": 1},
]  # fmt: skip


def _places(value, way=()):
    yield way
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield from _places(inner, (*way, step))


@st.composite
def mutated(draw):
    """A good request in which up to three things were replaced or taken away."""
    body = copy.deepcopy(good(draw(st.sampled_from(HOOKS))))
    for _ in range(draw(st.integers(0, 3))):
        *way, last = draw(st.sampled_from([place for place in _places(body) if place] or [("hook",)]))
        target = body
        for step in way:
            target = target[step]
        if draw(st.booleans()) and isinstance(target, dict):
            target.pop(last, None)
        else:
            target[last] = copy.deepcopy(draw(st.sampled_from(ODD) | st.text(max_size=5)))
    return body


def _with(body, place, value):
    """A copy of the body with another value at this place."""
    body = copy.deepcopy(body)
    target = body
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = value
    return body


@pytest.mark.parametrize("hook", HOOKS)
def test_the_quick_check_and_the_schema_agree_on_every_odd_value_in_every_place(hook):
    body = good(hook)
    body["fhirAuthorization"]["patient"] = "p1"
    odd = [_with(body, place, value) for place in _places(body) if place for value in ODD]
    assert [one for one in odd if reading._sound(one, hook) is not (schema.faults(f"request-{hook}", one) == [])] == []


@given(mutated(), st.sampled_from(HOOKS))
def test_the_quick_check_and_the_schema_accept_and_refuse_the_same(body, hook):
    assert reading._sound(body, hook) is (schema.faults(f"request-{hook}", body) == [])


@given(mutated(), st.sampled_from(HOOKS))
def test_a_mutated_request_is_read_or_refused_and_nothing_else(body, hook):
    with contextlib.suppress(BadRequest):
        parse_request(body, hook)


NAMES = ["request", *(f"request-{hook}" for hook in HOOKS), "discovery", "response", "feedback", "outcome"]


@pytest.mark.parametrize("name", NAMES)
def test_each_schema_is_a_good_schema_with_a_name_and_words(name):
    found = schema.read(name)
    Draft202012Validator.check_schema(found)
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert found["title"]
    assert found["description"]
