"""Amounts: allow-listed units, exact factors, comparators as intervals."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdshooks.terms.units import Amount, NotUnderstood, Unit, UnitTable, number_of

TABLE = UnitTable(
    {"ng/L": Unit("mass", Decimal(1)), "pg/mL": Unit("mass", Decimal(1)), "ug/L": Unit("mass", Decimal(1000)),
     "pmol/L": Unit("molar", Decimal(1)), "10*9/L": Unit("count", Decimal(1))}
)  # fmt: skip
UCUM = "http://unitsofmeasure.org"
NUMBERS = st.decimals(0, 10000, places=3)


def says(quantity) -> str:
    amount = TABLE.amount(quantity)
    assert isinstance(amount, NotUnderstood)
    return amount.says


@pytest.mark.parametrize("unit", ["ng/L", "NG/L", " ng / l ", "PG/ML", "pg/ml"])
def test_spelling_is_compared_without_regard_to_case_and_blanks(unit):
    assert TABLE.amount({"value": 5, "unit": unit}) == Amount(Decimal(5), "mass")


@pytest.mark.parametrize("unit", ["µg/L", "μg/L", "ug/L", "UG/L"])
def test_both_micro_signs_are_u(unit):
    assert TABLE.amount({"value": Decimal("0.17"), "unit": unit}) == Amount(Decimal("170.00"), "mass")


@pytest.mark.parametrize("unit", ["mg/L", "", None, "ng", 5, [], "x" * 100])
def test_a_unit_that_is_not_in_the_list_is_not_understood(unit):
    assert "unit" in says({"value": 150, "unit": unit})


def test_a_ucum_code_that_is_not_in_the_list_is_not_helped_by_the_unit_beside_it():
    assert "'mg/L'" in says({"value": 150, "unit": "ng/L", "system": UCUM, "code": "mg/L"})


def test_another_code_that_is_not_in_the_list_lets_the_unit_speak():
    assert TABLE.amount({"value": 150, "unit": "ng/L", "system": "urn:local", "code": "NGL"}).kind == "mass"


def test_a_unit_and_a_code_that_differ_contradict_each_other():
    assert "contradicts" in says({"value": 150, "unit": "pmol/L", "code": "ng/L"})


def test_human_words_beside_an_understood_code_do_no_harm():
    assert TABLE.amount({"value": 150, "unit": "nanogram per litre", "system": UCUM, "code": "ng/L"}).kind == "mass"


@pytest.mark.parametrize(
    "value", [None, "150", True, -1, float("nan"), float("inf"), [], {}, Decimal("1E+999999"), 10**400, Decimal("-0.1")]
)
def test_what_is_no_number_that_can_be_meant_is_none(value):
    assert number_of(value) is None


@pytest.mark.parametrize("comparator", ["ad", "~", "", 5])
def test_a_comparator_that_is_not_known_is_not_understood(comparator):
    assert "comparator" in says({"value": 5, "unit": "ng/L", "comparator": comparator})


@pytest.mark.parametrize("quantity", [None, 5, "5 ng/L", [], ["5"]])
def test_what_is_no_quantity_is_not_understood(quantity):
    assert says(quantity)


@given(NUMBERS, NUMBERS, st.booleans(), st.booleans())
def test_a_plain_number_lies_on_one_side_of_every_limit(number, limit, below, including):
    expected = (number < limit if below else number > limit) or (including and number == limit)
    assert Amount(number, "mass").against(limit, below, including) is expected


@given(NUMBERS, NUMBERS, st.sampled_from(["<", "<=", ">", ">="]), st.booleans(), st.booleans(), st.data())
def test_a_comparator_says_yes_or_no_only_when_every_possible_value_does(
    number, limit, comparator, below, including, data
):
    """Compared with sampled values that the comparator allows."""
    answer = Amount(number, "mass", comparator).against(limit, below, including)
    around = [number, limit, limit + Decimal("0.001"), max(Decimal(0), limit - Decimal("0.001")), data.draw(NUMBERS)]
    around += [number + Decimal("0.0005"), max(Decimal(0), number - Decimal("0.0005"))]
    allowed = {
        "<": lambda v: v < number,
        "<=": lambda v: v <= number,
        ">": lambda v: v > number,
        ">=": lambda v: v >= number,
    }
    for value in filter(allowed[comparator], around):
        truth = Amount(value, "mass").against(limit, below, including)
        assert answer is None or answer is truth


@given(NUMBERS)
def test_powers_of_ten_are_exact(number):
    assert TABLE.amount({"value": number, "unit": "ug/L"}).number == number * 1000


def test_binary_floats_are_read_as_they_are_written():
    assert TABLE.amount({"value": 0.17, "unit": "ug/L"}).number == 170
