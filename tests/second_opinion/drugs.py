"""What orders, statements and administrations say: which drug, since when, by which route, how much a day."""

from fractions import Fraction

from . import codes
from .raw import (
    belongs_to,
    codings,
    day,
    many,
    months_later,
    names,
    nothing,
    number,
    of_type,
    part,
    strings,
    text,
)
from .results import spelled, unit_of, within

ZERO_WIDTH = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))


# --- which drug -------------------------------------------------------------------------------------------------------


def concepts(resource, medications):
    """Every CodeableConcept that says what this order is: its own and that of the Medication it refers to."""
    found = [part(resource, "medicationCodeableConcept")]
    reference = text(part(resource, "medicationReference"), "reference")
    for medication in many(resource, "contained"):
        if reference == "#" + text(medication, "id") and medication.get("resourceType") in (None, "Medication"):
            found.append(part(medication, "code"))
    for full_url, medication in medications:
        if reference and (reference == full_url or names(reference, "Medication", text(medication, "id"))):
            found.append(part(medication, "code"))
    return found


def drug_codes(resource, medications):
    return [pair for concept in concepts(resource, medications) for pair in codings(concept)]


def drug_words(resource, medications):
    """Everything this order says about its drug in words, in lower case, without zero-width characters."""
    words = [text(part(resource, "medicationReference"), "display")]
    for concept in concepts(resource, medications):
        words.append(text(concept, "text"))
        words += [text(coding, "display") for coding in many(concept, "coding")]
    return [one.translate(ZERO_WIDTH).lower() for one in words if one]


def rows_of(resource, medications):
    """The rows of the drug table that this order's codes name."""
    pairs = drug_codes(resource, medications)
    return [row for row in codes.DRUGS if (row[1], row[2]) in pairs]


def is_drug(resource, drug, medications):
    return any(row[0] == drug for row in rows_of(resource, medications))


def may_be_drug(resource, drug, medications):
    """Reading M2: no code is in any list, and the words name the drug."""
    if rows_of(resource, medications):
        return False
    return any(word in said for said in drug_words(resource, medications) for word in codes.DRUG_WORDS[drug])


def cobalamins(resource, medications):
    """Which of the three cobalamins this order is by its codes, or may be by its words when no code is known."""
    if rows_of(resource, medications):
        pairs = drug_codes(resource, medications)
        return {kind for kind, listed in codes.COBALAMINS.items() if any(pair in listed for pair in pairs)}
    said = " | ".join(drug_words(resource, medications))
    named = {kind for kind, words in codes.COBALAMIN_WORDS.items() if any(word in said for word in words)}
    # "Hydroxocobalamin (vitamin B12)" is not cyanocobalamin; plain "vitamin B12" may well be.
    return named - {"cyanocobalamin"} if len(named) > 1 and "cyanocobalamin" not in said else named


def record_medications(record):
    """Medications that came with the record, as (full URL, resource)."""
    return [("", one) for one in of_type(record["resources"], "Medication")]


# --- what the record holds --------------------------------------------------------------------------------------------


def of_drug(record, kind, drug):
    """This patient's resources of a kind whose code names the drug."""
    found = []
    for resource in of_type(record["resources"], kind):
        try:
            if belongs_to(resource, record["patient_id"]) and is_drug(resource, drug, record_medications(record)):
                found.append(resource)
        except Exception:  # hostile JSON costs this resource only
            continue
    return found


def active_orders(record, drug):
    """Reading M3, as (resource, day written or None); an order from the future is ignored."""
    found = []
    for order in of_drug(record, "MedicationRequest", drug):
        written = day(text(order, "authoredOn"), record["zone"])
        if order.get("status") != "active" or order.get("intent") in ("proposal", "option"):
            continue
        if order.get("doNotPerform") is True or (written is not None and written > record["today"]):
            continue
        found.append((order, written))
    return found


def statement_start(statement, zone):
    """Reading M8: `effectivePeriod.start`, else `effectiveDateTime`."""
    start = day(text(part(statement, "effectivePeriod"), "start"), zone)
    return start or day(text(statement, "effectiveDateTime"), zone)


def from_the_future(given, record):
    """Does it start after today? Without a start, `dateAsserted` speaks for a statement."""
    start = statement_start(given, record["zone"])
    if start is None and not text(part(given, "effectivePeriod"), "end"):
        start = day(text(given, "dateAsserted"), record["zone"])
    return start is not None and start > record["today"]


def active_statements(record, drug):
    found = [one for one in of_drug(record, "MedicationStatement", drug) if one.get("status") == "active"]
    return [one for one in found if not from_the_future(one, record)]


def last_day_given(given, record):
    """Reading M4: the day of an administration or statement, or None when nothing says it."""
    zone, period = record["zone"], part(given, "effectivePeriod")
    single = day(text(given, "effectiveDateTime"), zone)
    if single is not None:
        return single
    start, end = day(text(period, "start"), zone), day(text(period, "end"), zone)
    if end is not None and end <= record["today"]:
        return end
    if start is not None or end is not None:  # it goes on, as far as the period says
        going_on = given.get("status") in ("active", "in-progress")
        return record["today"] if going_on else start
    if given["resourceType"] == "MedicationStatement":
        return day(text(given, "dateAsserted"), zone)
    return None


