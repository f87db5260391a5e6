"""Prefetch tokens stand for what the context, the user, earlier answers and the calendar say; or it is said why not."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdshooks.protocol.tokens import resolve

TODAY = date(2026, 1, 15)
SERVER = "https://ehr.example/fhir"


def request(kind, identity, **elements):
    return {"resource": {"resourceType": kind, "id": identity, **elements}}


DRAFTS = {
    "resourceType": "Bundle",
    "entry": [
        request(
            "MedicationRequest",
            "draft-1",
            medicationReference={"reference": "Medication/m1"},
            requester={"reference": "Practitioner/p9"},
            supportingInformation=[{"reference": "#inner"}, {"display": "no reference at all"}],
            contained=[{"resourceType": "Observation", "id": "inner", "status": "final"}],
        ),
        request("ServiceRequest", "draft-2", reasonReference=[{"reference": "Condition/c1"}], requester=None),
        request(
            "MedicationRequest",
            "draft-3",
            medicationReference={"reference": "Medication/m2/_history/4"},
            requester={"reference": f"{SERVER}/PractitionerRole/r1"},
            subject={"reference": "urn:uuid:1"},
        ),
        request("MedicationRequest", "draft-4", medicationCodeableConcept={"text": "in words"}, repeat=[1, 1, None]),
        {"fullUrl": "urn:uuid:1", **request("Patient", "new-one")},
        None,
        {"resource": "not a resource"},
    ],
}
CONTEXT = {
    "patientId": "7",
    "userId": "Practitioner/p1",
    "selections": ["A/1", "B/2"],
    "draftOrders": DRAFTS,
    "number": 3,
    "exact": Decimal("2.50"),
    "yes": True,
    "empty": "",
}
PRIOR = {
    "conditions": {
        "resourceType": "Bundle",
        "entry": [
            request("Condition", "c1", asserter={"reference": "PractitionerRole/r1"}),
            request("Condition", "c2", asserter={"reference": "Practitioner/p2"}),
        ],
    },
    "the-roles": {
        "resourceType": "Bundle",
        "entry": [request("PractitionerRole", "r1", practitioner={"reference": "Practitioner/p3"})],
    },
    "nothing": None,
    "failed": {"resourceType": "OperationOutcome"},
}


def filled(template, context=CONTEXT, **more):
    return resolve(template, context, TODAY, PRIOR, base=SERVER, **more)


ORDERS = "context.draftOrders.entry.resource"
DRUG = f"{ORDERS}.ofType(MedicationRequest)"


@pytest.mark.parametrize(
    ("template", "query"),
    [
        ("Patient/{{context.patientId}}", "Patient/7"),
        ("{{ context.userId }}", "Practitioner/p1"),
        ("Practitioner/{{userPractitionerId}}", "Practitioner/p1"),
        ("O?patient={{context.patientId}}&date=ge{{today() - 90 days}}", "O?patient=7&date=ge2025-10-17"),
        ("{{today()}}", "2026-01-15"),
        ("{{today()+1 day}}", "2026-01-16"),
        ("{{today() - 2 weeks}}", "2026-01-01"),
        ("{{today() - 2 months}}", "2025-11-15"),
        ("{{today() + 1 year}}", "2027-01-15"),
        ("{{today() - 1 year + 2 days - 1.9 day}}", "2025-01-16"),
        ("M?_id={{context.selections}}", "M?_id=A/1,B/2"),
        ("M?x={{context.number}}&y={{context.yes}}&z={{context.exact}}", "M?x=3&y=true&z=2.50"),
        ("M?_id={{context.draftOrders.MedicationRequest.id}}", "M?_id=draft-1,draft-3,draft-4"),
        (f"M?_id={{{{{ORDERS}.ofType(ServiceRequest).id}}}}", "M?_id=draft-2"),
        (f"M?_id={{{{ {ORDERS} . ofType( FHIR.ServiceRequest ) . id }}}}", "M?_id=draft-2"),
        # The example of the standard: neither Medication is there, and their ids are known all the same.
        (f"Medication?_id={{{{{DRUG}.medication.resolve().id}}}}", "Medication?_id=m1,m2"),
        (f"Medication?_id={{{{{DRUG}.medicationReference.resolve().id}}}}", "Medication?_id=m1,m2"),
        (f"P?_id={{{{{DRUG}.requester.resolve().ofType(Practitioner).id}}}}", "P?_id=p9"),
        (f"P?_id={{{{{DRUG}.requester.resolve().ofType(PractitionerRole).practitioner.resolve().id}}}}", "P?_id=p3"),
        (f"O?status={{{{{DRUG}.supportingInformation.resolve().status}}}}", "O?status=final"),
        (f"P?_id={{{{{DRUG}.subject.resolve().id}}}}", "P?_id=new-one"),
        (f"X?n={{{{{DRUG}.repeat}}}}", "X?n=1"),
        (
            f"PR?_id={{{{{ORDERS}.ofType(ServiceRequest).reasonReference.resolve().asserter.resolve().id}}}}",
            "PR?_id=r1",
        ),
        ("PR?_id={{%conditions.entry.resource.asserter.resolve().ofType(PractitionerRole).id}}", "PR?_id=r1"),
        ("P?_id={{%the-roles.entry.resource.practitioner.resolve().id}}", "P?_id=p3"),
        ("P?_id={{%`the-roles`.entry.resource.practitioner.resolve().id}}", "P?_id=p3"),
        (
            "P?_id={{%the-roles.entry.resource.practitioner.resolve().id|"
            "%conditions.entry.resource.asserter.resolve().ofType(Practitioner).id | context.nothing.here}}",
            "P?_id=p3,p2",
        ),
        ("X?a={{context.patientId|context.patientId|context.number}}", "X?a=7,3"),
        ("Patient?no-token", "Patient?no-token"),
    ],
)
def test_a_token_stands_for_its_value(template, query):
    assert filled(template).because == ""
    assert filled(template).query == query


@pytest.mark.parametrize(
    ("token", "because"),
    [
        ("context.encounterId", "the context has no 'encounterId'"),
        ("context.patientId.deeper", "the context has no 'patientId.deeper'"),
        ("context.a|%conditions.b", "has no 'a'; the answer to the earlier prefetch template 'conditions' has no 'b'"),
        ("context.empty", "the context has no 'empty'"),
        ("context", "it names no element"),
        ("context.", "it ends where the name of an element"),
        ("", "it ends where a path"),
        ("%", "it begins with '%'"),
        ("context.é", "is expected where 'é' is"),
        ("user", "it begins with 'user', not with context"),
        ("now()", "it begins with 'now'"),
        ("today() - 1 hour", "'hour' is not days, weeks, months or years"),
        ("today() - 1", "it ends where days is expected"),
        ("today() - days", "a number is needed after '-'"),
        ("today() 1 day", "'1' is not expected here"),
        ("today", "it ends where '(' is expected"),
        ("today() - 99999 years", "outside the calendar"),
        (f"today() - {'9' * 900} days", "outside the calendar"),
        ("userPatientId", "the user is no Patient"),
        ("userPractitionerRoleId", "the user is no PractitionerRole"),
        ("userRelatedPersonId", "the user is no RelatedPerson"),
        ("context.draftOrders", "it ends at an object"),
        (f"{ORDERS}.where(id='x')", "'where()' is not allowed"),
        (f"{ORDERS}.first()", "'first()' is not allowed"),
        ("context.selections[0]", "'[' is not expected here"),
        ("context.patientId = '7'", "'=' is not expected here"),
        (f"{ORDERS}.ofType(string)", "a resource type is needed"),
        (f"{ORDERS}.ofType(Resource)", "a resource type is needed"),
        (f"{ORDERS}.ofType()", "a resource type is expected where ')' is"),
        (f"{ORDERS}.resolve(1)", "')' is expected where '1' is"),
        ("%unknown.id", "there is no answer to an earlier prefetch template 'unknown'"),
        ("%failed.id", "is an error (OperationOutcome)"),
        ("%nothing.id", "the answer to the earlier prefetch template 'nothing' has no 'id'"),
        (f"{DRUG}.medication.resolve().code.text", "'code' is not known: the Medication that is referred to is neither"),
        ("context.far.resolve().id", "a reference points to another server"),
        ("context.lost.resolve().id", "a reference points to a resource of the same Bundle that cannot be looked up"),
        ("context.inner.resolve().id", "a contained resource that is not there"),
        ("context.patientId" + ".a" * 40, "it has 41 steps; more than 32 are not followed"),
        ("today()" + " + 1 day" * 40, "it has 40 sums; more than 32"),
        ("context." + "a" * 2000, "it has 2008 characters; more than 1000 are not read"),
    ],
)
def test_a_token_without_a_value_leaves_the_key_out_and_says_which_and_why(token, because):
    links = {"far": {"reference": "https://other.example/Patient/1"}, "lost": {"reference": "urn:uuid:2"}}
    resolved = filled(f"X?_id={{{{{token}}}}}", CONTEXT | links | {"inner": {"reference": "#x"}})
    assert resolved.query is None
    assert because in resolved.because
    assert resolved.because.startswith(f"{{{{{token[:100]}") or not token


@pytest.mark.parametrize(
    ("template", "because"),
    [
        ("Patient/{{context.patientId", "never closed"),
        ("Patient/context.patientId}}", "never opened"),
        ("Patient/{{{context.patientId}}}", "it begins with '{'"),
        ("Patient/{{context.selections}}", "it has 2 values, and a read takes one"),
        ("x" * 200_000, "more than 100000 are not read"),
    ],
)
def test_a_template_that_cannot_be_read_says_why(template, because):
    resolved = filled(template)
    assert resolved.query is None
    assert because in resolved.because


def test_what_is_referred_to_may_be_looked_up():
    shelf = {("Medication", "m1"): {"resourceType": "Medication", "status": "active"}}
    found = filled(f"X?s={{{{{DRUG}.medication.resolve().status}}}}", look_up=lambda *name: shelf.get(name))
    assert found.because.endswith("nor in the answer to an earlier prefetch template")  # m2 is not on the shelf
    shelf["Medication", "m2"] = {"resourceType": "Medication", "status": "inactive"}
    found = filled(f"X?s={{{{{DRUG}.medication.resolve().status}}}}", look_up=lambda *name: shelf.get(name))
    assert found.query == "X?s=active,inactive"


def test_no_reason_repeats_what_the_context_holds():
    """Reasons go to logs; ids are about people."""
    secret = "Zz19470101"
    context = {
        "patientId": {"x": secret},
        "userId": f"Patient/{secret}",
        "a": {"reference": f"Medication/{secret}"},
        "b": {"reference": f"https://x/{secret}"},
    }
    tokens = ("context.patientId", "userPractitionerId", "context.a.resolve().code", "context.b.resolve().code")
    reasons = [resolve(f"{{{{{token}}}}}", context, TODAY).because for token in tokens]
    assert all(reasons)
    assert secret not in "".join(reasons)


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.integers(-9999, 9999))
def test_days_are_days_of_the_calendar(day, number):
    sign = "-" if number < 0 else "+"
    query = resolve(f"{{{{today() {sign} {abs(number)} days}}}}", {}, day).query
    assert date.fromisoformat(query) - day == timedelta(days=number)


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.integers(0, 600), st.sampled_from("+-"))
def test_months_keep_the_day_or_end_on_the_last_one(day, months, sign):
    moved = date.fromisoformat(resolve(f"{{{{today() {sign} {months} months}}}}", {}, day).query)
    assert (moved.year - day.year) * 12 + moved.month - day.month == (months if sign == "+" else -months)
    assert moved.day == day.day or (moved.day < day.day and (moved + timedelta(days=1)).day == 1)


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.integers(0, 99))
def test_a_year_is_twelve_months(day, years):
    assert resolve(f"{{{{today() - {years} years}}}}", {}, day) == resolve(
        f"{{{{today() - {12 * years} months}}}}", {}, day
    )
