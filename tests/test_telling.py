"""How vignettes are told: one grammar, and a slip is an error with its column and the nearest form."""

from contextlib import suppress

import pytest

from cdshooks.content.load import load_library
from cdshooks.content.telling import Grammar
from cdshooks.content.telling_forms import FORMS, TABLES
from cdshooks.errors import CardError
from cdshooks.review.vignettes import run_all
from cdshooks.rules.words import LanguageError
from tests import small_library
from tests.shipped import LIBRARY

GRAMMAR = Grammar(LIBRARY.concepts.by_name, LIBRARY.concepts.routes, LIBRARY.concepts.doses.table)
SLIPS = [
    # table, concept, text, the column and what is said of it
    ("problems", "b12_deficiency", "1 yaer ago", 2, "did you mean '1 year ago'?"),
    ("problems", "b12_deficiency", "resolvd", 0, "did you mean 'resolved'?"),
    ("problems", "b12_deficiency", "30 days agoo", 8, "did you mean '30 days ago'?"),
    ("problems", "b12_deficiency", "last year", 0, "a time looks like 'today', '40 days ago', '2025-03-31'"),
    ("problems", "b12_deficiency", "2025-02-30", 0, "'2025-02-30' is no day of the calendar"),
    ("problems", "b12_deficiency", "30.1.2025", 0, "a time looks like"),
    ("results", "b12_total", "150 ng/L 40 days ago", 8, "did you mean '150 ng/L, 40 days ago'?"),
    ("results", "b12_total", "150ng/L, today", 0, "did you mean '150 ng/L'?"),
    ("results", "b12_total", "150 ngL, today", 4, "'ngL' is not a unit of b12_total; did you mean 'ng/L'?"),
    ("results", "b12_total", "150, today", 3, "if that is meant, write '150 without unit'"),
    ("results", "b12_total", "150 ng/L, odd unit", 0, "'ng/L' is a unit of b12_total: it is not odd"),
    ("results", "b12_total", "0,5 ng/L", 0, "a number has a point: '0.5'"),
    ("results", "b12_total", "150 ng/L, 40 days", 10, "a time looks like"),
    ("results", "b12_total", "150 ng/L, today, 3 days ago", 17, "tells a second when; one was 'today'"),
    ("results", "b12_total", "150 ng/L,, today", 9, "between two commas"),
    ("results", "b12_total", "150 ng/L, status finl", 17, "did you mean 'status final'?"),
    ("results", "b12_total", "150 ng/L, by oral", 10, "here may stand"),
    ("results", "b12_total", "40 days ago", 11, "no value is told; if that is meant, add ', without value'"),
    ("results", "pregnancy_status", "pregnat, today", 0, "did you mean 'pregnant'?"),
    ("drafting", "folic_acid", "5 mg dialy", 5, "did you mean '5 mg daily'?"),
    ("drafting", "folic_acid", "1 daily", 1, "if that is meant, write '1 without unit'"),
    (
        "drafting",
        "folic_acid",
        "5 mg daily by oral code 198640",
        10,
        "did you mean '5 mg daily, by oral, code 198640'?",
    ),
    ("drafting", "folic_acid", "Folic acid 5 mg tablets", 0, "did you mean 'folic acid 5 mg oral tablet'?"),
    ("drafting", "folic_acid", "5 mg daily, code 9", 17, "'9' is not a code of folic_acid"),
    ("drafting", "folic_acid", "5 mg daily, 3 days ago", 12, "'3 days ago' is not understood"),
    ("drafting", "hydroxocobalamin", "1 mg, by intramuscullar", 9, "did you mean 'by intramuscular'?"),
    ("drafting", "hydroxocobalamin", "1 mg, by oral, odd route", 9, "'oral' is a route that is known: it is not odd"),
    ("drafting", "hydroxocobalamin", "1 mg, odd route", 6, "'odd route', but no route is told"),
    ("taking", "vitamin_b12", "words Vitamin B12 30 days ago", 18, "a comma is missing before '30 days ago'"),
    ("given", "vitamin_b12", "forty days ago", 0, "a time looks like"),
]


@pytest.mark.parametrize(
    ("table", "name", "text", "column", "says"), SLIPS, ids=lambda v: v if isinstance(v, str) else ""
)
def test_a_slip_is_told_with_its_column_and_the_nearest_form(table, name, text, column, says):
    with pytest.raises(LanguageError) as refusal:
        GRAMMAR.read(text, table, GRAMMAR.concept(name, table))
    assert says in refusal.value.says
    assert refusal.value.column == column


