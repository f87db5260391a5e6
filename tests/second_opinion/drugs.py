"""Which drug an order, statement, administration or dispense names: by its codes, or by its words only (M1, M2)."""

from datetime import timedelta

from . import codes
from .doses import PERIODS_OF_BOUNDS
from .raw import belongs_to, codings, day, many, names, number, of_type, part, text

ZERO_WIDTH = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))
AT = {}  # where in the table each (system, code) stands
for at, row in enumerate(codes.DRUGS):
    AT.setdefault((row[1], row[2]), []).append(at)


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
    found = {at for pair in drug_codes(resource, medications) for at in AT.get(pair, ())}
    return [codes.DRUGS[at] for at in sorted(found)]


def is_drug(resource, drug, medications):
    return any(row[0] == drug for row in rows_of(resource, medications))


def may_be_drug(resource, drug, medications):
    """Reading M2: no code is in any list, and the words name the drug."""
    if rows_of(resource, medications):
        return False
    listed = codes.DRUG_WORDS.get(drug, [drug])
    return any(word in said for said in drug_words(resource, medications) for word in listed)


def is_or_may_be(resource, drug, medications):
    return is_drug(resource, drug, medications) or may_be_drug(resource, drug, medications)


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


STATUSES = {
    "MedicationRequest": ["active", "completed", "on-hold", "stopped", "cancelled", "draft", "entered-in-error"],
    "MedicationStatement": ["active", "completed", "intended", "on-hold", "stopped", "not-taken", "entered-in-error"],
    "MedicationAdministration": ["completed", "in-progress", "not-done", "on-hold", "stopped", "entered-in-error"],
    "MedicationDispense": [
        "completed", "in-progress", "preparation", "on-hold", "stopped", "cancelled", "declined", "entered-in-error"],
}  # fmt: skip


def as_read(resource, drug, medications):
    """Reading M2a: with a status that is no word of FHIR's it may hold, and is known no better than by its words."""
    known = STATUSES[resource["resourceType"]]
    if (resource.get("status") in known and not is_half_done(resource)) or not is_or_may_be(resource, drug, medications):
        return resource
    other = {key: value for key, value in resource.items() if key not in ("medicationReference", "contained")}
    return other | {"status": known[0], "medicationCodeableConcept": {"text": words_for(resource, drug, medications)}}


def is_half_done(resource):
    """Given in part, for all we know; or handed over by its day, and not by its status."""
    kind, status = resource["resourceType"], resource.get("status")
    if kind == "MedicationAdministration":
        return status in ("stopped", "on-hold")
    handed = kind == "MedicationDispense" and bool(resource.get("whenHandedOver"))
    return handed and status in ("preparation", "in-progress", "on-hold")


WHEN = ("authoredOn", "effectiveDateTime", "effectivePeriod", "dateAsserted", "whenHandedOver", "whenPrepared", "daysSupply")


def as_dated(resource, drug, record):
    """Reading M2g: dated after today, beginning later than in 14 days, or completed long ago and never ended: of no
    date, and known no better than by its words."""
    if not is_or_may_be(resource, drug, record_medications(record)) or not is_of_no_date(resource, record):
        return resource
    kept = {key: value for key, value in resource.items() if key not in (*WHEN, "medicationReference", "contained")}
    named = {"text": words_for(resource, drug, record_medications(record))}
    entries = [without_bounds(one) for one in many(resource, "dosageInstruction")]
    return kept | {"medicationCodeableConcept": named} | ({"dosageInstruction": entries} if entries else {})


def without_bounds(entry):
    timing = part(entry, "timing")
    repeat = {key: value for key, value in part(timing, "repeat").items() if not key.startswith("bounds")}
    return entry | {"timing": timing | {"repeat": repeat}} if timing else entry


