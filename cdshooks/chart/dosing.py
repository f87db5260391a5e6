"""How much of a drug an order means, per day and per administration, in mg; None where it cannot be computed."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal

from cdshooks.reading.dose_words import amounts_in, texts_of
from cdshooks.reading.facts import Dose
from cdshooks.terms.concepts import Code
from cdshooks.terms.doses import COUNTLESS, UNCLEAR, DoseUnits
from cdshooks.terms.units import NotUnderstood, Unit, number_of

# Periods per day as (numerator, denominator), so that 7 mg a week is exactly 1 mg a day. A month is 30 days here.
_PER_DAY = {"s": (86400, 1), "min": (1440, 1), "h": (24, 1), "d": (1, 1), "wk": (1, 7), "mo": (1, 30), "a": (1, 365)}
_CODES = {
    "QD": (1, 1), "BID": (2, 1), "TID": (3, 1), "QID": (4, 1), "QOD": (1, 2), "AM": (1, 1), "PM": (1, 1), "BED": (1, 1),
    "Q4H": (6, 1), "Q6H": (4, 1), "Q8H": (3, 1), "WK": (1, 7), "MO": (1, 30),
}  # fmt: skip
LISTS = ("dayOfWeek", "timeOfDay", "when")
PER = {"count": "unit", "volume": "mL"}
SMALLEST_PART = 100  # of a tablet: a dose that is less is micrograms for milligrams, or of another product
MOST_PIECES = 10  # tablets or vials at once: a larger number is a mass without its unit, or a slip


def dose_of(
    dosage: Iterable[Mapping],
    code: Code | None,
    units: DoseUnits,
    named: Decimal | None = None,
    shown: str = "",
) -> Dose:
    """The dose of an order's dosage entries; entries with different `sequence` follow each other, others add up.

    `named` is the mass (mg) that stands behind the name of its drug: the strength of a product, or a dose; `shown` is
    how the drug is written.
    """
    dosage = tuple(dosage)
    daily: dict[object, Decimal | None] = {}
    singles, intervals, kinds = [], [], set()
    for entry in dosage:
        amount, often = _amount(entry, code, units), _often(entry.get("timing"))
        told = [*amounts_in(entry, units)]  # once: to look through the words is half of all this
        own = _kinds(entry, told, units)
        if _is_contradicted(entry, amount, often, told) or _is_of_another_product(amount, code, named, own):
            amount = None
        kinds |= own
        singles.append(amount)
        intervals.append(often[1] / often[0] if often and often[0] else None)  # days from one dose to the next
        step = entry.get("sequence") if isinstance(entry.get("sequence"), int) else None
        daily[step] = _add(daily.get(step, Decimal(0)), _per_day(amount, often))
    # Of single doses one that is known is enough to be judged; a sum per day must know all of its parts.
    single = max((amount for amount in singles if amount is not None), default=None)
    vague = any(_disagree(entry, code, units) or _is_too_many(entry, code, units) for entry in dosage)
    kinds |= {UNCLEAR} if vague or _is_vague(dosage, shown, units) else set()
    return Dose(_highest(daily.values()), single, _highest(intervals), frozenset(kinds), _lowest(intervals))


def _is_contradicted(
    entry: Mapping, amount: Decimal | None, often: tuple | None, told: Iterable[tuple[Decimal, Unit]]
) -> bool:
    """Is the amount nothing, turned by what is not understood, or smaller than a mass that the entry's words tell?"""
    if amount is None or amount == 0 or entry.get("modifierExtension"):
        return True
    most = max((number * unit.factor for number, unit in told if unit.kind == "mass"), default=None)
    return most is not None and most > max(amount, _per_day(amount, often) or amount)


