"""A site file: other cut-offs for all or for one laboratory, other numbers in questions; seen wherever they apply."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from cdshooks import create_app
from cdshooks.cli import main
from cdshooks.config import Settings
from cdshooks.content.load import load_library
from cdshooks.content.site import only_numbers_differ
from cdshooks.ehr.client import in_process
from cdshooks.ehr.patients import read_record
from cdshooks.ehr.visit import Visit
from cdshooks.errors import CardError, SettingsError
from cdshooks.reading.results import read_result
from cdshooks.review.page import page
from cdshooks.review.trace import as_text, judged
from cdshooks.terms.codes import Match
from cdshooks.terms.dates import Clock
from tests import small_library
from tests.conftest import TODAY

UTC = ZoneInfo("UTC")
CUT_OFFS = """
[[cut_offs]]
result = "sugar"
who = "Dr Sweet"
why = "another assay"
since = "2025-12-01"
[[cut_offs.band]]
is = "low"
below = ["8 mg/L"]
[[cut_offs.band]]
is = "fine"
at_least = ["8 mg/L"]
"""
AT_LAB = CUT_OFFS.replace("who =", 'laboratory = ["Organization/lab", "Sour Lab", "urn:lab|7", "urn:samples"]\nwho =')
PARAMETER = """
[[parameter]]
card = "sugar-low"
replace = "within 30 days"
with = "within 10 days"
say = "The sugar is low, and lately"
who = "Dr Sweet"
why = "we measure often"
since = 2025-12-01
"""
OF_THE_LAB = [
    {"performer": [{"reference": "Organization/lab"}]},
    {"performer": [{"reference": "Practitioner/1"}, {"display": " SOUR lab "}]},
    {"performer": [{"identifier": {"system": "urn:lab", "value": "7"}}]},
    {"identifier": [{"system": "urn:samples", "value": "S-1"}]},
]
OF_ANOTHER = [
    {}, {"performer": []}, {"performer": "Organization/lab"}, {"performer": [{"reference": "Organization/lab2"}]},
    {"performer": [{"display": "Sour"}]}, {"performer": [{"identifier": {"system": "urn:lab", "value": "77"}}]},
    {"performer": [{"identifier": {"value": "urn:lab"}}]}, {"identifier": [{"value": "urn:samples"}]}, {"performer": [None]},
]  # fmt: skip


def library(folder: Path, text: str | None, **changes):
    cards = small_library.write(folder / "cards", **changes)
    if text is None:
        return load_library(cards)
    (folder / "site.toml").write_text(text, encoding="utf-8")
    return load_library(cards, folder / "site.toml")


def faults(folder: Path, text: str, **changes) -> list[str]:
    with pytest.raises(CardError) as refusal:
        library(folder, text, **changes)
    return list(refusal.value.issues)


def read(ours, row):
    sugar = ours.concepts.by_name["sugar"]
    return read_result(row, Match("sugar", sugar.codes[0]), sugar, UTC, ours.concepts.systems)


def result(ours, number, day: str = "2026-01-10", unit: str = "mg/L", **more):
    row = {"resourceType": "Observation", "id": "o", "status": "final", "effectiveDateTime": day} | more
    row["code"] = {"coding": [{"system": "http://loinc.org", "code": "1-8"}]}
    row["valueQuantity"] = {"value": number, "unit": unit}
    return read(ours, row)


@pytest.fixture(scope="module")
def for_all(tmp_path_factory):
    return library(tmp_path_factory.mktemp("all"), CUT_OFFS)


@pytest.fixture(scope="module")
def for_lab(tmp_path_factory):
    return library(tmp_path_factory.mktemp("lab"), AT_LAB)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return library(tmp_path_factory.mktemp("plain"), None)


# --- cut-offs: both sides, all units, which laboratory, since when --------------------------------------------------


@given(st.decimals(0, 20, places=3), st.sampled_from([("mg/L", 1), ("g/L", 1000)]))
def test_the_number_of_the_site_divides_and_ours_no_longer_does(for_all, plain, number, unit):
    spelled, factor = unit
    assert result(for_all, number / factor, unit=spelled).klass == ("low" if number < 8 else "fine")
    assert result(plain, number / factor, unit=spelled).klass == ("low" if number < 10 else "fine")


@pytest.mark.parametrize("told", OF_THE_LAB, ids=str)
def test_a_result_of_the_laboratory_is_judged_by_its_cut_offs(for_lab, told):
    assert result(for_lab, Decimal("7.999"), **told).klass == "low"
    assert result(for_lab, 8, **told).klass == "fine"
    assert result(for_lab, 8, **told).judged_by == "cut-offs of Organization/lab, since 2025-12-01, by Dr Sweet"


@pytest.mark.parametrize("told", OF_ANOTHER, ids=str)
def test_a_result_of_another_laboratory_or_of_none_is_judged_by_ours(for_lab, told):
    assert result(for_lab, 8, **told).klass == "low"
    assert result(for_lab, 10, **told).klass == "fine"
    assert result(for_lab, 8, **told).judged_by == ""


def test_what_was_taken_before_the_day_is_judged_by_what_held_then(for_all):
    assert [result(for_all, 9, day).klass for day in ("2025-11-30", "2025-12-01", "2025")] == ["low", "fine", "low"]


def test_a_laboratory_goes_before_all_and_later_before_earlier(tmp_path):
    later = CUT_OFFS.replace("2025-12-01", "2026-01-05").replace("8 mg/L", "6 mg/L")
    lab = AT_LAB.replace("8 mg/L", "4 mg/L")
    ours = library(tmp_path, CUT_OFFS + lab + later)
    assert result(ours, 7, "2025-12-24").klass == "low"
    assert result(ours, 7, "2026-01-10").klass == "fine"
    assert result(ours, 5, "2026-01-10").klass == "low"
    assert result(ours, 5, "2026-01-10", **OF_THE_LAB[0]).klass == "fine"


def test_a_comparator_is_read_against_the_cut_offs_of_the_site(for_all):
    def klass(number, comparator):
        row = {"resourceType": "Observation", "status": "final", "effectiveDateTime": "2026-01-10"}
        row["valueQuantity"] = {"value": number, "unit": "mg/L", "comparator": comparator}
        return read(for_all, row).klass

    assert [klass(8, "<"), klass(9, "<"), klass(8, ">")] == ["low", None, "fine"]


def test_the_report_s_own_limit_still_comes_first(tmp_path):
    ours = library(tmp_path, CUT_OFFS, all=('label = "sugar"', 'label = "sugar"\nown_limit = "fine"'))
    high = {"referenceRange": [{"high": {"value": 5, "unit": "mg/L"}}]}
    assert (result(ours, 6, **high).klass, result(ours, 6, **high).judged_by) == ("fine", "")


MOLAR = ('source = "made up"\n[[result.sugar.band]]\nis = "low"\nbelow = ["10 mg/L"]',
         'source = "made up"\n[[result.sugar.unit]]\nkind = "molar"\nunit = "mmol/L"\naccept = { "mmol/L" = 1 }\n'
         'source = "made up"\n[[result.sugar.band]]\nis = "low"\nbelow = ["10 mg/L", "3 mmol/L"]')  # fmt: skip


def test_a_kind_of_unit_that_the_file_does_not_speak_of_keeps_our_cut_off(tmp_path):
    cards = small_library.write(tmp_path / "cards", all=MOLAR)
    concepts = cards / "_concepts" / "all.toml"
    concepts.write_text(concepts.read_text().replace('at_least = ["10 mg/L"]', 'at_least = ["10 mg/L", "3 mmol/L"]'))
    (tmp_path / "site.toml").write_text(CUT_OFFS)
    ours = load_library(cards, tmp_path / "site.toml")
    assert [result(ours, n, unit="mmol/L").klass for n in (2, 3)] == ["low", "fine"]
    assert result(ours, 2, unit="mmol/L").judged_by == ""
    assert [result(ours, n).klass for n in (7, 8)] == ["low", "fine"]


def test_a_band_keeps_the_kinds_that_the_file_tells_only_of_its_neighbour(tmp_path):
    cards = small_library.write(tmp_path / "cards", all=MOLAR)
    concepts = cards / "_concepts" / "all.toml"
    concepts.write_text(concepts.read_text().replace('at_least = ["10 mg/L"]', 'at_least = ["10 mg/L", "3 mmol/L"]'))
    (tmp_path / "site.toml").write_text(CUT_OFFS.replace('at_least = ["8 mg/L"]', 'at_least = ["8 mg/L", "3 mmol/L"]'))
    ours = load_library(cards, tmp_path / "site.toml")
    assert [result(ours, n, unit="mmol/L").klass for n in (2, 3)] == ["low", "fine"]
    assert [result(ours, n).klass for n in (7, 8)] == ["low", "fine"]


def test_the_border_may_change_sides(tmp_path):
    text = CUT_OFFS.replace('below = ["8 mg/L"]', 'up_to = ["12 mg/L"]').replace('at_least = ["8', 'above = ["12')
    ours = library(tmp_path, text)
    assert [result(ours, n).klass for n in (11, 12, Decimal("12.001"))] == ["low", "low", "fine"]


# --- where it is seen -----------------------------------------------------------------------------------------------


def visit(number, **more) -> Visit:
    patient = {"resourceType": "Patient", "id": "p", "birthDate": "1970-01-01"}
    row = {"resourceType": "Observation", "id": "o", "status": "final", "effectiveDateTime": "2026-01-02",
           "subject": {"reference": "Patient/p"}, "valueQuantity": {"value": number, "unit": "mg/L"},
           "code": {"coding": [{"system": "http://loinc.org", "code": "1-8"}]}} | more  # fmt: skip
    return Visit(read_record([patient, row], "here"), "patient-view", TODAY)


def test_the_trace_and_the_card_say_which_cut_offs_applied(for_all):
    told = judged(for_all, visit(7), Settings(), Clock(TODAY, UTC))
    trace = " ".join(" ".join(as_text(told.decisions, told.chart)).split())
    assert "sugar 7 mg/L on 2026-01-02 (cut-offs of all laboratories, since 2025-12-01, by Dr Sweet)" in trace
    (card,) = told.cards
    assert "Dr Sweet" in card["detail"]


def test_the_page_of_a_card_shows_what_was_and_what_is(for_all, for_lab, plain):
    told = page(for_lab.cards[0], for_lab)
    assert "- **sugar**, Organization/lab: low below 8 mg/L; fine at least 8 mg/L\n" in told
    assert "  instead of: low below 10 mg/L; fine at least 10 mg/L\n" in told
    assert "  since 2025-12-01, by Dr Sweet: another assay" in told
    assert "all laboratories" in page(for_all.cards[0], for_all)
    assert "What this site has otherwise" not in page(plain.cards[0], plain)


def test_the_service_and_the_commands_take_the_file(tmp_path, monkeypatch):
    library(tmp_path, CUT_OFFS)
    cards, site = tmp_path / "cards", tmp_path / "site.toml"

    def cards_for(settings):
        client = in_process(create_app(settings))
        service = client.service_for("patient-view")
        return len(client.call(service["id"], visit(9).request(service["prefetch"]))[1]["cards"])

    assert cards_for(Settings(cards=cards, today=TODAY)) == 1
    assert cards_for(Settings(cards=cards, today=TODAY, site=site)) == 0
    assert "Dr Sweet" in CliRunner().invoke(main, ["show", "sugar", "--cards", str(cards), "--site", str(site)]).output
    monkeypatch.setenv("CDSHOOKS_SITE", str(site))
    assert "Dr Sweet" in CliRunner().invoke(main, ["show", "sugar", "--cards", str(cards)]).output


def test_check_tells_which_vignettes_come_out_otherwise_and_that_is_no_failure(tmp_path):
    library(tmp_path, CUT_OFFS)
    small_library.pinned(tmp_path / "cards")
    told = CliRunner().invoke(main, ["check", "--cards", str(tmp_path / "cards"), "--site", str(tmp_path / "site.toml")])
    assert told.exit_code == 0, told.output
    assert "with the site file, sugar-low: 'weak': told warning, came out silent" in told.output
    assert "1 changes by the site file, 2 vignettes come out otherwise with it" in told.output


def test_a_file_that_is_not_there_is_said():
    told = CliRunner().invoke(main, ["show", "--site", "nowhere.toml"])
    assert told.exit_code == SettingsError.exit_code
    assert "nowhere.toml" in told.output


# --- other numbers in questions ---------------------------------------------------------------------------------------


def fires(ours, number, day) -> bool:
    return bool(judged(ours, visit(number, effectiveDateTime=day), Settings(), Clock(TODAY, UTC)).cards)


def test_a_number_in_a_question_of_a_card_is_replaced(tmp_path, plain):
    ours = library(tmp_path, PARAMETER)
    assert [fires(ours, 5, d) for d in ("2026-01-05", "2026-01-04")] == [True, False]
    assert [fires(plain, 5, d) for d in ("2025-12-16", "2025-12-15")] == [True, False]


def test_the_new_sentence_stands_in_the_trace_and_both_on_the_page(tmp_path):
    ours = library(tmp_path, PARAMETER)
    told = judged(ours, visit(5), Settings(), Clock(TODAY, UTC))
    trace = " ".join(" ".join(as_text(told.decisions, told.chart)).split())
    assert "The sugar is low, and lately (changed here since 2025-12-01, by Dr Sweet)" in trace
    shown = page(ours.cards[0], ours)
    assert "- **sugar-low**: The sugar is low, and lately (`within 10 days`)\n" in shown
    assert "  instead of: The sugar is low (`within 30 days`)\n" in shown


def test_so_is_one_of_a_notion(tmp_path):
    text = PARAMETER.replace('card = "sugar-low"', 'notion = "weak"')
    weak = ('ask = "has faint"', 'ask = "has faint that started within 30 days"')
    ours = library(tmp_path, text, all=weak)
    assert "within 10 days" in ours.notions["weak"].question.words()
    assert ours.notions["weak"].say.startswith("The sugar is low, and lately (changed here")
    assert "instead of: Weak in some way (`within 30 days`)" in page(ours.cards[0], ours)


def test_two_numbers_of_one_sentence_can_be_replaced_and_the_trace_tells_both(tmp_path):
    weak = ('ask = "has faint"', 'ask = "has faint that started within 30 days or latest sugar within 20 days is low"')
    first = PARAMETER.replace('card = "sugar-low"', 'notion = "weak"')
    second = first.replace("within 30", "within 20").replace("within 10", "within 5").replace("Sweet", "Salt")
    notion = library(tmp_path, first + second, all=weak).notions["weak"]
    assert "within 10 days" in notion.question.words()
    assert "within 5 days" in notion.question.words()
    assert notion.say.count("changed here since") == 2
    assert "Dr Sweet" in notion.say
    assert "Dr Salt" in notion.say


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("below 8.0 g/dL", "below 7.5 g/dL", True), ("within 30 days", "within 0 days", True),
        ("below 8.0 g/dL", "below 8.0 g/dL", False), ("below 8.0 g/dL", "above 8.0 g/dL", False),
        ("below 8.0 g/dL", "below 80 g/L", False), ("8", "8 or taking syrup", False), ("low", "NaN", False),
        ("within 30 days", "within thirty days", False), ("8", "Infinity", False),
    ],
)  # fmt: skip
def test_only_numbers_may_change(old, new, same):
    assert only_numbers_differ(old, new) is same


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (CUT_OFFS.replace('"sugar"', '"suger"'), "first [[cut_offs]]: no result with cut-offs is called 'suger'; did you mean 'sugar'?"),
        (CUT_OFFS.replace('is = "low"', 'is = "lov"'), "no class of sugar is called 'lov'; did you mean 'low'?"),
        (CUT_OFFS.replace('below = ["8 mg/L"]', 'below = ["8 mmol/L"]'), "the first cut-off '8 mmol/L' is not a number with a unit"),
        (CUT_OFFS.replace('below = ["8 mg/L"]', 'below = ["7 mg/L"]'), "around 7.000 mg/L a result of sugar would be none of the classes"),
        (CUT_OFFS.replace('below = ["8 mg/L"]', 'below = ["9 mg/L"]'), "a result of sugar would be both low and fine"),
        (CUT_OFFS.replace('below = ["8 mg/L"]', 'up_to = ["8 mg/L"]'), "a result of sugar would be both low and fine"),
        (CUT_OFFS.replace('who = "Dr Sweet"\n', ""), "first [[cut_offs]]: the key 'who' is missing"),
        (CUT_OFFS.replace("2025-12-01", "2025-13-01"), "first [[cut_offs]], since: '2025-13-01' is no day of the calendar"),
        (CUT_OFFS.replace("why", "wy"), "the key 'wy' is not known here; did you mean 'why'?"),
        (CUT_OFFS + '[[cut_offs.band]]\nis = "low"\nbelow = ["8 mg/L"]\n', "first [[cut_offs]]: a class is told twice"),
        (PARAMETER.replace('"within 30 days"', '"0 days"').replace('"within 10 days"', '"1 days"'), "'0 days' stands nowhere"),
        ("[[cut_offs]", "it is not TOML that can be read"),
        (PARAMETER.replace("sugar-low", "sugar-high"), "first [[parameter]]: no card is called 'sugar-high'"),
        (PARAMETER.replace('card = "sugar-low"', 'notion = "week"'), "no notion is called 'week'; did you mean 'weak'?"),
        (PARAMETER.replace('"within 30 days"', '"within 31 days"'), "'within 31 days' stands nowhere in the questions of sugar-low"),
        (PARAMETER.replace('"within 10 days"', '"within 10 months"'), "only numbers may change, not words or units"),
        (PARAMETER.replace('"within 10 days"', '"within 1.5 days"'), "here must come a whole number, not 1.5"),
        (PARAMETER.replace('say = "The sugar is low, and lately"\n', ""), "first [[parameter]]: the key 'say' is missing"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_place_like_every_other(text, says, tmp_path):
    found = faults(tmp_path, text)
    assert any(says in fault for fault in found), found
    assert any(f.startswith("site.toml") for f in found) or "whole number" in says


def test_words_that_stand_in_two_questions_are_refused(tmp_path):
    twice = ("taking syrup", "taking syrup or latest sugar within 30 days is fine")
    (fault,) = faults(tmp_path, PARAMETER, rule=twice)
    assert "'within 30 days' stands more than once in the questions of sugar-low" in fault


def test_all_faults_of_site_and_cards_are_told_at_once(tmp_path):
    found = faults(tmp_path, CUT_OFFS.replace('"sugar"', '"suger"') + PARAMETER.replace("sugar-low", "x"),
                   rule=("taking syrup", "taking sirup"))  # fmt: skip
    assert len(found) == 3


# --- our own cards ----------------------------------------------------------------------------------------------------


def test_a_laboratory_s_lower_cut_offs_turn_a_shipped_card_and_only_for_that_laboratory(tmp_path):
    """The example of the reference (P15): one laboratory has 145 and 180 ng/L."""
    (tmp_path / "site.toml").write_text("""
