"""`check --thorough`: what nobody would notice is found, said in words, and may have a written reason."""

from dataclasses import replace

import pytest
from click.testing import CliRunner

from cdshooks.cli import main
from cdshooks.content.load import load_library
from cdshooks.errors import CardError
from cdshooks.review.changes import changes, is_part, places
from cdshooks.review.mutants import mutants
from cdshooks.review.notice import PIECE, judge
from cdshooks.review.page_mutants import PageMutant
from cdshooks.review.page_notice import LOADING
from cdshooks.review.unnoticed import read_reasons, report
from cdshooks.terms.concepts import Concepts
from tests.shipped import LIBRARY
from tests.small_library import RULE, VIGNETTES, pinned, write

LOW = 'ask = "latest sugar within 30 days is low"'
TREATED = 'ask = "taking syrup"'
# What each kind of change needs, beside the two vignettes of the small library, to be noticed.
FAINTED = 'problems = { faint = "10 days ago" }'


def vignette(facts: str, expect: str, by: str) -> str:
    return f'[[vignette]]\nname = "more"\n{facts}\nexpect = "{expect}"\nby = "{by}"\nbecause = "told"\n'


def sugar(text: str) -> str:
    return f'results = {{ sugar = "{text}" }}'


def judged(folder) -> dict[str, str | None]:
    """Of the rules; what is read and clicked is in test_page_mutants.py."""
    library = load_library(folder)
    of_rules = [mutant for mutant in mutants(library) if not isinstance(mutant, PageMutant)]
    return {found.says: found.by for piece in judge(library, of_rules, 1) for found in piece}


def unnoticed(folder) -> list[str]:
    return [says for says, by in judged(folder).items() if by is None]


def test_a_weak_set_of_vignettes_leaves_exactly_these_unnoticed(tmp_path):
    assert unnoticed(write(tmp_path)) == [
        "'low' always held (card sugar-low, 'low')",
        "'30 days' were '29 days' in 'latest sugar within 30 days is low' (card sugar-low, 'low')",
        "'30 days' were '31 days' in 'latest sugar within 30 days is low' (card sugar-low, 'low')",
        "'30 days' were no limit in 'latest sugar within 30 days is low' (card sugar-low, 'low')",
        "'treated' never held (card sugar-low, 'treated')",
        "'deceased' never held (all cards)",
        "the cut-off 10 mg/L were 11 mg/L (result sugar)",
        "10 mg/L itself fell into the class on the other side (result sugar)",
        "the RxNorm code 7 'syrup' were missing (drug syrup)",
        "7 'syrup' had 50 mg (drug syrup)",
    ]


def test_vignettes_that_cover_each_side_leave_nothing_unnoticed(tmp_path):
    more = [
        (sugar("9 mg/L, 30 days ago"), "info", "well"),
        (sugar("9 mg/L, 31 days ago"), "silent", "low"),
        (sugar("10 mg/L, today"), "silent", "low"),
        (f'{sugar("9 mg/L, today")}\ntaking = {{ syrup = "today" }}', "silent", "treated"),
        (f"{sugar('9 mg/L, today')}\ndeceased = true", "silent", "deceased"),
    ]
    write(tmp_path, all=('display = "syrup"', 'display = "syrup 5 MG"'))  # which says its strength as well
    text = VIGNETTES + "".join(vignette(*told).replace("more", f"more {i}") for i, told in enumerate(more))
    (tmp_path / "sugar/vignettes.toml").write_text(text, encoding="utf-8")
    assert unnoticed(tmp_path) == []


# --- each kind of change: unnoticed at first, and noticed with one vignette more ---------------------------------

