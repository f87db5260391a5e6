"""How much of a drug an order means, per day and per administration, in mg; None where it cannot be computed."""

import re
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal

from cdshooks.chart.concepts import Code, DoseUnits
from cdshooks.chart.facts import Dose
from cdshooks.chart.units import NotUnderstood, number_of

# Periods per day as (numerator, denominator), so that 7 mg a week is exactly 1 mg a day. A month is 30 days here.
_PER_DAY = {"s": (86400, 1), "min": (1440, 1), "h": (24, 1), "d": (1, 1), "wk": (1, 7), "mo": (1, 30), "a": (1, 365)}
_CODES = {
    "QD": (1, 1), "BID": (2, 1), "TID": (3, 1), "QID": (4, 1), "QOD": (1, 2), "AM": (1, 1), "PM": (1, 1), "BED": (1, 1),
    "Q4H": (6, 1), "Q6H": (4, 1), "Q8H": (3, 1), "WK": (1, 7), "MO": (1, 30),
}  # fmt: skip
_COUNTLESS = (None, "", "1")
LISTS = ("dayOfWeek", "timeOfDay", "when")
PER = {"count": "unit", "volume": "mL"}


def dose_of(dosage: Iterable[Mapping], code: Code | None, units: DoseUnits) -> Dose:
    """The dose of an order's dosage entries; entries with different `sequence` follow each other, others add up."""
    dosage = tuple(dosage)
    daily: dict[object, Decimal | None] = {}
    singles, intervals = [], []
    for entry in dosage:
        amount, often = _amount(entry, code, units), _often(entry.get("timing"))
        if _is_contradicted(entry, amount, often, units):
            amount = None
        singles.append(amount)
        intervals.append(often[1] / often[0] if often and often[0] else None)  # days from one dose to the next
        step = entry.get("sequence") if isinstance(entry.get("sequence"), int) else None
        daily[step] = _add(daily.get(step, Decimal(0)), _per_day(amount, often))
    # Of single doses one that is known is enough to be judged; a sum per day must know all of its parts.
    single = max((amount for amount in singles if amount is not None), default=None)
    return Dose(_highest(daily.values()), single, _highest(intervals), _kinds(dosage, units), _lowest(intervals))


def written_after(
    names: Iterable[str], texts: Iterable[str], units: DoseUnits, joining: frozenset[str]
) -> Decimal | None:
    """The largest mass in mg that a text gives behind one of these names: "NAME 1000 mg".

    A concentration is none, nor one of several masses in a row, nor that of a name which a word of `joining` ("with"),
    or a sign, joins to another one.
    """
    plain = " | ".join(texts)[:_LONGEST_TEXT].casefold()
    found = []
    # Of a drug's names, some hundred, one or two stand in a text: for the others no pattern is made.
    known = {folded for folded in map(str.casefold, names) if folded in plain}
    for name in known:
        for match in re.finditer(re.escape(name) + _AMOUNT_BEHIND, plain):
            unit = units.table.find(match["unit"])
            if unit and unit.kind == "mass" and not _is_shared(match, plain, name, known, units, joining):
                found.append(Decimal(match["number"].replace(",", ".")) * unit.factor)
    return max(found, default=None)


def _is_shared(
    match: re.Match, plain: str, name: str, known: Collection[str], units: DoseUnits, joining: frozenset[str]
) -> bool:
    """Is something else named before it or between, so that the mass may be that of the other; or is it of a volume?"""
    end = match.start() + len(name)
    if any(len(other) > len(name) and plain.endswith(other, 0, end) for other in known):
        return True  # the end of a longer name, for which the same is asked
    before = re.split(r"[|;\n]", plain[: match.start()])[-1]
    last = (before.split() or [""])[-1]
    if last in joining or not joining.isdisjoint(match["between"].split()) or before.count(",") > 1:
        return True
    if before.rstrip().endswith(("/", "+", "&")) or (before.endswith("-") and f"{last[:-1]} {name}" not in known):
        return True
    volume = units.table.find(match["volume"]) if match["volume"] else None
    return volume is not None and volume.kind == "volume"


