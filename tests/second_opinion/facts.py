"""What several topics ask about the record, worked out once and in full; and the levels of a card."""

from . import drugs, problems, results
from .raw import within_months

LEVELS = ["none", "info", "warning", "critical"]


def highest(findings):
    """The level of a topic: the highest of its findings (level, why)."""
    return max((level for level, _ in findings), key=LEVELS.index, default="none")


def know(record):
    """Everything that the topics ask about the record, worked out once and in full."""
    adult = problems.is_at_least(record, 16)
    usable_days = [one["day"] for one in results.usable_b12(record)]
    facts = {
        "adult": adult,
        "b12": results.current_b12(record, drugs.days_given(record, "b12")) if adult else None,
        "mma": results.current_mma(record) if adult else None,
        "latest_b12": results.latest_b12(record)[0] if adult else None,
        "old_low": old_low(record) if adult else False,
        "treated": drugs.on_b12_treatment(record),
        "unverified": drugs.b12_treatment_unverified(record),
        "coded": problems.has(record, "b12_deficiency"),
        "neurological": problems.has(record, "neurological"),
        "macrocytosis": macrocytosis(record),
        "pregnant": problems.is_pregnant(record),
        "tested_this_year": any(results.within(one, record, 365) for one in usable_days),
        "tested_in_36_months": any(within_months(one, record["today"], 36) for one in usable_days),
        "ordered": drugs.b12_ordered(record),
        "started": drugs.b12_started(record),
        "diabetic_neuropathy": problems.has(record, "diabetic_neuropathy"),
        "megaloblastic": problems.has(record, "pernicious_or_megaloblastic"),
        "other_anaemia": problems.has(record, "other_anaemia"),
        "lifelong_but_sacd": problems.has(record, "lifelong_but_sacd"),
        "sacd": problems.has(record, "sacd"),
    }
    inborn = problems.has(record, "inborn_error")
    facts["mma_pattern"] = facts["mma"] == "raised" and kidneys_work(record) and not inborn
    facts["shows_deficiency"] = shows_deficiency(facts)
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


def kidneys_fail(record):
    """Reduced kidney function: proven, not merely not disproven (T18)."""
    egfr = results.latest_number(record, "egfr", 365)
    return (egfr is not None and results.surely_below(egfr, 60)) or problems.has(record, "kidney")


def shows_deficiency(facts):
    """Reading T01: the result itself, or the metabolite where the B12 does not contradict it."""
    return facts["b12"] == "deficient" or (facts["mma_pattern"] and facts["b12"] != "adequate")


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
