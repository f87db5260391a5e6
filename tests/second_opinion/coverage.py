"""What the random patients meet: every card, every cell of the matrix and the grid, every modifier, counted.

    python -m tests.second_opinion.coverage [--patients 20000] [--seed 1]
"""

import argparse
from collections import Counter

from . import codes, drafts, drugs, evaluator, problems, results
from .facts import highest
from .patients import random_case
from .raw import many, of_type, part

BANDS, COLUMNS = ("high", "mid", "low"), ("A", "B", "C+", "C", "D", "E", "F")
ROWS = ("very low", "low", "none", "normal")
LEVELS_OF = {
    evaluator.T01: "warning critical", evaluator.T02: "info warning", evaluator.T03: "info warning critical",
    evaluator.T04: "info warning critical", evaluator.T05: "info warning critical", evaluator.T06: "warning critical",
    evaluator.T07: "info warning", evaluator.T08: "warning", evaluator.T09: "warning critical",
    evaluator.T10: "info warning", evaluator.T11: "info", evaluator.T12: "info warning", evaluator.T13: "info",
    evaluator.T14: "info", evaluator.T15: "info", evaluator.T16: "warning", evaluator.T17: "info",
    evaluator.T18: "info", evaluator.T19: "warning", evaluator.T20: "info", evaluator.T21: "info",
    evaluator.T22: "info", evaluator.T23: "info",
}
CARDS = [(topic, level) for topic, levels in LEVELS_OF.items() for level in levels.split()]
SIGNS = ["neurological", "diabetic_neuropathy", "macrocytosis", "megaloblastic"]
# Every row of every reading, also the ones that silence: (topic, level, why), as the topics name their findings.
ROWS_OF = {
    evaluator.T01: [("warning", "result"), ("critical", "result"), ("warning", "metabolite"),
                    ("critical", "metabolite")],
    evaluator.T02: [("none", "normal MMA"), ("info", "indeterminate"), ("warning", "neurological"),
                    ("warning", "macrocytosis")],
    evaluator.T05: [("critical", "Leber"), ("warning", "H47.22"), ("warning", "family"), ("info", "mecobalamin"),
                    ("none", "hydroxocobalamin")],
    evaluator.T06: [("critical", "code"), ("critical", "substance"), ("critical", "words of the code"),
                    ("critical", "words of the substance"), ("warning", "cobalt")],
    evaluator.T07: [("warning", "neurological"), ("info", "lifelong"), ("none", "injection in the same sitting")],
    evaluator.T08: [("warning", "low"), ("none", "exactly 1 mg"), ("none", "enough"),
                    ("none", "injection in the same sitting")],
    evaluator.T09: [("critical", "size"), ("warning", "unit"), ("none", "antidote"), ("none", "exactly 10 mg")],
    evaluator.T10: [*[("warning", sign) for sign in SIGNS], ("info", "other anaemia"),
                    ("info", "not tested in 36 months"), ("none", "tested")],
    evaluator.T11: [(level, why) for level in ("info", "none") for why in (
        "age 75", "vegan", "surgery", "crohn", "coeliac", "atrophic_gastritis", "two drugs",
        *[f"drug: {drug}" for drug in [*codes.RISK_DRUGS, "acid_suppression"]],
        *[f"sign: {sign}" for sign in [*SIGNS, "other_anaemia"]])],
    evaluator.T12: [*[("warning", culprit) for culprit in codes.LUPUS_CULPRITS], ("info", "no culprit"),
                    ("none", "start of B12 not known"), ("none", "lupus came first, or nobody knows")],
    evaluator.T13: [("info", "after 90 days"), ("info", "after 30 days"), *[("none", f"seen: {one}") for one in (
        "haemoglobin", "mcv", "platelets", "b12_total", "b12_active", "encounter")]],
    evaluator.T14: [("info", "not counted again"), ("none", "too early"), ("none", "counted again")],
    evaluator.T15: [("info", "beyond three months"), ("none", "three months")],
    evaluator.T16: [("warning", "nitrous oxide"), ("none", "homocysteine"), ("none", "mma")],
    evaluator.T17: [("info", "indeterminate"), ("info", "anaemia of pregnancy"),
                    ("info", "pregnant and megaloblastic"), ("none", "deficiency shown")],
    evaluator.T18: [("info", "MMA and kidneys")],
    evaluator.T19: [("warning", "lifelong_but_sacd"), ("warning", "sacd"), ("none", "sacd"),
                    ("none", "lifelong_but_sacd")],
    evaluator.T20: [("info", "level while ordered"), ("info", "level after an injection"), ("info", "antibody"),
                    ("none", "level"), ("none", "antibody")],
    evaluator.T21: [("info", "unusable"), ("info", "child"), ("info", "age not known")],
    evaluator.T22: [("info", "old low")],
    evaluator.T23: [("info", "by code"), ("info", "by words")],
}
REPLACED = [(topic, by) for topic, listed in evaluator.REPLACED_BY.items() for by in listed]
REPLACED.append((evaluator.T07, evaluator.T08))
ORDERED_DAYS_AGO = [29, 30, 31, 41, 42, 43, 89, 90, 91]
LEVEL_CHANGES = [
    ("pregnancy", "A", "critical", "warning"), ("pregnancy", "B", "warning", "info"),
    ("pregnancy", "C+", "warning", "info"), ("pregnancy", "C", "info", "none"),
    ("methotrexate", "A", "critical", "warning"), ("methotrexate", "B", "warning", "info"),
    ("methotrexate", "C+", "warning", "info"), ("methotrexate", "C", "info", "none"),
    ("adequate B12", "A", "critical", "info"), ("adequate B12", "A", "warning", "info"),
    ("adequate B12", "B", "warning", "none"), ("adequate B12", "C+", "warning", "none"),
    ("adequate B12", "C", "info", "none"), ("adequate B12", "F", "warning", "none"),
    ("inadequate B12", "A", "critical", "warning"), ("inadequate B12", "A", "warning", "info"),
    ("inadequate B12", "B", "warning", "info"), ("inadequate B12", "B", "info", "none"),
    ("inadequate B12", "F", "warning", "info"), ("child", "A", "critical", "warning"),
    ("child", "C", "info", "none"), ("child", "C+", "warning", "none"), ("patient-view", "A", "critical", "warning"),
    ("patient-view", "A", "critical", "critical"),
]
SITUATIONS = [
    "deceased", "treated", "unverified", "age not known", "MMA pattern", "MMA normal", "MMA pattern without low B12",
    "worse class stands for treatment between", "open class", "B12 class by comparator", "corrected result",
    "own limit of MMA", "preliminary deficient", "diet only", "folinic acid left out", "draft by words only",
    "route not known", "unselected draft", "pregnancy by status", "digoxin", "foreign resource", "undated result",
    "dose not computable", "dose malformed beside a timing code", "condition abated", "given in an open period",
    "selections that name nothing", "cobalamin and its other name in words",
]


