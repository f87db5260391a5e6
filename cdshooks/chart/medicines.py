"""The drugs of one patient: what was ordered, stated, dispensed and given, each record read once."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from cdshooks.chart.courses import Courses
from cdshooks.chart.index import Index
from cdshooks.chart.local import acts_locally
from cdshooks.reading.ended import as_ended
from cdshooks.reading.facts import Order
from cdshooks.reading.need import FOR_NEED, is_for_need_alone
from cdshooks.reading.order import as_far_as_known, read_order
from cdshooks.terms.concepts import Concepts, Match
from cdshooks.terms.dates import Clock

NOT_ORDERED = ("proposal", "option")
NEVER_HELD = ("entered-in-error", "cancelled", "draft")
GIVEN = ("completed", "in-progress")
LOCAL = "it goes to the eye, the ear or the skin alone"


class Medicines:
    """Orders by concept and kind."""

    def __init__(self, index: Index, concepts: Concepts, clock: Clock):
        self._index, self._concepts, self._clock = index, concepts, clock
        self._read: dict[tuple[str, str], list[tuple[Mapping, Order]]] = {}
        self._courses: dict[tuple[str, bool], Courses] = {}
        self._instructions: dict[str, dict] = {}

    def ordered(self, concept: str) -> list[Order]:
        """Active orders that are not over by their own end."""
        return [order for order in self._active(concept) if order.status == "active"]

    def _active(self, concept: str) -> list[Order]:
        return self._some("MedicationRequest", concept, lambda row: _is_meant(row) and row.get("status") == "active")

    def stated(self, concept: str) -> list[Order]:
        """Statements that the drug is being taken now.

        Some records write a course as a dose that is in progress, for years: nobody knows whether it goes on.
        """
        statements = self._some("MedicationStatement", concept, lambda row: row.get("status") == "active")
        doses = self._some("MedicationAdministration", concept, lambda row: row.get("status") == "in-progress")
        return [*statements, *(dose for dose in doses if dose.last is None and not dose.code)]

    def dispensed(self, concept: str) -> list[Order]:
        """What was handed over so lately that it is in use, or for as long as it is said to last."""
        supplies = self._some("MedicationDispense", concept, lambda row: row.get("status") == "completed")
        return [d for d in supplies if self._is_fresh(d) or (d.last and d.ends and d.ends.day >= self._clock.today)]

    def held_back(self, concept: str) -> list[Order]:
        """Orders and statements that are on hold."""
        kinds = ("MedicationRequest", "MedicationStatement")
        return [order for kind in kinds for order in self._some(kind, concept, _is_held_back)]

    def given(self, concept: str) -> list[Order]:
        """Administrations, statements, dispenses and completed orders, each with the last day of the drug."""
        return [
            *self._some("MedicationAdministration", concept, lambda row: row.get("status") in GIVEN),
            *self._some("MedicationStatement", concept, lambda row: row.get("status") in ("active", "completed")),
            *self._some("MedicationDispense", concept, lambda row: row.get("status") == "completed"),
            *self._some("MedicationRequest", concept, lambda row: _is_meant(row) and row.get("status") == "completed"),
            *(order for order in self._active(concept) if order.status == "completed"),
        ]

    def courses(self, concept: str, as_said: bool = False) -> Courses:
        """The courses of a drug, and which of their members reach today; `as_said` takes doubtful ones as they are."""
        if (concept, as_said) not in self._courses:
            running = [*self.ordered(concept), *self.stated(concept), *self.dispensed(concept)]
            known = {id(order) for order in running}
            members = self._members(concept)
            running += [m for m in members if m.status == "completed" and self._is_fresh(m) and id(m) not in known]
            sure = [m for m in members if m.code or as_said]
            made = Courses(members, sure, running, self._concepts.courses, self._clock.today)
            self._courses[(concept, as_said)] = made
        return self._courses[(concept, as_said)]

    def _members(self, concept: str) -> list[Order]:
        return [
            *self._some("MedicationRequest", concept, _was_ordered),
            *self._some("MedicationStatement", concept, lambda row: row.get("status") not in NEVER_TAKEN),
            *self._some("MedicationDispense", concept, lambda row: row.get("status") not in NEVER_HANDED_OVER),
        ]

    def _is_fresh(self, order: Order) -> bool:
        return order.last is not None and order.last.age(self._clock.today) <= self._concepts.courses.fresh

    def _some(self, kind: str, concept: str, wanted: Callable[[Mapping], bool]) -> list[Order]:
        key = (kind, concept)
        if key not in self._read:
            self._read[key] = self._all(kind, concept)
        return [order for row, order in self._read[key] if wanted(row)]

    def _all(self, kind: str, name: str) -> list[tuple[Mapping, Order]]:
        concept = self._concepts.by_name[name]
        read = (
            (row, read_order(row, match, concept, words, self._clock))
            for row, match, words in self._index.rows(kind, name)
        )
        return [(row, self._as_far_as_known(row, order)) for row, order in read]

    def _as_far_as_known(self, row: Mapping, order: Order) -> Order:
        known = as_far_as_known(order, row, self._clock, self._concepts, self._instructions)
        if self._concepts.by_name[order.concept].ends_as_written:
            known = as_ended(known, row, self._clock, self._concepts.courses.fresh)
        if acts_locally(order, self._concepts.routes, self._concepts.systems):
            known = replace(known, code=None, doubt=known.doubt or LOCAL)
        elif self._is_for_need(order):
            known = replace(known, code=None, doubt=known.doubt or FOR_NEED)
        if order.code and not known.code:
            doubt = Match(order.concept, None, known.doubt)
            self._index.doubts.append(self._index.doubt_of(row, doubt, {"text": order.shown}))
        return known

    def _is_for_need(self, order: Order) -> bool:
        """Of some drugs what is to be had only as needed is not known to be had; what was given, is."""
        regular = order.source != "MedicationAdministration" and self._concepts.by_name[order.concept].regular_only
        return regular and is_for_need_alone(order.dosage, self._concepts.phrases)


NEVER_TAKEN = (*NEVER_HELD, "not-taken", "intended")
NEVER_HANDED_OVER = (*NEVER_HELD, "declined", "preparation")


def _was_ordered(row: Mapping) -> bool:
    return _is_meant(row) and row.get("status") not in NEVER_HELD


def _is_held_back(row: Mapping) -> bool:
    return _is_meant(row) and row.get("status") == "on-hold"


def _is_meant(row: Mapping) -> bool:
    return row.get("intent") not in NOT_ORDERED and row.get("doNotPerform") is not True