QUESTIONS = {
    "a leaf always yes": (
        "latest sugar is low and age at least 16 years",
        "'age at least 16 years' were always yes",
        vignette(f"{sugar('9 mg/L')}\nage = 15", "silent", "low"),
    ),
    "a leaf always no": (
        "latest sugar is low or has faint",
        "'has faint' were always no",
        vignette(FAINTED, "warning", "weak"),
    ),
    "and, or": (
        "latest sugar is low and age at least 16 years",
        "'and' were 'or' in 'latest sugar is low and age at least 16 years'",
        vignette(sugar("50 mg/L"), "silent", "low"),
    ),
    "or, and": (
        "latest sugar is low or age at least 16 years",
        "'or' were 'and' in 'latest sugar is low or age at least 16 years'",
        vignette(sugar("50 mg/L"), "info", "well"),
    ),
    "two of, one of": (
        "two of (latest sugar is low or age at least 16 years or has faint)",
        "'two of' were 'one of' in 'two of (latest sugar is low or age at least 16 years or has faint)'",
        vignette(sugar("50 mg/L"), "silent", "low"),
    ),
    "two of, all of": (
        f"two of ({'age at least 16 years or age above 15 years'} or latest sugar is low)",
        f"'two of' were 'all of' in 'two of ({'age at least 16 years or age above 15 years'} or latest sugar is low)'",
        vignette(sugar("50 mg/L"), "info", "well"),
    ),
    "not missing": (
        "latest sugar is low or not age at least 16 years",
        "'not' were missing in 'not age at least 16 years'",
        vignette("age = 15", "info", "well"),
    ),
    "possibly missing": (
        "possibly latest sugar is low",
        "'possibly' were missing in 'possibly latest sugar is low'",
        vignette("", "info", "well"),
    ),
    "surely exchanged": (
        "surely latest sugar is low",
        "'surely' were 'possibly' in 'surely latest sugar is low'",
        vignette("", "silent", "low"),
    ),
    "a comparison turned": (
        "latest sugar is low or age below 3 years",
        "'below' were 'at least' in 'age below 3 years'",
        vignette("age = 4", "silent", "low"),
    ),
    "a border put on the other side": (
        "latest sugar below 10 mg/L",
        "'below' were 'at most' in 'latest sugar below 10 mg/L'",
        vignette(sugar("10 mg/L"), "silent", "low"),
    ),
    "a number a little down": (
        "latest sugar below 100 mg/L",
        "'below 100 mg/L' were 'below 99 mg/L' in 'latest sugar below 100 mg/L'",
        vignette(sugar("99 mg/L"), "info", "well"),
    ),
    "a number a little up": (
        "latest sugar below 10.0 mg/L",
        "'below 10.0 mg/L' were 'below 10.1 mg/L' in 'latest sugar below 10.0 mg/L'",
        vignette(sugar("10 mg/L"), "silent", "low"),
    ),
    "a year": (
        "latest sugar is low and age at least 16 years",
        "'16 years' were '15 years' in 'age at least 16 years'",
        vignette(f"{sugar('9 mg/L')}\nage = 15", "silent", "low"),
    ),
    "a month longer": (
        "latest sugar is low or taking syrup for 4 months",
        "'4 months' were '5 months' in 'taking syrup for 4 months'",
        vignette('taking = { syrup = "4 months ago" }', "silent", "treated"),
    ),
    "a window dropped": (
        "latest sugar within 30 days is low",
        "'30 days' were no limit in 'latest sugar within 30 days is low'",
        vignette(sugar("9 mg/L, 2 years ago"), "silent", "low"),
    ),
    "a window in months": (
        "latest sugar within 3 months is low",
        "'3 months' were '4 months' in 'latest sugar within 3 months is low'",
        vignette(sugar("9 mg/L, 4 months ago"), "silent", "low"),
    ),
    "a clause missing": (
        "latest sugar is low or has faint that started within 5 days",
        "'5 days' were no limit in 'has faint that started within 5 days'",
        vignette('problems = { faint = "6 days ago" }', "silent", "low"),
    ),
    "a clause of a drug missing": (
        "latest sugar is low or taking syrup with daily dose at least 1 mg",
        "'with daily dose at least 1 mg' were missing in 'taking syrup with daily dose at least 1 mg'",
        vignette('taking = { syrup = "0.5 mg daily" }', "silent", "low"),
    ),
    "a class missing": (
        "latest sugar is low or fine",
        "'fine' were missing in 'latest sugar is low or fine'",
        vignette(sugar("50 mg/L"), "info", "well"),
    ),
}