def test_whatever_letter_is_doubled_left_out_or_added_it_is_told_and_nothing_breaks():
    for table, name, text, *_ in SLIPS:
        concept = GRAMMAR.concept(name, table)
        for at in {*range(0, len(text), 7), len(text)}:
            for slip in (text[:at] + text[at + 1 :], text[:at] + text[at - 1 :], f"{text[:at]}o{text[at:]}"):
                with suppress(LanguageError):
                    GRAMMAR.read(slip, table, concept)


def test_a_fact_is_about_a_concept_of_a_kind_that_fits_its_table():
    with pytest.raises(LanguageError, match="'metformin' is a drug; 'results' tells of a result or status"):
        GRAMMAR.concept("metformin", "results")
    with pytest.raises(LanguageError, match="did you mean 'metformin'"):
        GRAMMAR.concept("metfromin", "taking")


def test_every_word_that_our_own_forms_name_can_be_read_in_each_table_that_has_it():
    for table in TABLES.values():
        for name in set(table.forms) & {"today", "ago", "date", "undated"}:
            key = next(k for k, t in TABLES.items() if t is table)
            concept = next(c for c in LIBRARY.concepts.by_name.values() if c.kind in table.kinds and not c.values)
            value = "150 without unit, " if key == "results" else ""
            assert GRAMMAR.read(value + FORMS[name].written, key, concept)["when"] == FORMS[name].written


DOSES = ["5 mg daily", "1 tablet twice daily", "5 mg", "three times a day", "1 mg every 12 weeks", "2 mL once a month"]


@pytest.mark.parametrize("text", DOSES)
def test_a_dose_is_an_amount_how_often_or_both(text):
    assert GRAMMAR.read(text, "drafting", GRAMMAR.concept("folic_acid", "drafting")) == {"value": text}


# --- as a whole: the mistake is told when cards load, or by the vignette that does not come out as told ---------------


def faults(folder, **changes) -> list[str]:
    with pytest.raises(CardError) as refusal:
        load_library(small_library.write(folder, **changes))
    return list(refusal.value.issues)


def test_a_mistyped_fact_stops_the_loading_with_a_mark_under_it(tmp_path):
    (fault,) = faults(tmp_path, vignettes=('faint = "10 days ago"', 'faint = "10 dyas ago"'))
    place, text, mark = fault.splitlines()
    assert place == "cards/sugar/vignettes.toml, 'weak', problems, faint:"
    assert text[mark.index("^") :].startswith("dyas")
    assert "did you mean '10 days ago'?" in mark


NAMES = {
    "a decider": ('by = "well"', 'by = "wel"', "no criterion, outcome, cell or modifier of this card is called 'wel'"),
    "a source of data": ('because = "low"', 'because = "low"\nnot_provided = ["Conditon"]', "no source of data is called 'Conditon'; did you mean 'Condition'?"),
    "a source": ('because = "low"', 'because = "low"\nsource = "BOKO"', "no source is called 'BOKO'; did you mean 'BOOK'?"),
    "a topic": ('because = "low"', 'because = "low"\nreplaces = ["salt"]', "no topic is called 'salt'"),
    "an override reason": ('because = "low"', 'because = "low"\noverrides = ["othre"]', "did you mean 'other'?"),
    "what is never offered": ('because = "low"', 'because = "low"\noffers_never = ["suryp"]', "nothing that any card offers is called 'suryp'"),
    "what is never said": ('because = "low"', 'because = "low"\ntext_never = ["Stop suryp"]', "'suryp' stands in no text of any card"),
    "an age": ('because = "low"', 'because = "low"\nage = "thirty"', "age"),
    "a birth date": ('because = "low"', 'because = "low"\nborn = "31.3.1950"', "'31.3.1950' is no date such as '1950-03-31'"),
}  # fmt: skip


@pytest.mark.parametrize("what", NAMES)
def test_what_a_vignette_names_must_be_there(what, tmp_path):
    old, new, says = NAMES[what]
    assert any(says in fault for fault in faults(tmp_path, vignettes=(old, new)))


