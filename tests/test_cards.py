"""The cards that we ship: their vignettes, codes, pages, suggestions."""

import pytest
from click.testing import CliRunner

from cdshooks.cli import main
from cdshooks.content.load import load_library
from cdshooks.content.orders import faults_of
from cdshooks.review.page import page
from cdshooks.review.vignettes import run
from tests import small_library
from tests.shipped import LIBRARY

TOLD = [(card, vignette) for card in LIBRARY.cards for vignette in card.page.vignettes]


@pytest.mark.parametrize(("card", "vignette"), TOLD, ids=[f"{card.topic}: {told['name']}" for card, told in TOLD])
def test_each_vignette_comes_out_as_told(card, vignette):
    assert run(LIBRARY, card, vignette).fault == ""


def test_each_card_says_on_its_page_what_is_signed_and_what_is_not():
    for card in LIBRARY.cards:
        told = page(card, LIBRARY)
        assert "**Not clinically signed.**" in told
        assert all(criterion.say in told for criterion in card.criteria)


def test_no_code_has_a_wrong_loinc_check_digit():
    def luhn(digits: str) -> int:
        doubled = "".join(str(int(d) * 2) if i % 2 == 0 else d for i, d in enumerate(reversed(digits)))
        return -sum(map(int, doubled)) % 10

    codes = [c.code for concept in LIBRARY.concepts.by_name.values() for c in concept.codes if "loinc" in c.system]
    assert codes
    assert [c for c in codes if luhn(c.split("-")[0]) != int(c.split("-")[1])] == []


def test_what_the_suggestions_order_is_valid_for_a_real_patient_and_day():
    templates = {(t.name, t.country): t for order in LIBRARY.orders.values() for t in order.variants}
    assert templates
    faults = {name: faults_of(template.fill("p-1", "2026-01-15")) for name, template in templates.items()}
    assert faults == {name: [] for name in templates}


def test_the_list_of_cards_says_which_nobody_has_signed(tmp_path):
    folder = small_library.write(tmp_path)
    assert "(not clinically signed)" in CliRunner().invoke(main, ["show", "--cards", str(folder)]).output
    topic = next(card.topic for card in load_library(folder).cards)
    told = CliRunner().invoke(main, ["sign", topic, "--cards", str(folder), "--as", "Dr A. Example, haematologist"])
    assert told.exit_code == 0, told.output
    assert "not clinically signed" not in CliRunner().invoke(main, ["show", "--cards", str(folder)]).output