@pytest.mark.parametrize("kind", QUESTIONS)
def test_a_change_of_a_question_is_noticed_by_the_vignette_that_tells_the_difference(kind, tmp_path):
    question, says, more = QUESTIONS[kind]
    write(tmp_path, rule=(LOW, f'ask = "{question}"'))
    assert_noticed_only_with(tmp_path, f"{says} (card sugar-low, 'low')", more)


def assert_noticed_only_with(folder, says, more):
    assert says in unnoticed(folder)
    with (folder / "sugar/vignettes.toml").open("a", encoding="utf-8") as file:
        file.write(more)
    assert judged(folder)[says] == "sugar-low: 'more'"


# --- what follows from the answers -------------------------------------------------------------------------------

MODIFIED = """
[[modifier]]
id = "young"
say = "Young"
ask = "age below 16 years"
at_most = "info"
[[modifier]]
id = "sweet"
say = "Syrup is drafted"
ask = "also drafting syrup"
lower = 1
"""
BY_MODIFIERS = vignette(f"{sugar('9 mg/L')}\n{FAINTED}\nage = 15", "info", "young").replace("more", "young") + vignette(
    f'{sugar("9 mg/L")}\n{FAINTED}\nalso_drafting = {{ syrup = "5 mg daily" }}', "info", "sweet"
).replace("more", "sweet")
BOTH = f'{sugar("9 mg/L")}\n{FAINTED}\nage = 15\nalso_drafting = {{ syrup = "5 mg daily" }}'


@pytest.fixture
def modified(tmp_path):
    write(
        tmp_path,
        rule=('text = "act"\n[[outcome]]\nid = "well"', f'text = "act"\n{MODIFIED}[[outcome]]\nid = "well"'),
        evidence=('"treated"', '"treated", "young", "sweet"'),
        vignettes=("", ""),
    )
    with (tmp_path / "sugar/vignettes.toml").open("a", encoding="utf-8") as file:
        file.write(BY_MODIFIERS)
    return tmp_path


@pytest.mark.parametrize(
    ("says", "by"),
    [
        ("'young' never held (card sugar-low, 'young')", "young"),
        ("'otherwise' were at most warning (card sugar-low, 'young')", "young"),
        ("'otherwise' were at most silent (card sugar-low, 'young')", "young"),
        ("it lowered by 0 (card sugar-low, 'sweet')", "sweet"),
        ("it lowered by 2 (card sugar-low, 'sweet')", "sweet"),
        ("'weak' were info (card sugar-low)", "weak"),
        ("the row 'well' were missing (card sugar-low)", "well"),
    ],
)
def test_a_change_of_a_row_or_a_modifier_is_noticed(says, by, modified):
    assert judged(modified)[says] == f"sugar-low: '{by}'"


def test_the_order_of_modifiers_is_noticed_only_where_both_apply(modified):
    says = "'sweet' came before 'young' (card sugar-low)"
    assert_noticed_only_with(modified, says, vignette(BOTH, "silent", "sweet"))


MATRIX = """
topic = "sugar-low"
title = "Low sugar"
hooks = ["patient-view"]
overrides = ["other"]
[[when]]
id = "living"
say = "Alive"
ask = "not deceased"
[matrix]
down = "level"
across = "age_group"
[matrix.cells]
low = { young = "critical" }
[matrix.text]
young = "act"
"""
NOTIONS = """
[notion.level]
say = "How much"
source = ["BOOK"]
[[notion.level.row]]
is = "low"
say = "Low"
ask = "lowish"
[[notion.level.row]]
is = "other"
say = "Else"
[notion.age_group]
say = "How old"
source = ["BOOK"]
[[notion.age_group.row]]
is = "young"
say = "Young"
ask = "age below 16 years"
[[notion.age_group.row]]
is = "old"
say = "Old"
[notion.lowish]
say = "Low"
ask = "latest sugar within 30 days is low"
source = ["BOOK"]
[source.BOOK]
"""


