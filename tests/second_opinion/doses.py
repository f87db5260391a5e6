"""What an order says about route and dose: readings M9 and M11."""

from fractions import Fraction

from . import codes
from .raw import codings, many, nothing, number, part, strings, text
from .results import spelled, unit_of

PERIODS_OF_BOUNDS = {"d": 1, "wk": 7, "mo": 30, "a": 365}

# --- route ------------------------------------------------------------------------------------------------------------


def routes(rows, drug, entries):
    """Reading M11: every route of an order; an entry that says none has that of the product's form. Empty: unknown."""
    forms = {row[3] for row in rows if row[0] == drug and row[3]}
    said = [route_of_entry(entry) for entry in entries]
    found = {one for one in said if one}
    return found or forms


def route_of_entry(entry):
    concept = part(entry, "route")
    for pair in codings(concept):
        if pair in codes.ROUTE_CODES:
            return codes.ROUTE_CODES[pair]
    words = [text(concept, "text")] + [text(coding, "display") for coding in many(concept, "coding")]
    for word in words:
        for answer, known in codes.ROUTE_WORDS.items():
            if word.strip().lower() in known:
                return answer
    return None


def is_intravenous(entry):
    concept = part(entry, "route")
    if any(pair in codes.ROUTE_CODES for pair in codings(concept)):
        return any(pair in codes.INTRAVENOUS_CODES for pair in codings(concept))
    words = [text(concept, "text")] + [text(coding, "display") for coding in many(concept, "coding")]
    return any(word.strip().lower() in codes.INTRAVENOUS_WORDS for word in words)


# --- dose (reading M9); Fraction, because a seventh of a milligram has no exact decimal ------------------------------
# What is there and cannot be read makes the whole dose not computable: to read around it would be to guess.


def daily_mg(rows, drug, entries):
    """Milligrams a day of one order, or None when it cannot be computed."""
    groups = {}
    for entry in entries:
        amount, times = amount_mg(rows, drug, entry), times_a_day(entry)
        if amount is None or times is None:
            return None
        sequence = str(number(entry.get("sequence")))
        groups[sequence] = groups.get(sequence, 0) + amount * times
    return max(groups.values(), default=None)


def amount_mg(rows, drug, entry):
    """The highest of the doses that one entry names, or None when one of them cannot be read."""
    amounts = [quantity_mg(rows, drug, quantity) for quantity in doses(entry)]
    return None if None in amounts else max(amounts, default=None)


def doses(entry):
    """The quantities that one entry names; of a range the high end (an empty one when there is none)."""
    found = []
    for dose in many(entry, "doseAndRate"):
        if not nothing(dose.get("doseQuantity")):
            found.append(part(dose, "doseQuantity"))
        elif not nothing(dose.get("doseRange")):
            found.append(part(part(dose, "doseRange"), "high"))
    return found


def quantity_mg(rows, drug, quantity):
    value, unit = number(quantity.get("value")), dose_unit(quantity)
    if value is None or value < 0 or unit is None:
        return None
    of, factor = unit
    if of == "mg":
        combined = any((row[1], row[2]) in codes.COMBINATIONS for row in rows)
        mass = Fraction(value) * Fraction(factor)
        return None if combined or is_a_crumb(rows, drug, mass) else mass
    for row in rows:
        if row[0] == drug and row[5] == of:
            return Fraction(value) * Fraction(factor) * Fraction(row[4])
    return None


def is_a_crumb(rows, drug, mass):
    """Reading M2f: less than a hundredth of one tablet or vial."""
    own = next((row for row in rows if row[0] == drug), None)
    one = None if own is None else own[4] if own[5] == "piece" else codes.ONE_VIAL.get(own[2])
    return one is not None and mass * 100 < Fraction(one)


def cannot_be_read(entry):
    """Reading T09: an amount is told, and nobody can say how much it is."""
    for dose in many(entry, "doseAndRate"):
        ends = part(dose, "doseRange")
        if any(is_a_riddle(one) for one in (dose.get("doseQuantity"), ends.get("low"), ends.get("high"))):
            return True
        if ends.get("low") and not ends.get("high"):
            return True
    return False


