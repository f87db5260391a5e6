"""What is known about one patient, found by concept: a list of facts, an empty list, or "not provided"."""

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from cdshooks.chart.country import Countries
from cdshooks.chart.courses import Courses, begun
from cdshooks.chart.dosing import dose_of
from cdshooks.chart.drafts import Drafts
from cdshooks.chart.index import Index
from cdshooks.chart.lacking import Lacking
from cdshooks.chart.medicines import Medicines
from cdshooks.chart.provided import Coverage, Need, Provided, Unread
from cdshooks.chart.sitting import superseded
from cdshooks.reading.dose_words import texts_of, written_after, written_first
from cdshooks.reading.facts import Dose, Noted, Oddity, Order, Person, Problem, Result
from cdshooks.reading.listed import listed
from cdshooks.reading.newest import standing_versions
from cdshooks.reading.person import read_person
from cdshooks.reading.read import read_noted, read_problem, reference_of, routes_of
from cdshooks.reading.results import read_result
from cdshooks.reading.shapes import version_by_shape
from cdshooks.reading.spellings import Version
from cdshooks.reading.subjects import Subjects
from cdshooks.reading.tellings import ALLERGIES
from cdshooks.reading.versions import in_r4
from cdshooks.terms.concepts import Concepts
from cdshooks.terms.dates import Clock, Moment

DRAFTED = "a draft order"  # among what a chart holds; no name of a concept has a blank