@pytest.fixture
def matrix(tmp_path):
    write(
        tmp_path,
        all=("[source.BOOK]\n", NOTIONS),
        rule=(RULE, MATRIX),
        evidence=('"low", "treated", "weak", "well"', '"living", "matrix"'),
        vignettes=(
            VIGNETTES,
            vignette(f"{sugar('9 mg/L')}\nage = 15", "critical", "low.young").replace("more", "young"),
        ),
    )
    return tmp_path


@pytest.mark.parametrize(
    "says", ["'low.young' were warning (card sugar-low)", "'low.young' were silent (card sugar-low)"]
)
def test_a_change_of_a_cell_is_noticed(says, matrix):
    assert judged(matrix)[says] == "sugar-low: 'young'"


def test_a_silent_cell_that_spoke_is_noticed_only_by_a_patient_in_it(matrix):
    says = "'low.old' were info (card sugar-low)"
    assert_noticed_only_with(matrix, says, vignette(sugar("9 mg/L"), "silent", "low.old"))


def test_a_notion_inside_a_notion_is_changed_for_every_card_that_uses_it(matrix):
    assert judged(matrix)["'lowish' never held (notion lowish)"] == "sugar-low: 'young'"
    says = "'lowish' always held (notion lowish)"
    assert_noticed_only_with(matrix, says, vignette(f"{sugar('50 mg/L')}\nage = 15", "silent", "other.young"))


# --- concepts ----------------------------------------------------------------------------------------------------

SECOND = 'codes = [{ system = "LOINC", code = "2-6", display = "Sugar again", source = "made up" }, '


def test_a_second_code_is_noticed_by_the_copy_of_a_vignette_that_is_written_with_the_first(tmp_path):
    write(tmp_path, all=('codes = [{ system = "LOINC", code = "1-8"', f'{SECOND}{{ system = "LOINC", code = "1-8"'))
    found = judged(tmp_path)
    assert found["the LOINC code 1-8 'Sugar' were missing (result sugar)"] == "sugar-low: 'weak'"
    assert found["the LOINC code 2-6 'Sugar again' were missing (result sugar)"] == "sugar-low: 'weak'"


def test_a_code_of_a_drug_that_no_vignette_is_decided_by_goes_unnoticed(tmp_path):
    more = vignette(f'{sugar("9 mg/L")}\ntaking = {{ syrup = "today" }}', "silent", "treated")
    assert_noticed_only_with(write(tmp_path), "the RxNorm code 7 'syrup' were missing (drug syrup)", more)


def test_a_code_that_its_words_could_stand_for_is_tried_without_them(tmp_path):
    """Where what may be the drug counts as well, words beside a code that is missing would do as well as the code."""
    more = vignette(f'{sugar("9 mg/L")}\ntaking = {{ syrup = "today" }}', "silent", "treated")
    folder = write(tmp_path, rule=(TREATED, 'ask = "possibly taking syrup"'))
    assert_noticed_only_with(folder, "the RxNorm code 7 'syrup' were missing (drug syrup)", more)


def test_a_code_that_a_stem_of_its_concept_covers_is_passed_over(tmp_path):
    stem = 'codes = [{ system = "SNOMED CT", code = "4", display = "All", below = true, source = "made up" }, '
    old = 'codes = [{ system = "SNOMED CT", code = "42"'
    write(tmp_path, all=(old, f'{stem}{{ system = "SNOMED CT", code = "42"'))
    codes = [says for says in judged(tmp_path) if "(problem faint)" in says]
    assert codes == ["the SNOMED CT code 4 'All' were missing (problem faint)"]


STATUS = """
[status.mood]
label = "mood"
codes = [{ system = "LOINC", code = "3-4", display = "Mood", source = "made up" }]
[[status.mood.value]]
is = "sad"
system = "SNOMED CT"
code = "77"
display = "Sad"
source = "made up"
[[status.mood.value]]
is = "sad"
system = "LOINC"
code = "LA77"
display = "Sad"
source = "made up"
[drug.syrup]
"""


