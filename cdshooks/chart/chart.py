"""What is known about one patient, found by concept: a list of facts, an empty list, or "not provided"."""

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from cdshooks.chart.concepts import Concepts
from cdshooks.chart.courses import Courses, begun
from cdshooks.chart.dates import Clock, Moment
from cdshooks.chart.dosing import dose_of
from cdshooks.chart.drafts import Drafts
from cdshooks.chart.facts import Dose, Noted, Oddity, Order, Person, Problem, Result
from cdshooks.chart.index import Index
from cdshooks.chart.medicines import Medicines
from cdshooks.chart.provided import Coverage, Need, Provided
from cdshooks.chart.read import read_noted, read_person, read_problem, routes_of
from cdshooks.chart.results import read_result
from cdshooks.chart.shapes import version_by_shape
from cdshooks.chart.spellings import Version
from cdshooks.chart.versions import in_r4


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
        self.notions: dict = {}  # answers of shared notions, by name
        self._memo: dict = {}
        self._provided = provided
        # Observations, most of a call, are read in any version as they are.
        rows = [r if r.get("resourceType") == "Observation" else in_r4(r, clock.today) for r in provided.rows]
        drafts = tuple(in_r4(draft, clock.today) for draft in drafts)
        self._index = Index(concepts, patient_id, rows, drafts)
        self._drafts = Drafts(self._index, clock, drafts, selections)
        self._medicines = Medicines(self._index, concepts, clock, self._is_future)
        self._future: list[Oddity] = []

    def drafting(self, drafts: Iterable[Mapping], hook: str) -> "Chart":
        """The same patient as if these were the drafts of a call of this hook, all of them judged."""
        other = copy.copy(self)
        other.hook, other.notions, other._memo, other._future = hook, {}, dict(self._memo), []
        other._drafts = Drafts(self._index, self.clock, [in_r4(d, self.today) for d in drafts], None)
        other._as_it_is = self  # what is remembered of its orders goes by their identity: they must live as long
        return other

    @property
    def oddities(self) -> list[Oddity]:
        """Everything that was set aside, and why."""
        return [*self._provided.oddities, *self._index.oddities, *self._drafts.oddities, *self._future]

    def coverage(self, source: str) -> Coverage:
        return self._provided.coverage.get(source, Coverage.NOT_PROVIDED)

    def why(self, source: str) -> str:
        return self._provided.why.get(source, "it was not provided")

    def _remember(self, key: object, make: Callable):
        known = self._memo.get(key, self)
        if known is self:
            known = self._memo[key] = make()
        return known

    def _is_future(self, moment: Moment | None, ref: str) -> bool:
        future = moment is not None and moment.day > self.today
        if future:
            self._future.append(Oddity(ref, f"it is dated after today ({moment.day}): ignored"))
        return future

    # --- facts, by concept --------------------------------------------------------------------------------------

    @property
    def person(self) -> Person | None:
        """The patient, or None when there is no Patient resource to read."""
        patient = self._provided.patient
        return self._remember("person", lambda: read_person(patient, self.clock.zone) if patient else None)

    def results(self, concept: str) -> list[Result]:
        """All results of an analyte or a group that are not in the future, usable or not."""
        return self._remember(("results", concept), lambda: self._read_results(concept))

    def _read_results(self, name: str) -> list[Result]:
        found = []
        for member in self.concepts.members(name):
            concept = self.concepts.by_name[member]
            for row, _, _ in self._index.rows("Observation", member):
                result = read_result(row, concept, self.clock.zone)
                if result and not self._is_future(result.moment, result.ref):
                    found.append(result)
        return found

    def problems(self, concept: str) -> list[Problem]:
        """Active problems, and procedures done, of this concept."""
        return self._remember(("problems", concept), lambda: self._read_problems(concept))

    def _read_problems(self, name: str) -> list[Problem]:
        concept = self.concepts.by_name[name]
        rows = self._index.rows("Problem", name)
        found = (read_problem(row, match, concept, self.clock.zone) for row, match, _ in rows)
        return [p for p in found if p and not self._is_future(p.start, p.ref)]

    def noted(self, kind: str, concept: str) -> list[Noted]:
        """Allergies, illnesses of relatives, or visits of this concept."""
        return self._remember((kind, concept), lambda: self._read_noted(kind, concept))

    def _read_noted(self, kind: str, name: str) -> list[Noted]:
        concept = self.concepts.by_name[name]
        rows = self._index.rows(kind, name)
        found = (read_noted(row, match, concept, self.clock.zone) for row, match, _ in rows)
        # An allergy is one even if its date is odd.
        return [n for n in found if n and (kind == "AllergyIntolerance" or not self._is_future(n.when, n.ref))]

    # --- drugs --------------------------------------------------------------------------------------------------

    def ordered(self, concept: str) -> list[Order]:
        """Active orders of a drug that were not written in the future."""
        return self._medicines.ordered(concept)

    def stated(self, concept: str) -> list[Order]:
        """Statements that the drug is being taken now."""
        return self._medicines.stated(concept)

    def dispensed(self, concept: str) -> list[Order]:
        """What was handed over of it, and is in use."""
        return self._medicines.dispensed(concept)

    def given(self, concept: str) -> list[Order]:
        """All doses, and what tells of some: each with the last day on which the drug was had."""
        return self._medicines.given(concept)

    def first_had(self, concept: str) -> Moment | None:
        """The earliest that is surely known of the drug: the start of a course that reaches today, or of any dose."""
        starts = [self.courses(concept).first(), *(begun(dose) for dose in self.given(concept) if dose.code)]
        return min((start for start in starts if start), key=lambda start: start.local, default=None)

    def courses(self, concept: str) -> Courses:
        """How long the drug has been had without a long gap."""
        return self._medicines.courses(concept)

    def drafts(self, concept: str, judged_only: bool = True) -> list[Order]:
        """Draft orders of a drug."""
        return self._drafts.orders(concept, judged_only)

    def requested(self, concept: str) -> list[Noted]:
        """Draft requests for a test."""
        return self._drafts.requests(concept)

    def awaited(self, concept: str) -> list[Noted]:
        """Active requests for a test that are on record."""
        return [each for name in self.concepts.members(concept) for each in self.noted("ServiceRequest", name)]

    def draft(self, ref: str) -> Mapping:
        """A client's own draft, as it came."""
        return self._drafts.resource(ref)

    @property
    def version(self) -> Version:
        """The FHIR version in which the client seems to speak, by the shapes of what it sent."""
        return self._remember("version", lambda: version_by_shape(self._drafts.sent(), self._provided.rows))

    def dose(self, order: Order) -> Dose:
        return self._remember(("dose", id(order)), lambda: dose_of(order.dosage, order.code, self.concepts.doses))

    def administrations(self, order: Order) -> tuple[Order, ...]:
        """The order once for each of its dosage entries, so that a dose is judged by its own route."""
        return self._remember(("administrations", id(order)), lambda: _administrations(order))

    def routes(self, order: Order) -> tuple[frozenset[str], ...]:
        return self._remember(("routes", id(order)), lambda: routes_of(order, self.concepts.routes))


def _administrations(order: Order) -> tuple[Order, ...]:
    if len(order.dosage) < 2:
        return (order,)
    return tuple(replace(order, dosage=(entry,)) for entry in order.dosage)


__all__ = ["Chart", "Coverage", "Need", "Provided"]
