"""Whose a resource is that came in a call about one patient."""

import pytest

from cdshooks.reading.subjects import Subjects

PATIENT = {"resourceType": "Patient", "id": "p", "identifier": [{"system": "urn:nhs", "value": "1"}]}
OTHER = {"resourceType": "Patient", "id": "q"}
URLS = {"urn:uuid:a": {"resourceType": "Patient", "id": "p"}, "urn:uuid:b": OTHER}
SUBJECTS = Subjects("p", PATIENT, "https://ehr.example/fhir", URLS)


@pytest.mark.parametrize(
    "subject",
    [
        None,
        {"reference": "Patient/p"},
        {"reference": "Patient/p/_history/7"},
        {"reference": "https://ehr.example/fhir/Patient/p"},
        {"reference": "http://EHR.example/fhir/Patient/p/_history/2"},
        {"reference": "urn:uuid:p"},
        {"reference": "urn:uuid:a"},
        {"reference": "urn:uuid:who-knows"},
        {"reference": "#contained"},
        {"reference": "#nobody"},
        {"reference": "Patient?identifier=urn:nhs|1"},
        {"reference": "Patient?identifier=urn:other|9"},
        {"identifier": {"system": "urn:nhs", "value": "1"}},
        {"identifier": {"system": "urn:insurance", "value": "99"}},
        {"display": "Somebody"},
        "Patient/p",
        "p",
    ],
)
def test_what_names_nobody_else_is_the_patients(subject):
    contained = [{"resourceType": "Patient", "id": "contained"}]
    assert not SUBJECTS.is_foreign({"subject": subject, "contained": contained})
    assert not SUBJECTS.is_foreign({"patient": subject, "contained": contained})


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Patient/q"},
        {"reference": "Patient/P"},
        {"reference": "http://other.example/fhir/Patient/p"},
        {"reference": "https://ehr.example/fhir/Patient/q"},
        {"reference": "https://ehr.example/fhir?x=/Patient/p"},
        {"reference": "?x=/Patient/p"},
        {"reference": "Group/p"},
        {"reference": "urn:uuid:b"},
        {"reference": "#relative"},
        {"reference": "Patient?identifier=urn:nhs|2"},
        {"identifier": {"system": "urn:nhs", "value": "2"}},
        "Patient/q",
        ["Patient/q"],
        {"reference": {"reference": "Patient/q"}},
    ],
)
def test_what_names_somebody_else_is_not(subject):
    contained = [{"resourceType": "Patient", "id": "relative", "identifier": [{"system": "urn:nhs", "value": "3"}]}]
    assert SUBJECTS.is_foreign({"subject": subject, "contained": contained})


@pytest.mark.parametrize(
    "subject",
    [["Patient/p"], [{"reference": "Patient/p"}], {"reference": ["Patient/p"]}, {"reference": {"reference": "Patient/p"}},
     {"reference": " Patient/p/"}, {"reference": "patient/p"}],
)  # fmt: skip
def test_a_wrapper_too_many_hides_nobody(subject):
    assert not SUBJECTS.is_foreign({"subject": subject})
    assert not SUBJECTS.why_unclear({"subject": subject})


@pytest.mark.parametrize(
    "subject", [7, True, [], [[[["Patient/p"]]]], {"reference": 5}]
)
def test_whose_a_row_is_that_cannot_be_read_nobody_can_tell(subject):
    assert SUBJECTS.why_unclear({"subject": subject})
    assert not SUBJECTS.is_foreign({"subject": subject})


def test_an_address_counts_as_it_is_where_the_server_of_the_call_is_not_known():
    assert not Subjects("p", PATIENT, None, {}).is_foreign({"subject": {"reference": "http://other/fhir/Patient/p"}})


def test_what_is_surely_ours_is_neither_of_somebody_else_nor_unclear():
    """As told once before: of a reference that nobody read yet, and of a subject that is none, nothing is sure."""
    subjects = Subjects("p", PATIENT, None, {})
    rows = [{"subject": told} for told in ({"reference": "Patient/p"}, {"reference": "Patient/q"}, "Patient/p", None, [], 1, {"reference": {}})]
    assert not any(map(subjects.is_surely_ours, rows))
    foreign = [subjects.is_foreign(row) for row in rows]
    assert [subjects.is_surely_ours(row) for row in rows] == [True, *[False] * 6]
    assert foreign == [False, True, *[False] * 5]
    assert not subjects.why_unclear(rows[0])
    linked = Subjects("p", {"link": [{"other": {"reference": "Patient/q"}, "type": "seealso"}]}, None, {})
    assert not linked.is_foreign(rows[1])
    assert not linked.is_surely_ours(rows[1])


@pytest.mark.parametrize(("own", "told"), [
    ("2512489996", "251248-9996"), ("943 476 5919", "9434765919"), ("19481225-1234", "481225-1234"),
    ("20050101-1234", "050101-1234"), ("131052-308T", "131052-308t"), ("12345678909", "123.456.789-09"), ("0047", "47"),
])  # fmt: skip
def test_a_number_is_the_patients_however_it_is_punctuated(own, told):
    patient = {**PATIENT, "identifier": [{"system": "urn:nhs", "value": own}]}
    subjects = Subjects("p", patient, None, {})
    assert not subjects.is_foreign({"subject": {"identifier": {"system": "urn:nhs", "value": told}}})
    assert subjects.is_foreign({"subject": {"identifier": {"system": "urn:nhs", "value": "9" + told}}})
    assert subjects.is_foreign({"subject": {"identifier": {"system": "urn:nhs", "value": "5551234567"}}})


def test_a_number_that_only_ends_like_the_patients_is_another_s():
    patient = {**PATIENT, "identifier": [{"system": "urn:mrn", "value": "2012345678"}]}
    other = {"subject": {"identifier": {"system": "urn:mrn", "value": "12345678"}}}
    assert Subjects("p", patient, None, {}).is_foreign(other)
