"""Folic acid before B12 (T03) and potassium when B12 starts by injection (T04): the matrix and the grid."""

from decimal import Decimal

from . import drugs, problems, results
from .facts import LEVELS
from .raw import many

MATRIX = {  # reference 0.3
    "high": {"A": "critical", "B": "warning", "C+": "warning", "C": "info", "D": "none", "E": "none", "F": "warning"},
    "mid": {"A": "warning", "B": "info", "C+": "info", "C": "none", "D": "none", "E": "none", "F": "info"},
    "low": {"A": "none", "B": "none", "C+": "none", "C": "none", "D": "none", "E": "none", "F": "none"},
}


def at_most(level, top):
    return min(level, top, key=LEVELS.index)


def one_lower(level):
    return LEVELS[max(LEVELS.index(level) - 1, 0)]


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
    if drugs.b12_in_the_last_120_days(record) or not starts_by_injection(record, judged_drafts):
        return "none", {}
    haemoglobin = results.latest_number(record, "haemoglobin", 90)
    severe = haemoglobin is not None and results.surely_below(haemoglobin, 7 if facts["pregnant"] else 8)
    if not severe and not facts["megaloblastic"]:
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