def test_each_coded_value_is_noticed_by_a_copy_with_this_value(tmp_path):
    write(tmp_path, all=("[drug.syrup]\n", STATUS), rule=(LOW, 'ask = "latest sugar is low or latest mood is sad"'))
    for system, code in (("SNOMED CT", "77"), ("LOINC", "LA77")):
        assert f"the {system} code {code} for 'sad' were missing (status mood)" in unnoticed(tmp_path)
    more = vignette('results = { mood = "sad" }', "info", "well")
    assert_noticed_only_with(tmp_path, "the SNOMED CT code 77 for 'sad' were missing (status mood)", more)
    assert judged(tmp_path)["the LOINC code LA77 for 'sad' were missing (status mood)"] == "sugar-low: 'more'"


# --- running it --------------------------------------------------------------------------------------------------


def test_what_is_not_provided_stays_so_and_nothing_else_becomes_so(tmp_path):
    """A changed question may look where the card did not; that alone must not count as noticed."""
    write(tmp_path, rule=(TREATED, 'ask = "taking syrup written within 9 days"'))
    says = "'written within 9 days' were missing in 'taking syrup written within 9 days' (card sugar-low, 'treated')"
    more = vignette(f'{sugar("9 mg/L")}\ntaking = {{ syrup = "10 days ago" }}', "info", "well")
    assert_noticed_only_with(tmp_path, says, more)


def test_a_vignette_that_does_not_come_out_as_told_notices_nothing(tmp_path):
    write(tmp_path, vignettes=('expect = "info"', 'expect = "critical"'))
    assert "sugar-low: 'well'" not in judged(tmp_path).values()


def test_two_processes_find_the_same_as_one(tmp_path, monkeypatch):
    library = load_library(write(tmp_path))
    found = mutants(library)
    alone = [one for piece in judge(library, found, 1) for one in piece]
    monkeypatch.setattr("cdshooks.review.notice.PIECE", 5)
    shared = [one for piece in judge(library, found, 2) for one in piece]
    assert sorted(shared, key=str) == sorted(alone, key=str)
    assert PIECE > 5


def test_a_number_that_its_sentence_does_not_have_any_more_is_noticed_when_cards_load(tmp_path):
    says = "'30 days' were '31 days' in 'latest sugar within 30 days is low' (card sugar-low, 'low')"
    assert judged(write(tmp_path))[says] is None
    assert judged(write(tmp_path, rule=("The sugar is low", "The sugar of the last 30 days is low")))[says] == LOADING


def test_only_what_is_named_is_changed(tmp_path):
    library = load_library(write(tmp_path))
    found = mutants(library, ("syrup", "treated"))
    assert {mutant.says[mutant.says.rfind(" (") :] for mutant in found} == {
        " (card sugar-low, 'treated')",
        " (drug syrup)",
    }
    everything = {mutant.says: mutant for mutant in mutants(library)}
    assert all(everything[mutant.says].changed == mutant.changed for mutant in found)


def _changes_nothing(mutant, known: list) -> bool:
    return any(mutant.changed is one for one in known) or mutant.before == mutant.after is not None


def test_every_mutant_of_the_shipped_cards_has_words_of_its_own_and_differs():
    library = LIBRARY
    found = mutants(library)
    assert len({m.says for m in found}) == len(found)
    known = [*library.cards, *library.notions.values(), *library.concepts.by_name.values()]
    assert [m.says for m in found if not isinstance(m, PageMutant) and _changes_nothing(m, known)] == []


def test_every_question_that_a_change_makes_can_still_be_said_and_walked():
    library = LIBRARY
    for notion in library.notions.values():
        for question in notion.questions:
            for change in changes(question):
                assert all(is_part(part) and part.words() for _, part in places(change.whole)), change.says
                assert change.whole.words() != question.words(), "nobody can write this change"


# --- reasons and the command line --------------------------------------------------------------------------------

SAYS = "'deceased' never held (all cards)"


def reasoned(folder, *told: str):
    text = "".join(f'[[unnoticed]]\nmutant = "{says}"\nreason = "told in the test"\n' for says in told)
    (folder / "_unnoticed.toml").write_text(text, encoding="utf-8")
    return folder