def expected():
    """Every line that must be met at least once."""
    lines = [("card", *card) for card in CARDS]
    lines += [("matrix", where, band, column) for where in ("orders", "patient-view") for band in BANDS
              for column in COLUMNS]
    lines += [("grid", row, severe) for row in ROWS for severe in (True, False)]
    lines += [("modifier", *change) for change in LEVEL_CHANGES]
    lines += [("row", topic, *row) for topic, rows in ROWS_OF.items() for row in rows]
    lines += [("replaced", *pair) for pair in REPLACED]
    lines += [("ordered days ago", days) for days in ORDERED_DAYS_AGO]
    return lines + [("situation", situation) for situation in SITUATIONS]


def count(seeds):
    """How often each line is met."""
    met = Counter(dict.fromkeys(expected(), 0))
    for seed in seeds:
        for line in set(lines_of(random_case(seed))):
            if line in met:
                met[line] += 1
    return met


def lines_of(case):
    """Every line that one case meets."""
    found, why = evaluator.opinion(case.hook, case.context, case.resources, case.today)
    lines = [("card", *card) for card in found]
    if "deceased" in why:
        return [("situation", "deceased")]
    for topic, findings in why["findings"].items():
        lines += [("row", topic, *finding) for finding in findings]
    lines += replacements(why["findings"])
    if why["treated"] and why["ordered"]:
        lines.append(("ordered days ago", (case.today - why["ordered"]).days))
    matrix, grid = why.get("T03", {}), why.get("T04", {})
    if matrix:
        where = "patient-view" if case.hook == "patient-view" else "orders"
        lines.append(("matrix", where, matrix["band"], matrix["column"]))
        lines += modifiers(case, why, matrix)
    if grid:
        lines.append(("grid", grid["row"], grid["severe"]))
    record = evaluator.open_record(case.context, case.resources, case.today)
    return lines + [("situation", name) for name in situations(case, record, why)]


