"""Looks for other patients for the keys that decided nothing about the first: advice may come because data are absent.

"No result in six months" is said of everybody whose results could not be read, and of the first patient, who has none,
it is said either way.
"""

from cds_conformance.checks.compare import advice
from cds_conformance.ehr.server import outcome
from cds_conformance.ehr.shelf import Chart
from cds_conformance.probes.caller import Caller
from cds_conformance.probes.pairs import Search

MOST_KEYS, MOST_PATIENTS = 3, 4
MADE = ("judge-made-ordinary", "judge-made-high")


def other_patients(caller: Caller, search: Search) -> None:
    """For each search that decided nothing yet: a patient for whom it does, and what is said where it is missing."""
    for key in [key for key in caller.searches() if key not in caller.deciding][:MOST_KEYS]:
        for chart in _having(caller, search, key):
            good, full = search.told(chart), caller.prefetch(chart)
            nothing = caller.call("null", caller.body(chart, prefetch=full | {key: None}), **_of(chart, key))
            if good.ok and nothing.ok and advice(good) != advice(nothing):
                good.probe = "good"
                failed = outcome("exception", "the record system did not answer")
                without = {name: held for name, held in full.items() if name != key}
                caller.call("absent", caller.body(chart, prefetch=without), **_of(chart, key))
                caller.call("failed", caller.body(chart, prefetch=full | {key: failed}), **_of(chart, key))
                break


def _of(chart: Chart, key: str) -> dict:
    return {"patient": chart.name, "keys": [key]}


def _having(caller: Caller, search: Search, key: str) -> list[Chart]:
    """Patients for whom this search finds something: those of the package, and some that are made."""
    made = [] if caller.own_patients else [chart for chart in search.made_charts() if chart.name in MADE]
    found = [chart for chart in (*caller.desk.charts, *made) if (caller.prefetch(chart).get(key) or {}).get("entry")]
    return [*found[: MOST_PATIENTS // 2], *found[MOST_PATIENTS // 2 :][-MOST_PATIENTS // 2 :]]
