"""What came in an envelope is read, or told: however a Bundle was bent on its way, it is never "nothing there"."""

import json
from datetime import UTC, date

import pytest

from cdshooks.errors import BadRequest, DataNotAvailable
from cdshooks.protocol.envelope import lacks
from cdshooks.protocol.request import parse_request
from cdshooks.respond import respond
from cdshooks.terms.dates import Clock
from tests.shipped import LIBRARY
from tests.test_prefetch import EMPTY, PATIENT, SERVICES, SUBJECT, draft, problem, result

CLOCK = Clock(date(2026, 1, 15), UTC)
UNCHECKED = "could-not-check"
LOW = result(90)
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
GIVEN = {
    "resourceType": "MedicationAdministration", "id": "m", "status": "completed", "effectiveDateTime": "2025-12-20",
    "subject": SUBJECT, "medicationCodeableConcept": {"coding": [{"system": RXNORM, "code": "309594"}]},
}  # fmt: skip
ALLERGY = {"resourceType": "AllergyIntolerance", "id": "a", "patient": SUBJECT, "code": {"text": "Vitamin B12"}}
HYDROXOCOBALAMIN = draft("317106")


def topics(prefetch, hook="patient-view", drafts=None, selections=None):
    """What is said: the topics of the cards, or `could-not-check` where the call is refused for what it lacks."""
    context = {"userId": "Practitioner/x", "patientId": "p"}
    if drafts is not None:
        context["draftOrders"] = drafts
    if selections is not None:
        context["selections"] = selections
    body = {"hook": hook, "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "context": context}
    request = parse_request(body | {"prefetch": EMPTY | prefetch}, hook)
    try:
        cards = respond(LIBRARY, SERVICES[hook], request, CLOCK).cards
    except DataNotAvailable:
        return {UNCHECKED}
    return {card["source"]["topic"]["code"] for card in cards}


def searchset(entry, **more):
    return {"resourceType": "Bundle", "type": "searchset", "entry": entry} | more


def with_low_result(envelope):
    return topics({"results": envelope(LOW), "recent_results": envelope(LOW)})


# --- one resource, wrapped in many ways ----------------------------------------------------------------------------

READABLE = {
    "an entry that is no list": lambda row: searchset({"resource": row}),
    "a resource without its wrapper": lambda row: searchset([row]),
    "a resource that is the entry": lambda row: searchset(row),
}
TOLD = {
    "entries in a text": lambda row: searchset(json.dumps([{"resource": row}])),
    "a resource in a text": lambda row: searchset([{"resource": json.dumps(row)}]),
    "a resource in a list": lambda row: searchset([{"resource": [row]}]),
    "a resource without a type": lambda row: searchset(
        [{"resource": {k: v for k, v in row.items() if k != "resourceType"}}]
    ),
    "entries under another name": lambda row: {"resourceType": "Bundle", "entries": [{"resource": row}]},
    "resources beside the entries": lambda row: searchset([], resources=[row]),
    "entries in another letter case": lambda row: {"resourceType": "Bundle", "Entry": {"resource": row}},
}


@pytest.mark.parametrize("envelope", READABLE.values(), ids=READABLE)
def test_what_is_unambiguous_is_read(envelope):
    assert with_low_result(envelope) == {"b12-deficiency"}


@pytest.mark.parametrize("envelope", TOLD.values(), ids=TOLD)
def test_what_came_and_cannot_be_read_is_told(envelope):
    assert with_low_result(envelope) == {UNCHECKED}


@pytest.mark.parametrize("envelope", [*READABLE.values(), *TOLD.values()], ids=[*READABLE, *TOLD])
def test_an_envelope_never_makes_a_false_claim_or_hides_a_danger(envelope):
    treated = topics(
        {"conditions": searchset([{"resource": problem("84027009")}]), "medication_administrations": envelope(GIVEN)}
    )
    assert "lifelong-b12-lapsed" not in treated
    drafts = {"resourceType": "Bundle", "entry": [{"resource": HYDROXOCOBALAMIN}]}
    assert topics({"allergies": envelope(ALLERGY)}, "order-sign", drafts)


# --- a Bundle that says that it is not all -------------------------------------------------------------------------

NOT_ALL = {
    "a next page, not in a list": {"link": {"relation": "next", "url": "x"}},
    "a total in a text": {"total": "1"},
    "a tag": {"meta": {"tag": [{"code": "SUBSETTED"}]}},
    "a tag, not in a list": {"meta": {"tag": {"code": "subsetted"}}},
    "issues": {"issues": {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "throttled"}]}},
}
IGNORED = [
    {"severity": "warning", "code": "not-supported", "diagnostics": "unknown parameter code"},
    {"severity": "information", "code": "informational", "diagnostics": "The parameter 'date' was ignored"},
    {"severity": "warning", "code": "processing", "details": {"text": "Unrecognized parameter code"}},
]


