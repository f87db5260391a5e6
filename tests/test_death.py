"""Who has died is asked no more; a death that cannot be so silences nobody."""

import pytest

from tests.test_prefetch import EMPTY, bundle, call, result

LOW = {"results": bundle(result(112))}


def answer(**told):
    patient = {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1955-05-05", **told}
    return call(EMPTY | LOW | {"patient": patient})


@pytest.mark.parametrize("told", [
    {"deceasedBoolean": True}, {"deceasedDateTime": "2025-01-01"}, {"deceasedDateTime": "2025"},
    {"deceasedDateTime": "2025-03-01T10:00:00+01:00"}, {"deceasedDateTime": "2026-02-01"}, {"deceasedBoolean": True, "deceasedDateTime": "1900-01-01"},
])  # fmt: skip
def test_a_death_silences(told):
    assert answer(**told).cards == []


@pytest.mark.parametrize("day", [
    "0001-01-01", "1900-01-01", "1901-01-01", "1970-01-01", "9999-12-31", "2030-01-01", "unknown", "1950-01-01", ["2025-01-01"], {},
])  # fmt: skip
def test_a_day_on_which_this_patient_cannot_have_died_silences_nothing(day):
    found = answer(deceasedDateTime=day)
    assert [card["source"]["topic"]["code"] for card in found.cards] == ["b12-deficiency"]
    odd = [oddity.says for oddity in found.chart.oddities if oddity.ref == "Patient"]
    assert bool(odd) == bool(day)
    assert all("date of death" in says for says in odd)


@pytest.mark.parametrize("told", [{"deceasedBoolean": False}, {"deceasedBoolean": "true"}, {"deceasedDateTime": None}])
def test_without_a_death_that_is_told_the_patient_lives(told):
    assert len(answer(**told).cards) == 1
