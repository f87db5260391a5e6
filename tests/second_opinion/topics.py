"""The six topics, each written straight down the page from the reference and the readings."""

from decimal import Decimal

from . import drugs, problems, results
from .raw import belongs_to, many, names, part, strings, text

LEVELS = ["none", "info", "warning", "critical"]
MATRIX = {  # reference 0.3
    "high": {"A": "critical", "B": "warning", "C+": "warning", "C": "info", "D": "none", "E": "none", "F": "warning"},
    "mid": {"A": "warning", "B": "info", "C+": "info", "C": "none", "D": "none", "E": "none", "F": "info"},
    "low": {"A": "none", "B": "none", "C+": "none", "C": "none", "D": "none", "E": "none", "F": "none"},
}


def at_most(level, top):
    return min(level, top, key=LEVELS.index)


def one_lower(level):
    return LEVELS[max(LEVELS.index(level) - 1, 0)]


# --- what the topics share ----------------------------------------------------------------------------------------


def know(record):
    """Everything that the topics ask about the record, worked out once and in full."""
    adult = problems.is_at_least(record, 16)
    facts = {
        "adult": adult,
        "b12": results.current_b12(record, drugs.days_given(record, "b12")) if adult else None,
        "mma": results.current_mma(record) if adult else None,
        "old_low": old_low(record) if adult else False,
        "treated": drugs.on_b12_treatment(record),
        "unverified": drugs.b12_treatment_unverified(record),
        "coded": problems.has(record, "b12_deficiency"),
        "neurological": problems.has(record, "neurological"),
        "macrocytosis": macrocytosis(record),
        "pregnant": problems.is_pregnant(record),
    }
    facts["mma_pattern"] = facts["mma"] == "raised" and kidneys_work(record)
    facts["at_risk"] = at_risk(record, facts)
    facts["column"] = column(facts)
    return facts


def old_low(record):
    """The latest usable B12 is deficient and older than a year."""
    found, last_day = results.latest_b12(record)
    return found == "deficient" and (record["today"] - last_day).days > 365


def kidneys_work(record):
    egfr = results.latest_number(record, "egfr", 365)
    return egfr is not None and results.surely_at_least(egfr, 60) and not problems.has(record, "kidney")


def macrocytosis(record):
    mcv = results.latest_number(record, "mcv", 90)
    return mcv is not None and results.surely_above(mcv, 100)


def at_risk(record, facts):
    """Reading RISK."""
    return bool(
        facts["neurological"]
        or facts["macrocytosis"]
        or problems.is_at_least(record, 75)
        or problems.has(record, "vegan")
        or problems.has(record, "surgery")
        or problems.has(record, "crohn")
        or problems.has(record, "coeliac")
        or problems.has(record, "atrophic_gastritis")
        or drugs.taking_for_months(record, "metformin", 4)
        or drugs.taking_for_months(record, "acid_suppression", 12)
        or facts["old_low"]
        or (facts["adult"] and results.preliminary_deficient(record))
    )


def column(facts):
    """Readings T03a and T03b: the first column of the matrix that holds."""
    if facts["treated"]:
        return "E"
    if facts["b12"] == "deficient" or facts["mma_pattern"]:
        return "A"
    if facts["coded"] and not facts["unverified"]:
        return "A"
    if facts["coded"] and facts["b12"] is None:
        return "F"
    if facts["b12"] == "indeterminate":
        return "D" if facts["mma"] == "normal" else "B"
    if facts["b12"] == "adequate":
        return "D"
    return "C+" if facts["at_risk"] else "C"


# --- T01, T02, T21, T22: the result topics, on patient-view ----------------------------------------------------------


def b12_deficiency(facts):
    if not facts["adult"] or facts["treated"]:
        return "none"
    if facts["b12"] != "deficient" and not facts["mma_pattern"]:
        return "none"
    return "critical" if facts["neurological"] else "warning"


def b12_indeterminate(facts):
    if not facts["adult"] or facts["treated"] or facts["b12"] != "indeterminate" or facts["mma"] == "normal":
        return "none"
    return "warning" if facts["neurological"] or facts["macrocytosis"] else "info"


def b12_result_unusable(record, facts):
    if facts["treated"]:
        return "none"
    if results.unusable_b12(record):
        return "info"
    usable_now = any(results.within(one["day"], record, 365) for one in results.usable_b12(record))
    return "info" if not facts["adult"] and usable_now else "none"


def b12_retest_old_low(facts):
    return "info" if facts["adult"] and facts["old_low"] and not facts["treated"] else "none"


# --- drafts ---------------------------------------------------------------------------------------------------------


def draft_entries(context):
    return many(part(context, "draftOrders"), "entry")


def draft_medications(context):
    """Medications that came in the same Bundle as the drafts."""
    return [
        (text(entry, "fullUrl"), part(entry, "resource"))
        for entry in draft_entries(context)
        if part(entry, "resource").get("resourceType") == "Medication"
    ]


def drafts(record, context):
    """Reading M7: the drafts that stand."""
    found = []
    for entry in draft_entries(context):
        draft = part(entry, "resource")
        if draft.get("resourceType") != "MedicationRequest" or draft.get("doNotPerform") is True:
            continue
        if draft.get("status") in ("cancelled", "entered-in-error", "stopped") or draft.get("intent") == "proposal":
            continue
        if belongs_to(draft, record["patient_id"]):
            found.append(draft)
    return found


