"""Looks for a pair of calls whose answers differ, the same patient with data and with none: then failures can be told.

The patients of the package come first, then those made for the service. What searches find is left out first; where no
advice depends on it, what reads find is, the patient for one. Always the same calls in the same order, and no more than
a share of the time for the whole run.
"""

import time
from collections.abc import Iterable

from cds_conformance.checks.compare import advice
from cds_conformance.ehr.made import made_charts
from cds_conformance.ehr.notions import subject_of
from cds_conformance.ehr.server import Scene
from cds_conformance.ehr.shelf import Chart, everyone
from cds_conformance.evidence import Exchange
from cds_conformance.probes.caller import Caller

MOST_KEYS = 12  # that are tried one by one for whether they decide
MOST_LACKING = 5  # searches of a service for which patients are made who lack what one of them finds
WHOLE = 1  # of the made patients, the one who lacks nothing
SHARE = 0.3  # of the time that is left, for one service


def find_talker(caller: Caller, search: "Search") -> Chart:
    """The patient to go on with: one whose advice depends on data, else the one about whom the service says most.

    Notes in the evidence what was tried and found; `caller.deciding` are then the keys on which the advice depends.
    """
    chart = search.with_prefetch() if caller.searches() else search.with_a_server()
    if chart and caller.searches():
        caller.deciding = _deciding(caller, chart)
    if not chart and caller.reads():
        chart = search.with_reads()
        caller.deciding = caller.reads() if chart else []
    if not chart and not caller.searches():
        search.until_somebody_is_spoken_of()
    keys = caller.deciding if chart else []
    found = {
        "service": caller.id,
        "hook": caller.hook,
        "patients": search.tried,
        "patient": chart.name if chart else "",
        "keys": keys,
        "why": "" if chart else search.why_none(),
    }
    caller.desk.client.evidence.facts.setdefault("pairs", []).append(found)
    return chart or search.loudest()


