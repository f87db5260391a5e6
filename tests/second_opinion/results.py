"""What laboratory results say: read one by one, corrected, sorted, classed."""

import re
from datetime import timedelta
from decimal import Decimal

from . import codes
from .raw import LONG_AGO, belongs_to, codings, day, many, moment, number, of_type, part, text

USED = ("final", "amended", "corrected")
AS_IF_NOT_THERE = ("registered", "cancelled", "entered-in-error")
WORST_FIRST = ["deficient", "indeterminate", "adequate"]


# --- reading one result -----------------------------------------------------------------------------------------------


def read(record, analyte):
    """Every result of an analyte that exists for us: this patient's, not withdrawn, not from the future."""
    known = record["worked_out"]
    if analyte not in known:
        known[analyte] = read_anew(record, analyte)
    return known[analyte]


def read_anew(record, analyte):
    found = []
    for resource in observations(record):
        try:
            result = read_one(resource, analyte, record)
        except Exception:  # hostile JSON costs this resource only
            continue
        if result is not None:
            found.append(result)
    return found


def observations(record):
    """Every Observation and every component; a panel that has only members says nothing where one of them came."""
    known = record["worked_out"]
    if "observations" not in known:
        known["observations"] = every_observation(of_type(record["resources"], "Observation"))
    return known["observations"]


def every_observation(everything):
    found = []
    ids = {text(one, "id") for one in everything}
    for one in everything:
        parts = [each for each in many(one, "component") if each.get("code")]
        shared = {key: value for key, value in one.items() if key not in ("code", "component", "hasMember")}
        found += [{**{k: v for k, v in shared.items() if not k.startswith("value")}, **each} for each in parts]
        valued = any(key.startswith("value") for key in one) or "dataAbsentReason" in one
        came = any(text(member, "reference").split("/")[-1] in ids for member in many(one, "hasMember"))
        if valued or not (one.get("component") or came):
            found.append(one)
    return found


def read_one(resource, analyte, record):
    wanted = [(codes.LOINC, code) for code in codes.ANALYTE_CODES[analyte]]
    if analyte == "b12_total":
        wanted.append((codes.LOINC, codes.WHOLE_BLOOD_B12))
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
    if result["day"] is not None and result["day"] > record["last"]:
        return None
    if analyte == "pregnancy_status":
        result["answers"] = codings(part(resource, "valueCodeableConcept"))
    elif analyte == "antibody":
        result["answer"] = coded_answer(resource)
    else:
        read_quantity(result)
    return result


def coded_answer(resource):
    """D14: positive, negative, or None; two that disagree say nothing."""
    said = codings(part(resource, "valueCodeableConcept"))
    said += [pair for one in many(resource, "interpretation") for pair in codings(one)]
    answers = {answer for answer, listed in codes.ANTIBODY_ANSWERS.items() if any(pair in listed for pair in said)}
    return answers.pop() if len(answers) == 1 else None


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
    quantity = part(result["resource"], "valueQuantity") or quantity_in_words(result["resource"])
    value = number(quantity.get("value"))
    unit = unit_of(quantity, codes.ANALYTE_UNITS[result["analyte"]])
    comparator = quantity.get("comparator")
    result["value"], result["kind"], result["comparator"] = None, None, ""
    if value is None or value < 0 or unit is None or comparator not in (None, "", "<", "<=", ">", ">="):
        return
    result["kind"], factor = unit
    whole_blood = (codes.LOINC, codes.WHOLE_BLOOD_B12) in codings(part(result["resource"], "code"))
    if whole_blood and result["kind"] != "mass":
        return
    if plausible(result["analyte"], result["kind"], value * factor, comparator or ""):
        result["value"], result["comparator"] = value * factor, comparator or ""


IN_WORDS = re.compile(r"\s*(<=|>=|<|>)?\s*(\d+(?:\.\d+)?)\s*(\S+)\s*")


def quantity_in_words(resource):
    """9.5: a text that is exactly a comparator, a number and a unit."""
    match = IN_WORDS.fullmatch(text(resource, "valueString"))
    return {"comparator": match[1], "value": Decimal(match[2]), "unit": match[3]} if match else {}


def plausible(analyte, kind, value, comparator):
    """Reading D6 and amendment A10: can an assay report it?"""
    low, high = codes.PLAUSIBLE.get((analyte, kind), (None, None))
    if low is not None and not comparator and value < low:
        return False
    return high is None or comparator in ("<", "<=") or value <= high


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


CORRECTED = ("amended", "corrected")


def replaced(one, results):
    """Reading D8: a correction of the same written moment takes the others back, even one that cannot be used."""
    return one["status"] not in CORRECTED and any(
        other["status"] in CORRECTED and other["written"] == one["written"] for other in results
    )


def standing(results):
    """Dated results of a used status that no correction has replaced; of corrections those with the latest `issued`."""
    dated = [one for one in results if one["status"] in USED and one["moment"] is not None]
    return [one for one in dated if not replaced(one, dated)]


def settled(results, usable):
    good = [one for one in standing(results) if usable(one)]
    return [
        one
        for one in good
        if one["status"] not in CORRECTED
        or not any(
            other["status"] in CORRECTED and other["written"] == one["written"] and other["issued"] > one["issued"]
            for other in good
        )
    ]


def newest(results):
    """All that share the latest moment and the latest `issued` (bare numbers)."""
    if not results:
        return []
    top = max((one["moment"], one["issued"]) for one in results)
    return [one for one in results if (one["moment"], one["issued"]) == top]


def within(one_day, record, days):
    return one_day is not None and one_day <= record["last"] and record["today"] - one_day <= timedelta(days=days)


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
    found = settled(read(record, "homocysteine"), lambda one: homocysteine_class(one) is not None)
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


