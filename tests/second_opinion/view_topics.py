"""The topics of the opened chart, but folic acid. Each gives findings (level, why); "none" says what silenced it."""

from datetime import timedelta

from . import codes, problems, results, taken, treatment
from .facts import settled_by_mma, shows_deficiency
from .raw import belongs_to, codings, day, many, of_type, part, text


def b12_deficiency(facts):
    """T01."""
    if not facts["adult"] or facts["treated"] or not shows_deficiency(facts):
        return []
    return [("critical" if facts["neurological"] or facts["by_metabolites"] else "warning", "deficient")]


def b12_indeterminate(record, facts):
    """T02."""
    if not facts["adult"] or facts["treated"] or shows_deficiency(facts):
        return []
    if facts["b12"] == "adequate" and facts["mma_pattern"]:
        return [("info", "MMA raised beside an adequate level")]
    if facts["b12"] != "indeterminate":
        return []
    if settled_by_mma(facts):
        return [("none", "normal MMA")]
    if facts["neurological"] or facts["macrocytosis"]:
        return [("warning", "with a sign")]
    waits = treatment.awaited(record, ["mma"]) and not facts["neurology_perhaps"]
    return [("none", "awaited") if waits else ("info", "indeterminate")]


def metformin_b12_check(record, facts):
    """T10."""
    if facts["treated"] or not taken.exposed(record, "metformin", 4):
        return []
    if treatment.awaited(record, ["total", "active", "mma"]):
        return [("none", "awaited")]
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
    if treatment.awaited(record, ["total", "active", "mma"]):
        return [("none", "awaited")]
    groups = risk_groups(record, facts)
    if facts["macrocytosis"] and not facts["usable_days"] and anaemic(record, facts):
        groups.append("large cells with anaemia, never measured")
    if not groups:
        return []
    sign = facts["neurological"] or facts["macrocytosis"] or facts["glossitis"]
    if facts["tested_this_year"] or (facts["tested_in_36_months"] and not sign):
        return [("none", "tested")]
    only_cells = groups == ["large cells with anaemia, never measured"]
    loud = sign and not facts["tested_in_36_months"] and not only_cells
    return [("warning" if loud else "info", one) for one in groups]


def anaemic(record, facts):
    haemoglobin = results.latest_number(record, "haemoglobin", 90)
    limit = 11 if facts["pregnant"] else 13 if problems.sex(record) == "male" else 12
    return haemoglobin is not None and results.surely_below(haemoglobin, limit)


def risk_groups(record, facts):
    found = ["age 75"] if problems.is_at_least(record, 75) else []
    found += [one for one in ("vegan", "surgery", "crohn", "coeliac", "atrophic", "malabsorption", "coded") if facts[one]]
    drugs = [drug for drug in codes.RISK_DRUGS if taken.taking(record, drug)]
    if taken.exposed(record, "acid_suppression", 12):
        drugs.append("acid_suppression")
    signs = ("neurological", "diabetic_neuropathy", "macrocytosis", "megaloblastic", "glossitis", "other_anaemia")
    if drugs and (len(drugs) > 1 or any(facts[sign] for sign in signs)):
        found.append("drugs")
    return found


def drug_induced_lupus_on_view(record, facts):
    """T12 on patient-view: while vitamin B12 is taken (M8), or was given lately."""
    running = taken.taking(record, "b12")
    given = any(results.within(last, record, 120) for last in taken.days_given(record, "b12"))
    return drug_induced_lupus(record) if running or given else []


def drug_induced_lupus(record):
    """T12: lupus that began on a later day than vitamin B12, and what may have caused it."""
    starts = [problems.began(one, record) for one in problems.found_problems(record, "lupus")]
    began = began_b12(record)
    if not starts or began is None:
        return []
    if not any(start is not None and start > began for start in starts):
        return [("none", "lupus came first, or nobody knows")]
    culprits = [drug for drug in codes.LUPUS_CULPRITS if taken.taking(record, drug)]
    return [("warning", culprit) for culprit in culprits] or [("info", "no culprit")]


def began_b12(record):
    """S1: the earlier of the course that reaches today and of everything given, whenever it was."""
    days = [taken.sure_start(record, "b12")]
    days += [taken.first_day(one, record) or last for one, last in taken.given(record, "b12")]
    return min([one for one in days if one is not None and one <= record["last"]], default=None)