@pytest.mark.parametrize("said", NOT_ALL.values(), ids=NOT_ALL)
def test_a_bundle_that_says_that_it_is_not_all_is_not_nothing_there(said):
    assert topics({"results": searchset([], **said)}) == {UNCHECKED}


@pytest.mark.parametrize("issue", IGNORED, ids=lambda issue: issue["code"])
def test_a_search_that_was_not_done_as_asked_is_not_nothing_there(issue):
    outcome = {"resourceType": "OperationOutcome", "issue": [issue]}
    assert topics({"results": searchset([{"resource": outcome, "search": {"mode": "outcome"}}], total=0)}) == {
        UNCHECKED
    }


@pytest.mark.parametrize("key", ["results", "conditions"])
def test_a_row_that_is_cut_short_makes_its_bundle_not_all(key):
    cut = {
        "resourceType": "Observation",
        "id": "x",
        "meta": {"tag": [{"code": "SUBSETTED"}]},
        "code": {"text": "Glucose"},
    }
    assert topics({key: searchset([{"resource": cut}])}) == {UNCHECKED}


HARMLESS = {
    "a link to itself": {"link": {"relation": "self", "url": "https://ehr.example/fhir/Observation"}},
    "a total of none": {"total": "0"},
    "another tag": {"meta": {"tag": [{"code": "demo"}]}},
    "a remark": {
        "issues": {"resourceType": "OperationOutcome", "issue": [{"severity": "information", "code": "informational"}]}
    },
    "what its vendor adds": {"paging": {"count": 0}, "extension": [{"url": "x"}], "text": {"status": "empty"}},
    "no entry": {"entry": None},
    "an empty element": {"entry": ""},
}


@pytest.mark.parametrize("said", HARMLESS.values(), ids=HARMLESS)
def test_an_empty_bundle_stays_nothing_there_whatever_else_it_says(said):
    assert topics({"results": searchset([]) | said}) == set()


def test_the_patient_in_a_bundle_that_cannot_be_read_is_not_known_to_be_none():
    assert topics(
        {"patient": searchset([{"resource": json.dumps(PATIENT)}]), "results": searchset([{"resource": LOW}])}
    )


# --- whose it is ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "said"), [("Patient/p", {"folic-acid-first"}), ("p", {"folic-acid-first"}), ("Patient/other", set())]
)
def test_a_subject_that_is_a_plain_text_is_that_reference(subject, said):
    drafts = {"resourceType": "Bundle", "entry": [{"resource": draft(subject=subject)}]}
    assert topics({}, "order-sign", drafts) == said
    assert topics({"results": searchset([{"resource": LOW | {"subject": subject}}])}) == (
        {"b12-deficiency"} if said else {UNCHECKED}
    )


# --- what is drafted -----------------------------------------------------------------------------------------------

FOLIC = draft()
HELD_LOW = {"results": searchset([{"resource": LOW}])}
DRAFTED = {
    "a resource without its wrapper": {"entry": [FOLIC]},
    "a resource without its wrapper, inside a Bundle": {
        "entry": [{"resource": {"resourceType": "Bundle", "entry": [FOLIC]}}]
    },
}
UNREADABLE = {
    "a resource in a text": {"entry": [{"resource": json.dumps(FOLIC)}]},
    "a resource in a list": {"entry": [{"resource": [FOLIC]}]},
    "entries under another name": {"entries": [{"resource": FOLIC}]},
    "an order that did not come": {"total": 1, "entry": []},
    "a total in a text": {"total": "1"},
    "a next page": {"entry": [], "link": [{"relation": "next", "url": "x"}]},
    "a tag": {"entry": [], "meta": {"tag": [{"code": "SUBSETTED"}]}},
    "an error": {"entry": [{"resource": {"resourceType": "OperationOutcome", "issue": [{"severity": "error"}]}}]},
    "Bundles inside Bundles": {"entry": [{"resource": {"resourceType": "Bundle", "entry": [{"resource": {
        "resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Bundle", "entry": [{"resource": {
            "resourceType": "Bundle", "entry": [FOLIC]}}]}}]}}]}}]},
}  # fmt: skip


