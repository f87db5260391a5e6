"""What laboratory results say: read one by one, corrected, sorted, classed."""

from datetime import timedelta

from . import codes
from .raw import LONG_AGO, belongs_to, codings, day, many, moment, number, of_type, part, text

USED = ("final", "amended", "corrected")
AS_IF_NOT_THERE = ("registered", "cancelled", "entered-in-error", "unknown")
WORST_FIRST = ["deficient", "indeterminate", "adequate"]


# --- reading one result -----------------------------------------------------------------------------------------------


def read(record, analyte):
    """Every result of an analyte that exists for us: this patient's, not withdrawn, not from the future."""
    found = []
    for resource in of_type(record["resources"], "Observation"):
        try:
            result = read_one(resource, analyte, record)
        except Exception:  # hostile JSON costs this resource only
            continue
        if result is not None:
            found.append(result)
    return found


def read_one(resource, analyte, record):
    wanted = [(codes.LOINC, code) for code in codes.ANALYTE_CODES[analyte]]
    if not any(pair in wanted for pair in codings(part(resource, "code"))):
        return None
    if not belongs_to(resource, record["patient_id"]) or text(resource, "status") in AS_IF_NOT_THERE:
        return None
    written = when_written(resource, record["zone"])
    result = {
        "analyte": analyte,
        "status": text(resource, "status"),
        "written": written,
        "moment": moment(written, record["zone"]),
        "day": day(written, record["zone"]),
        "issued": moment(text(resource, "issued"), record["zone"]) or LONG_AGO,
        "resource": resource,
    }
    if result["day"] is not None and result["day"] > record["today"]:
        return None
    if analyte == "pregnancy_status":
        result["answers"] = codings(part(resource, "valueCodeableConcept"))
    else:
        read_quantity(result)
    return result


def when_written(resource, zone):
    """Reading D4: the first of these times that can be read, as it is written; empty when there is none."""
    period = part(resource, "effectivePeriod")
    for candidate in (
        text(resource, "effectiveDateTime"),
        text(resource, "effectiveInstant"),
        text(period, "start"),
        text(period, "end"),
        text(resource, "issued"),
    ):
        if day(candidate, zone) is not None:
            return candidate
    return ""


def read_quantity(result):
    """Put the value, in the first unit of its kind, on the result; value None means that it cannot be read."""
    quantity = part(result["resource"], "valueQuantity")
    value = number(quantity.get("value"))
    unit = unit_of(quantity, codes.ANALYTE_UNITS[result["analyte"]])
    comparator = quantity.get("comparator")
    result["value"], result["kind"], result["comparator"] = None, None, ""
    if value is None or value < 0 or unit is None or comparator not in (None, "", "<", "<=", ">", ">="):
        return
    result["kind"], factor = unit
    result["value"], result["comparator"] = value * factor, comparator or ""


def spelled(unit):
    """A unit without regard to case, blanks and the two micro signs."""
    return "".join(unit.split()).lower().replace("\u00b5", "u").replace("\u03bc", "u")


def unit_of(quantity, table):
    """Reading D7: the row of the table that code and unit name together, or None."""
    code, unit = spelled(text(quantity, "code")), spelled(text(quantity, "unit"))
    by_code, by_unit = table.get(code), table.get(unit)
    if not code:
        return by_unit
    if by_code is None:
        return None if text(quantity, "system") == codes.UCUM else by_unit
    if by_unit is not None and by_unit != by_code:
        return None
    return by_code


# --- what a value with a comparator proves (DQ8) ------------------------------------------------------------------


def surely_below(result, limit):
    value = result["value"]
    return {"": value < limit, "<": value <= limit, "<=": value < limit}.get(result["comparator"], False)


def surely_at_most(result, limit):
    value = result["value"]
    return {"": value <= limit, "<": value <= limit, "<=": value <= limit}.get(result["comparator"], False)


def surely_above(result, limit):
    value = result["value"]
    return {"": value > limit, ">": value >= limit, ">=": value > limit}.get(result["comparator"], False)


def surely_at_least(result, limit):
    value = result["value"]
    return {"": value >= limit, ">": value >= limit, ">=": value >= limit}.get(result["comparator"], False)


def b12_class(result):
    """deficient, indeterminate, adequate, or None when the result does not say."""
    cutoffs = codes.B12_CUTOFFS.get((result["analyte"], result["kind"]))
    if result["value"] is None or cutoffs is None:
        return None
    low, high = cutoffs
    if surely_below(result, low):
        return "deficient"
    if surely_at_most(result, high):
        return "indeterminate"
    return "adequate" if surely_above(result, high) else None


def mma_class(result):
    """raised, normal, or None; the report's own limit goes first (P18)."""
    if result["value"] is None:
        return None
    limit = own_limit(result) if own_limit(result) is not None else codes.MMA_LIMIT[result["kind"]]
    if surely_above(result, limit):
        return "raised"
    return "normal" if surely_at_most(result, limit) else None


def own_limit(result):
    """Reading D13: the highest upper limit of the report in the result's kind of unit."""
    limits = [limit_of(one, result) for one in many(result["resource"], "referenceRange")]
    return max([limit for limit in limits if limit is not None], default=None)


def limit_of(reference_range, result):
    if reference_range.get("appliesTo") or reference_range.get("age"):
        return None
    table = codes.ANALYTE_UNITS[result["analyte"]]
    high, low = part(reference_range, "high"), part(reference_range, "low")
    value, unit = number(high.get("value")), unit_of(high, table)
    if value is None or value < 0 or unit is None or unit[0] != result["kind"]:
        return None
    limit = value * unit[1]
    lowest, low_unit = number(low.get("value")), unit_of(low, table) or unit
    if lowest is not None and low_unit[0] == unit[0] and lowest * low_unit[1] == limit:
        return None
    return limit


