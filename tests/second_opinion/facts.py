"""What several topics ask about the record, worked out once and in full; and the levels of a card."""

from . import problems, results, taken, treatment

LEVELS = ["none", "info", "warning", "critical"]


def highest(findings):
    """The level of a topic: the highest of its findings (level, why)."""
    return max((level for level, _ in findings), key=LEVELS.index, default="none")


SIGNS = ("neurological", "diabetic_neuropathy", "other_anaemia", "sacd", "inborn_error", "vegan", "surgery", "crohn",
         "coeliac", "atrophic_gastritis", "lifelong_but_sacd", "glossitis", "diet_cause")


def know(record):
    """Everything that the topics ask about the record, worked out once and in full."""
    adult = problems.is_at_least(record, 16)
    facts = {"adult": adult, **{name: problems.has(record, name) for name in SIGNS}}
    facts["antibody"] = results.antibody_positive(record)
    facts["lifelong"] = facts["lifelong_but_sacd"] or facts["antibody"]
    facts["atrophic"] = facts["atrophic_gastritis"] or facts["antibody"]
    facts["malabsorption"] = problems.has(record, "malabsorption_cause") or facts["antibody"]
    facts["signs_perhaps"] = any(problems.may_have(record, name) for name in ("neurological", "malabsorption_cause"))
    facts["neurology_perhaps"] = problems.may_have(record, "neurological")
    facts["worded"] = problems.named_in_words(record)
    facts["perhaps_malabsorption"] = facts["malabsorption"] or problems.may_have(record, "malabsorption_cause")
    facts["perhaps_lifelong"] = facts["worded"] or problems.may_have(record, "lifelong_but_sacd")
    facts["perhaps_megaloblastic"] = facts["worded"] or problems.may_have(record, "pernicious_or_megaloblastic")
    facts["megaloblastic"] = problems.has(record, "pernicious_or_megaloblastic")
    facts["coded"] = problems.has(record, "b12_deficiency")
    facts["macrocytosis"] = macrocytosis(record)
    facts["pregnant"] = problems.is_pregnant(record)
    facts["nitrous"] = problems.nitrous_oxide_lately(record)
    add_results(facts, record)
    facts["in_spite"] = treatment.in_spite_of_an_order(record, facts)
    facts["treated"] = treatment.on_treatment(record, facts)
    facts["unverified"] = treatment.unverified(record, facts)
    facts["ordered"] = ordered(record)
    facts["at_risk"] = at_risk(record, facts)
    facts["column"] = column(record, facts)
    return facts


def add_results(facts, record):
    given, adult = taken.days_given(record, "b12"), facts["adult"]
    facts["latest_b12"], facts["latest_b12_day"] = results.latest_b12(record, ()) if adult else (None, None)
    facts["b12"], facts["b12_day"] = results.current_b12(record, given) if adult else (None, None)
    facts["mma"], facts["mma_day"] = results.latest_mma(record)
    facts["homocysteine"], _ = results.latest_homocysteine(record)
    facts["kidneys"] = kidneys(record)
    facts["mma_pattern"] = facts["mma"] == "raised" and facts["kidneys"] == "work" and not facts["inborn_error"]
    facts["by_metabolites"] = by_metabolites(facts)
    facts["misleads"] = misleads(facts, record)
    old = facts["latest_b12"] == "deficient" and not results.within(facts["latest_b12_day"], record, 365)
    facts["old_low"] = old
    facts["usable_days"] = [one["day"] for one in results.usable_b12(record)]
    facts["tested_this_year"] = any(results.within(one, record, 365) for one in facts["usable_days"])
    facts["tested_in_36_months"] = any(problems.months_ago(one, record, 36) for one in facts["usable_days"])


def kidneys(record):
    """A9: the latest eGFR within 365 days outweighs a coded disease."""
    egfr = results.latest_number(record, "egfr", 365)
    if egfr is not None and results.surely_at_least(egfr, 60):
        return "work"
    if egfr is not None and results.surely_below(egfr, 60):
        return "fail"
    return "fail" if problems.has(record, "kidney") else "unknown"


def by_metabolites(facts):
    """A8: a functional deficiency, whatever the level."""
    if not facts["adult"]:
        return False
    after_gas = facts["nitrous"] and facts["neurological"] and facts["homocysteine"] == "raised"
    beside = facts["mma_pattern"] and (facts["nitrous"] or (facts["b12"] == "adequate" and facts["neurological"]))
    return beside or (after_gas and facts["kidneys"] == "work" and not facts["inborn_error"])


def misleads(facts, record):
    """P1b: what forbids to take an adequate level for one."""
    days = problems.nitrous_oxide_days(record)
    settled = days and None not in days and results.metabolites_normal(record, max(days))
    homocysteine = facts["homocysteine"] == "raised" and facts["kidneys"] == "work" and not facts["inborn_error"]
    after_gas = facts["nitrous"] and (not settled or (facts["neurological"] and homocysteine))
    return bool(facts["mma_pattern"] or after_gas or facts["antibody"])


def shows_deficiency(facts):
    """T01 but its treatment: the result, the metabolites, or a level that is not adequate beside an antibody."""
    return bool(
        facts["b12"] == "deficient"
        or (facts["mma_pattern"] and facts["b12"] != "adequate")
        or facts["by_metabolites"]
        or (facts["antibody"] and facts["b12"] in ("deficient", "indeterminate"))
    )


def settled_by_mma(facts):
    """A7: a normal MMA, taken at most 90 days before the deciding level, or later."""
    return facts["mma"] == "normal" and facts["b12_day"] is not None and (
        (facts["b12_day"] - facts["mma_day"]).days <= 90
    )


def ordered(record):
    """S1 for T13 and T14: the start of the course of vitamin B12 that reaches today."""
    return taken.sure_start(record, "b12")


def macrocytosis(record):
    mcv = results.latest_number(record, "mcv", 90)
    return mcv is not None and results.surely_above(mcv, 100)


def at_risk(record, facts):
    """Reading RISK."""
    groups = ("neurological", "macrocytosis", "vegan", "surgery", "crohn", "coeliac", "atrophic", "malabsorption", "old_low")
    return bool(
        any(facts[one] for one in groups)
        or problems.is_at_least(record, 75)
        or taken.exposed(record, "metformin", 4)
        or taken.exposed(record, "acid_suppression", 12)
        or (facts["adult"] and results.preliminary_deficient(record))
    )


def column(record, facts):
    """Readings T03a and T03b: the first column of the matrix that holds."""
    if facts["treated"]:
        return "E"
    if facts["b12"] == "deficient" or facts["by_metabolites"] or (facts["mma_pattern"] and facts["adult"]):
        return "A"
    if facts["coded"] and not facts["unverified"]:
        return "A"
    if facts["coded"] and facts["b12"] is None:
        return "F"
    if facts["b12"] == "indeterminate":
        return "D" if settled_by_mma(facts) else "B"
    if facts["b12"] == "adequate":
        return "B" if facts["misleads"] else "D"
    low = facts["adult"] is None and results.current_b12(record, taken.days_given(record, "b12"))[0] == "deficient"
    return "C+" if facts["at_risk"] or low else "C"