@pytest.mark.parametrize("hook", ["order-sign", "order-select"])
@pytest.mark.parametrize("said", DRAFTED.values(), ids=DRAFTED)
def test_a_draft_that_is_unambiguous_is_read(said, hook):
    selected = ["MedicationRequest/d-1"] if hook == "order-select" else None
    assert "folic-acid-first" in topics(HELD_LOW, hook, {"resourceType": "Bundle"} | said, selected)


@pytest.mark.parametrize("hook", ["order-sign", "order-select"])
@pytest.mark.parametrize("said", UNREADABLE.values(), ids=UNREADABLE)
def test_a_draft_that_came_and_cannot_be_read_is_told(said, hook):
    selected = ["MedicationRequest/d-1"] if hook == "order-select" else None
    assert UNCHECKED in topics(HELD_LOW, hook, {"resourceType": "Bundle"} | said, selected)


def test_a_selection_that_is_not_there_may_mean_the_draft_that_cannot_be_read():
    other = draft(id="other", medicationCodeableConcept={"text": "Paracetamol 500 mg"})
    drafts = {"resourceType": "Bundle", "entry": [{"resource": other}, {"resource": [FOLIC]}]}
    assert UNCHECKED in topics(HELD_LOW, "order-select", drafts, ["MedicationRequest/other", "MedicationRequest/d-1"])
    assert topics(HELD_LOW, "order-select", drafts, ["MedicationRequest/other"]) == set()


@pytest.mark.parametrize("entry", [{}, {"resource": None}, {"request": {"method": "POST"}}, "x", 5])
def test_an_entry_that_holds_nothing_is_no_draft(entry):
    assert topics(HELD_LOW, "order-sign", {"resourceType": "Bundle", "entry": [entry]}) == set()


# --- what is selected ----------------------------------------------------------------------------------------------

URL = "https://ehr.example/fhir/MedicationRequest/d-1"
SELECTED = [
    "d-1",
    URL,
    f"{URL}/_history/2",
    "urn:uuid:d-1",
    "medicationrequest/D-1",
    "urn:uuid:0b7c",
    " MedicationRequest/d-1",
]
PARACETAMOL = draft(id="other", medicationCodeableConcept={"text": "Paracetamol 500 mg"})


@pytest.mark.parametrize("selection", SELECTED)
def test_a_selection_that_can_mean_one_draft_alone_is_that_draft(selection):
    entry = {"resource": FOLIC} | ({"fullUrl": selection} if selection == "urn:uuid:0b7c" else {})
    drafts = {"resourceType": "Bundle", "entry": [{"resource": PARACETAMOL}, entry]}
    assert topics(HELD_LOW, "order-select", drafts, ["MedicationRequest/other", selection]) == {"folic-acid-first"}
    assert topics(HELD_LOW, "order-select", drafts, ["MedicationRequest/other"]) == set()


def test_a_draft_without_an_id_is_selected_by_the_address_under_which_it_came():
    nameless = {name: value for name, value in FOLIC.items() if name != "id"}
    drafts = {
        "resourceType": "Bundle",
        "entry": [{"resource": PARACETAMOL}, {"resource": nameless, "fullUrl": "urn:uuid:7"}],
    }
    assert "folic-acid-first" in topics(HELD_LOW, "order-select", drafts, ["MedicationRequest/other", "urn:uuid:7"])


@pytest.mark.parametrize("selection", ["d-1", "urn:uuid:d-1", "nobody", "https://ehr.example/x", 7, None, ""])
def test_a_selection_that_could_mean_several_drafts_or_none_is_refused_by_its_place(selection):
    service = {"resourceType": "ServiceRequest", "id": "d-1", "status": "draft", "intent": "order", "subject": SUBJECT}
    drafts = {"resourceType": "Bundle", "entry": [{"resource": FOLIC}, {"resource": service}]}
    with pytest.raises(BadRequest, match=r"\$\.context\.selections\[1\]"):
        topics(HELD_LOW, "order-select", drafts, ["MedicationRequest/d-1", selection])