def is_a_crowd(rows, drug, entry):
    """Reading T09: more than 10 of pieces (of drops 200) or of nothing at all, of which nobody knows how much one is."""
    for quantity in doses(entry):
        told = [one for key in ("code", "unit") if (one := spelled(text(quantity, key))) not in ("", "1")]
        pieces = all(one in codes.VESSELS or codes.DOSE_UNITS.get(one, ("",))[0] == "piece" for one in told)
        most = 200 if "drop" in told else 10
        value = number(quantity.get("value"))
        odd = malformed_text(quantity, "code") or malformed_text(quantity, "unit")
        if pieces and not odd and value is not None and value > most and quantity_mg(rows, drug, quantity) is None:
            return True
    return False


def is_a_riddle(quantity):
    if quantity is None:
        return False
    if not isinstance(quantity, dict) or malformed_text(quantity, "code") or malformed_text(quantity, "unit"):
        return True
    value = quantity.get("value")
    if value is None:
        return False
    if number(value) is None or number(value) < 0 or quantity.get("comparator"):
        return True
    told = [one for key in ("code", "unit") if (one := spelled(text(quantity, key))) not in ("", "1")]
    kinds = {codes.DOSE_UNITS[one] for one in told if one in codes.DOSE_UNITS}
    mass = any(of == "mg" for of, _ in kinds)
    strange = [one for one in told if one not in codes.DOSE_UNITS and one not in codes.BIOLOGICAL_UNITS]
    in_ucum = spelled(text(quantity, "code")) in strange and text(quantity, "system") == codes.UCUM
    if any(one not in codes.VESSELS for one in strange):
        return not kinds or in_ucum
    return mass and len(kinds) > 1


def dose_unit(quantity):
    """mg, mL or piece with its factor; no unit at all is a number of pieces."""
    if malformed_text(quantity, "code") or malformed_text(quantity, "unit"):
        return None
    if not spelled(text(quantity, "code")) and not spelled(text(quantity, "unit")):
        return "piece", "1"
    return unit_of(quantity, codes.DOSE_UNITS)


def malformed_text(thing, key):
    return thing.get(key) is not None and not isinstance(thing[key], str)


def malformed_number(thing, key):
    return thing.get(key) is not None and (number(thing[key]) is None or number(thing[key]) <= 0)


def malformed_list(thing, key):
    value = thing.get(key)
    return value is not None and not (isinstance(value, list) and strings(thing, key) == value)


def times_a_day(entry):
    """How often one entry is to be taken, or None when it is not said or cannot be read."""
    timing = part(entry, "timing")
    repeat = part(timing, "repeat")
    if unreadable(timing, repeat):
        return None
    week = strings(repeat, "dayOfWeek")
    share = Fraction(len(week), 7) if week else Fraction(1)
    by_period = times_by_period(repeat)
    if by_period is not None:
        # "once a week, on Monday" is once a week: days of the week only thin out what happens every day.
        return by_period if text(repeat, "periodUnit") in ("wk", "mo", "a") else by_period * share
    moments = strings(repeat, "timeOfDay") or strings(repeat, "when")
    if moments or week:
        return max(len(moments), 1) * share
    for _, code in codings(part(timing, "code")):
        if code in codes.TIMING_CODES:
            return Fraction(*codes.TIMING_CODES[code])
    return None


def unreadable(timing, repeat):
    """Is something there that says how often, but cannot be read?"""
    return (
        (timing.get("repeat") is not None and not isinstance(timing["repeat"], dict))
        or any(malformed_number(repeat, key) for key in ("frequency", "frequencyMax", "period"))
        or any(malformed_list(repeat, key) for key in ("dayOfWeek", "timeOfDay", "when"))
        or malformed_text(repeat, "periodUnit")
        or (repeat.get("period") is None) != (repeat.get("periodUnit") is None)
        or (text(repeat, "periodUnit") != "" and text(repeat, "periodUnit") not in codes.PERIOD_DAYS)
    )


def times_by_period(repeat):
    """By frequency and period; the frequency is 1 when only a period is given."""
    period, days = number(repeat.get("period")), codes.PERIOD_DAYS.get(text(repeat, "periodUnit"))
    times = number(repeat.get("frequencyMax"))
    if times is None:
        times = number(repeat.get("frequency"))
    if times is None:
        times = 1
    if period is None or days is None:
        return None
    return Fraction(times) / (Fraction(period) * Fraction(*days))


def days_between(entry):
    """Days from one dose to the next, or None."""
    times = times_a_day(entry)
    return None if times is None else 1 / times
