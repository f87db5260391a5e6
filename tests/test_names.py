"""Names in texts are found as one would find them letter by letter; what is coded and written alike is read once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdshooks.chart.index import Index
from cdshooks.reading.subjects import Subjects
from cdshooks.terms.names import Names, _stands_alone, plain
from tests.shipped import LIBRARY

LETTERS = st.text("ab1 é錠", max_size=12)


@given(st.lists(LETTERS, max_size=6), LETTERS, LETTERS)
def test_every_name_is_found_wherever_it_stands(names, before, after):
    found = Names(names)
    for text in (plain(before + name + after) for name in [*names, ""]):
        places = [(name, at) for name in {plain(n) for n in names} - {""} for at in range(len(text))]
        slowly = {name for name, at in places if text.startswith(name, at) and _stands_alone(name, text, at)}
        assert found.find(text) == slowly


def test_a_concept_with_odd_parts_is_read_as_one_that_was_never_seen():
    index = Index(LIBRARY.concepts, Subjects("p", None, None, {}), ())
    coding = {"system": "http://loinc.org", "code": "2823-3", "display": "Potassium"}
    sound = index.read("observations", {"coding": [coding], "text": "K"})
    assert sound.known
    assert sound is index.read("observations", {"coding": [dict(coding)], "text": "K"})
    for odd in (None, "K", [], {"coding": "K"}, {"coding": {"code": "2823-3"}}, {"coding": [coding | {"code": ["K"]}]}):
        assert not index.read("observations", odd).known
    assert index.read("observations", {"coding": [None, 3, coding]}).known == sound.known
    assert not index.read("observations", {"coding": [coding | {"code": "999-9", "display": "K"}]}).known


@pytest.mark.parametrize(("text", "means"), [
    ("Crohns disease", "crohns_disease"), ("Järnbristanemi", "other_anaemia"), ("Jernmangelanemi", "other_anaemia"),
    ("CKD3b", "kidney_disease_3_to_5"),
])  # fmt: skip
def test_a_short_name_is_listed_with_the_words_that_are_made_of_it(text, means):
    """A name of five letters or fewer stands by itself: "crohn" is not in "Crohns"."""
    assert means in LIBRARY.concepts.problems.named(text).possible


@pytest.mark.parametrize("text", [
    "Glycated haemoglobin", "Faecal haemoglobin", "Glycosylated hemoglobin", "Urinkalium", "Kalium im Sammelurin",
])  # fmt: skip
def test_a_short_word_that_names_another_test_is_listed_whole(text):
    assert not LIBRARY.concepts.observations.named(text).possible


@pytest.mark.parametrize("specimen", ["Ascites", "Sammelurin", "moczu"])
def test_short_words_for_specimens_are_listed_whole(specimen):
    assert LIBRARY.concepts.phrases.name_another_specimen([specimen])


def test_short_words_beside_a_drug_are_listed_whole():
    assert LIBRARY.concepts.phrases.tell_of_a_measurement(["B12 vitamini düzeyi"])
    assert LIBRARY.concepts.phrases.name_another_drug(["ritonavir 100 mg"])