# --- which results stand, and which is the latest ----------------------------------------------------------------


def replaced(one, results):
    """Has a correction of the same written moment taken this final result back?

    Even by one that cannot be used itself: the laboratory no longer stands by the first number.
    """
    return one["status"] == "final" and any(
        other["status"] in ("amended", "corrected") and other["written"] == one["written"] for other in results
    )


def standing(results):
    """Dated results of a used status that no correction has replaced."""
    dated = [one for one in results if one["status"] in USED and one["moment"] is not None]
    return [one for one in dated if not replaced(one, dated)]


def settled(results, usable):
    """Reading D8: of the usable results of one written moment, those with the latest `issued`."""
    good = [one for one in standing(results) if usable(one)]
    return [
        one
        for one in good
        if not any(other["written"] == one["written"] and other["issued"] > one["issued"] for other in good)
    ]


def newest(results):
    """Reading D9: all that share the latest moment and the latest `issued`."""
    if not results:
        return []
    top = max((one["moment"], one["issued"]) for one in results)
    return [one for one in results if (one["moment"], one["issued"]) == top]


def within(one_day, record, days):
    return one_day is not None and timedelta(0) <= record["today"] - one_day <= timedelta(days=days)


def latest_number(record, analyte, days):
    """The latest readable result of an analyte if it is recent; at a tie the lower."""
    found = newest(settled(read(record, analyte), lambda one: one["value"] is not None))
    if not found or not within(found[0]["day"], record, days):
        return None
    return lowest(found)


def lowest(results):
    """The worse of results that nothing else tells apart; None of none."""
    order = ["<", "<=", "", ">=", ">"]
    return min(results, key=lambda one: (one["value"], order.index(one["comparator"])), default=None)


# --- the questions --------------------------------------------------------------------------------------------------


def usable_b12(record):
    """Every B12 result, total or active, that stands and has a class."""
    return [
        one
        for analyte in ("b12_total", "b12_active")
        for one in settled(read(record, analyte), lambda one: b12_class(one) is not None)
    ]


def usable_homocysteine_or_mma(record):
    """Every metabolite result that stands and says something."""
    found = settled(read(record, "homocysteine"), lambda one: one["value"] is not None)
    return found + settled(read(record, "mma"), lambda one: mma_class(one) is not None)


def usable_blood_counts(record):
    return [
        one
        for analyte in ("haemoglobin", "mcv", "platelets")
        for one in settled(read(record, analyte), lambda one: one["value"] is not None)
    ]


def usable_platelets(record):
    """The readable platelets of any age."""
    return settled(read(record, "platelets"), lambda one: one["value"] is not None)


def worst(classes):
    return min(classes, key=WORST_FIRST.index)


def latest_b12(record):
    """Reading D10: (class, day) of the latest B12; total and active of one day: the worse."""
    latest = []
    for analyte in ("b12_total", "b12_active"):
        latest += newest([one for one in usable_b12(record) if one["analyte"] == analyte])
    if not latest:
        return None, None
    last_day = max(one["day"] for one in latest)
    return worst([b12_class(one) for one in latest if one["day"] == last_day]), last_day


def current_total_b12(record):
    """The class of the latest usable total B12 of the last 365 days (T17)."""
    latest = newest([one for one in usable_b12(record) if one["analyte"] == "b12_total"])
    if not latest or not within(latest[0]["day"], record, 365):
        return None
    return worst([b12_class(one) for one in latest])


def current_b12(record, treatment_days):
    """The class of the latest B12 of the last 365 days, or the worse one before treatment (D11)."""
    found, last_day = latest_b12(record)
    if found is None or not within(last_day, record, 365):
        return None
    classes = [found]
    for one in usable_b12(record):
        treated_between = any(one["day"] < given <= last_day for given in treatment_days)
        if within(one["day"], record, 365) and treated_between:
            classes.append(b12_class(one))
    return worst(classes)


def current_mma(record):
    """raised, normal, or None: the latest MMA of the last 365 days whose class can be told."""
    found = newest(settled(read(record, "mma"), lambda one: mma_class(one) is not None))
    if not found or not within(found[0]["day"], record, 365):
        return None
    return "raised" if any(mma_class(one) == "raised" for one in found) else "normal"


def preliminary_deficient(record):
    """A preliminary B12 of the last 365 days whose value is deficient (DQ2)."""
    for analyte in ("b12_total", "b12_active"):
        for one in read(record, analyte):
            if one["status"] == "preliminary" and within(one["day"], record, 365) and b12_class(one) == "deficient":
                return True
    return False


def unusable_b12(record):
    """Reading T21: a B12 result that cannot be used and is undated, or recent and newer than every usable one."""
    usable = usable_b12(record)
    for analyte in ("b12_total", "b12_active"):
        everything = read(record, analyte)
        for one in everything:
            if one["moment"] is None:
                return True
            if replaced(one, everything) or (one["status"] in USED and b12_class(one) is not None):
                continue
            newer = all(one["moment"] > other["moment"] for other in usable)
            if newer and within(one["day"], record, 365):
                return True
    return False


def pregnant_by_status(record):
    """The latest recorded pregnancy status says pregnant and is at most 300 days old (C4)."""
    found = newest(settled(read(record, "pregnancy_status"), lambda one: bool(one["answers"])))
    if not found or not within(found[0]["day"], record, 300):
        return False
    return any(answer in codes.PREGNANT_ANSWERS for one in found for answer in one["answers"])


