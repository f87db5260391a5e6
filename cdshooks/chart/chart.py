"""What is known about one patient, found by concept: a list of facts, an empty list, or "not provided"."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum

from cdshooks.chart.concepts import Concepts, Match
from cdshooks.chart.dates import Clock, Moment
from cdshooks.chart.dosing import dose_of
from cdshooks.chart.facts import Dose, Noted, Oddity, Order, Person, Problem, Result
from cdshooks.chart.read import (
    as_text,
    codings,
    concepts_in,
    is_foreign,
    medication_of,
    read_noted,
    read_order,
    read_person,
    read_problem,
    reference_of,
    routes_of,
    words_of,
)
from cdshooks.chart.results import read_result

DRUG_RESOURCES = ("MedicationRequest", "MedicationStatement", "MedicationAdministration")
PROBLEM_RESOURCES = ("Condition", "Procedure")
# Which index says what such a resource is about.
NOTED_RESOURCES = {"AllergyIntolerance": "substances", "FamilyMemberHistory": "problems", "Encounter": "visits"}
UNWANTED_DRAFTS = ("cancelled", "entered-in-error", "stopped")
NOT_ORDERED = ("proposal", "option")


class Coverage(IntEnum):
    """How much of what was asked for came."""

    NOT_PROVIDED = 0
    INCOMPLETE = 1
    COMPLETE = 2


@dataclass(frozen=True, slots=True)
class Need:
    """What a question must see: a source ("Condition", or "Observation:" and a concept), and for how many days back."""

    source: str
    days: int | None = None


@dataclass(frozen=True)
class Provided:
    """The rows that came, and how complete each source is; `why` says what is wrong with a source."""

    patient: Mapping | None = None
    rows: tuple[Mapping, ...] = ()
    coverage: Mapping[str, Coverage] = field(default_factory=dict)
    why: Mapping[str, str] = field(default_factory=dict)
    oddities: tuple[Oddity, ...] = ()
    everything: bool = False  # every source that the service asks for came whole


class Chart:
    """One patient, one call. Indexed once by concept; facts are read when they are first asked for.

    Reads nothing but its arguments; what it remembers only saves work.
    """

    def __init__(
        self,
        concepts: Concepts,
        clock: Clock,
        patient_id: str,
        hook: str,
        provided: Provided,
        drafts: Iterable[Mapping] = (),
        selections: Iterable[str] | None = None,
    ):
        self.concepts, self.clock, self.hook, self.patient_id = concepts, clock, hook, patient_id
        self.today = clock.today
        self.has_everything = provided.everything
        self.oddities: list[Oddity] = list(provided.oddities)
        self.memo: dict = {}
        self.notions: dict = {}  # answers of shared notions, by name
        self._provided = provided
        self._medications: dict[str, Mapping] = {}
        self._found: dict[tuple[str, str], list[tuple[Mapping, Match, str]]] = {}
        self._index(provided.rows)
        self._drafts = tuple(drafts)
        self._selections = self._checked(selections)

    def _checked(self, selections: Iterable[str] | None) -> frozenset[str] | None:
        """The selections; where they name none of the drafts, every draft is judged rather than none."""
        if selections is None:
            return None
        found = frozenset(selections) & {reference_of(draft) for draft in self._drafts}
        if self._drafts and not found:
            self.oddities.append(Oddity("selections", "they name none of the draft orders: all drafts are judged"))
            return None
        return found

    def coverage(self, source: str) -> Coverage:
        return self._provided.coverage.get(source, Coverage.NOT_PROVIDED)

    def why(self, source: str) -> str:
        return self._provided.why.get(source, "it was not provided")

    def remember(self, key: object, make: Callable):
        if key not in self.memo:
            self.memo[key] = make()
        return self.memo[key]

    # --- indexing -----------------------------------------------------------------------------------------------

    def _index(self, rows: Iterable[Mapping]) -> None:
        self._medications = _medications(rows)
        for row in rows:
            kind = row.get("resourceType")
            if kind == "Observation":
                for match in self.concepts.observations.find(codings(row.get("code"))):
                    self._note("Observation", row, match, "")
            elif kind in PROBLEM_RESOURCES:
                for match in self.concepts.problems.find(codings(row.get("code"))):
                    self._note("Problem", row, match, "")
            elif kind in DRUG_RESOURCES:
                for match, words in self._drugs(row):
                    self._note(kind, row, match, words)
            elif kind in NOTED_RESOURCES:
                for match in self._noted_in(row, kind):
                    self._note(kind, row, match, "")

    def _noted_in(self, row: Mapping, kind: str) -> list[Match]:
        """What an allergy, a family history or a visit is about; an allergy may be told by its substance's name."""
        index = getattr(self.concepts, NOTED_RESOURCES[kind])
        found = [match for concept in concepts_in(row) for match in index.find(codings(concept))]
        if kind == "AllergyIntolerance" and not found:
            words = " | ".join(text for concept in concepts_in(row) for text in words_of(concept))
            found = list(index.find_words(words))
        return found

    def _note(self, kind: str, row: Mapping, match: Match, words: str) -> None:
        if is_foreign(row, self.patient_id):
            self.oddities.append(Oddity(reference_of(row), "it is not about this patient: ignored"))
            return
        self._found.setdefault((kind, match.concept), []).append((row, match, words))

    def _drugs(self, row: Mapping) -> list[tuple[Match, str]]:
        found, words = medication_of(row, self._medications)
        matches = self.concepts.drugs.find(found) or self.concepts.drugs.find_words(words)
        return [(match, words) for match in matches]

    # --- facts, by concept --------------------------------------------------------------------------------------

    @property
    def person(self) -> Person | None:
        """The patient, or None when there is no Patient resource to read."""
        patient = self._provided.patient
        return self.remember("person", lambda: read_person(patient, self.clock.zone) if patient else None)

    def results(self, concept: str) -> list[Result]:
        """All results of an analyte or a group that are not in the future, usable or not."""
        return self.remember(("results", concept), lambda: self._read_results(concept))

    def _read_results(self, name: str) -> list[Result]:
        found = []
        for member in self.concepts.members(name):
            concept = self.concepts.by_name[member]
            for row, _, _ in self._unique("Observation", member):
                result = read_result(row, concept, self.clock.zone)
                if result and not self._is_future(result.moment, result.ref):
                    found.append(result)
        return found

    def _unique(self, kind: str, concept: str):
        """Each resource once, even if several of its codings name the concept, or it came twice."""
        seen = set()
        for row, match, words in self._found.get((kind, concept), ()):
            if id(row) not in seen:
                seen.add(id(row))
                yield row, match, words

    def _is_future(self, moment, ref: str) -> bool:
        future = moment is not None and moment.day > self.today
        if future:
            self.oddities.append(Oddity(ref, f"it is dated after today ({moment.day}): ignored"))
        return future

    def problems(self, concept: str) -> list[Problem]:
        """Active problems, and procedures done, of this concept."""
        return self.remember(("problems", concept), lambda: self._read_problems(concept))

    def _read_problems(self, name: str) -> list[Problem]:
        concept = self.concepts.by_name[name]
        rows = self._unique("Problem", name)
        found = (read_problem(row, match, concept, self.clock.zone) for row, match, _ in rows)
        return [p for p in found if p and not self._is_future(p.start, p.ref)]

    def noted(self, kind: str, concept: str) -> list[Noted]:
        """Allergies, illnesses of relatives, or visits of this concept."""
        return self.remember((kind, concept), lambda: self._read_noted(kind, concept))

    def _read_noted(self, kind: str, name: str) -> list[Noted]:
        concept = self.concepts.by_name[name]
        rows = self._unique(kind, name)
        found = (read_noted(row, match, concept, self.clock.zone) for row, match, _ in rows)
        return [n for n in found if n and not self._is_future(n.when, n.ref)]

    def first_ordered(self, concept: str) -> Moment | None:
        """The earliest start among the active orders of a drug."""
        return _earliest(o.start for o in self.ordered(concept) if o.code)

    def first_had(self, concept: str) -> Moment | None:
        """The earliest start among active orders and statements, and everything that was given."""
        had = [*self.ordered(concept), *self.stated(concept), *self.given(concept)]
        return _earliest(o.start or o.last for o in had if o.code)

    def ordered(self, concept: str) -> list[Order]:
        """Active orders of a drug that were not written in the future."""
        return self.remember(("ordered", concept), lambda: self._read("MedicationRequest", concept, _is_running))

    def stated(self, concept: str) -> list[Order]:
        """Statements that the drug is being taken now."""
        return self.remember(("stated", concept), lambda: self._read("MedicationStatement", concept, _is_active))

    def given(self, concept: str) -> list[Order]:
        """Administrations and statements, each with the last day on which the drug was had."""
        return self.remember(
            ("given", concept),
            lambda: (
                self._read("MedicationAdministration", concept, _was_given)
                + self._read("MedicationStatement", concept, _was_taken)
            ),
        )

    def _read(self, kind: str, name: str, wanted: Callable[[Mapping], bool]) -> list[Order]:
        concept = self.concepts.by_name[name]
        orders = [
            read_order(row, match, concept, words, self.clock)
            for row, match, words in self._unique(kind, name)
            if wanted(row)
        ]
        return [o for o in orders if not self._is_future(o.written or o.start or o.last, o.ref)]

    def drafts(self, concept: str, judged_only: bool = True) -> list[Order]:
        """Draft orders of a drug; of those in order-select only the selected ones are judged."""
        drafts = self.remember("drafts", self._read_drafts)
        return [d for d in drafts.get(concept, ()) if d.selected or not judged_only]

    def _read_drafts(self) -> dict[str, list[Order]]:
        medications = _medications(self._drafts)
        self._medications = {**self._medications, **medications}
        found: dict[str, list[Order]] = {}
        for row in self._drafts:
            if row.get("resourceType") in DRUG_RESOURCES and self._is_wanted_draft(row):
                for order in self._read_draft(row):
                    found.setdefault(order.concept, []).append(order)
        return found

    def _is_wanted_draft(self, row: Mapping) -> bool:
        if row.get("status") in UNWANTED_DRAFTS or row.get("intent") == "proposal" or row.get("doNotPerform") is True:
            return False
        if is_foreign(row, self.patient_id):
            self.oddities.append(Oddity(reference_of(row), "the draft is not about this patient: ignored"))
            return False
        return True

    def _read_draft(self, row: Mapping) -> Iterable[Order]:
        selected = self.is_judged(row)
        by_concept = {match.concept: (match, words) for match, words in self._drugs(row)}
        for name, (match, words) in by_concept.items():
            order = read_order(row, match, self.concepts.by_name[name], words, self.clock)
            yield order if selected else replace(order, selected=False)

    def requested(self, concept: str) -> list[Noted]:
        """Draft requests for a test, of those that the call is about."""
        found = self.remember("requests", self._read_requests)
        return [noted for name in self.concepts.members(concept) for noted in found.get(name, ())]

    def _read_requests(self) -> dict[str, list[Noted]]:
        found: dict[str, list[Noted]] = {}
        for row in self._drafts:
            if row.get("resourceType") == "ServiceRequest" and self.is_judged(row) and self._is_wanted_draft(row):
                for match in self.concepts.tests.find(codings(row.get("code"))):
                    noted = read_noted(row, match, self.concepts.by_name[match.concept], self.clock.zone)
                    found.setdefault(match.concept, []).append(noted)
        return found

    def draft(self, ref: str) -> Mapping:
        """A client's own draft, as it came."""
        return next((row for row in self._drafts if reference_of(row) == ref), {})

    def is_judged(self, draft: Mapping) -> bool:
        """Is this one of the drafts that the call is about?"""
        return self._selections is None or reference_of(draft) in self._selections

    def dose(self, order: Order) -> Dose:
        return self.remember(("dose", id(order)), lambda: dose_of(order.dosage, order.code, self.concepts.doses))

    def routes(self, order: Order) -> frozenset[str]:
        return self.remember(("routes", id(order)), lambda: routes_of(order, self.concepts.routes))


def _earliest(moments: Iterable[Moment | None]) -> Moment | None:
    return min((m for m in moments if m), key=lambda m: m.local, default=None)


def _medications(rows: Iterable[Mapping]) -> dict[str, Mapping]:
    """Medication resources by every way in which an order may point to them."""
    found = {}
    for row in rows:
        if row.get("resourceType") == "Medication":
            identity = as_text(row.get("id"))
            for key in (identity, f"Medication/{identity}", f"urn:uuid:{identity}"):
                found[key] = row
    return found


def _is_running(row: Mapping) -> bool:
    return (
        row.get("status") == "active" and row.get("intent") not in NOT_ORDERED and row.get("doNotPerform") is not True
    )


def _is_active(row: Mapping) -> bool:
    return row.get("status") == "active"


def _was_given(row: Mapping) -> bool:
    return row.get("status") in ("completed", "in-progress")


def _was_taken(row: Mapping) -> bool:
    return row.get("status") in ("active", "completed")
