"""What is remembered beyond a call is what content says, by digests of what was sent; it is bounded."""

from cdshooks.chart.index import Index
from cdshooks.reading.subjects import Subjects
from cdshooks.terms import remembered
from cdshooks.terms.concepts import CodeIndex
from cdshooks.terms.remembered import Remembered
from tests.shipped import LIBRARY

LOINC = "http://loinc.org"


def concept(display, code="718-7"):
    return {"coding": [{"system": LOINC, "code": code, "display": display}], "text": display}


def index(*concepts):
    rows = [{"resourceType": "Observation", "id": str(n), "code": one} for n, one in enumerate(concepts)]
    return Index(LIBRARY.concepts, Subjects("p", None, None, {}), rows)


def kept(codes: CodeIndex) -> list:
    return [*codes.remembered._values.items()]


def test_what_was_read_in_one_call_is_read_in_the_next_without_looking(monkeypatch):
    told = concept("Haemoglobin of a call before")
    once = index().read("observations", told)
    assert once.known
    monkeypatch.setattr(Index, "_read", None)
    assert index().read("observations", dict(told)) is once


def test_no_word_that_was_sent_is_kept():
    codes = LIBRARY.concepts.observations
    for text in ("Hb of Mrs Canaryname", "Vitamin B12 of Mrs Canaryname"):
        index().read("observations", concept(text))
        index().read("observations", concept(text, "no-such-code"))
        index().read("observations", {"text": text})
    assert "Canaryname" not in repr(kept(codes))
    assert all(isinstance(key, bytes) and len(key) == 16 for key, _ in kept(codes))
    assert [match for _, reading in kept(codes) for match in (*reading.doubtful, *reading.known) if match.doubt] == []


def test_what_is_not_understood_is_read_again():
    codes = LIBRARY.concepts.observations
    before = len(kept(codes))
    assert index().read("observations", concept("Vitamin B12 in another spelling", "no-such-code")).doubtful
    assert len(kept(codes)) == before


def test_what_words_name_is_looked_for_once_where_their_code_is_not_known(monkeypatch):
    told = concept("Vitamin B12 beside a code of a call before", "no-such-code")
    once = index().read("observations", told)
    assert once.doubtful
    monkeypatch.setattr(CodeIndex, "named", None)
    assert index().read("observations", dict(told)) == once


def test_of_words_the_names_of_concepts_are_kept_and_of_those_that_name_many_nothing():
    codes = LIBRARY.concepts.observations
    index().read("observations", concept("Vitamin B12 of Mrs Canaryname", "no-such-code"))
    before = {**codes._named._values}
    assert {name for named in before.values() for name in named.possible} <= LIBRARY.concepts.by_name.keys()
    many = "vitamin B12, folate, haemoglobin, MCV, platelets, potassium, creatinine, homocysteine, MMA"
    assert len(codes.named(many).possible) > 4
    index().read("observations", concept(many, "no-such-code"))
    assert codes._named._values == before


def test_it_begins_anew_where_it_would_grow_beyond_its_bound(monkeypatch):
    monkeypatch.setattr(remembered, "MOST", 3)
    some = Remembered()
    for number in range(10):
        some.keep(some.key(number), number)
        assert len(some._values) <= 3
    assert some.get(some.key(9)) == 9


def test_what_is_long_is_not_remembered():
    some = Remembered()
    assert some.key("x" * 4000) is None
    some.keep(None, "anything")
    assert some.get(None) is None


def test_two_processes_have_different_digests():
    assert Remembered().key("the same") != Remembered().key("the same")


def order(text: str, code: str = "309594", **more):
    """A MedicationRequest of a drug, coded and in words."""
    coding = {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": code, "display": text} | more
    return {"resourceType": "MedicationRequest", "medicationCodeableConcept": {"coding": [coding], "text": text}}


def test_a_drug_that_was_read_in_one_call_is_read_in_the_next_without_looking(monkeypatch):
    told = order("Cyanocobalamin 1000 mcg of a call before")
    once = index().drug(told)
    monkeypatch.setattr(CodeIndex, "read", None)
    assert index().drug(dict(told)) == once


def test_no_word_of_a_drug_that_was_sent_is_kept_and_what_is_not_understood_is_read_again():
    codes = LIBRARY.concepts.drugs
    for text in ("Syrup of Mrs Canaryname", "Metformin of Mrs Canaryname"):
        index().drug(order(text))
        before = len(kept(codes))
        index().drug(order(text, "no-such-code"))
        index().drug(order(text, extension=[{"url": "urn:x", "valueCode": "A"}]))
        index().drug({"resourceType": "MedicationRequest", "medicationCodeableConcept": {"coding": [text], "text": text}})
        doubtful = index().drug(order(text, "no-such-code")).matches
        assert len(kept(codes)) <= before + (not doubtful)
    assert "Canaryname" not in repr(kept(codes))
