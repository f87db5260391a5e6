"""Records that were merged: what this one replaces is this patient's, what it is linked to otherwise may be, and is told."""

import pytest

from tests.test_feeds import KNOWN, PATIENT, UNCHECKED, b12, call, concept

OLD = {"subject": {"reference": "Patient/old"}}
OWN = b12(KNOWN, 500, "2025-06-01", identity="own")
LOW = b12(KNOWN, 112) | OLD


def linked(how, to="Patient/old"):
    return PATIENT | {"link": [{"other": {"reference": to}, "type": how}]}


def answer(patient, *rows):
    return call([patient, *rows], by_hand="Condition")


@pytest.mark.parametrize("to", ["Patient/old", "Patient/old/_history/3", "urn:uuid:old", "http://ehr.example/fhir/Patient/old"])
def test_what_the_record_replaces_is_this_patient_s(to):
    assert answer(linked("replaces", to), OWN, LOW) == answer(PATIENT, OWN, b12(KNOWN, 112))
    assert answer(linked("replaces", to), LOW)[0] == ["b12-deficiency"]


@pytest.mark.parametrize("how", ["seealso", "replaced-by", "refer", "", None])
def test_what_it_is_linked_to_otherwise_is_told_and_never_reassures(how):
    topics, text = answer(linked(how), OWN, LOW)
    assert topics == [UNCHECKED]
    assert "another record, to which this patient" in text
    adequate = b12(KNOWN, 500, identity="theirs") | OLD
    assert "b12-deficiency" in answer(linked(how), b12(KNOWN, 112, "2025-06-01", identity="own"), adequate)[0]


@pytest.mark.parametrize("patient", [
    PATIENT, linked("replaces", "Patient/third"), linked("replaces", "RelatedPerson/old"), linked("seealso", "Practitioner/old"),
    PATIENT | {"link": "Patient/old"}, PATIENT | {"link": [{"other": "Patient/old", "type": "replaces"}]},
])  # fmt: skip
def test_another_patient_s_stays_another_s(patient):
    assert answer(patient, OWN, LOW)[0] == []


def test_a_problem_or_a_dose_of_a_linked_record_is_no_more_certain():
    gone = {"resourceType": "Condition", "id": "c", "code": concept(system="http://snomed.info/sct", code="60576007"), **OLD}
    topics, text = answer(linked("seealso"), b12(KNOWN, 112), gone)
    assert topics == ["b12-deficiency", UNCHECKED]
    assert "another record" in text
