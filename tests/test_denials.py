"""What denies a name covers no more than its own clause: exceptions and a denied denial lift it. Names inside others."""

import pytest

from tests.shipped import LIBRARY
from tests.test_prefetch import EMPTY, SUBJECT, bundle, call, draft
from tests.test_suggest import key_of

HYDROXOCOBALAMIN = draft("317106", dosageInstruction=[{"route": {"text": "intramuscular"}}])
CYANOCOBALAMIN = draft("309594", dosageInstruction=[{"route": {"text": "intramuscular"}}])


def topics(drafted, **rows):
    found = call(EMPTY | {key_of(kind, "order-sign"): bundle(*each) for kind, each in rows.items()}, "order-sign", [drafted])
    return [card["source"]["topic"]["code"] for card in found.cards]


def allergy(text, *codings):
    code = {"text": text} | ({"coding": [dict(c) for c in codings]} if codings else {})
    return {"resourceType": "AllergyIntolerance", "id": "a", "patient": SUBJECT, "code": code}


def condition(text):
    return {"resourceType": "Condition", "id": "c", "subject": SUBJECT, "code": {"text": text}}


TOLD_OF = [
    "No known allergies except vitamin B12", "NKDA except B12", "No known drug allergies apart from hydroxocobalamin",
    "Denies allergies other than B12", "Keine bekannten Allergien außer Vitamin B12", "Aucune allergie sauf vitamine B12",
    "Sin alergias conocidas salvo vitamina B12", "Sem alergias exceto vitamina B12", "Nessuna allergia tranne vitamina B12",
    "Geen bekende allergie behalve vitamine B12", "Ingen känd allergi förutom vitamin B12", "No longer tolerates B12 injections",
    "not tolerated: hydroxocobalamin", "hydroxocobalamin no known reaction type", "B12 allergy not ruled out",
    "B12 allergy ruled out? repeat test", "B12-Allergie nicht ausgeschlossen",
]  # fmt: skip
DENIED = [
    "No known allergies", "NKDA", "No known allergy to vitamin B12", "Not allergic to vitamin B12", "B12 allergy ruled out",
    "Tolerates hydroxocobalamin well", "Keine bekannte Allergie gegen Vitamin B12", "Aucune allergie à la vitamine B12",
    "Nicht allergisch gegen Vitamin B12",
]  # fmt: skip


@pytest.mark.parametrize("text", TOLD_OF)
def test_an_exception_or_a_denied_denial_of_an_allergy_is_told(text):
    assert "cobalamin-hypersensitivity" in topics(HYDROXOCOBALAMIN, AllergyIntolerance=[allergy(text)])


@pytest.mark.parametrize("text", DENIED)
def test_an_allergy_that_is_denied_is_none(text):
    assert topics(HYDROXOCOBALAMIN, AllergyIntolerance=[allergy(text)]) == []


@pytest.mark.parametrize(("system", "code"), [
    ("http://snomed.info/sct", "716186003"), ("http://www.nlm.nih.gov/research/umls/rxnorm", "11248"),
])  # fmt: skip
def test_an_exception_counts_whatever_is_coded_beside_it(system, code):
    told = allergy("No known allergies except vitamin B12", {"system": system, "code": code})
    assert topics(HYDROXOCOBALAMIN, AllergyIntolerance=[told]) != []


def test_an_allergy_whose_code_is_bare_words_is_told():
    row = {"resourceType": "AllergyIntolerance", "id": "a", "patient": SUBJECT, "code": "Vitamin B12"}
    assert topics(HYDROXOCOBALAMIN, AllergyIntolerance=[row]) == ["cobalamin-hypersensitivity"]


@pytest.mark.parametrize("text", [
    "LHON not excluded", "LHON cannot be excluded", "Cannot rule out LHON", "Ausschluss LHON nicht möglich", "LHON nicht ausgeschlossen",
    "LHON no se puede descartado", "LHON (not Leber congenital amaurosis)", "LHON - at risk of progression",
    "LHON - screening of relatives advised", "rule out LHON: confirmed by gene test", "LHON 除外できない",
    "Optic neuropathy - excluded: MS, glaucoma - LHON likely", "At risk of LHON (carrier m.11778)",
])  # fmt: skip
def test_a_problem_whose_denial_is_lifted_may_be_there(text):
    assert topics(CYANOCOBALAMIN, Condition=[condition(text)]) == ["could-not-check"]