def replacements(findings):
    """Which topics would have given a card, and the topic that stands for them."""
    level = {topic: highest(found) for topic, found in findings.items()}
    return [("replaced", topic, by) for topic, by in REPLACED
            if level.get(by, "none") != "none" and level.get(topic, "none") != "none"
            and (topic != evaluator.T07 or level[topic] == "info")]


def modifiers(case, why, matrix):
    """The modifiers that were at work alone, so that the change of level is theirs."""
    at_work = [name for name, holds in (
        ("pregnancy", why["pregnant"]), ("methotrexate", matrix["methotrexate"]),
        ("adequate B12", matrix["session"] == "adequate"), ("inadequate B12", matrix["session"] == "inadequate"),
        ("child", why["adult"] is False), ("patient-view", case.hook == "patient-view"),
    ) if holds]
    if len(at_work) != 1:
        return []
    return [("modifier", at_work[0], matrix["column"], matrix["matrix"], matrix["level"])]


def situations(case, record, why):
    """The names of SITUATIONS that this case is in."""
    every_b12 = results.read(record, "b12_total") + results.read(record, "b12_active")
    used = [one for one in every_b12 if one["status"] in results.USED]
    latest = results.latest_b12(record)[0]
    all_drafts = drafts.drafts(record, case.context)
    judged = drafts.judged(case.hook, case.context, all_drafts)
    holds = {
        "treated": why["treated"],
        "unverified": why["unverified"],
        "age not known": why["adult"] is None,
        "MMA pattern": why["mma_pattern"],
        "MMA normal": why["mma"] == "normal" and why["b12"] == "indeterminate",
        "MMA pattern without low B12": why["mma_pattern"] and why["b12"] in (None, "adequate"),
        "worse class stands for treatment between": why["b12"] is not None and why["b12"] != latest,
        "open class": any(one["value"] is not None and results.b12_class(one) is None for one in used),
        "B12 class by comparator": any(one["comparator"] and results.b12_class(one) for one in used),
        "corrected result": any(results.replaced(one, every_b12) for one in every_b12),
        "own limit of MMA": why["mma"] and any(
            one["value"] is not None and results.own_limit(one) is not None for one in results.read(record, "mma")),
        "preliminary deficient": why["adult"] and results.preliminary_deficient(record),
        "diet only": problems.has(record, "diet_cause") and not problems.has(record, "malabsorption_cause"),
        "folinic acid left out": folinic_left_out(record, all_drafts, judged),
        "draft by words only": any(words_only(record, draft) for draft in judged),
        "route not known": any(route_not_known(record, draft) for draft in judged),
        "unselected draft": len(judged) < len(all_drafts),
        "pregnancy by status": results.pregnant_by_status(record) and not problems.has(record, "pregnancy"),
        "digoxin": why.get("T04") and drugs.taking(record, "digoxin"),
        "foreign resource": "someone-else" in str([one.get("subject") for one in case.resources]),
        "undated result": any(one["moment"] is None for one in every_b12),
        "dose not computable": any(dose_unknown(record, draft) for draft in judged),
        "dose malformed beside a timing code": any(malformed_beside_code(draft) for draft in judged),
        "condition abated": any(
            problems.has_abated(one) and not problems.status_codes(one, "clinicalStatus")
            for one in of_type(case.resources, "Condition")),
        "given in an open period": any(open_period(one) for one in case.resources),
        "selections that name nothing": case.hook == "order-select" and not any(
            drafts.is_selected(part(entry, "resource"), case.context) for entry in drafts.draft_entries(case.context)),
        "cobalamin and its other name in words": "(vitamin B12)" in str(judged),
    }
    return [name for name, true in holds.items() if true]