def speaking_b12(record, treatment_days, days=None):
    """Reading D10: the usable results without every total that an active B12 within 90 days answers better.

    Asked for the last so many days, what is older does not speak.
    """
    usable = [one for one in usable_b12(record) if days is None or within(one["day"], record, days)]
    active = [one for one in usable if one["analyte"] == "b12_active"]
    return [
        one
        for one in usable
        if one["analyte"] == "b12_active"
        or not any(beside(one, other, treatment_days) for other in active)
    ]


def beside(one, other, treatment_days):
    first, last = sorted([one["day"], other["day"]])
    return (last - first).days <= 90 and not any(first < given <= last for given in treatment_days)


def latest_b12(record, treatment_days, days=None):
    """Readings D9 and D10: (class, day) of the latest B12; of one day the worse."""
    found = speaking_b12(record, treatment_days, days)
    if not found:
        return None, None
    last_day = max(one["day"] for one in found)
    return worst([b12_class(one) for one in found if one["day"] == last_day]), last_day


def latest_of(record, analyte, treatment_days=()):
    """(class, day) of the latest usable B12 of one analyte."""
    usable = [one for one in usable_b12(record) if one["analyte"] == analyte]
    if not usable:
        return None, None
    last_day = max(one["day"] for one in usable)
    return worst([b12_class(one) for one in usable if one["day"] == last_day]), last_day


def current_b12(record, treatment_days):
    """The class and day of the B12 of the last 365 days that counts: D11, read from the oldest day on."""
    by_day = {}
    for one in speaking_b12(record, treatment_days, 365):
        by_day.setdefault(one["day"], []).append(b12_class(one))
    stands = None, None
    for when in sorted(by_day):
        said, before = worst(by_day[when]), stands[0]
        better = before is not None and WORST_FIRST.index(said) > WORST_FIRST.index(before)
        if not (better and any(stands[1] < given <= when for given in treatment_days)):
            stands = said, when
    return stands


def latest_mma(record):
    """(raised or normal, day) of the latest MMA of the last 365 days whose class can be told; of one day: raised."""
    found = settled(read(record, "mma"), lambda one: mma_class(one) is not None)
    last_day = max([one["day"] for one in found], default=None)
    if not within(last_day, record, 365):
        return None, None
    raised = any(mma_class(one) == "raised" for one in found if one["day"] == last_day)
    return ("raised" if raised else "normal"), last_day


def homocysteine_class(one):
    if one["value"] is None:
        return None
    limit = own_limit(one) if own_limit(one) is not None else 15
    if surely_above(one, limit):
        return "raised"
    return "normal" if surely_at_most(one, limit) else None


def latest_homocysteine(record):
    found = settled(read(record, "homocysteine"), lambda one: homocysteine_class(one) is not None)
    last_day = max([one["day"] for one in found], default=None)
    if not within(last_day, record, 365):
        return None, None
    raised = any(homocysteine_class(one) == "raised" for one in found if one["day"] == last_day)
    return ("raised" if raised else "normal"), last_day


def metabolites_normal(record, began):
    """One of them normal on or after the day on which the last exposure began, and neither raised."""
    found = [latest_mma(record), latest_homocysteine(record)]
    normal = any(said == "normal" and when >= began for said, when in found)
    return normal and not any(said == "raised" for said, _ in found)


def low_folate(record):
    """A12: the latest serum or red cell folate within 365 days is surely low."""
    serum, cells = latest_number(record, "folate_serum", 365), latest_number(record, "folate_red_cell", 365)
    return any(
        one is not None and surely_below(one, codes.LOW_FOLATE[one["analyte"], one["kind"]]) for one in (serum, cells)
    )


def antibody_positive(record):
    """D14, A13: the latest intrinsic-factor antibody, of whatever date, is positive."""
    found = settled(read(record, "antibody"), lambda one: one["answer"] is not None)
    last_day = max([one["day"] for one in found], default=None)
    return any(one["answer"] == "positive" for one in found if one["day"] == last_day)


def preliminary_deficient(record):
    """A preliminary B12 of the last 365 days whose value is deficient (DQ2)."""
    for analyte in ("b12_total", "b12_active"):
        for one in read(record, analyte):
            if one["status"] == "preliminary" and within(one["day"], record, 365) and b12_class(one) == "deficient":
                return True
    return False


def preliminary_potassium(record):
    """D15: below 3.0, of today or yesterday, newer than every usable potassium."""
    everything = read(record, "potassium")
    usable = settled(everything, lambda one: one["value"] is not None)
    return any(
        one["status"] == "preliminary"
        and one["value"] is not None
        and one["moment"] is not None
        and surely_below(one, 3)
        and within(one["day"], record, 1)
        and all(one["moment"] > other["moment"] for other in usable)
        for one in everything
    )


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


def unusable_potassium(record):
    """Reading T04b: a potassium that cannot be used and is undated, or of the last 7 days and newer than every usable one."""
    everything = read(record, "potassium")
    usable = settled(everything, lambda one: one["value"] is not None)
    for one in everything:
        if one["moment"] is None:
            return True
        if replaced(one, everything) or (one["status"] in USED and one["value"] is not None):
            continue
        if within(one["day"], record, 7) and all(one["moment"] > other["moment"] for other in usable):
            return True
    return False


def pregnancy_status(record):
    """(pregnant?, day) of the latest recorded pregnancy status; of two on the same day: pregnant."""
    found = settled(read(record, "pregnancy_status"), lambda one: bool(one["answers"]))
    found = [one for one in found if one["day"] == max(other["day"] for other in found)]
    if not found:
        return False, None
    return any(answer in codes.PREGNANT_ANSWERS for one in found for answer in one["answers"]), found[0]["day"]