@pytest.mark.parametrize("text", [
    "LHON excluded", "LHON ruled out", "No evidence of LHON", "Rule out LHON", "Screening for LHON", "At risk of LHON", "Not LHON",
    "LHON not present", "Ausschluss LHON", "LHON ausgeschlossen", "Leber congenital amaurosis", "LHON: ruled out by gene test",
])  # fmt: skip
def test_a_problem_that_is_denied_is_none(text):
    assert topics(CYANOCOBALAMIN, Condition=[condition(text)]) == []


@pytest.mark.parametrize("text", [
    "LHON: no", "LHON - none", "LHON? no", "LHON yok", "LHON saptanmadı", "LHON なし", "LHONなし", "LHON 없음", "LHON nincs",
    "LHON: nein", "LHON nicht nachweisbar", "LHON 无", "无LHON", "LHON afkræftet", "LHON: нет", "MS yes; LHON no",
])  # fmt: skip
def test_a_problem_that_is_denied_behind_its_name_is_none(text):
    assert topics(CYANOCOBALAMIN, Condition=[condition(text)]) == []


@pytest.mark.parametrize("text", [
    "LHON, no nystagmus", "LHON, nistagmus yok", "LHON. No nystagmus", "LHON: no doubt", "LHON yes/no", "LHON、眼振なし",
    "LHON nincs kezelve",
])  # fmt: skip
def test_what_is_denied_behind_another_name_denies_this_one_no_more(text):
    assert topics(CYANOCOBALAMIN, Condition=[condition(text)]) == ["could-not-check"]


@pytest.mark.parametrize("text", [
    "Vitamin B12 allergy: none", "B12 allergy no", "B12-Allergie: nein", "Vitamin B12 alerjisi: yok", "B12アレルギー：なし",
    "B12-allergi: nej", "B12 alerjisi saptanmadı",
])  # fmt: skip
def test_an_allergy_that_is_denied_at_its_end_is_none(text):
    found = [allergy(text)], [condition(text)]
    assert [topics(HYDROXOCOBALAMIN, AllergyIntolerance=found[0]), topics(HYDROXOCOBALAMIN, Condition=found[1])] == [[], []]


@pytest.mark.parametrize("text", [
    "B12 allergy confirmed: no", "B12 desensitised: no", "B12 allergy: no longer tolerates it", "B12 allergy: none since 2019",
    "Vitamin B12: anaphylaxis. Other allergy: none",
])  # fmt: skip
def test_what_is_denied_at_the_end_is_not_always_the_allergy(text):
    assert "cobalamin-hypersensitivity" in topics(HYDROXOCOBALAMIN, AllergyIntolerance=[allergy(text)])


def test_what_ends_a_statement_parts_names():
    """No "diabetic polyneuropathy", which would be none of these."""
    named = LIBRARY.concepts.problems.named
    assert "peripheral_neuropathy" not in named("Diabetic polyneuropathy").possible
    assert "peripheral_neuropathy" in named("Not diabetic; polyneuropathy").possible


@pytest.mark.parametrize("text", [
    "Amphotericin B 12 mg IV", "Polymyxin B 12 hourly", "Botox type B 12 units", "Group B 12 streptococcus", "Amphotericine B 12 mg",
])  # fmt: skip
def test_a_name_inside_another_name_is_none(text):
    assert LIBRARY.concepts.drugs.named(text).possible == frozenset()


@pytest.mark.parametrize("text", ["Amphotericin B 12 mg; vitamin B12", "Amphotericin B 12 mg + cyanocobalamin", "Vit. B 12 mg"])
def test_beside_it_the_name_is_one(text):
    assert "vitamin_b12" in LIBRARY.concepts.drugs.named(text).possible
    assert "vitamin_b12" in LIBRARY.concepts.substances.named(text).possible


def test_a_name_of_another_drug_in_the_same_words_still_rules_out():
    assert "cyanocobalamin" not in LIBRARY.concepts.drugs.named("Hydroxocobalamin (vitamin B12) injection").possible


def test_one_look_for_all_denials_finds_what_a_look_for_each_finds():
    from cdshooks.terms.denials import _denial, _said

    denials = LIBRARY.concepts.phrases.denials
    clauses = [f"{before}{word}{after}" for word in denials for before in ("", "a ", "a", "-") for after in ("", " b", "b", ".")]
    assert [c for c in clauses if _said(c, denials) != [w for w in denials if _denial(w).search(c)]] == []
    assert any(_said(c, denials) for c in clauses)
    assert not all(_said(c, denials) for c in clauses)
    assert _said("no known allergy", ()) == []
