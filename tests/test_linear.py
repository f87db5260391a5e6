"""The work of a call grows as its size does, whatever its shape: each shape is doubled twice, and its work counted."""

import pytest

from tests.linear.calls import answer, body
from tests.linear.counting import counted, exponent, work
from tests.linear.shapes import shapes

SIZES = (60, 120, 240)
MOST = 1.25  # of n log n a little more than 1; of n squared, beside a share that is linear, at least 1.4
SHAPES = shapes()
# One of each kind that once was not linear, and those that many requests have; the rest belongs to the long tests.
SOON = {
    "Patients",
    "Observations",
    "draft MedicationRequests",
    "draft orders of folic_acid",
    "MedicationRequests that point to one Medication with long code.coding",
    "one Encounter with many things inside it and as many of reasonReference",
    "one Procedure with many things inside it and as many of usedReference",
    "nothing but lupus (Condition) and vitamin_b12 (MedicationAdministration)",
    "nothing but b12_total (Observation) and vitamin_b12 (MedicationAdministration)",
}


def grows(name: str) -> float:
    """With which power of the size the work for a shape grows, in the worst of the hooks."""

    def of(hook):
        sent = [counted(body(hook, *SHAPES[name](size))) for size in SIZES]
        answer(sent[0])  # what is made once is made
        return exponent(SIZES, [work(lambda one=one: answer(one)) for one in sent])

    return max(of("patient-view"), of("order-select"))


@pytest.mark.parametrize("name", sorted(SOON))
def test_work_grows_as_the_size(name):
    assert grows(name) < MOST


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(SHAPES.keys() - SOON))
def test_work_grows_as_the_size_in_every_shape(name):
    assert grows(name) < MOST


def test_work_that_grows_squared_would_be_seen():
    """The count sees what C code does: `in` over a list of what came."""

    def squared(size):
        things = counted([{"number": number} for number in range(size)])
        others = counted([{"number": -number - 1} for number in range(size)])
        return lambda: [thing for thing in things if thing in others]

    assert exponent(SIZES, [work(squared(size)) for size in SIZES]) > 1.9
