"""What orders, statements and administrations say: which drug, since when, by which route, how much a day."""

from fractions import Fraction

from . import codes
from .raw import belongs_to, codings, day, many, months_later, names, number, of_type, part, strings, text
from .results import spelled, unit_of, within

ZERO_WIDTH = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))


# --- which drug -------------------------------------------------------------------------------------------------------


def concepts(resource, medications):
    """Every CodeableConcept that says what this order is: its own and that of the Medication it refers to."""
    found = [part(resource, "medicationCodeableConcept")]
    reference = text(part(resource, "medicationReference"), "reference")
    for medication in many(resource, "contained"):
        if reference == "#" + text(medication, "id") and medication.get("resourceType") == "Medication":
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
    if end is not None:
        return min(end, record["today"])
    if start is not None:
        return record["today"]
    if given["resourceType"] == "MedicationStatement":
        return day(text(given, "dateAsserted"), zone)
    return None


def days_given(record, drug):
    """Every day on which the drug was given, as far as it is told, none in the future."""
    found = []
    for kind, statuses in (
        ("MedicationAdministration", ("completed", "in-progress")),
        ("MedicationStatement", ("active", "completed")),
    ):
        for one in of_drug(record, kind, drug):
            last = last_day_given(one, record)
            usable = one.get("status") in statuses and not from_the_future(one, record)
            if usable and last is not None and last <= record["today"]:
                found.append(last)
    return found


def on_b12_treatment(record):
    """Reading M5."""
    if any(within(written, record, 456) for _, written in active_orders(record, "b12")):
        return True
    return any(within(given, record, 120) for given in days_given(record, "b12"))


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
        if taking(record, drug) or any(within(given, record, 90) for given in days_given(record, drug)):
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


def daily_mg(rows, drug, entries):
    """Milligrams a day of one order, or None when it cannot be computed."""
    groups = {}
    for entry in entries:
        amount, times = amount_mg(rows, drug, entry), times_a_day(part(entry, "timing"))
        if amount is None or times is None:
            return None
        sequence = str(number(entry.get("sequence")))
        groups[sequence] = groups.get(sequence, 0) + amount * times
    return max(groups.values(), default=None)


def amount_mg(rows, drug, entry):
    """The highest of the doses that one entry names."""
    amounts = []
    for dose in many(entry, "doseAndRate"):
        quantity = part(dose, "doseQuantity") or part(part(dose, "doseRange"), "high")
        amounts.append(quantity_mg(rows, drug, quantity))
    return max([one for one in amounts if one is not None], default=None)


def quantity_mg(rows, drug, quantity):
    value = number(quantity.get("value"))
    if value is None or value < 0:
        return None
    unit = dose_unit(quantity)
    if unit is None:
        return None
    of, factor = unit
    if of == "mg":
        return Fraction(value) * Fraction(factor)
    for row in rows:
        if row[0] == drug and row[5] == of:
            return Fraction(value) * Fraction(factor) * Fraction(row[4])
    return None


def dose_unit(quantity):
    """mg, mL or piece with its factor; no unit at all is a number of pieces."""
    if not spelled(text(quantity, "code")) and not spelled(text(quantity, "unit")):
        return "piece", "1"
    return unit_of(quantity, codes.DOSE_UNITS)


def times_a_day(timing):
    repeat = part(timing, "repeat")
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


def times_by_period(repeat):
    period, days = number(repeat.get("period")), codes.PERIOD_DAYS.get(text(repeat, "periodUnit"))
    times = number(repeat.get("frequencyMax"))
    if times is None:
        times = number(repeat.get("frequency"))
    if times is None:
        times = 1
    if period is None or period <= 0 or days is None or times <= 0:
        return None
    return Fraction(times) / (Fraction(period) * Fraction(*days))