class Chart(Lacking):
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
        self.doubting = False  # asked again as if every doubt were possible
        self.of_any_strength = False  # then: a product that is not known is of any strength and by any route, too
        self.unread_as = Unread.ANYTHING  # what a row of which nobody can know what it is about is taken for
        self.notions: dict = {}  # answers of shared notions, by name
        self.answers: dict = {}  # answers of questions, by the question's id
        self.recorded: dict = {}  # the same of questions that no draft and no hook changes
        self.drafted: dict = {}  # the same of questions that nothing but the drafts changes
        # Asked in doubt: what was `recorded` before, and the concepts of which it may no longer be so.
        self.undoubted, self.doubtful = {}, frozenset()
        self._memo: dict = {}
        self._provided = provided
        # Observations, most of a call, are read in any version as they are.
        told = map(listed, provided.rows)
        rows = [r if r.get("resourceType") == "Observation" else in_r4(r, clock.today) for r in told]
        drafts = tuple(in_r4(listed(draft), clock.today) for draft in drafts)
        subjects = Subjects(patient_id, provided.patient, provided.server, provided.urls)
        left = superseded(standing_versions(rows), drafts, clock, concepts.systems)
        self._index = Index(concepts, subjects, left, drafts, provided.urls, clock)
        self._drafts = Drafts(self._index, clock, drafts, selections)
        self._future: list[Oddity] = []
        # No method of ours: what points back at its chart keeps a patient in memory until somebody looks for garbage.
        self._medicines = Medicines(self._index, concepts, clock)
        self._vague: list[Result] = []  # results of ours that are not understood
        # The concepts of which it has rows or drafts, and DRAFTED; None where more may still come.
        self.held = self._index.concepts_found() | self._drafts.held(DRAFTED) if self.has_everything else None

    def drafting(self, drafts: Iterable[Mapping], hook: str) -> "Chart":
        """The same patient as if these were the drafts of a call of this hook, all of them judged."""
        restated = [in_r4(listed(draft), self.today) for draft in drafts]
        return self._with(Drafts(self._index, self.clock, restated, None), {}, hook)

    def drafting_as(self, nobody: "Chart") -> "Chart":
        """The same patient as if the drafts were those of a chart of nobody, at its hook; what it was asked of them
        alone, and is asked here, it answers for both.
        """
        other = self._with(nobody._drafts, nobody.drafted, nobody.hook)
        other._nobody = nobody  # the drafts must live as long, as below
        return other

    def _with(self, drafts: Drafts, drafted: dict, hook: str) -> "Chart":
        other = copy.copy(self)
        other.hook, other.notions, other.answers, other.drafted = hook, {}, {}, drafted
        other._memo, other._future, other._drafts = dict(self._memo), [], drafts
        other.held = None if self.held is None else self._index.concepts_found() | drafts.held(DRAFTED)
        other._as_it_is = self  # what is remembered of its orders goes by their identity: they must live as long
        return other

    def doubted(self, of_any_strength: bool = True) -> "Chart":
        """The same patient, asked again: what is not understood may be what it says, or not.

        Where no doubt concerns it the answer stays: that saves three quarters of asking again (63 whole records).
        """
        other = copy.copy(self)
        other.doubting, other.of_any_strength = True, of_any_strength
        other._forget()
        if self.held is None or not other.has_everything:
            other.held = None
        else:
            other.undoubted, other.doubtful = self.recorded, self.concepts_in_doubt()
        return other

    def taking_unread(self, unread_as: Unread) -> "Chart":
        """The same patient, asked again: rows of which nobody can know what they are about are taken for this."""
        other = copy.copy(self)
        other.unread_as, other.held = unread_as, None
        other._forget()
        return other

    def as_far_as_it_came(self) -> "Chart":
        """The same patient as if what came in part were all there is: what is there may warn, and nothing more."""
        other = copy.copy(self)
        told = {source: Coverage.COMPLETE if part else part for source, part in self._provided.coverage.items()}
        other._provided, other.held = replace(self._provided, coverage=told), None
        other._forget()
        return other

    def _forget(self) -> None:
        self.notions, self.answers, self.recorded, self.drafted = {}, {}, {}, {}
        self.undoubted, self.doubtful = {}, frozenset()

    def _remember(self, key: object, make: Callable):
        known = self._memo.get(key, self)
        if known is self:
            known = self._memo[key] = make()
        return known

    def _is_future(self, moment: Moment | None, ref: str) -> bool:
        return _is_future(self.clock, self._future, moment, ref)

    # --- facts, by concept --------------------------------------------------------------------------------------

    @property
    def person(self) -> Person | None:
        """The patient, or None when there is no Patient resource to read."""
        patient = self._provided.patient
        return self._remember("person", lambda: read_person(patient, self.clock) if patient else None)

    def results(self, concept: str) -> list[Result]:
        """All results of an analyte or a group that are not in the future, usable or not."""
        return self._remember(("results", concept), lambda: self._read_results(concept))

    def _read_results(self, name: str) -> list[Result]:
        found = []
        for member in self.concepts.members(name):
            concept = self.concepts.by_name[member]
            for row, match, _ in self._index.rows("Observation", member):
                result = read_result(row, match, concept, self.clock.zone, self.concepts.systems, self.concepts.phrases)
                if result and not self._is_future(result.moment, result.ref):
                    found.append(result)
                    self._vague += [result] if result.is_open and not result.doubt else []
        return found

    def problems(self, concept: str) -> list[Problem]:
        """Active problems, and procedures done, of this concept."""
        return self._remember(("problems", concept), lambda: self._read_problems(concept))

    def _read_problems(self, name: str, ever: bool = False) -> list[Problem]:
        concept = self.concepts.by_name[name]
        rows = self._index.rows("Problem", name)
        found = (read_problem(row, match, concept, self.clock.zone, ever) for row, match, _ in rows)
        # One that is said to begin after today is there all the same: nobody knows since when.
        return [replace(p, start=None) if p.start and self.clock.is_future(p.start) else p for p in found if p]

    def ever(self, concept: str) -> list[Problem]:
        """Problems of this concept, those that are over as well."""
        return self._remember(("ever", concept), lambda: self._read_problems(concept, True))

    def noted(self, kind: str, concept: str) -> list[Noted]:
        """Allergies, illnesses of relatives, or visits of this concept."""
        return self._remember((kind, concept), lambda: self._read_noted(kind, concept))

    def _read_noted(self, kind: str, name: str) -> list[Noted]:
        concept = self.concepts.by_name[name]
        rows = self._index.rows(kind, name)
        found = (read_noted(row, match, concept, self.clock.zone, self.concepts) for row, match, _ in rows)
        # An allergy is one even if its date is odd.
        return [n for n in found if n and (kind in ALLERGIES or not self._is_future(n.when, n.ref))]

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

    def held_back(self, concept: str) -> list[Order]:
        """Orders and statements of it that are on hold."""
        return self._medicines.held_back(concept)

    def given(self, concept: str) -> list[Order]:
        """All doses, and what tells of some: each with the last day on which the drug was had."""
        return self._medicines.given(concept)

    def first_had(self, concept: str) -> Moment | None:
        """The earliest that is surely known of the drug: the start of a course that reaches today, or of any dose."""
        return self._remember(("first had", concept, self.doubting), lambda: self._first_had(concept))

    def _first_had(self, concept: str) -> Moment | None:
        starts = [self.courses(concept).first(), *(begun(d) for d in self.given(concept) if d.code or self.doubting)]
        return min((start for start in starts if start), key=lambda start: start.local, default=None)

    def courses(self, concept: str) -> Courses:
        """How long it has been had without a long gap; asked in doubt, what is doubtful counts as what it says."""
        return self._medicines.courses(concept, self.doubting)

    def drafts(self, concept: str, judged_only: bool = True) -> list[Order]:
        """Draft orders of a drug."""
        return self._drafts.orders(concept, judged_only)

    def unread_drafts(self, judged_only: bool = True) -> frozenset[str]:
        """The drafts of which nobody can know which drug they are of."""
        return frozenset() if self.unread_as is Unread.NONE else self._drafts.cannot_be_read(judged_only)

    def requested(self, concept: str) -> list[Noted]:
        """Draft requests for a test."""
        return self._drafts.requests(concept)

    def awaited(self, concept: str) -> list[Noted]:
        """Active requests for a test that are on record."""
        return [each for name in self.concepts.members(concept) for each in self.noted("ServiceRequest", name)]

    def draft(self, ref: str) -> Mapping:
        """A client's own draft, as it came."""
        return self._drafts.resource(ref)

    def draft_references(self) -> set[str]:
        """How the drafts are referred to."""
        return {reference_of(row) for row in self._drafts.sent()}

    def country(self, countries: Countries) -> str | None:
        """The country whose codes the client uses, by its ISO letters; None where that cannot be told."""
        return self._remember("country", lambda: countries.told_by(self._drafts.sent(), self._provided.rows))

    @property
    def version(self) -> Version:
        """The FHIR version in which the client seems to speak, by the shapes of what it sent."""
        return self._remember("version", lambda: version_by_shape(self._drafts.sent(), self._provided.rows))

    def dose(self, order: Order) -> Dose:
        # One draft is an order of each concept that its code names: what it doses is worked out once for all of them.
        named = self._named_mass(order, [order.shown])
        key = ("dose", order.code, named, order.shown, *map(id, order.dosage))
        return self._remember(key, lambda: dose_of(order.dosage, order.code, self.concepts.doses, named, order.shown))

    def _named_mass(self, order: Order, texts: list[str]) -> Decimal | None:
        """The largest mass (mg) that stands behind the drug's name in these texts."""
        known = self.concepts
        return written_after(known.by_name[order.concept].words, texts, known.doses, known.phrases.joining)

    def drafted_daily(self, concept: str) -> Decimal | None:
        """How much (mg) of a drug all drafts together mean a day, held ones too; None where one has no known dose."""
        key = ("drafted daily", id(self._drafts), concept)
        return self._remember(key, lambda: _sum(map(self.dose, self._drafts.every(concept))))

    def is_listed(self, ref: str, concept: str) -> bool:
        """Is the draft, order, statement or dispense of this reference also one of these drugs, if by words?"""
        return ref in self._remember(("listed", id(self._drafts), concept), lambda: self._listed(concept))

    def _listed(self, concept: str) -> frozenset[str]:
        held = (self._drafts.every(concept), self.ordered(concept), self.stated(concept), self.dispensed(concept))
        return frozenset(order.ref for orders in held for order in orders)

    def written_dose(self, order: Order) -> Decimal | None:
        """The largest mass (mg) that stands behind the drug's name in words, or first in its instructions."""
        named = self._named_mass(order, [order.shown, *(text for entry in order.dosage for text in texts_of(entry))])
        return max(filter(None, (named, *written_first(order.dosage, self.concepts.doses))), default=None)

    def administrations(self, order: Order) -> tuple[Order, ...]:
        """The order once for each of its dosage entries, so that a dose is judged by its own route."""
        return self._remember(("administrations", id(order)), lambda: _administrations(order))

    def routes(self, order: Order) -> tuple[frozenset[str], ...]:
        known = self.concepts
        return self._remember(("routes", id(order)), lambda: routes_of(order, known.routes, known.systems))


def _is_future(clock: Clock, told: list[Oddity], moment: Moment | None, ref: str) -> bool:
    future = moment is not None and clock.is_future(moment)
    if future:
        told.append(Oddity(ref, f"it is dated after today ({moment.day}): ignored"))
    return future


def _sum(doses: Iterable[Dose]) -> Decimal | None:
    daily = [dose.daily for dose in doses]
    return None if None in daily else sum(daily, Decimal(0))


def _administrations(order: Order) -> tuple[Order, ...]:
    if len(order.dosage) < 2:
        return (order,)
    return tuple(replace(order, dosage=(entry,)) for entry in order.dosage)


__all__ = ["Chart", "Coverage", "Need", "Provided"]