def as_supplied(resource, drug, record):
    """Reading M3b: an order of vitamin B12 without an end of its own, whose supply ran out more than 120 days ago; and
    M2n: a statement that is called active, and whose period ended more than 120 days ago."""
    medications = record_medications(record)
    if resource["resourceType"] == "MedicationStatement" and resource.get("status") == "active":
        end = day(text(part(resource, "effectivePeriod"), "end"), record["zone"])
        if end is not None and (record["today"] - end).days > 120 and is_or_may_be(resource, drug, medications):
            return by_words_only(resource, drug, medications)
    if drug != "b12" or resource.get("status") != "active" or not is_drug(resource, drug, medications):
        return resource
    if resource["resourceType"] != "MedicationRequest" or all_entries_end(resource):
        return resource
    request = part(resource, "dispenseRequest")
    told = [day(text(part(request, "validityPeriod"), "end"), record["zone"])]
    each, start = part(request, "expectedSupplyDuration"), first_days(resource, record)[1]
    value, unit = number(each.get("value")), PERIODS_OF_BOUNDS.get(text(each, "code") or text(each, "unit"))
    if value is not None and unit and start:
        told.append(start + timedelta(days=int(value * unit * (1 + (number(request.get("numberOfRepeatsAllowed")) or 0)))))
    until = max([one for one in told if one], default=record["today"])
    if (record["today"] - until).days <= 120:
        return resource
    return by_words_only(resource, drug, medications)


def by_words_only(resource, drug, medications):
    other = {key: value for key, value in resource.items() if key not in ("medicationReference", "contained")}
    return other | {"medicationCodeableConcept": {"text": words_for(resource, drug, medications)}}


def all_entries_end(order):
    repeats = [part(part(one, "timing"), "repeat") for one in many(order, "dosageInstruction")]
    ends = ("boundsDuration", "boundsRange", "count", "countMax")
    return bool(repeats) and all(part(one, "boundsPeriod").get("end") or any(one.get(key) for key in ends) for one in repeats)


def is_of_no_date(resource, record):
    today, (written, start) = record["today"], first_days(resource, record)
    if resource["resourceType"] == "MedicationAdministration" and resource.get("status") == "in-progress":
        end = day(text(part(resource, "effectivePeriod"), "end"), record["zone"])
        had = end if end is not None and end <= record["last"] else start
        if had is not None and today - had > timedelta(days=120):
            return True
    first = written or start
    if first is not None and first > record["last"]:
        return True
    if start is not None and start > today + timedelta(days=14):
        return True
    period = part(resource, "effectivePeriod")
    open_ended = resource["resourceType"] == "MedicationStatement" and text(period, "start") and not text(period, "end")
    return bool(open_ended and resource.get("status") == "completed" and start and today - start > timedelta(days=120))


def first_days(resource, record):
    """When it was written, and when it begins."""
    zone, kind = record["zone"], resource["resourceType"]
    if kind == "MedicationRequest":
        bounds = [part(part(part(one, "timing"), "repeat"), "boundsPeriod") for one in many(resource, "dosageInstruction")]
        written = day(text(resource, "authoredOn"), zone)
        return written, min([one for one in (day(text(each, "start"), zone) for each in bounds) if one], default=written)
    if kind == "MedicationDispense":
        return None, day(text(resource, "whenHandedOver"), zone) or day(text(resource, "whenPrepared"), zone)
    period = part(resource, "effectivePeriod")
    told = [text(resource, "effectiveDateTime"), text(period, "start")]
    if kind == "MedicationStatement" and not day(text(period, "end"), zone):
        told.append(text(resource, "dateAsserted"))
    return None, next((one for one in (day(each, zone) for each in told) if one), None)


WITH_IRON = "iron with folic acid"


def words_for(resource, drug, medications):
    """Words that name the drug; of the cobalamins the one that it is, for mecobalamin may not be cyanocobalamin."""
    if drug == "folic_acid" and any(pair in codes.IRON_WITH_FOLIC_ACID for pair in drug_codes(resource, medications)):
        return WITH_IRON
    kinds = sorted(cobalamins(resource, medications)) if drug == "b12" else []
    return ", ".join(codes.COBALAMIN_WORDS[kind][0] for kind in kinds) or codes.DRUG_WORDS.get(drug, [drug])[0]


def of_drug(record, kind, drug, sure=True):
    """This patient's resources of a kind whose code names the drug; or, not `sure`, whose words alone do."""
    known = record["worked_out"]
    if (kind, drug, sure) not in known:
        known[kind, drug, sure] = found_of_drug(record, kind, drug, sure)
    return known[kind, drug, sure]


def found_of_drug(record, kind, drug, sure):
    matches = is_drug if sure else may_be_drug
    found = []
    for resource in of_type(record["resources"], kind):
        try:
            resource = as_read(resource, drug, record_medications(record))
            resource = as_supplied(as_dated(resource, drug, record), drug, record)
            if belongs_to(resource, record["patient_id"]) and matches(resource, drug, record_medications(record)):
                found.append(resource)
        except Exception:  # hostile JSON costs this resource only
            continue
    return found
