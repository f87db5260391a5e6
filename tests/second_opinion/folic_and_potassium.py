"""Folic acid before B12 (T03) and potassium when B12 starts by injection (T04): the matrix and the grid."""

from decimal import Decimal

from . import codes, doses, drugs, order_topics, problems, results, taken, treatment
from .drafts import is_settled
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


def folic_drafts(record, all_drafts, some_drafts):
    """The drafts that are, or by their words may be, folic acid, as (draft, rows, drug)."""
    medications, found = record["draft_medications"], []
    for draft in some_drafts:
        for drug in ("folic_acid", "folinic_acid"):
            if not drugs.is_or_may_be(draft, drug, medications):
                continue
            if drug == "folinic_acid" and in_chemotherapy_or_rescue(record, all_drafts):
                continue
            found.append((draft, drugs.rows_of(draft, medications), drug))
    return found


def band_of_drafts(record, all_drafts, judged_drafts):
    """P8 and M10: folic acid of one sitting is added, and counts whichever of its kind is selected."""
    if not folic_drafts(record, all_drafts, judged_drafts):
        return None
    folinic = [
        band(doses.daily_mg(rows, drug, many(draft, "dosageInstruction")))
        for draft, rows, drug in folic_drafts(record, all_drafts, judged_drafts)
        if drug == "folinic_acid"
    ]
    meant = folic_drafts(record, all_drafts, [*judged_drafts, *going_on(all_drafts)])
    folic = [total_of_folic_acid(record, all_drafts)] if any(drug == "folic_acid" for _, _, drug in meant) else []
    return min(folinic + folic, key=["high", "mid", "low"].index)


def total_of_folic_acid(record, all_drafts):
    found = [one for one in folic_drafts(record, all_drafts, all_drafts) if one[2] == "folic_acid"]
    amounts = [doses.daily_mg(rows, drug, many(draft, "dosageInstruction")) for draft, rows, drug in found]
    if None not in amounts:
        return band(sum(amounts))
    unclear = [rows for (_, rows, _), amount in zip(found, amounts, strict=True) if amount is None]
    known = sum(amount for amount in amounts if amount is not None)
    # A19: iron with folic acid counts as mid where its dose cannot be computed.
    return "mid" if known < 1 and all(is_iron(rows) for rows in unclear) else "high"


def is_iron(rows):
    return any((row[1], row[2]) in codes.IRON_WITH_FOLIC_ACID for row in rows)


def bands_of_record(record):
    """The dose bands of the folic acid that is being taken, for patient-view; words count beside what is sure (M2)."""
    kinds = ["folic_acid"] if in_chemotherapy_or_rescue(record, []) else ["folic_acid", "folinic_acid"]
    sure = [(drug, one) for drug in kinds for one in taken.taking(record, drug)]
    perhaps = [(drug, one) for drug in kinds for one in taken.taking(record, drug, sure=False)] if sure else []
    bands = []
    for drug, (resource, entries) in sure + perhaps:
        rows = drugs.rows_of(resource, drugs.record_medications(record))
        dose = doses.daily_mg(rows, drug, entries)
        iron = is_iron(rows) or drugs.WITH_IRON in drugs.drug_words(resource, [])
        # Every product of iron with it has less than 1 mg: what is written of more is the iron.
        bands.append("mid" if iron and (dose is None or dose >= 1) else band(dose))
    return bands


def band(daily_mg):
    """P8."""
    if daily_mg is None or daily_mg >= 1:
        return "high"
    return "mid" if daily_mg * 10 > 1 else "low"


def in_chemotherapy_or_rescue(record, drafts):
    """Reading T03c: an antineoplastic, pyrimethamine or methotrexate; words count."""
    for drug in ("antineoplastic", "oxaliplatin", "methotrexate", "pyrimethamine"):
        for sure in (True, False):
            if taken.taking(record, drug, sure):
                return True
            if any(last is None or results.within(last, record, 90) for _, last in taken.given(record, drug, sure)):
                return True
        if any(drugs.is_or_may_be(draft, drug, record["draft_medications"]) for draft in going_on(drafts)):
            return True
    return False


def going_on(drafts):
    """M7: what is held, or only an option, warns, and never reassures."""
    return [draft for draft in drafts if is_settled(draft)]


def needed_otherwise(record, facts, all_drafts):
    """Reading T03f: pregnancy, low-dose methotrexate, haemolysis, an antiepileptic at a child-bearing age."""
    if facts["pregnant"] or low_dose_methotrexate(record, all_drafts) or problems.has(record, "haemolysis"):
        return True
    years = problems.is_at_least(record, 12) and not problems.is_at_least(record, 51)
    return bool(problems.sex(record) == "female" and years and antiepileptic(record, all_drafts))


def antiepileptic(record, all_drafts):
    return any(
        taken.taking(record, drug)
        or taken.taking(record, drug, sure=False)
        or any(drugs.is_or_may_be(draft, drug, record["draft_medications"]) for draft in going_on(all_drafts))
        for drug in codes.ANTIEPILEPTICS
    )


