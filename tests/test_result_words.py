"""A known code of a result whose own words, or other codes, say that it is another test: it may warn, never reassure."""

import pytest
from test_feeds import KNOWN, LOINC, PATIENT, b12, call, concept

UNCHECKED, DEFICIENT = "could-not-check", "b12-deficiency"
LOW = b12(KNOWN, 112, "2025-12-20")
ANOTHER = [
    "B12 binding capacity", "UBBC", "Transcobalamin II", "Vitamin B12, urine", "Vitamin B12 (stool)", "CSF vitamin B12",
    "Vitamin B12 antibody", "Ferritin", "Vitamin D", "Vitamin B6", "TSH", "フェリチン", "Ферритин",
]  # fmt: skip
OURS = [
    "Vitamin B12", "Serum B12 level", "Vit. B12 (ECLIA)", "Ferritin + vitamin B12", "Vitamin B12, folate, TSH", "S-Kobalamin", "LAB4711",
    "Βιταμίνη", "Blutwert 12", "Cobalamin (Vitamin B12) [Mass/volume] in Serum or Plasma", "Витамин B12", "ビタミンB12",
]  # fmt: skip


def named(words, number, day="2026-01-10", where="text", code="2132-9", **more):
    told = concept(words, LOINC, code) if where == "text" else concept(None, LOINC, code, words)
    return b12(told, number, day, "other", **more)


@pytest.mark.parametrize("where", ["text", "display"])
@pytest.mark.parametrize("words", ANOTHER)
def test_a_result_that_its_words_call_another_test_hides_no_low_one(words, where):
    assert DEFICIENT in call([PATIENT, LOW, named(words, 450, where=where)])[0]


@pytest.mark.parametrize("words", ANOTHER)
def test_a_result_that_its_words_call_another_test_may_warn(words):
    assert DEFICIENT in call([PATIENT, named(words, 112)])[0]


@pytest.mark.parametrize("words", OURS)
def test_words_that_name_the_test_or_nothing_leave_its_code_as_it_is(words):
    assert call([PATIENT, LOW, named(words, 450)])[0] == []
    assert DEFICIENT in call([PATIENT, named(words, 112)])[0]


MOLAR = {"valueQuantity": {"value": 100, "unit": "pmol/L"}}


@pytest.mark.parametrize("words", ["Total vitamin B12", "Vitamin B12 [Moles/volume] in Serum"])
def test_an_active_vitamin_b12_that_is_called_total_is_told(words):
    assert UNCHECKED in call([PATIENT, named(words, 0, code="72160-5", **MOLAR)])[0]


def test_of_a_row_with_the_codes_of_two_tests_the_worse_reading_warns():
    both = {"coding": [{"system": LOINC, "code": code} for code in ("72160-5", "14685-2")]}
    assert DEFICIENT in call([PATIENT, b12(both, **MOLAR)])[0]
    assert DEFICIENT in call([PATIENT, LOW, b12(both, valueQuantity={"value": 400, "unit": "pmol/L"})])[0]