# --- rows that are cut to their id ---------------------------------------------------------------------------------

CUT = {
    "results": {"resourceType": "Observation", "id": "x"},
    "conditions": {
        "resourceType": "Condition",
        "id": "x",
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "code": {},
    },
    "procedures": {"resourceType": "Procedure", "id": "x", "status": "completed", "performedDateTime": "2020-01-01"},
    "family_history": {"resourceType": "FamilyMemberHistory", "id": "x", "meta": {"versionId": "1"}},
}


@pytest.mark.parametrize("key", CUT)
def test_a_row_that_is_cut_to_its_id_may_be_what_is_asked_for(key):
    row = {"subject": SUBJECT} | CUT[key]
    assert key in EMPTY or key in SERVICES["order-sign"].prefetch
    drafts = {"resourceType": "Bundle", "entry": [{"resource": draft("309594")}]}
    said = topics({key: searchset([{"resource": row}])}) | topics(
        {key: searchset([{"resource": row}])}, "order-sign", drafts
    )
    assert UNCHECKED in said
    assert UNCHECKED not in topics(
        {key: searchset([{"resource": row | {"subject": {"reference": "Patient/other"}}}, {"resource": CUT_NOT[0]}])}
    )


CUT_NOT = [
    {"resourceType": "Observation", "id": "t", "code": {"text": "Pain"}, "subject": SUBJECT},
    {
        "resourceType": "Observation",
        "id": "t",
        "text": {"status": "generated", "div": "<div>Pain</div>"},
        "subject": SUBJECT,
    },
    {"resourceType": "Observation", "id": "t", "status": "entered-in-error", "subject": SUBJECT},
    {
        "resourceType": "Condition",
        "id": "t",
        "verificationStatus": {"coding": [{"code": "refuted"}]},
        "subject": SUBJECT,
    },
    {"resourceType": "Condition", "id": "t", "note": [{"text": "back pain"}], "subject": SUBJECT},
    {"resourceType": "FamilyMemberHistory", "id": "t", "relationship": {"text": "mother"}, "patient": SUBJECT},
]


@pytest.mark.parametrize("row", CUT_NOT, ids=lambda row: f"{row['resourceType']} {list(row)[2]}")
def test_a_row_that_says_something_else_or_does_not_hold_is_not_cut(row):
    keys = {"Observation": "results", "Condition": "conditions", "FamilyMemberHistory": "family_history"}
    assert topics({keys[row["resourceType"]]: searchset([{"resource": row}])}) == set()


def test_a_row_that_is_cut_holds_up_nothing_that_it_cannot_change():
    """The dead need nothing; a draft of another drug needs no results; and a low result is still low."""
    cut = {"resourceType": "Observation", "id": "x", "subject": SUBJECT}
    entries = searchset([{"resource": LOW}, {"resource": cut}])
    assert "b12-deficiency" in topics({"results": entries})
    assert topics({"results": entries, "patient": PATIENT | {"deceasedBoolean": True}}) == set()
    assert (
        topics({"results": entries}, "order-sign", {"resourceType": "Bundle", "entry": [{"resource": PARACETAMOL}]})
        == set()
    )


def test_a_result_that_is_cut_may_be_the_one_that_makes_a_draft_dangerous():
    """Beside an injection a severe anaemia and a low potassium matter, and a low vitamin B12 does not hide that."""
    cut = {"resourceType": "Observation", "id": "x", "subject": SUBJECT}
    drafts = {"resourceType": "Bundle", "entry": [{"resource": HYDROXOCOBALAMIN}]}
    assert topics({"results": searchset([{"resource": LOW}, {"resource": cut}])}, "order-sign", drafts) == {UNCHECKED}


@pytest.mark.parametrize("label", ["REDACTED", "MASKED"])
def test_a_bundle_from_which_something_was_withheld_is_not_all(label):
    system = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue"
    bundle = searchset([{"resource": LOW}]) | {"meta": {"security": [{"system": system, "code": label}]}}
    assert label in lacks(bundle, 1)
    assert lacks(bundle | {"meta": {"security": [{"code": "R"}]}}, 1) == ""
