"""Prefetch tokens stand for what the context, the user and the calendar say; without a value the key is left out."""

import doctest
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdshooks.cli import print_cards
from cdshooks.ehr import shift, spans
from cdshooks.protocol import tokens
from cdshooks.protocol.tokens import resolve

TODAY = date(2026, 1, 15)
DRAFTS = {
    "resourceType": "Bundle",
    "entry": [
        {"resource": {"resourceType": "MedicationRequest", "id": "draft-1"}},
        {"resource": {"resourceType": "ServiceRequest", "id": "draft-2"}},
        {"resource": {"resourceType": "MedicationRequest", "id": "draft-3"}},
    ],
}
CONTEXT = {
    "patientId": "7",
    "userId": "Practitioner/p1",
    "selections": ["A/1", "B/2"],
    "draftOrders": DRAFTS,
    "number": 3,
    "empty": "",
}


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
        ("{{context.selections}}", "A/1,B/2"),
        ("M?_id={{context.draftOrders.MedicationRequest.id}}", "M?_id=draft-1,draft-3"),
        ("{{context.draftOrders.entry.resource.ofType(ServiceRequest).id}}", "draft-2"),
        ("Patient?no-token", "Patient?no-token"),
    ],
)
def test_a_token_stands_for_its_value(template, query):
    assert resolve(template, CONTEXT, TODAY).query == query


@pytest.mark.parametrize(
    ("token", "because"),
    [
        ("context.encounterId", "the context has no 'encounterId'"),
        ("context.patientId.deeper", "the context has no 'patientId.deeper'"),
        ("context.number", "the context has no 'number'"),
        ("context.empty", "the context has no 'empty'"),
        ("context", "'context' is not a token that this EHR knows"),
        ("user", "'user' is not a token"),
        ("today() - 1 hour", "is not a token"),
        ("%patient.id", "is not a token"),
        ("userPatientId", "needs a Patient as user, this one is 'Practitioner/p1'"),
        ("userPractitionerRoleId", "needs a PractitionerRole"),
        ("userRelatedPersonId", "needs a RelatedPerson"),
        ("today() - 99999 years", "outside the calendar"),
    ],
)
def test_a_token_without_a_value_leaves_the_key_out_and_says_why(token, because):
    resolved = resolve(f"Patient/{{{{{token}}}}}", CONTEXT, TODAY)
    assert resolved.query is None
    assert because in resolved.because


def test_a_value_cannot_add_parameters_to_the_query():
    assert (
        resolve("O?patient={{context.patientId}}", {"patientId": "7&status=x"}, TODAY).query
        == "O?patient=7%26status%3Dx"
    )


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


@given(st.text())
def test_no_token_ever_breaks_the_ehr(token):
    resolved = resolve(f"Patient/{{{{{token}}}}}", CONTEXT, TODAY)
    assert (resolved.query is None) == bool(resolved.because)


@pytest.mark.parametrize("module", [tokens, spans, shift, print_cards], ids=lambda module: module.__name__)
def test_the_examples_in_the_docstrings_are_true(module):
    assert doctest.testmod(module).failed == 0
    assert doctest.testmod(module).attempted > 0