class Search:
    """One service's search; `said` holds the answer about each patient that was tried with data."""

    def __init__(self, caller: Caller, goods: list[Exchange]):
        self.caller, self.goods, self.served = caller, goods, caller.served
        self.charts = {chart.name: chart for chart in caller.desk.charts}
        self.said = {e.detail["patient"]: e for e in goods}
        self.silence: dict[tuple, Exchange] = {}
        client = caller.desk.client
        self.ends = time.monotonic() + SHARE * max(0.0, client.ends - time.monotonic())

    @property
    def tried(self) -> int:
        return len(self.said)

    def why_none(self) -> str:
        """What was seen where no patient was found, in words that go on from the name of the service."""
        if not self.caller.templates and not self.caller.served:
            return "lists no templates and asked our FHIR server for nothing, so that no data could fail"
        if len({advice(said) for said in self.said.values() if said.ok}) > 1:
            return "says other things of other requests, but the same with their data and with none"
        return f"says the same of each of {self.tried} patients"

    def loudest(self) -> Chart:
        """The patient about whom most is said, of those whose good call is in the evidence."""
        ranked = sorted(self.said.values(), key=lambda e: -len(e.cards() or []))
        ranked[0].probe = "good"
        return self.charts[ranked[0].detail["patient"]]

    def two_that_differ(self) -> tuple[Chart, Chart] | None:
        """The patient about whom most is said, and one about whom other things are; None where all hear the same."""
        told = sorted((e for e in self.said.values() if e.ok), key=lambda e: -len(e.cards() or []))
        other = next((e for e in reversed(told) if advice(e) != advice(told[0])), None)
        return (self.charts[told[0].detail["patient"]], self.charts[other.detail["patient"]]) if other else None

    def with_prefetch(self) -> Chart | None:
        """A patient whose advice is other when every search gave null."""
        for good in sorted(self.goods, key=lambda e: -len(e.cards() or []))[:3]:
            chart = self.charts[good.detail["patient"]]
            if _differ(good, self._null(chart)):
                return chart
        for chart in self._while_there_is_time(self._all_that_can_be_made()):
            said = self._tell(chart)
            if _differ(said, self._nothing_like(chart)) and _differ(said, self._null(chart)):
                said.probe = "good"
                return chart
        return None

    def _all_that_can_be_made(self):
        yield from self.made_charts()
        yield from self._lacking()

    def _lacking(self) -> list[Chart]:
        """For each search a patient who has all but what it finds: what is advised because something is absent."""
        keys, whole = self.caller.searches(), self.made_charts()[WHOLE]
        if not 2 <= len(keys) <= MOST_LACKING:
            return []
        found = {key: _ids(self.caller.prefetch(whole).get(key)) for key in keys}
        return [_without(whole, found[key], f"{whole.name}-lacks-{i}") for i, key in enumerate(keys) if found[key]]

    def with_a_server(self) -> Chart | None:
        """A patient whose advice is other when the FHIR server has nothing; for services that list no searches."""
        empty = self._fetched("nothing-there", self.caller.desk.charts[0], empty=True)
        if not empty.heard:
            return None
        self.caller.served = True
        for chart in (*self.caller.desk.charts, *self._while_there_is_time(self.made_charts())):
            said = self._fetched("made", chart)
            self.said[chart.name] = said
            if _differ(said, empty) and _differ(said, self._fetched("nothing-there", chart, empty=True)):
                said.probe = "good"
                return chart
        return None

    def with_reads(self) -> Chart | None:
        """A patient about whom nothing is said, or the call is refused, when what reads give was not there."""
        good = max(self.goods, key=lambda e: len(e.cards() or []))
        if not good.cards():
            return None
        chart, keys, served = self.charts[good.detail["patient"]], self.caller.reads(), self.caller.served
        self.caller.served = self.served  # a server that has the patient would give what is left out
        body = self.caller.body(chart, prefetch=self.caller.prefetch(chart) | dict.fromkeys(keys))
        without = self.caller.call("null-read", body, patient=chart.name, keys=keys)
        if without.untried or advice(without) == advice(good):
            self.caller.served = served
            return None
        good.probe = "good"
        return chart

    def until_somebody_is_spoken_of(self):
        """Tries made patients, and their drafts, until there are cards to look at: what is advised may need no data."""
        if not any(e.cards() for e in self.goods):
            for chart in self._while_there_is_time(self.made_charts()):
                if self._tell(chart).cards():
                    return

    def _while_there_is_time(self, charts: Iterable[Chart]):
        """Patients made for this service, unless the caller gave others."""
        for chart in [] if self.caller.own_patients else charts:
            if time.monotonic() > self.ends:
                return
            self.charts[chart.name] = chart
            yield chart

    def made_charts(self) -> list[Chart]:
        """All that can be made for this service, of what it asks for, names and says."""
        caller = self.caller
        cards = [card for e in self.goods for card in e.cards() or []]
        said = " ".join(str(card.get(name, "")) for card in cards[:20] for name in ("summary", "detail"))
        subject = subject_of(caller.entry, caller.templates, said)
        return made_charts(subject, everyone(caller.desk.today), caller.desk.today)

    def told(self, chart: Chart) -> Exchange:
        """The answer about a patient with all data; asked once."""
        return self.said.get(chart.name) or self._tell(chart)

    def _tell(self, chart: Chart) -> Exchange:
        caller = self.caller
        filled = caller.prefetch(chart)
        unfilled = [key for key in caller.templates if key not in filled]
        said = caller.call("made", caller.body(chart), patient=chart.name, unfilled=unfilled, own=caller.own_context)
        self.said[chart.name], self.charts[chart.name] = said, chart
        return said

    def _null(self, chart: Chart) -> Exchange:
        keys = self.caller.searches()
        body = self.caller.body(chart, prefetch=self.caller.prefetch(chart) | dict.fromkeys(keys))
        return self.caller.call("null", body, patient=chart.name, keys=keys)

    def _nothing_like(self, chart: Chart) -> Exchange:
        """The answer to null about a patient of this age and sex with these drafts; asked once."""
        patient = chart.resources[0]
        like = (patient.get("birthDate"), patient.get("gender"), repr(chart.drafts))
        if like not in self.silence:
            self.silence[like] = self._null(chart)
        return self.silence[like]

    def _fetched(self, probe: str, chart: Chart, empty: bool = False) -> Exchange:
        record = tuple(r for r in chart.resources if r["resourceType"] == "Patient") if empty else chart.resources
        held = Chart(chart.name, chart.patient_id, chart.encounter_id, record, chart.drafts)
        body = self.caller.body(chart, prefetch={}, scene=Scene(held))
        return self.caller.call(probe, body, patient=chart.name, unfilled=[], own=self.caller.own_context)


def _differ(said: Exchange, other: Exchange) -> bool:
    return said.ok and other.ok and advice(said) != advice(other)


def _ids(found: dict | None) -> set[tuple]:
    """Type and id of what a search found."""
    held = [entry["resource"] for entry in (found or {}).get("entry", [])]
    return {(one["resourceType"], one.get("id")) for one in held}


def _without(chart: Chart, gone: set[tuple], name: str) -> Chart:
    kept = tuple(one for one in chart.resources if (one["resourceType"], one.get("id")) not in gone)
    return Chart(name, chart.patient_id, chart.encounter_id, kept, chart.drafts)


def _deciding(caller: Caller, chart: Chart) -> list[str]:
    """The keys without whose data, one by one, the advice is other."""
    keys, full = caller.searches(), caller.prefetch(chart)
    good = next(
        e
        for e in caller.desk.client.evidence.of("good", service=caller.id, hook=caller.hook)
        if e.detail["patient"] == chart.name
    )
    if len(keys) < 2:
        return keys
    found = []
    for key in [key for key in keys if full.get(key) is not None][:MOST_KEYS]:
        said = caller.call("null", caller.body(chart, prefetch=full | {key: None}), patient=chart.name, keys=[key])
        caller.nulled.append(key)
        if _differ(good, said):
            found.append(key)
    return found
