"""One amount has one class, in whatever accepted unit it was written: on both sides of every number of the cards."""

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdshooks.content.load import load_library
from cdshooks.reading.results import read_result
from cdshooks.rules.logic import leaves
from cdshooks.terms.codes import Match
from cdshooks.terms.concepts import Concept

UTC = ZoneInfo("UTC")
SIDES = {
    "below": lambda n, limit: n < limit,
    "up_to": lambda n, limit: n <= limit,
    "above": lambda n, limit: n > limit,
    "at_least": lambda n, limit: n >= limit,
}
STEPS = st.sampled_from([Decimal(step) for step in ("0", "0.000001", "0.001", "0.1", "1", "7.25")])
library = cache(load_library)


def own_kind(concept: Concept, unit: str) -> tuple[str, Decimal]:
    found = concept.units.find(unit)
    return found.kind, found.factor


def spellings(name: str, kind: str) -> list[tuple[str, Decimal]]:
    """Every accepted spelling of a kind with its factor, as the content file has them."""
    table = library().tables.by_kind["result"][name][0]
    return [(t, Decimal(f)) for row in table["unit"] if row["kind"] == kind for t, f in row["accept"].items()]


def borders() -> list[tuple[str, str, Decimal]]:
    """(result, kind, number in the kind's own unit) of every number that divides results: cut-offs and comparisons."""
    found = set()
    for name, table, _ in library().tables.of("result"):
        concept = library().concepts.by_name[name]
        for text in (t for band in table.get("band", ()) for side in SIDES for t in band.get(side, ())):
            number, _, unit = text.partition(" ")
            kind, factor = own_kind(concept, unit)
            found.add((name, kind, Decimal(number) * factor))
    found |= {(name, asked.kind, asked.limit) for name, asked in comparisons()}
    return sorted(found)


def comparisons() -> Iterator[tuple]:
    """(result, comparison) of every "below 8.0 g/dL" in a question."""
    questions = [q for card in library().cards for q in card.questions]
    questions += [q for notion in library().notions.values() for q in notion.questions]
    for leaf in (leaf for question in questions if question for leaf in leaves(question)):
        asked, concept = getattr(leaf, "comparison", None), getattr(leaf, "concept", None)
        if asked and concept and concept.kind in ("result", "results"):
            yield from ((member, asked) for member in concept.members or (concept.name,))


def expected(name: str, kind: str, number: Decimal) -> str | None:
    """The class by the content file alone: the one band whose every limit holds."""
    table, concept = library().tables.by_kind["result"][name][0], library().concepts.by_name[name]
    fit = [
        band["is"] for band in table.get("band", ()) if all(_holds(band, side, kind, number, concept) for side in SIDES)
    ]
    assert len(fit) <= 1
    return fit[0] if fit else None


def _holds(band: dict, side: str, kind: str, number: Decimal, concept: Concept) -> bool:
    limits = dict(_limit(text, concept) for text in band.get(side, ()))
    return kind not in limits or SIDES[side](number, limits[kind])


def _limit(text: str, concept: Concept) -> tuple[str, Decimal]:
    number, _, unit = text.partition(" ")
    kind, factor = own_kind(concept, unit)
    return kind, Decimal(number) * factor


def read(name: str, number, unit: str):
    """The result as it is read from FHIR."""
    concept = library().concepts.by_name[name]
    quantity = {"value": number, "unit": unit, "code": unit}
    row = {
        "resourceType": "Observation",
        "status": "final",
        "effectiveDateTime": "2026-01-10",
        "valueQuantity": quantity,
    }
    return read_result(row, Match(name, concept.codes[0]), concept, UTC, library().concepts.systems)


@pytest.mark.parametrize(("name", "kind", "limit"), borders(), ids=lambda part: str(part))
@given(step=STEPS, up=st.booleans(), as_float=st.booleans(), data=st.data())
def test_one_amount_has_one_class_and_lies_on_one_side_in_every_unit(name, kind, limit, step, up, as_float, data):
    spelled, factor = data.draw(st.sampled_from(spellings(name, kind)))
    written = (limit + (step if up else -step)) / factor
    if as_float:
        written = float(written)
    if written < 0:
        return
    # What was written may be rounded (a factor such as 0.25577 divides nothing): what it means is told by it alone.
    number = Decimal(repr(written)) if as_float else written
    result = read(name, written, spelled)
    concept = library().concepts.by_name[name]
    low, high = concept.plausible_from.get(kind, 0), concept.plausible_to.get(kind, number * factor)
    assert (result.fault is None) == (low <= number * factor <= high)
    if result.fault:
        return
    assert result.amount.number == number * factor
    assert result.klass == expected(name, kind, number * factor)
    own = next(text for text, f in spellings(name, kind) if f == 1)
    assert read(name, number * factor, own).klass == result.klass
    for member, asked in comparisons():
        if (member, asked.kind) == (name, kind):
            side = {"at most": "up_to", "at least": "at_least"}.get(asked.word, asked.word)
            assert result.amount.against(asked.limit, *asked.sides) is SIDES[side](number * factor, asked.limit)


@pytest.mark.parametrize(("name", "kind", "limit"), borders(), ids=lambda part: str(part))
def test_a_power_of_ten_moves_no_border(name, kind, limit):
    """The border itself and the numbers beside it, written in each unit whose factor is exact."""
    for spelled, factor in spellings(name, kind):
        if factor.normalize().as_tuple().digits != (1,):
            continue
        for step in (Decimal("-0.001"), Decimal(0), Decimal("0.001")):
            result = read(name, (limit + step) / factor, spelled)
            assert result.amount.number == limit + step
            assert result.klass == expected(name, kind, limit + step), (spelled, step)


def test_there_are_borders_to_be_tested():
    names = {name for name, _, _ in borders()}
    assert {"b12_total", "b12_active", "mma", "potassium", "haemoglobin", "mcv", "egfr"} <= names


def test_bands_leave_no_gap_and_do_not_overlap():
    for name, kind, limit in borders():
        if library().concepts.by_name[name].bands:
            for step in (Decimal("-0.0001"), Decimal(0), Decimal("0.0001")):
                assert expected(name, kind, limit + step), (name, kind, limit + step)
