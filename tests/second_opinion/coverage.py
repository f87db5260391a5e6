"""What the random patients meet: every card, every cell of the matrix and the grid, every modifier, counted.

    python -m tests.second_opinion.coverage [--patients 20000] [--seed 1]
"""

import argparse
from collections import Counter

from . import codes, drugs, evaluator, problems, results
from .patients import random_case
from .raw import many

BANDS, COLUMNS = ("high", "mid", "low"), ("A", "B", "C+", "C", "D", "E", "F")
ROWS = ("very low", "low", "none", "normal")
CARDS = [
    (evaluator.T01, "warning"), (evaluator.T01, "critical"), (evaluator.T02, "info"), (evaluator.T02, "warning"),
    (evaluator.T03, "info"), (evaluator.T03, "warning"), (evaluator.T03, "critical"), (evaluator.T04, "info"),
    (evaluator.T04, "warning"), (evaluator.T04, "critical"), (evaluator.T21, "info"), (evaluator.T22, "info"),
]
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
    "dose not computable",
]


def expected():
    """Every line that must be met at least once."""
    lines = [("card", *card) for card in CARDS]
    lines += [("matrix", where, band, column) for where in ("orders", "patient-view") for band in BANDS
              for column in COLUMNS]
    lines += [("grid", row, severe) for row in ROWS for severe in (True, False)]
    lines += [("modifier", *change) for change in LEVEL_CHANGES]
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
    matrix, grid = why.get("T03", {}), why.get("T04", {})
    if matrix:
        where = "patient-view" if case.hook == "patient-view" else "orders"
        lines.append(("matrix", where, matrix["band"], matrix["column"]))
        lines += modifiers(case, why, matrix)
    if grid:
        lines.append(("grid", grid["row"], grid["severe"]))
    record = evaluator.open_record(case.context, case.resources, case.today)
    return lines + [("situation", name) for name in situations(case, record, why)]


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
    drafts = drafts.drafts(record, case.context)
    judged = drafts.judged(case.hook, case.context, drafts)
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
        "folinic acid left out": folinic_left_out(record, drafts, judged),
        "draft by words only": any(words_only(record, draft) for draft in judged),
        "route not known": any(route_not_known(record, draft) for draft in judged),
        "unselected draft": len(judged) < len(drafts),
        "pregnancy by status": results.pregnant_by_status(record) and not problems.has(record, "pregnancy"),
        "digoxin": why.get("T04") and drugs.taking(record, "digoxin"),
        "foreign resource": "someone-else" in str([one.get("subject") for one in case.resources]),
        "undated result": any(one["moment"] is None for one in every_b12),
        "dose not computable": any(dose_unknown(record, draft) for draft in judged),
    }
    return [name for name, true in holds.items() if true]


def folinic_left_out(record, drafts, judged):
    folinic = any(drugs.is_drug(draft, "folinic_acid", record["draft_medications"]) for draft in judged)
    return folinic and drugs.in_chemotherapy_or_rescue(record, drafts)


def words_only(record, draft):
    return any(drugs.may_be_drug(draft, drug, record["draft_medications"]) for drug in codes.DRUG_WORDS)


def route_not_known(record, draft):
    rows, entries = drugs.rows_of(draft, record["draft_medications"]), many(draft, "dosageInstruction")
    return any(row[0] == "b12" for row in rows) and drugs.route(rows, "b12", entries) is None


def dose_unknown(record, draft):
    rows, entries = drugs.rows_of(draft, record["draft_medications"]), many(draft, "dosageInstruction")
    return any(row[0] == "folic_acid" for row in rows) and drugs.daily_mg(rows, "folic_acid", entries) is None


# --- printing ---------------------------------------------------------------------------------------------------------


def as_text(met):
    lines = ["cards"]
    lines += [f"  {topic:24} {level:10} {met['card', topic, level]:6}" for topic, level in CARDS]
    for where in ("orders", "patient-view"):
        lines.append(f"T03 matrix, {where:13}" + "".join(f"{column:>7}" for column in COLUMNS))
        lines += [f"  {band:23}" + "".join(f"{met['matrix', where, band, column]:7}" for column in COLUMNS)
                  for band in BANDS]
    lines.append(f"T04 grid {'':15} severe  coded")
    lines += [f"  {row:20} {met['grid', row, True]:7}{met['grid', row, False]:7}" for row in ROWS]
    lines.append("modifiers of T03, alone at work")
    lines += [f"  {name:16} {column:3} {before:9} -> {after:9}{met['modifier', name, column, before, after]:6}"
              for name, column, before, after in LEVEL_CHANGES]
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
