"""`check --thorough`: what nobody would notice is found, said in words, and may have a written reason."""

import dataclasses

import pytest
from click.testing import CliRunner

from cdshooks.chart.concepts import Concept
from cdshooks.cli import main
from cdshooks.content.load import load_library
from cdshooks.errors import CardError
from cdshooks.review.changes import changes, is_part, places
from cdshooks.review.mutants import mutants
from cdshooks.review.notice import PIECE, judge
from cdshooks.review.unnoticed import read_reasons, report
from cdshooks.rules.logic import TwoOf
from cdshooks.rules.verbs.person import Age
from tests.small_library import CONCEPTS, RULE, VIGNETTES, write

LOW = 'ask = "latest sugar within 30 days is low"'
TREATED = 'ask = "taking syrup"'
# What each kind of change needs, beside the two vignettes of the small library, to be noticed.
FAINTED = 'problems = { faint = "10 days ago" }'


def vignette(facts: str, expect: str, by: str) -> str:
    return f'[[vignette]]\nname = "more"\n{facts}\nexpect = "{expect}"\nby = "{by}"\nbecause = "told"\n'


def sugar(text: str) -> str:
    return f'results = {{ sugar = "{text}" }}'


def judged(folder) -> dict[str, str | None]:
    library = load_library(folder)
    return {found.says: found.by for piece in judge(library, mutants(library), 1) for found in piece}


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
        "'below 10 mg/L' were 'below 11 mg/L' (result sugar, 'low')",
        "'at least 10 mg/L' were 'at least 11 mg/L' (result sugar, 'fine')",
        "the code 7 'syrup' were missing (drug syrup)",
    ]


def test_vignettes_that_cover_each_side_leave_nothing_unnoticed(tmp_path):
    more = [
        (sugar("9 mg/L, 30 days ago"), "info", "well"),
        (sugar("9 mg/L, 31 days ago"), "silent", "low"),
        (sugar("10 mg/L, today"), "silent", "low"),
        (f'{sugar("9 mg/L, today")}\ntaking = {{ syrup = "today" }}', "silent", "treated"),
        (f"{sugar('9 mg/L, today')}\ndeceased = true", "silent", "deceased"),
    ]
    write(tmp_path)
    text = VIGNETTES + "".join(vignette(*told).replace("more", f"more {i}") for i, told in enumerate(more))
    (tmp_path / "sugar/vignettes.toml").write_text(text, encoding="utf-8")
    # A gap above the low class: that such a result cannot be used makes no difference to this card.
    assert unnoticed(tmp_path) == ["'at least 10 mg/L' were 'at least 11 mg/L' (result sugar, 'fine')"]


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
        "two of (latest sugar is low or age at least 16 years or deceased)",
        "'two of' were 'all of' in 'two of (latest sugar is low or age at least 16 years or has faint)'",
        vignette("", "silent", "low"),
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