def b12_treatment_review(record, facts):
    """T13."""
    if not facts["treated"] or facts["ordered"] is None:
        return []
    soon = facts["pregnant"] or problems.is_lactating(record)
    if (record["today"] - facts["ordered"]).days < (30 if soon else 90):
        return []
    by_then = max(facts["ordered"] + timedelta(days=42), record["today"] - timedelta(days=456))
    blood = [one["analyte"] for one in results.usable_blood_counts(record) if one["day"] >= by_then]
    levels = [one["analyte"] for one in results.usable_b12(record) if one["day"] >= by_then]
    reviews = ["encounter"] if any(one >= by_then for one in review_encounters(record)) else []
    if blood or levels or reviews:
        return [("none", f"seen: {one}") for one in blood + levels + reviews]
    return [("info", "review")]


def review_encounters(record):
    """The days of the encounters that reviewed the treatment."""
    found = []
    for one in of_type(record["resources"], "Encounter"):
        if not belongs_to(one, record["patient_id"]) or one.get("status") not in ("in-progress", "finished"):
            continue
        period = part(one, "period")
        when = day(text(period, "start"), record["zone"]) or day(text(period, "end"), record["zone"])
        if when is not None and when <= record["last"] and any(is_review(concept) for concept in reasons(one)):
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
    days = problems.nitrous_oxide_days(record)
    if facts["treated"] or not days:
        return []
    if None not in days and results.metabolites_normal(record, max(days)):
        return [("none", "metabolites normal")]
    cord = problems.has(record, "cord") or (problems.has(record, "cord_by_nitrous_oxide") and facts["b12"] != "adequate")
    if treatment.awaited(record, ["mma", "homocysteine"]) and not facts["neurological"]:
        return [("none", "awaited")]
    return [("critical" if cord else "warning", "nitrous oxide")]


def b12_pregnancy_on_view(record, facts):
    """T17 on patient-view."""
    if not facts["adult"] or not facts["pregnant"] or facts["treated"]:
        return []
    total, when = results.latest_of(record, "b12_total")
    if total != "indeterminate" or not results.within(when, record, 365) or facts["b12"] == "adequate":
        return []
    return [("none", "awaited") if treatment.awaited(record, ["active"]) else ("info", "indeterminate")]


def mma_renal(record, facts):
    """T18."""
    inborn = problems.surely_has(record, "inborn_error")  # one that is perhaps over silences nothing
    if facts["treated"] or facts["mma"] != "raised" or inborn or shows_deficiency(facts):
        return []
    louder = facts["b12"] == "indeterminate" and (facts["neurological"] or facts["macrocytosis"])
    if facts["kidneys"] == "fail":  # it replaces T02, and is as loud
        return [("warning" if louder and facts["adult"] else "info", "kidneys")]
    return [("info", "kidneys not known")] if facts["kidneys"] == "unknown" and not louder else []


def lifelong_b12_lapsed(record, facts):
    """T19."""
    if facts["treated"]:
        return []
    cord = facts["sacd"] and facts["b12"] != "adequate"
    # A26: after nitrous oxide T16 speaks of the cord, where that is the only reason; what is said is as loud (A28).
    if not facts["lifelong"] and not (cord and not facts["nitrous"]):
        return []
    return [("critical" if cord and not facts["unverified"] else "warning", "lapsed")]


def b12_result_unusable(record, facts):
    """T21."""
    if facts["treated"]:
        return []
    found = [("info", "unusable")] if results.unusable_b12(record) else []
    if facts["tested_this_year"] and not facts["adult"]:
        found.append(("info", "child" if facts["adult"] is False else "age not known"))
    return found


def b12_retest_old_low(record, facts):
    """T22."""
    if not facts["adult"] or not facts["old_low"] or facts["treated"] or facts["tested_this_year"]:
        return []  # 0.2: only an old low result, and no retest
    if treatment.awaited(record, ["total", "active", "mma"]):
        return [("none", "awaited")]
    # Never quieter than T10 and T11, which it replaces (A24), would be.
    signs = ("neurological", "diabetic_neuropathy", "macrocytosis", "megaloblastic", "glossitis")
    return [("warning" if any(facts[sign] for sign in signs) else "info", "old low")]
