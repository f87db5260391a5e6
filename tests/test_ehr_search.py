"""A search gives what every parameter lets through, as a FHIR server would, and says aloud what it cannot do."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdshooks.ehr.patients import read_record
from cdshooks.ehr.search import answer
from cdshooks.ehr.spans import MATCHES, matches, span
from cdshooks.errors import BadInput

PATIENT = {"resourceType": "Patient", "id": "p"}


def row(kind, row_id, **elements):
    return {"resourceType": kind, "id": row_id, "subject": {"reference": "Patient/p"}} | elements


def concept(*codes):
    return {"coding": [{"system": system, "code": code} if system else {"code": code} for system, code in codes]}


RECORD = read_record(
    [
        PATIENT,
        row("Observation", "a", code=concept(("L", "1")), status="final", effectiveDateTime="2025-06-10"),
        row("Observation", "b", code=concept(("L", "2"), ("X", "1")), status="amended", effectiveDateTime="2025"),
        row("Observation", "c", code=concept((None, "1")), status="final", effectivePeriod={"start": "2025-06-01"}),
        row("Observation", "d", code={"text": "1"}, status="final"),
        row("Observation", "e", code=concept(("L", "1")), status="final", subject={"reference": "Patient/q"}),
        {"resourceType": "Observation", "id": "f", "code": concept(("L", "1")), "status": "final"},
        row("Observation", "g", code={"coding": [None, {}]}, status=None, effectiveDateTime="2025-13-40"),
        row("MedicationRequest", "m", status="active", intent="order", medicationCodeableConcept=concept(("R", "9"))),
        row(
            "MedicationRequest", "n", status="active", intent="plan", medicationReference={"reference": "Medication/z"}
        ),
        {"resourceType": "Medication", "id": "z", "code": concept(("R", "9"))},
        row(
            "Condition", "k", clinicalStatus=concept(("S", "active")), onsetDateTime="2020-03", code=concept(("C", "5"))
        ),
        row("Condition", "h", onsetPeriod={"end": "2019-05-01"}, subject={"reference": "Patient/p/_history/3"}),
        row("Condition", "i", onsetDateTime="2020", subject={"reference": "Group/p"}),
        row("Procedure", "s", performedPeriod={"start": "2022-05-01", "end": "2022-05-03"}, code=concept(("C", "6"))),
        {"resourceType": "AllergyIntolerance", "id": "y", "patient": {"reference": "https://x.example/fhir/Patient/p"}},
    ],
    "here",
)


def found(query):
    return "".join(entry["resource"]["id"] for entry in answer(RECORD, query).get("entry", ()))


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("Observation?patient=p", "abcdg"),
        ("Observation?subject=Patient/p", "abcdg"),
        ("Observation?patient=Patient/p&code=L|1", "a"),
        ("Observation?patient=p&code=1", "abc"),
        ("Observation?patient=p&code=|1", "c"),
        ("Observation?patient=p&code=L|", "ab"),
        ("Observation?patient=p&code=L|1,X|1", "ab"),
        ("Observation?patient=p&code=L%7C1%2CX%7C1", "ab"),
        ("Observation?patient=p&code=L|2&code=X|1", "b"),
        ("Observation?patient=p&status=final,amended", "abcd"),
        ("Observation?_id=a,e", "ae"),
        ("Observation?patient=p&date=2025", "ab"),
        ("Observation?patient=p&date=ge2025-06-10", "abc"),
        ("Observation?patient=p&date=ge2025-07-01&date=le2025-08-01", "bc"),
        ("Observation?patient=p&date=lt2025-06-01", "b"),
        ("Observation?patient=p&date=gt2026-01-01", "c"),
        ("Observation?patient=p&date=sa2025-06-01", "a"),
        ("MedicationRequest?patient=p&code=R|9", "m"),
        ("MedicationRequest?patient=p&status=active&intent=order,plan", "mn"),
        ("MedicationRequest?patient=p&intent=plan&_include=MedicationRequest:medication", "nz"),
        ("Condition?patient=p&clinical-status=active,recurrence", "k"),
        ("Condition?patient=p&onset-date=ge2020-03-15", "k"),
        ("Condition?patient=p&onset-date=ge2020-04", ""),
        ("Condition?patient=p&onset-date=lt1950-01-01", "h"),
        ("Condition?patient=p&onset-date=ge2019-06-01", "k"),
        ("Procedure?patient=p&code=C|6&date=le2022-05-02", "s"),
        ("AllergyIntolerance?patient=p", "y"),
        ("Observation?patient=p&_sort=-date", "acbdg"),
        ("Observation?patient=p&_sort=date", "dgbca"),
        ("Observation?patient=p&status=final&_sort=status,-_id&_count=1", "dca"),
        ("FamilyMemberHistory?patient=p", ""),
    ],
)
def test_a_search_gives_what_every_parameter_lets_through(query, ids):
    assert found(query) == ids


def test_a_searchset_looks_as_a_server_sends_it():
    assert answer(RECORD, "Observation?patient=p&code=L|1") == {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": 1,
        "link": [{"relation": "self", "url": "https://ehr.example/fhir/Observation?patient=p&code=L|1"}],
        "entry": [
            {
                "fullUrl": "https://ehr.example/fhir/Observation/a",
                "resource": RECORD.by_type["Observation"][0],
                "search": {"mode": "match"},
            }
        ],
    }


def test_nothing_found_is_a_total_of_zero_without_entries():
    nothing = answer(RECORD, "Observation?patient=nobody")
    assert (nothing["total"], "entry" in nothing) == (0, False)


def test_included_drugs_are_marked_and_not_counted():
    bundle = answer(RECORD, "MedicationRequest?patient=p&_include=MedicationRequest:medication")
    assert bundle["total"] == 2
    assert [entry["search"]["mode"] for entry in bundle["entry"]] == ["match", "match", "include"]


@pytest.mark.parametrize("pointer", [{"medicationReference": {"reference": "Medication/m"}}, {"medication": {"reference": {"reference": "https://x/fhir/Medication/m/_history/2"}}}])
def test_a_drug_is_included_however_the_version_of_fhir_points_to_it(pointer):
    record = read_record([PATIENT, row("MedicationRequest", "o", **pointer), {"resourceType": "Medication", "id": "m"}], "here")
    bundle = answer(record, "MedicationRequest?patient=p&_include=MedicationRequest:medication")
    assert [entry["resource"]["id"] for entry in bundle["entry"]] == ["o", "m"]


def test_of_several_versions_a_read_gives_the_newest():
    versions = [{**PATIENT, "gender": told, "meta": {"versionId": number}} for told, number in (("male", "1"), ("female", "3"), ("other", "2"))]
    assert answer(read_record(versions, "here"), "Patient/p")["gender"] == "female"


def test_a_page_is_cut_only_where_it_is_asked_for_and_then_names_the_next():
    whole, page = (answer(RECORD, "Observation?patient=p&_count=2", page_size=size) for size in (None, 2))
    assert [len(bundle["entry"]) for bundle in (whole, page)] == [5, 2]
    assert [link["relation"] for link in page["link"]] == ["self", "next"]
    assert page["total"] == 5


def test_a_read_gives_the_resource_or_nothing():
    assert answer(RECORD, "Patient/p") is PATIENT
    assert answer(RECORD, "Patient/nobody") is None
    assert answer(RECORD, "Unicorn/p") is None


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("Observation?patient=p&colour=red", r"Observation\?colour=: this EHR has no such search parameter"),
        ("Observation?code:in=urn:x", "no such search parameter for Observation; it has patient, subject, code"),
        ("Condition?status=active", "no such search parameter for Condition"),
        ("Observation?_sort=colour", "no such search parameter"),
        ("Observation?_include=Observation:subject", "no such search parameter"),
        ("Unicorn?patient=p", "has no search for that type"),
        ("Observation?date=ap2025", "'ap2025' is not a date with a prefix of eq"),
        ("Observation?date=", "is not a date"),
        ("Observation?code=", "an empty code matches nothing"),
        ("Observation?patient=", "an empty reference matches nothing"),
        ("Observation?_count=many", "_count needs a whole number"),
    ],
)
def test_what_cannot_be_answered_is_said_aloud(query, words):
    with pytest.raises(BadInput, match=words):
        answer(RECORD, query)


DAYS = st.dates(date(1900, 1, 2), date(2200, 12, 30))


@st.composite
def fhir_dates(draw):
    """A day, and some FHIR date of any precision that holds it."""
    day = draw(DAYS)
    offset = timedelta(minutes=draw(st.integers(-14 * 60, 14 * 60)))
    stamp = datetime(day.year, day.month, day.day, 12, 30, 59, tzinfo=UTC) + offset
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    zone = f"{'-' if offset < timedelta() else '+'}{hours:02}:{minutes:02}"
    forms = ["%Y", "%Y-%m", "%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.250"]
    form = draw(st.sampled_from(forms))
    text = stamp.strftime(form) if "T" in form else day.strftime(form)
    return day, text + (zone if "T" in form else "")


@given(fhir_dates())
def test_a_span_holds_the_moment_that_it_was_written_for(dated):
    day, text = dated
    reached = span(text)
    noon = datetime(day.year, day.month, day.day, 12, 30, 59, 250_000, tzinfo=UTC)
    assert reached.start <= noon
    assert reached.start < reached.end
    assert noon < reached.end or "T" in text


@given(fhir_dates(), fhir_dates())
def test_the_prefixes_agree_with_each_other(one, other):
    reached, asked = span(one[1]), span(other[1])
    holds = {prefix: matches(prefix, reached, asked) for prefix in MATCHES}
    assert holds["eq"] is not holds["ne"]
    assert holds["ge"] == (holds["gt"] or holds["eq"])
    assert holds["le"] == (holds["lt"] or holds["eq"])
    assert not holds["sa"] or (holds["gt"] and not holds["lt"])
    assert not holds["eb"] or (holds["lt"] and not holds["gt"])
    assert holds["ge"] or holds["lt"]
    assert holds["le"] or holds["gt"]


@given(DAYS, DAYS)
def test_whole_days_compare_as_days_do(one, other):
    reached, asked = span(one.isoformat()), span(other.isoformat())
    plain = {"eq": one == other, "ne": one != other, "gt": one > other, "lt": one < other, "ge": one >= other}
    plain |= {"le": one <= other, "sa": one > other, "eb": one < other}
    assert {prefix: matches(prefix, reached, asked) for prefix in MATCHES} == plain


@given(st.text() | st.none() | st.integers())
def test_what_is_no_date_is_none_or_a_span_and_never_an_error(text):
    reached = span(text)
    assert reached is None or reached.start < reached.end


@pytest.mark.parametrize(
    "text", ["2025-02-30", "2025-1-1", "0000", "9999", "9999-12-31", "2025-01-01T25:00Z", "20250101"]
)
def test_what_no_calendar_has_is_unreadable(text):
    assert span(text) is None