def _is_of_another_product(amount: Decimal, code: Code | None, named: Decimal | None, kinds: Collection[str]) -> bool:
    """Is a mass far less than one unit of the product has, or does its name tell a larger unit than its code?"""
    if code and (code.combined or (code.strength and code.strength_per != "unit")):
        return False
    strengths = [strength for strength in (named, code.strength if code else None) if strength]
    if "mass" in kinds:
        return bool(strengths) and amount * SMALLEST_PART < max(strengths)
    return len(strengths) > 1 and named > code.strength


def _is_too_many(entry: Mapping, code: Code | None, units: DoseUnits) -> bool:
    """Is a number told that no dose has, of pieces or of nothing, and nobody knows how much one of them is?"""
    unknown = (told for told in _quantities(entry) if _quantity(told, code, units) is None)
    return any((units.pieces(told) or 0) > MOST_PIECES for told in unknown)


def _is_vague(dosage: tuple[Mapping, ...], shown: str, units: DoseUnits) -> bool:
    """Do only words tell how much, and can their number be read in two ways?"""
    if any(_quantities(entry) for entry in dosage):
        return False
    return units.leaves_open(" | ".join([shown, *(text for entry in dosage for text in texts_of(entry))]))


def _kinds(entry: Mapping, told: Iterable[tuple[Decimal, Unit]], units: DoseUnits) -> set[str]:
    """The kinds of unit in which an entry's amounts are written, both ends of a range and those `told` by its words
    included; UNCLEAR where one cannot be read.
    """
    quantities = [*_quantities(entry), *_quantities(entry, "low")]
    written = (q.get(key) for q in quantities if isinstance(q, dict) for key in ("code", "unit"))
    found = {unit.kind for _, unit in told} | {unit.kind for unit in map(units.find, written) if unit}
    if any(map(units.is_unclear, quantities)) or _is_open_above(entry):
        found.add(UNCLEAR)
    return found


def _is_open_above(entry: Mapping) -> bool:
    """Does one of its ranges have a low end alone?"""
    ranges = [told for row in _rows(entry) if isinstance(told := row.get("doseRange"), dict)]
    return any(told.get("low") and not told.get("high") for told in ranges)


def _add(left: Decimal | None, right: Decimal | None) -> Decimal | None:
    return None if left is None or right is None else left + right


def _lowest(values: Iterable[Decimal | None]) -> Decimal | None:
    return min((value for value in values if value is not None), default=None)


def _highest(values: Iterable[Decimal | None]) -> Decimal | None:
    values = list(values)
    return None if not values or None in values else max(values)


def _amount(entry: Mapping, code: Code | None, units: DoseUnits) -> Decimal | None:
    """One administration in mg.

    Several statements of it, each with its type (ordered, calculated, as it is handed out), are one dose: what cannot
    be read is passed over, and statements that contradict each other say nothing.
    """
    if not _is_stated_by_type(entry):
        return _highest(_quantity(quantity, code, units) for quantity in _quantities(entry))
    told = _statements(entry, code, units)
    return told.pop() if len(told) == 1 else None


def _disagree(entry: Mapping, code: Code | None, units: DoseUnits) -> bool:
    return _is_stated_by_type(entry) and len(_statements(entry, code, units)) > 1


def _statements(entry: Mapping, code: Code | None, units: DoseUnits) -> set[Decimal]:
    """What the statements of one dose say, as far as they can be read."""
    told = (_quantity(quantity, code, units) for quantity in _quantities(entry))
    return {amount for amount in told if amount is not None}


def _is_stated_by_type(entry: Mapping) -> bool:
    rows = entry.get("doseAndRate")
    return isinstance(rows, list) and len(rows) > 1 and any(isinstance(row, dict) and row.get("type") for row in rows)


def _quantities(entry: Mapping, end: str = "high") -> list[object]:
    """The dose quantities of an entry, of a range one end; R4 has them in doseAndRate, STU3 beside the text."""
    found = []
    for row in _rows(entry):
        bound = row["doseRange"].get(end) if isinstance(row.get("doseRange"), dict) else None
        quantity = row.get("doseQuantity") or bound
        if quantity is not None:
            found.append(quantity)
    return found


