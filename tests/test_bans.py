"""What must not become advice: a card that says it is refused, and one that acts on it is reported."""

import pytest
from click.testing import CliRunner

from cdshooks.cli import main
from cdshooks.content.bans import Phrase, as_sentences
from cdshooks.content.load import load_library
from cdshooks.errors import CardError
from cdshooks.review.bans import number_of_trials, try_all
from tests import small_library
from tests.conftest import shared
from tests.shipped import LIBRARY

BANS = """
[[ban]]
id = "B1"
statement = "Syrup cures hiccups"
reason = "nobody ever saw it"
source = ["BOOK"]
words = ["hiccups", ["syrup", "cure*"], "10-40 %"]
codes = [{ system = "SNOMED CT", code = "65", display = "Hiccups", source = "made up", certainty = "G" }]
[[ban.patient]]
name = "syrup for a child"
age = 8
taking = { syrup = "5 mg daily" }
[[patient]]
name = "low and weak"
results = { sugar = "9 mg/L, 3 days ago" }
problems = { faint = "10 days ago" }
"""


def write(folder, old: str = "", new: str = "", **changes):
    """The small library with bans, in which one text is replaced."""
    small_library.write(folder, **changes)
    assert old in BANS
    (folder / "_bans.toml").write_text(BANS.replace(old, new) if old else BANS, encoding="utf-8")
    return folder


def faults(folder) -> list[str]:
    with pytest.raises(CardError) as refusal:
        load_library(folder)
    return list(refusal.value.issues)


def breaches(folder) -> list[str]:
    return [f"{t.ban.id} {t.name}: {t.fault}" for t in try_all(load_library(folder)) if t.fault]


# --- words ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["It cures hiccups.", "HICCUPS", "of\nhiccups", "**hic**cups", "Syrup\nwill cure you.", "10–40% of all", "10 - 40"],
)
def test_what_is_banned_is_found_in_any_dress(text):
    phrases = [Phrase(("hiccups",)), Phrase(("syrup", "cure*")), Phrase(("10-40 %",)), Phrase(("10 - 40",))]
    assert any(phrase.stands_in(as_sentences(text)) for phrase in phrases)


@pytest.mark.parametrize(
    "text", ["hiccupsy", "antihiccups", "Syrup is sweet. Cures are rare.", "- syrup\n- cure", "110-40 %"]
)
def test_what_only_looks_like_it_is_not_found(text):
    phrases = [Phrase(("hiccups",)), Phrase(("syrup", "cure*")), Phrase(("10-40 %",))]
    assert [p for p in phrases if p.stands_in(as_sentences(text))] == []


def test_a_number_is_not_found_inside_another():
    assert not Phrase(("4 mg",)).stands_in(as_sentences("Give 0.4 mg, or 1,4 mg, or 14 mg."))
    assert Phrase(("4 mg",)).stands_in(as_sentences("Give 4 mg."))


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"text": ("Give syrup.", "Good for hiccups.")}, "cards/sugar/text.md, ## act"),
        ({"text": ("Low sugar:", "No hiccups:")}, "cards/sugar/text.md, ## act"),
        ({"rule": ("Low sugar", "Hiccups")}, "cards/sugar/rule.toml, title"),
        ({"rule": ("The sugar is low", "Hiccups are gone")}, "cards/sugar/rule.toml, 'low'"),
        ({"rule": ("Not weak", "Hiccups")}, "cards/sugar/rule.toml, 'well'"),
    ],
)
def test_a_card_that_says_what_is_banned_is_refused_with_the_reason(changes, place, tmp_path):
    (fault,) = faults(write(tmp_path, **changes))
    assert fault == f"{place}: 'hiccups' must not be said: nobody ever saw it (cards/_bans.toml, B1)"


def test_without_anything_banned_the_cards_load_and_every_trial_holds(tmp_path):
    library = load_library(write(tmp_path))
    assert len(list(try_all(library))) == number_of_trials(library) == 2
    assert breaches(tmp_path) == []


def test_a_folder_without_bans_is_no_fault(tmp_path):
    assert load_library(small_library.write(tmp_path)).bans.bans == ()


# --- codes and patients ---------------------------------------------------------------------------------------------

AS_FAINT = ('code = "42"', 'code = "65"')


def test_a_concept_that_holds_a_banned_code_is_refused(tmp_path):
    (fault,) = faults(write(tmp_path, all=AS_FAINT))
    assert fault.startswith("cards/_concepts, [problem.faint]: the code 65 must not be a reason for a card")


