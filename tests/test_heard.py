"""What the words of a chart say is worked out once a chart, and not kept beyond it: they are a patient's."""

import pytest

from cdshooks.terms.names import Names
from tests.shipped import LIBRARY

PHRASES = LIBRARY.concepts.phrases
TEXTS = ["", "Vitamin B12 injection", "Allergy to cobalt", "serum level", "Mother has gout", "refused by the patient", "as needed", "aspirin", "urine", "x"]
ASKED = [
    "tell_of_a_dose", "tell_of_treatment", "tell_of_a_measurement", "tell_of_an_allergy", "say_unfit", "say_not_had", "say_as_needed",
    "name_another_drug", "name_another_specimen", "tell_of_kin", "say_no",
]  # fmt: skip


@pytest.mark.parametrize("asked", ASKED)
def test_a_chart_hears_what_is_said_as_often_as_it_asks(asked):
    once = PHRASES.for_one_chart()
    for _ in range(2):
        for words in (TEXTS, TEXTS[:1], *([text] for text in TEXTS)):
            assert getattr(once, asked)(iter(words)) == getattr(PHRASES, asked)(iter(words))


def test_a_text_is_gone_through_once_a_chart_and_by_the_next_one_again(monkeypatch):
    read, find = [], Names.find
    monkeypatch.setattr(Names, "find", lambda self, text: read.append(text) or find(self, text))
    for charts in (1, 2):
        once = PHRASES.for_one_chart()
        for _ in range(3):
            assert once.tell_of_a_dose(["Vitamin B12 injection"])
            assert not once.tell_of_an_allergy(["Vitamin B12 injection"])
        assert read == ["vitamin b12 injection"] * 2 * charts