def test_of_a_silence_nothing_can_be_said(tmp_path):
    silent = (
        small_library.VIGNETTES.replace("9.9 mg/L", "12 mg/L")
        .replace('"info"', '"silent"')
        .replace('by = "well"', 'by = "low"')
    )
    rule = small_library.RULE[: small_library.RULE.index('[[outcome]]\nid = "well"')]
    changes = {
        "vignettes": (small_library.VIGNETTES, silent + 'suggests = []\n'),
        "rule": (small_library.RULE, rule), "evidence": (', "well"', ""),
    }  # fmt: skip
    (fault,) = faults(tmp_path, **changes)
    assert "it is silent, so there is no card of which 'suggests' could be said" in fault


ORDER = """
[order.test]
label = "Order sugar"
description = "Order sugar"
resource = { resourceType = "ServiceRequest", status = "draft", intent = "order", code = { text = "Sugar", coding = [{ system = "http://loinc.org", code = "1-8", display = "Sugar" }] } }
"""
SUGGESTION = '[[suggestion]]\nlabel = "Order sugar"\norders = ["test"]\n'
OTHER = {
    "rule.toml": 'topic = "faint"\ntitle = "Faint"\nhooks = ["patient-view"]\noverrides = ["other"]\n[[when]]\nid = "faint"\nsay = "Faint"\nask = "has faint"\n'
    '[[outcome]]\nid = "any"\nsay = "Any"\nindicator = "info"\ntext = "any"\n',
    "text.md": "## any\nFaint\n\nLie down.\n",
    "evidence.toml": '[[evidence]]\nfor = ["faint", "any"]\nsource = "BOOK"\nsupports = "x"\nstrength = "secondary"\n',
    "vignettes.toml": '[[vignette]]\nname = "faint"\nproblems = { faint = "today" }\nexpect = "info"\nby = "any"\nbecause = "x"\n',
}  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    """The small library with an order that is suggested, and a second card that the first one replaces."""
    small_library.write(tmp_path, rule=("overrides", 'replaces = ["faint"]\noverrides'))
    (tmp_path / "_orders").mkdir()
    (tmp_path / "_orders/tests.toml").write_text(ORDER)
    (tmp_path / "faint").mkdir()
    for name, text in OTHER.items():
        (tmp_path / "faint" / name).write_text(text)
    rule = (tmp_path / "sugar/rule.toml").read_text()
    (tmp_path / "sugar/rule.toml").write_text(rule + SUGGESTION)
    return tmp_path


def told(folder, more: str) -> str:
    """What is wrong with the first vignette of the small library when it tells this as well."""
    (folder / "sugar/vignettes.toml").write_text(
        small_library.VIGNETTES.replace('because = "low and weak"', f'because = "low and weak"\n{more}')
    )
    return next(verdict.fault for verdict in run_all(load_library(folder)) if verdict.name == "weak")


OF_THE_CARD = {
    'suggests = ["Order sugar"]': "",
    'suggests = []': "told to suggest nothing, suggests 'Order sugar'",
    'offers_never = ["serviceRequest"]': "told never to offer 'serviceRequest', offers 'Order sugar'",
    'text_says = ["Low sugar: 9 mg/L", "Give syrup."]': "",
    'text_says = ["Do not give syrup."]': "told to say 'Do not give syrup.', says: Low sugar: 9 mg/L on 2026-01-12 | Give",
    'text_never = ["Not weak"]': "",
    'text_never = ["give Syrup"]': "told never to say 'give Syrup', says it",
    'source = "BOOK"': "",
    'overrides = ["other"]': "",
    'overrides = []': "told the override reasons nothing, they are 'other'",
    'replaces = ["faint"]': "",
    'replaces = []': "told to replace nothing, replaces 'faint'",
}  # fmt: skip


@pytest.mark.parametrize("more", OF_THE_CARD)
def test_what_is_told_of_the_card_is_held_against_the_card(more, folder):
    wanted, fault = OF_THE_CARD[more], told(folder, more)
    assert fault == "" if wanted == "" else fault.startswith(wanted)


def test_what_is_told_of_a_card_that_does_not_come_is_a_fault(folder):
    (folder / "sugar/vignettes.toml").write_text(
        small_library.VIGNETTES.replace(
            'results = { sugar = "9.9 mg/L, 3 days ago" }', 'not_provided = ["Observation:sugar"]'
        ).replace('expect = "info"\nby = "well"', 'expect = "cannot tell"\nby = "low"\nsuggests = []')
        + small_library.VIGNETTES.partition('[[vignette]]\nname = "well"')[2].join(['[[vignette]]\nname = "more"', ""])
    )
    verdict = next(v for v in run_all(load_library(folder)) if v.name == "well")
    assert verdict.fault == "told what the card says, but no card is shown"
