"""The topics of the opened chart, but folic acid. Each gives findings (level, why); "none" says what silenced it."""

from datetime import timedelta

from . import codes, drugs, problems, results
from .facts import kidneys_fail
from .raw import belongs_to, codings, day, many, of_type, part, text


def b12_deficiency(facts):
    """T01."""
    if not facts["adult"] or facts["treated"] or not facts["shows_deficiency"]:
        return []
    why = "result" if facts["b12"] == "deficient" else "metabolite"
    return [("critical" if facts["neurological"] else "warning", why)]


def b12_indeterminate(facts):
    """T02."""
    if not facts["adult"] or facts["treated"] or facts["b12"] != "indeterminate":
        return []
    if facts["mma"] == "normal":
        return [("none", "normal MMA")]
    if not facts["neurological"] and not facts["macrocytosis"]:
        return [("info", "indeterminate")]
    found = [("warning", "neurological")] if facts["neurological"] else []
    return found + ([("warning", "macrocytosis")] if facts["macrocytosis"] else [])


def metformin_b12_check(record, facts):
    """T10."""
    if facts["treated"] or not drugs.taking_for_months(record, "metformin", 4):
        return []
    found = []
    if not facts["tested_this_year"]:
        for sign in ("neurological", "diabetic_neuropathy", "macrocytosis", "megaloblastic"):
            if facts[sign]:
                found.append(("warning", sign))
        if facts["other_anaemia"]:
            found.append(("info", "other anaemia"))
    if not facts["tested_in_36_months"]:
        found.append(("info", "not tested in 36 months"))
    return found or [("none", "tested")]


def b12_risk_group(record, facts):
    """T11."""
    if facts["treated"]:
        return []
    found = []
    if problems.is_at_least(record, 75):
        found.append("age 75")
    for concept in ("vegan", "surgery", "crohn", "coeliac", "atrophic_gastritis"):
        if problems.has(record, concept):
            found.append(concept)
    found += risk_by_drugs(record, facts)
    return [("none" if facts["tested_in_36_months"] else "info", why) for why in found]


def risk_by_drugs(record, facts):
    """A risk drug needs a sign, or a second one beside it (R08)."""
    taken = [drug for drug in codes.RISK_DRUGS if drugs.taking(record, drug)]
    if drugs.taking_for_months(record, "acid_suppression", 12):
        taken.append("acid_suppression")
    signs = ("neurological", "diabetic_neuropathy", "macrocytosis", "megaloblastic", "other_anaemia")
    seen = [sign for sign in signs if facts[sign]]
    found = [f"sign: {sign}" for sign in seen if taken] + [f"drug: {drug}" for drug in taken if seen]
    return [*found, "two drugs"] if len(taken) > 1 else found


def drug_induced_lupus_on_view(record, facts):
    """T12 on patient-view: while vitamin B12 is taken, or was given lately."""
    taken = drugs.taking(record, "b12")
    given = any(results.within(last, record, 120) for last in drugs.days_given(record, "b12"))
    return drug_induced_lupus(record, facts) if taken or given else []


def drug_induced_lupus(record, facts):
    """T12: lupus that began on a later day than vitamin B12, and what may have caused it."""
    starts = [problems.started(one, record["zone"]) for one in problems.found_problems(record, "lupus")]
    if not starts:
        return []
    if facts["started"] is None:
        return [("none", "start of B12 not known")]
    if not any(start is not None and start > facts["started"] for start in starts):
        return [("none", "lupus came first, or nobody knows")]
    culprits = [drug for drug in codes.LUPUS_CULPRITS if drugs.taking(record, drug)]
    return [("warning", culprit) for culprit in culprits] or [("info", "no culprit")]


def b12_treatment_review(record, facts):
    """T13."""
    if not facts["treated"] or facts["ordered"] is None:
        return []
    soon = facts["pregnant"] or problems.has(record, "lactation")
    if (record["today"] - facts["ordered"]).days < (30 if soon else 90):
        return []
    by_then = max(facts["ordered"] + timedelta(days=42), record["today"] - timedelta(days=456))
    blood = [one["analyte"] for one in results.usable_blood_counts(record) if one["day"] >= by_then]
    levels = [one["analyte"] for one in results.usable_b12(record) if one["day"] >= by_then]
    reviews = ["encounter"] if any(one >= by_then for one in review_encounters(record)) else []
    if blood or levels or reviews:
        return [("none", f"seen: {one}") for one in blood + levels + reviews]
    early = (record["today"] - facts["ordered"]).days < 90
    return [("info", "after 30 days" if early else "after 90 days")]


def review_encounters(record):
    """The days of the encounters that reviewed the treatment."""
    found = []
    for one in of_type(record["resources"], "Encounter"):
        if not belongs_to(one, record["patient_id"]) or one.get("status") not in ("in-progress", "finished"):
            continue
        period = part(one, "period")
        when = day(text(period, "start"), record["zone"]) or day(text(period, "end"), record["zone"])
        if when is not None and when <= record["today"] and any(is_review(concept) for concept in reasons(one)):
            found.append(when)
    return found


def reasons(encounter):
    return many(encounter, "type") + many(encounter, "reasonCode")


def is_review(concept):
    return any(pair in codes.FOLLOW_UP or problems.matches(pair, "b12_deficiency") for pair in codings(concept))


def platelet_recheck(record, facts):
    """T14."""
    if not facts["treated"] or facts["ordered"] is None:
        return []
    counts = results.usable_platelets(record)
    before = [one for one in counts if 0 <= (facts["ordered"] - one["day"]).days <= 90]
    before = [one for one in before if results.within(one["day"], record, 546)]
    after = [one for one in counts if one["day"] > facts["ordered"] and results.within(one["day"], record, 456)]
    start = results.lowest(results.newest(before))
    if start is None or not results.surely_below(start, 150):
        return []
    if (record["today"] - facts["ordered"]).days < 42:
        return [("none", "too early")]
    return [("none", "counted again")] if after else [("info", "not counted again")]


def nitrous_oxide(record, facts):
    """T16."""
    if facts["treated"] or not problems.has(record, "nitrous_oxide"):
        return []
    for one in results.usable_homocysteine_or_mma(record):
        if results.within(one["day"], record, 365):
            return [("none", one["analyte"])]
    return [("warning", "nitrous oxide")]


def b12_pregnancy_on_view(record, facts):
    """T17 on patient-view."""
    if not facts["adult"] or not facts["pregnant"] or facts["treated"]:
        return []
    return [("info", "indeterminate")] if results.current_total_b12(record) == "indeterminate" else []


def mma_renal(record, facts):
    """T18."""
    if facts["treated"] or facts["b12"] == "deficient" or results.current_mma(record) != "raised":
        return []
    if problems.has(record, "inborn_error"):
        return [("none", "inborn error")]
    return [("info", "MMA and kidneys")] if kidneys_fail(record) else []


def lifelong_b12_lapsed(facts):
    """T19."""
    why = [name for name in ("lifelong_but_sacd", "sacd") if facts[name]]
    return [("none" if facts["treated"] else "warning", one) for one in why]


def b12_result_unusable(record, facts):
    """T21."""
    if facts["treated"]:
        return []
    found = [("info", "unusable")] if results.unusable_b12(record) else []
    if facts["tested_this_year"] and not facts["adult"]:
        found.append(("info", "child" if facts["adult"] is False else "age not known"))
    return found


def b12_retest_old_low(facts):
    """T22."""
    return [("info", "old low")] if facts["adult"] and facts["old_low"] and not facts["treated"] else []