def the_report(folder):
    library = load_library(folder)
    found = [one for piece in judge(library, mutants(library), 1) for one in piece]
    return report(found, read_reasons(folder))


def test_a_mutant_with_a_reason_is_not_listed(tmp_path):
    before = the_report(write(tmp_path))
    after = the_report(reasoned(tmp_path, SAYS))
    assert SAYS in before.unnoticed
    assert after.reasoned == (SAYS,)
    assert set(before.unnoticed) - set(after.unnoticed) == {SAYS}
    assert after.stale == ()


def test_a_reason_is_reported_when_its_mutant_is_gone_or_noticed(tmp_path):
    told = the_report(
        reasoned(write(tmp_path), "'gone' never held (all cards)", "'low' never held (card sugar-low, 'low')")
    )
    assert [line.partition(": the reason for ")[2] for line in told.stale] == [
        "\"'gone' never held (all cards)\" is not needed any more: no such change is tried",
        "\"'low' never held (card sugar-low, 'low')\" is not needed any more: sugar-low: 'weak' notices it",
    ]


def test_a_reason_given_twice_and_a_key_that_is_not_known_are_refused(tmp_path):
    reasoned(write(tmp_path), SAYS, SAYS)
    with pytest.raises(CardError, match="stands here twice"):
        read_reasons(tmp_path)
    (tmp_path / "_unnoticed.toml").write_text(f'[[unnoticed]]\nmutant = "{SAYS}"\nwhy = "x"\n', encoding="utf-8")
    with pytest.raises(CardError, match="the key 'why' is not known here"):
        read_reasons(tmp_path)


def test_the_command_lists_what_nobody_would_notice_and_fails(tmp_path):
    pinned(write(tmp_path))
    run = CliRunner().invoke(main, ["check", "--thorough", "--cards", str(tmp_path)])
    assert run.exit_code == 1
    assert f"nobody would notice if {SAYS}" in run.output
    assert "30 small changes: 16 noticed, 0 with a reason, 14 unnoticed (" in run.output


def test_the_command_tries_only_what_is_named_and_says_nothing_of_other_reasons(tmp_path):
    reasoned(pinned(write(tmp_path)), "'gone' never held (all cards)")
    run = CliRunner().invoke(main, ["check", "--only", "syrup", "--cards", str(tmp_path)])
    assert run.exit_code == 1
    assert "nobody would notice if 7 'syrup' had 50 mg (drug syrup)" in run.output
    assert "2 small changes: 0 noticed, 0 with a reason, 2 unnoticed (" in run.output
    assert "gone" not in run.output


def test_a_name_of_which_nothing_is_tried_is_refused(tmp_path):
    run = CliRunner().invoke(main, ["check", "--only", "syrop", "--cards", str(pinned(write(tmp_path)))])
    assert run.exit_code == 2
    assert "no small change is tried of 'syrop'" in run.output
    assert "did you mean 'syrup'?" in run.output


def test_the_command_succeeds_once_all_is_noticed_or_reasoned(tmp_path):
    reasoned(pinned(write(tmp_path)), *the_report(tmp_path).unnoticed)
    run = CliRunner().invoke(main, ["check", "--thorough", "--cards", str(tmp_path)])
    assert (run.exit_code, "nobody would notice" in run.output) == (0, False)
    assert "14 with a reason, 0 unnoticed (" in run.output


INDEXES = ("observations", "problems", "drugs", "substances", "tests", "visits", "reactions", "relatives")


@pytest.mark.parametrize("name", ["metformin", "b12_total", "pregnancy", "maternal_line"])
def test_concepts_with_one_changed_find_what_concepts_made_anew_find(name):
    known = LIBRARY.concepts
    concept = known.by_name[name]
    blind = known.with_changed(replace(concept, codes=concept.codes[1:]))
    rest = known.routes, known.doses, known.systems, known.courses, known.phrases
    anew = Concepts.of(blind.by_name, *rest)
    told = [{"system": code.system, "code": code.code} for code in concept.codes]

    def found(concepts):
        return {index: getattr(concepts, index).find(told) for index in INDEXES}

    assert found(blind) == found(anew)
    assert found(blind) != found(known)