def folinic_left_out(record, all_drafts, judged):
    folinic = any(drugs.is_drug(draft, "folinic_acid", record["draft_medications"]) for draft in judged)
    return folinic and drugs.in_chemotherapy_or_rescue(record, all_drafts)


def words_only(record, draft):
    return any(drugs.may_be_drug(draft, drug, record["draft_medications"]) for drug in codes.DRUG_WORDS)


def route_not_known(record, draft):
    rows, entries = drugs.rows_of(draft, record["draft_medications"]), many(draft, "dosageInstruction")
    return any(row[0] == "b12" for row in rows) and drugs.route(rows, "b12", entries) is None


def dose_unknown(record, draft):
    rows, entries = drugs.rows_of(draft, record["draft_medications"]), many(draft, "dosageInstruction")
    return any(row[0] == "folic_acid" for row in rows) and drugs.daily_mg(rows, "folic_acid", entries) is None


def malformed_beside_code(draft):
    timings = [part(entry, "timing") for entry in many(draft, "dosageInstruction")]
    return any("code" in timing and drugs.unreadable(timing, part(timing, "repeat")) for timing in timings)


def open_period(given):
    period = part(given, "effectivePeriod")
    return str(given["resourceType"]).startswith("Medication") and "start" in period and "end" not in period


# --- printing ---------------------------------------------------------------------------------------------------------


def as_text(met):
    lines = ["cards"]
    lines += [f"  {topic:28} {level:10} {met['card', topic, level]:6}" for topic, level in CARDS]
    for where in ("orders", "patient-view"):
        lines.append(f"T03 matrix, {where:13}" + "".join(f"{column:>7}" for column in COLUMNS))
        lines += [f"  {band:23}" + "".join(f"{met['matrix', where, band, column]:7}" for column in COLUMNS)
                  for band in BANDS]
    lines.append(f"T04 grid {'':15} severe  coded")
    lines += [f"  {row:20} {met['grid', row, True]:7}{met['grid', row, False]:7}" for row in ROWS]
    lines.append("modifiers of T03, alone at work")
    lines += [f"  {name:16} {column:3} {before:9} -> {after:9}{met['modifier', name, column, before, after]:6}"
              for name, column, before, after in LEVEL_CHANGES]
    lines.append("rows of the other topics, also the ones that silence")
    lines += [f"  {topic:26} {level:9} {why:36}{met['row', topic, level, why]:6}"
              for topic, rows in ROWS_OF.items() for level, why in rows]
    lines.append("replaced")
    lines += [f"  {topic:26} by {by:26}{met['replaced', topic, by]:6}" for topic, by in REPLACED]
    lines.append("first order of a treatment, days ago")
    lines += [f"  {days:4}{met['ordered days ago', days]:6}" for days in ORDERED_DAYS_AGO]
    lines.append("situations")
    lines += [f"  {name:42}{met['situation', name]:6}" for name in SITUATIONS]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patients", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    met = count(range(options.seed, options.seed + options.patients))
    print(as_text(met))
    never = [line for line in expected() if not met[line]]
    if never:
        raise SystemExit(f"never met: {never}")


if __name__ == "__main__":
    main()
