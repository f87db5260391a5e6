"""How much a dosage entry means: several statements of one dose are one dose."""

from decimal import Decimal

import pytest

from cdshooks.chart.dosing import dose_of
from tests.shipped import LIBRARY

UNITS = LIBRARY.concepts.doses


def rate(value, unit, kind=None):
    told = {"doseQuantity": {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}}
    return told | ({"type": {"coding": [{"code": kind}]}} if kind else {})


def single(*rates):
    return dose_of([{"doseAndRate": list(rates)}], None, UNITS).single


@pytest.mark.parametrize(("rates", "amount"), [
    ((rate(0.4, "mg", "calculated"), rate(1, "{tbl}", "admin-amount"), rate(0.4, "mg", "ordered")), Decimal("0.4")),
    ((rate(400, "ug", "calculated"), rate(0.4, "mg", "ordered")), Decimal("0.4")),
    ((rate(1, "{tbl}", "admin-amount"), rate(5, "mg", "ordered")), Decimal(5)),
    ((rate(4, "mg", "calculated"), rate(0.4, "mg", "ordered")), None),
    ((rate(1, "{tbl}", "admin-amount"), rate(2, "{tbl}", "ordered")), None),
    ((rate(1, "{tbl}"), rate(5, "mg")), None),
    ((rate(5, "mg"),), Decimal(5)),
])  # fmt: skip
def test_several_statements_of_one_dose_are_one_dose(rates, amount):
    assert single(*rates) == amount