def test_so_is_one_that_holds_a_code_below_a_banned_one(tmp_path):
    (fault,) = faults(write(tmp_path, 'display = "Hiccups"', 'display = "Hiccups", below = true',
                            all=('code = "42"', 'code = "654"')))  # fmt: skip
    assert "the code 654 must not be" in fault


def test_a_code_that_is_used_for_something_else_may_be_held_but_must_make_no_difference(tmp_path):
    folder = write(tmp_path, 'display = "Hiccups"', 'display = "Hiccups", used_for = "telling the weak"', all=AS_FAINT)
    told = (folder / "_bans.toml").read_text()
    (folder / "_bans.toml").write_text(told.replace('problems = { faint = "10 days ago" }', ""))
    (breach,) = breaches(folder)
    assert breach == (
        "B1 low and weak, with Hiccups: this problem must make no difference; there is on patient-view "
        "sugar-low warning instead of sugar-low info"
    )


def test_a_banned_problem_that_silences_a_card_is_a_breach_too(tmp_path):
    used = 'display = "Hiccups", used_for = "something else"'
    folder = write(tmp_path, 'display = "Hiccups"', used, rule=("taking syrup", "taking syrup or has hiccups"))
    concepts = folder / "_concepts" / "all.toml"
    more = (
        '[problem.hiccups]\nlabel = "h"\ncodes = [{ system = "SNOMED CT", code = "65", display = "H", source = "m" }]\n'
    )
    concepts.write_text(concepts.read_text() + more)
    (breach,) = breaches(folder)
    assert "no card instead of sugar-low warning" in breach


def test_a_patient_for_whom_no_card_may_appear_is_told_with_the_card_that_does(tmp_path):
    (breach,) = breaches(write(tmp_path, 'taking = { syrup = "5 mg daily" }', 'results = { sugar = "9 mg/L, today" }'))
    assert breach == "B1 syrup for a child: no card may appear; there is sugar-low info on patient-view"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('source = ["BOOK"]', 'source = ["BOKO"]', "first [[ban]]: no source is called 'BOKO'"),
        ('system = "SNOMED CT"', 'system = "SNOMAD"', "first [[ban]], first code: no system is called 'SNOMAD'"),
        ("age = 8", "age = 8\nagee = 9", "first [[ban]], first [[patient]]: the key 'agee' is not known here"),
        ("[[patient]]", "[[patients]]", "the key 'patients' is not known here; did you mean 'patient'?"),
        ('reason = "nobody ever saw it"', "", "first [[ban]]: the key 'reason' is missing"),
        ("[[patient]]", BANS.split("[[ban.patient]]")[0].lstrip() + "[[patient]]", "two bans have the id 'B1'"),
        ('"hiccups", ', '"hic* cups", ', "first [[words]]"),
    ],
)
def test_a_fault_of_the_file_is_told_with_its_place(old, new, says, tmp_path):
    found = faults(write(tmp_path, old, new))
    assert any(fault.startswith("cards/_bans.toml") and says in fault for fault in found), found


# --- ours -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ours():
    return LIBRARY


def test_no_shipped_card_breaks_a_ban(ours):
    trials = list(try_all(ours))
    assert len(trials) > 300
    assert [f"{t.ban.id} {t.name}: {t.fault}" for t in trials if t.fault] == []


def test_every_statement_of_the_reference_that_must_not_become_advice_is_banned(ours):
    reference = shared("clinical-reference.md").read_text(encoding="utf-8")
    section = reference.split("### 1F.")[1].split("\n---")[0]
    wanted = {line.split("|")[1].strip() for line in section.splitlines() if line.startswith("| N")}
    wanted |= {f"R{n}" for n in (10, 11, 16, 17, 19, 20, 21, 22, 25, 26, 36, 37, 38, 39, 40)}
    assert len(wanted) == 27
    assert wanted - {ban.id for ban in ours.bans.bans} == set()


def test_check_tries_the_bans_and_ends_with_one_when_a_ban_is_broken(tmp_path):
    good = CliRunner().invoke(main, ["check", "--cards", str(small_library.pinned(write(tmp_path / "good")))])
    assert (good.exit_code, "1 bans, 2 patients tried, 0 breaches" in good.output) == (0, True)
    old, new = 'taking = { syrup = "5 mg daily" }', 'results = { sugar = "9 mg/L, today" }'
    bad = CliRunner().invoke(main, ["check", "--cards", str(write(tmp_path / "bad", old, new))])
    assert bad.exit_code == 1
    assert "B1 (Syrup cures hiccups): 'syrup for a child': no card may appear" in bad.output