[[cut_offs]]
result = "b12_total"
laboratory = "Bath"
who = "Dr A. Example"
why = "its assay reads lower"
since = 2025-01-01
band = [ { is = "deficient", below = ["145 ng/L"] }, { is = "indeterminate", at_least = ["145 ng/L"], up_to = ["180 ng/L"] },
         { is = "adequate", above = ["180 ng/L"] } ]
""")
    ours = load_library(None, tmp_path / "site.toml")

    def topics(number, **more) -> list[str]:
        code = {"coding": [{"system": "http://loinc.org", "code": "2132-9"}]}
        quantity = {"value": Decimal(number), "unit": "ng/L", "code": "ng/L"}
        told = judged(ours, visit(1, code=code, valueQuantity=quantity, **more), Settings(), Clock(TODAY, UTC))
        return [card["source"]["topic"]["code"] for card in told.cards]

    bath = {"performer": [{"display": "Bath"}]}
    numbers = ("144.9", "145", "180", "180.1")
    low, between, none = ["b12-deficiency"], ["b12-indeterminate"], []
    assert [topics(n, **bath) for n in numbers] == [low, between, between, none]
    assert [topics(n) for n in numbers] == [low, low, between, between]
    assert ours.changes[0].since == date(2025, 1, 1)


def test_the_example_of_the_docs_is_accepted_and_changes_what_it_says(tmp_path):
    text = (Path(__file__).parent.parent / "docs" / "site-file.md").read_text(encoding="utf-8")
    (tmp_path / "site.toml").write_text(text.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    ours = load_library(None, tmp_path / "site.toml")
    assert [change.name for change in ours.changes] == ["b12_total", "severe_anaemia"]
    told = {c.topic: page(c, ours).partition("## When it fires")[0] for c in ours.cards}
    both = [[f"**{name}**" in told[topic] for topic in ("b12-deficiency", "b12-retest-old-low")] for name in ("b12_total", "severe_anaemia")]
    assert both == [[True, True], [True, False]]
    assert "**severe_anaemia**" in told["potassium-monitoring"]
    assert "What this site has otherwise" not in told["drug-induced-lupus"]
    assert "below 7.5 g/dL" in ours.notions["severe_anaemia"].question.words()