def given(record, drug):
    """Reading M4, as (resource, day), as far as the day is told, none in the future."""
    found = []
    for kind, statuses in (
        ("MedicationAdministration", ("completed", "in-progress")),
        ("MedicationStatement", ("active", "completed")),
    ):
        for one in of_drug(record, kind, drug):
            last = last_day_given(one, record)
            usable = one.get("status") in statuses and not from_the_future(one, record)
            if usable and last is not None and last <= record["today"]:
                found.append((one, last))
    return found


def days_given(record, drug):
    return [last for _, last in given(record, drug)]


def on_b12_treatment(record):
    """Reading M5."""
    if any(within(written, record, 456) for _, written in active_orders(record, "b12")):
        return True
    return any(within(last, record, 120) for last in days_given(record, "b12"))


def b12_in_the_last_120_days(record):
    """Reading T04: narrower than being on treatment, for an old order does not prove that therapy has begun."""
    orders = any(within(written, record, 120) for _, written in active_orders(record, "b12"))
    return orders or any(within(last, record, 120) for last in days_given(record, "b12"))


def parenteral_b12_ordered(record):
    """An active order within 456 days that is by injection (T20)."""
    medications = record_medications(record)
    return any(
        within(written, record, 456)
        and route(rows_of(order, medications), "b12", many(order, "dosageInstruction")) == codes.INJECTION
        for order, written in active_orders(record, "b12")
    )


def parenteral_b12_given(record, days):
    medications = record_medications(record)
    return any(
        within(last, record, days)
        and route(rows_of(one, medications), "b12", dosage_given(one)) == codes.INJECTION
        for one, last in given(record, "b12")
    )


def dosage_given(one):
    """A statement has a list of dosage entries, an administration a single one."""
    return many(one, "dosage") or [part(one, "dosage")]


def b12_ordered(record):
    """Reading S1, "ordering": the earliest start among active orders, or None."""
    starts = [order_start(order, written, record["zone"]) for order, written in active_orders(record, "b12")]
    return earliest(starts, record)


def b12_started(record):
    """Reading S1, "starting": the earliest among active orders, active statements and everything given, or None.

    What was given without a start had begun by the day of M4.
    """
    zone = record["zone"]
    starts = [b12_ordered(record)]
    starts += [statement_start(one, zone) for one in active_statements(record, "b12")]
    starts += [statement_start(one, zone) or last for one, last in given(record, "b12")]
    return earliest(starts, record)


def earliest(starts, record):
    return min([one for one in starts if one is not None and one <= record["today"]], default=None)


def b12_treatment_unverified(record):
    """Reading M6."""
    if on_b12_treatment(record):
        return False
    return bool(active_orders(record, "b12") or active_statements(record, "b12"))


def taking(record, drug):
    """Reading M8: what is being taken, as (resource, its dosage entries)."""
    found = [(order, many(order, "dosageInstruction")) for order, _ in active_orders(record, drug)]
    return found + [(one, many(one, "dosage")) for one in active_statements(record, drug)]


def taking_for_months(record, drug, months):
    starts = [order_start(order, written, record["zone"]) for order, written in active_orders(record, drug)]
    starts += [statement_start(one, record["zone"]) for one in active_statements(record, drug)]
    past = [start for start in starts if start is not None and start <= record["today"]]
    return any(months_later(start, months) <= record["today"] for start in past)


def order_start(order, written, zone):
    bounds = [
        day(text(part(part(part(entry, "timing"), "repeat"), "boundsPeriod"), "start"), zone)
        for entry in many(order, "dosageInstruction")
    ]
    return min([one for one in bounds if one is not None], default=written)


def in_chemotherapy_or_rescue(record, drafts):
    """Reading T03c: oxaliplatin or methotrexate ordered, taken, or given within 90 days."""
    for drug in ("oxaliplatin", "methotrexate"):
        if taking(record, drug) or any(within(last, record, 90) for last in days_given(record, drug)):
            return True
        if any(is_drug(draft, drug, record["draft_medications"]) for draft in drafts):
            return True
    return False


def on_low_dose_methotrexate(record):
    """Reading T03f: at most 30 mg a week, or nobody can say."""
    for resource, entries in taking(record, "methotrexate"):
        dose = daily_mg(rows_of(resource, record_medications(record)), "methotrexate", entries)
        if dose is None or dose * 7 <= 30:
            return True
    return False


# --- route ------------------------------------------------------------------------------------------------------------


def route(rows, drug, entries):
    """Reading M11: "parenteral", "oral" or None. One parenteral entry makes the order parenteral."""
    said = [route_of_entry(entry) for entry in entries]
    forms = [row[3] for row in rows if row[0] == drug]
    for answers in (said, forms):
        if codes.INJECTION in answers:
            return codes.INJECTION
        if codes.BY_MOUTH in answers:
            return codes.BY_MOUTH
    return None


def is_intravenous(entry):
    concept = part(entry, "route")
    if any(pair in codes.ROUTE_CODES for pair in codings(concept)):
        return any(pair in codes.INTRAVENOUS_CODES for pair in codings(concept))
    words = [text(concept, "text")] + [text(coding, "display") for coding in many(concept, "coding")]
    return any(word.strip().lower() in codes.INTRAVENOUS_WORDS for word in words)


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
        return None if combined else Fraction(value) * Fraction(factor)
    for row in rows:
        if row[0] == drug and row[5] == of:
            return Fraction(value) * Fraction(factor) * Fraction(row[4])
    return None


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