def judged(hook, context, all_drafts):
    """order-sign judges every draft, order-select the selected ones (DQ13)."""
    if hook == "order-sign":
        return all_drafts
    return [
        draft
        for draft in all_drafts
        if text(draft, "id")
        and any(names(one, "MedicationRequest", draft["id"]) for one in strings(context, "selections"))
    ]


# --- T03 --------------------------------------------------------------------------------------------------------------


def folic_bands_of_drafts(record, all_drafts, judged_drafts):
    """The dose bands of all judged drafts that are, or by their words may be, folic acid."""
    bands = []
    medications = record["draft_medications"]
    for draft in judged_drafts:
        for drug in ("folic_acid", "folinic_acid"):
            known = drugs.is_drug(draft, drug, medications)
            if not known and not drugs.may_be_drug(draft, drug, medications):
                continue
            if drug == "folinic_acid" and drugs.in_chemotherapy_or_rescue(record, all_drafts):
                continue
            rows = drugs.rows_of(draft, medications)
            bands.append(band(drugs.daily_mg(rows, drug, many(draft, "dosageInstruction"))))
    return bands


def folic_bands_of_record(record):
    """The dose bands of the folic acid that is being taken, for patient-view."""
    bands = []
    for drug in ("folic_acid", "folinic_acid"):
        for resource, entries in drugs.taking(record, drug):
            if drug == "folinic_acid" and drugs.in_chemotherapy_or_rescue(record, []):
                continue
            rows = drugs.rows_of(resource, drugs.record_medications(record))
            bands.append(band(drugs.daily_mg(rows, drug, entries)))
    return bands


def band(daily_mg):
    """P8."""
    if daily_mg is None or daily_mg >= 1:
        return "high"
    return "mid" if daily_mg * 10 > 1 else "low"


def b12_in_session(record, all_drafts):
    """Reading T03h: adequate, inadequate or none, over every draft of the session."""
    diet_only = problems.has(record, "diet_cause") and not problems.has(record, "malabsorption_cause")
    medications, answer = record["draft_medications"], "none"
    for draft in all_drafts:
        if not drugs.is_drug(draft, "b12", medications):
            continue
        rows, entries = drugs.rows_of(draft, medications), many(draft, "dosageInstruction")
        way, dose = drugs.route(rows, "b12", entries), drugs.daily_mg(rows, "b12", entries)
        if way == "parenteral" or (dose is not None and dose >= 1) or (way == "oral" and diet_only):
            return "adequate"
        answer = "inadequate"
    return answer


def folic_acid_first(hook, record, facts, all_drafts, judged_drafts):
    """The level of T03, and what decided."""
    if hook == "patient-view":
        bands, session = folic_bands_of_record(record), "none"
    else:
        bands, session = folic_bands_of_drafts(record, all_drafts, judged_drafts), b12_in_session(record, all_drafts)
    if not bands:
        return "none", {}
    highest = min(bands, key=["high", "mid", "low"].index)
    methotrexate = drugs.on_low_dose_methotrexate(record)
    level = plain = MATRIX[highest][facts["column"]]
    if facts["pregnant"] or methotrexate:
        level = known_purpose(level, facts["column"])
    if session == "adequate":
        level = "info" if facts["column"] == "A" and level != "none" else "none"
    if session == "inadequate":
        level = one_lower(level)
    if facts["adult"] is False:
        level = at_most(level, "warning") if facts["column"] in ("A", "F") else "none"
    if hook == "patient-view" and facts["column"] == "A" and not facts["neurological"]:
        level = at_most(level, "warning")
    seen = {"band": highest, "column": facts["column"], "methotrexate": methotrexate, "session": session}
    return level, {**seen, "matrix": plain, "level": level}


def known_purpose(level, which):
    """Modifier 1."""
    if which == "A":
        return at_most(level, "warning")
    if which in ("B", "C+"):
        return at_most(level, "info")
    return "none" if which == "C" else level


# --- T04 --------------------------------------------------------------------------------------------------------------


def starts_by_injection(record, judged_drafts):
    """A judged draft that is or may be B12, by injection or by a route that nobody told (M12)."""
    medications = record["draft_medications"]
    for draft in judged_drafts:
        if not drugs.is_drug(draft, "b12", medications) and not drugs.may_be_drug(draft, "b12", medications):
            continue
        way = drugs.route(drugs.rows_of(draft, medications), "b12", many(draft, "dosageInstruction"))
        if way != "oral":
            return True
    return False


def potassium_monitoring(record, facts, judged_drafts):
    """The level of T04, and the cell of the grid."""
    if facts["treated"] or not starts_by_injection(record, judged_drafts):
        return "none", {}
    haemoglobin = results.latest_number(record, "haemoglobin", 90)
    severe = haemoglobin is not None and results.surely_below(haemoglobin, 7 if facts["pregnant"] else 8)
    if not severe and not problems.has(record, "pernicious_or_megaloblastic"):
        return "none", {}
    row = potassium_row(record)
    level = {"very low": "critical", "low": "warning", "normal": "info"}.get(row) or ("warning" if severe else "info")
    return level, {"row": row, "severe": severe}


def potassium_row(record):
    """The row of the grid; a value whose comparator leaves the row open is as if it was not measured."""
    potassium = results.latest_number(record, "potassium", 7)
    if potassium is None:
        return "none"
    low = results.surely_below(potassium, Decimal("3.5"))
    if results.surely_below(potassium, 3) or (low and drugs.taking(record, "digoxin")):
        return "very low"
    if low:
        return "low"
    return "normal" if results.surely_at_least(potassium, Decimal("3.5")) else "none"