def _rows(entry: Mapping) -> Iterator[Mapping]:
    """What tells doses and rates; one that stands where a list belongs is one."""
    rows = entry.get("doseAndRate")
    rows = [rows] if isinstance(rows, dict) else rows if isinstance(rows, list) else [entry]
    return (row for row in rows if isinstance(row, dict))


def _quantity(quantity: object, code: Code | None, units: DoseUnits) -> Decimal | None:
    if not isinstance(quantity, dict) or quantity.get("comparator"):
        return None
    if not all(isinstance(quantity.get(key), str | None) for key in ("code", "unit")):
        return None
    number = number_of(quantity.get("value"))
    if number is None:
        return None
    if quantity.get("code") in COUNTLESS and quantity.get("unit") in COUNTLESS:
        return _times_strength(number, "unit", code)
    unit = units.unit_of(quantity)
    if isinstance(unit, NotUnderstood):
        return None
    number *= unit.factor
    if unit.kind == "mass":
        # Of which of its drugs a combination has that mass, nobody says.
        return None if code and code.combined else number
    return _times_strength(number, PER.get(unit.kind), code)


def _times_strength(number: Decimal, per: str | None, code: Code | None) -> Decimal | None:
    if code is None or code.strength is None or code.strength_per != per:
        return None
    return number * code.strength


def _per_day(amount: Decimal | None, often: tuple[Decimal, Decimal] | None) -> Decimal | None:
    if amount is None or often is None:
        return None
    times, days = often
    return amount * times / days


def _often(timing: object) -> tuple[Decimal, Decimal] | None:
    """How often, as (times, days)."""
    if not isinstance(timing, dict):
        return None
    repeat = timing.get("repeat")
    if repeat is not None and not isinstance(repeat, dict):
        return None
    if repeat:
        if any(repeat.get(key) is not None and not isinstance(repeat[key], list) for key in LISTS):
            return None
        if repeat.get("period") is not None or repeat.get("periodUnit") is not None:
            return _by_period(repeat)  # what stands here and cannot be read is not made up for by anything else
        by_hours = _by_hours(repeat)
        if by_hours:
            return by_hours
    return _by_code(timing.get("code"))


def _by_period(repeat: Mapping) -> tuple[Decimal, Decimal] | None:
    period, unit = number_of(repeat.get("period")), repeat.get("periodUnit")
    if not period or not isinstance(unit, str) or unit not in _PER_DAY:
        return None
    asked = next((n for n in (repeat.get("frequencyMax"), repeat.get("frequency")) if n is not None), 1)
    times = number_of(asked)
    if not times:
        return None
    per, days = _PER_DAY[unit]
    # "once a day, on Monday and Thursday" is twice in seven days.
    on = _days_of_week(repeat) if days == 1 else 0
    return (times * per * on, period * 7) if on else (times * per, period * days)


def _days_of_week(repeat: Mapping) -> int:
    days = repeat.get("dayOfWeek")
    return len(set(map(str, days))) if isinstance(days, list) else 0


def _by_hours(repeat: Mapping) -> tuple[Decimal, Decimal] | None:
    hours = next((len(repeat[k]) for k in ("timeOfDay", "when") if isinstance(repeat.get(k), list) and repeat[k]), 0)
    week = _days_of_week(repeat)
    if week:
        return Decimal(week * (hours or 1)), Decimal(7)
    return (Decimal(hours), Decimal(1)) if hours else None


def _by_code(code: object) -> tuple[Decimal, Decimal] | None:
    codings = code.get("coding") if isinstance(code, dict) else None
    for coding in codings if isinstance(codings, list) else ():
        known = coding.get("code") if isinstance(coding, dict) else None
        if isinstance(known, str) and known in _CODES:
            times, days = _CODES[known]
            return Decimal(times), Decimal(days)
    return None