def _is_contradicted(entry: Mapping, amount: Decimal | None, often: tuple | None, units: DoseUnits) -> bool:
    """Is the amount nothing, turned by what is not understood, or smaller than a mass that the entry's words tell?"""
    if amount is None or amount == 0 or entry.get("modifierExtension"):
        return True
    told = max(_masses(entry, units), default=None)
    return told is not None and told > max(amount, _per_day(amount, often) or amount)


def written_first(dosage: Iterable[Mapping], units: DoseUnits) -> Iterable[Decimal]:
    """Of each entry the mass in mg with which its text begins: "1000 mg IM", "inject 1 mg"; a concentration is none."""
    for text in (text for entry in dosage if isinstance(text := entry.get("text"), str)):
        match = re.match(r"[^\d,;+&|/]{0,20}?" + _AMOUNT, text[:_LONGEST_TEXT].casefold())
        unit = units.table.find(match[2]) if match else None
        if unit and unit.kind == "mass":
            yield Decimal(match[1].replace(",", ".")) * unit.factor


def _masses(entry: Mapping, units: DoseUnits) -> Iterable[Decimal]:
    """The masses in mg that stand in the words of an entry."""
    told = " | ".join(text for name in TOLD_IN_WORDS if isinstance(text := entry.get(name), str))
    for match in re.finditer(_AMOUNT, told[:_LONGEST_TEXT].casefold()):
        unit = units.table.find(match[2])
        if unit and unit.kind == "mass":
            yield Decimal(match[1].replace(",", ".")) * unit.factor


TOLD_IN_WORDS = ("text", "patientInstruction")
_LONGEST_TEXT = 2000
_AMOUNT = r"(?<![\d.,])(\d{1,7}(?:[.,]\d{1,3})?) ?([a-zµμ]+)\b(?! ?/)"
_AMOUNT_BEHIND = (
    r"(?P<between>[^\d,;+&|/]{0,30}?)(?P<number>\d{1,7}(?:[.,]\d{1,3})?) ?(?P<unit>[a-zµμ]+)\b(?! ?[/+]|-\d)"
    r"(?: (?:in|per) (?:[\d.,]{1,9} ?)?(?P<volume>[a-zµμ]+))?"
)


def _kinds(dosage: Iterable[Mapping], units: DoseUnits) -> frozenset[str]:
    """The kinds of unit in which amounts are written, both ends of a range included."""
    quantities = [q for entry in dosage for q in (*_quantities(entry), *_quantities(entry, "low"))]
    written = (q.get(key) for q in quantities if isinstance(q, dict) for key in ("code", "unit"))
    return frozenset(unit.kind for unit in map(units.table.find, written) if unit)


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
    amounts = [_quantity(quantity, code, units) for quantity in _quantities(entry)]
    if not _is_stated_by_type(entry):
        return _highest(amounts)
    told = {amount for amount in amounts if amount is not None}
    return told.pop() if len(told) == 1 else None


def _is_stated_by_type(entry: Mapping) -> bool:
    rows = entry.get("doseAndRate")
    return isinstance(rows, list) and len(rows) > 1 and any(isinstance(row, dict) and row.get("type") for row in rows)


def _quantities(entry: Mapping, end: str = "high") -> list[object]:
    """The dose quantities of an entry, of a range one end; R4 has them in doseAndRate, STU3 beside the text."""
    rows = entry.get("doseAndRate")
    rows = rows if isinstance(rows, list) else [entry]
    found = []
    for row in rows:
        if isinstance(row, dict):
            bound = row["doseRange"].get(end) if isinstance(row.get("doseRange"), dict) else None
            quantity = row.get("doseQuantity") or bound
            if quantity is not None:
                found.append(quantity)
    return found


def _quantity(quantity: object, code: Code | None, units: DoseUnits) -> Decimal | None:
    if not isinstance(quantity, dict) or quantity.get("comparator"):
        return None
    if not all(isinstance(quantity.get(key), str | None) for key in ("code", "unit")):
        return None
    number = number_of(quantity.get("value"))
    if number is None:
        return None
    if quantity.get("code") in _COUNTLESS and quantity.get("unit") in _COUNTLESS:
        return _times_strength(number, "unit", code)
    unit = units.table.unit_of(quantity)
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
