"""`check --thorough` of what is read and clicked: each kind of change is unnoticed at first, and noticed when pinned."""

import pytest

from cdshooks.content.load import load_library
from cdshooks.review.mutants import mutants
from cdshooks.review.notice import judge
from cdshooks.review.page_mutants import PageMutant, text_changes
from tests import small_library
from tests.test_telling import ORDER, OTHER

DETAIL = "Give syrup, not salt, 5 mg a day for two weeks.\n\n**Do**\n\n- Rest.\n\n**Do not**\n\n- Do not run."
SUGGESTIONS = """
[[suggestion]]
label = "Order sugar"
orders = ["test"]
for = ["act"]
[[suggestion]]
label = "Order sugar again"
orders = ["test"]
ask = "has faint"
"""
TOLD = "Syrup: 5 mg a day for two weeks."


@pytest.fixture
def folder(tmp_path):
    """The small library with a test to order, a second card that is replaced, and a text with something to change."""
    small_library.write(
        tmp_path,
        rule=("overrides", 'replaces = ["faint"]\noverrides'),
        text=("Give syrup. Seen: {sugar}.", DETAIL),
        evidence=('"everything"', f'"{TOLD}"'),
    )
    (tmp_path / "_orders").mkdir()
    (tmp_path / "_orders/tests.toml").write_text(ORDER)
    (tmp_path / "faint").mkdir()
    for name, text in OTHER.items():
        (tmp_path / "faint" / name).write_text(text)
    rule = (tmp_path / "sugar/rule.toml").read_text()
    (tmp_path / "sugar/rule.toml").write_text(rule + SUGGESTIONS)
    return tmp_path


def judged(folder) -> dict[str, str | None]:
    library = load_library(folder)
    found = [mutant for mutant in mutants(library) if isinstance(mutant, PageMutant)]
    return {one.says: one.by for piece in judge(library, found, 1) for one in piece}


PIN = {
    "a suggestion": ("the suggestion 2 'Order sugar again' were missing", 'suggests = ["Order sugar", "Order sugar again"]'),
    "a suggestion whatever is asked": ("the suggestion 2 'Order sugar again' were offered whatever is asked", "suggests = [{well}]"),
    "labels": ("the labels of the suggestions 1 and 2 were swapped", 'suggests = ["Order sugar", "Order sugar again"]'),
    "precedence": ("it did not replace faint", 'replaces = ["faint"]'),
    "an override reason": ("the override reason 'other' were missing", 'overrides = ["other"]'),
    "a not": ("'Give syrup, not salt, 5 mg a': 'not' were missing in 'act'", 'text_says = ["Give syrup, not salt"]'),
}  # fmt: skip


@pytest.mark.parametrize("what", PIN)
def test_a_change_is_noticed_by_the_vignette_that_speaks_of_it(what, folder):
    says, pin = PIN[what]
    says = f"{says} (card sugar-low)"
    assert judged(folder)[says] is None
    where, told = ("low", pin) if "{well}" not in pin else ("well", pin.replace("{well}", '"Order sugar"'))
    old = 'because = "low and weak"' if where == "low" else 'because = "low"\n'
    text = small_library.VIGNETTES
    assert old in text
    (folder / "sugar/vignettes.toml").write_text(text.replace(old, f"{old.strip()}\n{told}\n", 1))
    assert judged(folder)[says] == ("sugar-low: 'weak'" if where == "low" else "sugar-low: 'well'")


LOADING = [
    "'5 mg': '5' were '50' in 'act'",
    "'5 mg': 'mg' were 'g' in 'act'",
    "'two weeks.': 'weeks' were 'days' in 'act'",
    "'not** - Do not run.': 'Do not' were missing in 'act'",
    "'Rest. ** Do not** - Do not': 'Do not' were missing in 'act'",
    "'weeks. **Do** - Rest. **Do not** -': it were 'Do not ...' in 'act'",
]


@pytest.mark.parametrize("says", LOADING)
def test_a_change_that_loading_refuses_is_noticed_by_it(says, folder):
    assert judged(folder)[f"{says} (card sugar-low)"] == "what is checked when cards load"


def test_a_text_is_changed_in_each_number_unit_drug_and_not():
    text = "Give iron 5 mg, not zinc.\n\n- Rest."
    assert [changed for _, changed in text_changes(text, ["iron", "zinc"])] == [
        "Give iron 5 g, not zinc.\n\n- Rest.",
        "Give iron 50 mg, not zinc.\n\n- Rest.",
        "Give zinc 5 mg, not zinc.\n\n- Rest.",
        "Give iron 5 mg, not iron.\n\n- Rest.",
        "Give iron 5 mg, zinc.\n\n- Rest.",
        "Give iron 5 mg, not zinc.\n\n- Do not rest.",
    ]