def low_dose_methotrexate(record, all_drafts):
    """None of it is surely more than 30 mg a week; taken, or drafted in the same sitting."""
    running = [(drugs.rows_of(one, drugs.record_medications(record)), entries)
               for one, entries in taken.taking(record, "methotrexate")]
    medications = record["draft_medications"]
    drafted = [(drugs.rows_of(draft, medications), many(draft, "dosageInstruction"))
               for draft in going_on(all_drafts) if drugs.is_drug(draft, "methotrexate", medications)]
    for found in (running, drafted):
        amounts = [doses.daily_mg(rows, "methotrexate", entries) for rows, entries in found]
        if amounts and not any(amount is not None and amount * 7 > 30 for amount in amounts):
            return True
    return False


def b12_in_session(record, facts, all_drafts):
    """Reading T03h: adequate, inadequate or none, over every draft of the session."""
    # A cause that only words name may be one (C3): it does not silence.
    diet_only = facts["diet_cause"] and not facts["perhaps_malabsorption"] and not facts["worded"]
    medications, answer = record["draft_medications"], "none"
    for draft in going_on(all_drafts):
        if not drugs.is_drug(draft, "b12", medications):
            continue
        if must_go(draft, record, all_drafts):
            return "none"
        rows, entries = drugs.rows_of(draft, medications), many(draft, "dosageInstruction")
        ways, dose = doses.routes(rows, "b12", entries), doses.daily_mg(rows, "b12", entries)
        if codes.INJECTION in ways:
            answer = "adequate"
            continue
        enough = (dose is not None and dose >= 1) or (codes.BY_MOUTH in ways and diet_only)
        if enough and not facts["neurology_perhaps"]:
            answer = "adequate"
        elif answer == "none":
            answer = "inadequate"
    return answer


def must_go(draft, record, all_drafts):
    """A draft that T06 or T09 forbids, as critical, is no adequate vitamin B12."""
    alone = order_topics.Sitting(record, all_drafts, [draft], [])
    found = order_topics.cobalamin_hypersensitivity(alone) + order_topics.b12_dose_error(alone)
    return any(level == "critical" for level, _ in found)


def folic_acid_first(hook, record, facts, all_drafts, judged_drafts):
    """The level of T03, and what decided."""
    session = "none" if hook == "patient-view" else b12_in_session(record, facts, all_drafts)
    bands = bands_of_record(record) if hook == "patient-view" else [band_of_drafts(record, all_drafts, judged_drafts)]
    bands = [one for one in bands if one]
    if not bands:
        return "none", {}
    highest = min(bands, key=["high", "mid", "low"].index)
    needed = needed_otherwise(record, facts, all_drafts)
    level = plain = MATRIX[highest][facts["column"]]
    if needed:
        level = known_purpose(level, facts["column"])
    if session == "adequate":
        level = "info" if facts["column"] == "A" and level != "none" else "none"
    if session == "inadequate":
        level = one_lower(level)
    if facts["adult"] is False:
        level = at_most(level, "warning") if facts["column"] in ("A", "F") else "none"
    if hook == "patient-view" and facts["column"] == "A" and not problems.may_have(record, "neurological"):
        level = at_most(level, "warning")
    seen = {"band": highest, "column": facts["column"], "needed": needed, "session": session}
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
        if not drugs.is_or_may_be(draft, "b12", medications):
            continue
        ways = doses.routes(drugs.rows_of(draft, medications), "b12", many(draft, "dosageInstruction"))
        if not ways or codes.INJECTION in ways:
            return True
    return False


def potassium_monitoring(record, facts, judged_drafts):
    """The level of T04, and the cell of the grid."""
    if treatment.started_by_injection(record) or not starts_by_injection(record, judged_drafts):
        return "none", {}
    haemoglobin = results.latest_number(record, "haemoglobin", 90)
    severe = haemoglobin is not None and results.surely_below(haemoglobin, 7 if facts["pregnant"] else 8)
    if not severe and not facts["megaloblastic"]:
        return "none", {}
    if facts["b12"] == "adequate" and not (facts["misleads"] or facts["megaloblastic"] or facts["perhaps_megaloblastic"]):
        return "none", {}  # T04d: another anaemia; what words call pernicious anaemia may be none (C3)
    row = potassium_row(record)
    level = {"very low": "critical", "low": "warning", "normal": "info"}.get(row) or ("warning" if severe else "info")
    return level, {"row": row, "severe": severe}


def potassium_row(record):
    """The row of the grid; a value whose comparator leaves the row open is as if it was not measured."""
    if results.preliminary_potassium(record):
        return "very low"
    potassium = results.latest_number(record, "potassium", 7)
    if potassium is None:
        return "none"
    low = results.surely_below(potassium, Decimal("3.5"))
    digoxin = taken.taking(record, "digoxin") or taken.taking(record, "digoxin", sure=False)
    if results.surely_below(potassium, 3) or (low and digoxin):
        return "very low"
    if low:
        return "low"
    if results.unusable_potassium(record):
        return "none"  # T04b: what came last cannot be read, and the older one does not reassure
    return "normal" if results.surely_at_least(potassium, Decimal("3.5")) else "none"
