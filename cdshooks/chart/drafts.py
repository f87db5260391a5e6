"""The draft orders of a call: which of them it is about, by drug and by requested test."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from cdshooks.chart.index import DRUG_RESOURCES, Index
from cdshooks.chart.sitting import HELD, as_held, is_unwanted
from cdshooks.reading.facts import Doubt, Noted, Oddity, Order
from cdshooks.reading.naming import Drug
from cdshooks.reading.order import as_far_as_known, read_order
from cdshooks.reading.qualified import doubt_by_itself
from cdshooks.reading.read import read_noted, reference_of, shown
from cdshooks.reading.tellings import dosing
from cdshooks.reading.unordered import products_alone, requests_in
from cdshooks.terms.codes import Match
from cdshooks.terms.dates import Clock

# Orders that are none of a drug, and may tell of one all the same.
SERVICES = ("ServiceRequest", "NutritionOrder", "SupplyRequest")


class Drafts:
    """Drafts by concept, read when the first of them is asked for."""

    def __init__(self, index: Index, clock: Clock, rows: Iterable[Mapping], selections: Iterable[str] | None):
        self._index, self._clock, self._rows = index, clock, tuple(rows)
        self.oddities: list[Oddity] = []
        self.doubts: list[Doubt] = []
        self.unread: dict[str, Drug] = {}
        self._selections = self._checked(selections)
        self._judged: set[str] = set()
        self._instructions: dict[str, dict] = {}
        self._orders: dict[str, list[Order]] | None = None
        self._requests: dict[str, list[Noted]] | None = None
        self._sent: dict[str, Mapping] | None = None
        self._all: tuple[Mapping, ...] | None = None

    def orders(self, concept: str, judged_only: bool) -> list[Order]:
        """Draft orders of a drug; of those in order-select only the selected ones are judged."""
        return [d for d in self.every(concept) if (d.selected if judged_only else d.status != HELD)]

    def every(self, concept: str) -> list[Order]:
        """Draft orders of a drug, judged or not, held ones as well: where they add up to a warning."""
        if self._orders is None:
            self._orders = self._read_orders()
        return self._orders.get(concept, [])

    def cannot_be_read(self, judged_only: bool) -> frozenset[str]:
        """The drafts of which nobody can know which drug they name."""
        if self._orders is None:
            self._orders = self._read_orders()
        return frozenset(ref for ref in self.unread if ref in self._judged or not judged_only)

    def held(self, unknown: str) -> frozenset[str]:
        """The drugs that are drafted; with them `unknown` where there may be something else."""
        if self._orders is None:
            self._orders = self._read_orders()
        drugs_alone = not self.unread and all(row.get("resourceType") in DRUG_RESOURCES for row in self._rows)
        return frozenset(self._orders) | (frozenset() if drugs_alone else {unknown})

    def requests(self, concept: str) -> list[Noted]:
        """Judged draft requests for a test."""
        if self._requests is None:
            self._requests = self._read_requests()
        return [noted for name in self._index.concepts.members(concept) for noted in self._requests.get(name, ())]

    def resource(self, ref: str) -> Mapping:
        """A client's own draft, as it came."""
        if self._sent is None:
            # The first of those that have the same name, as everywhere else.
            self._sent = {reference_of(row): row for row in reversed(self.sent())}
        return self._sent.get(ref, {})

    def sent(self) -> list[Mapping]:
        """All drafts as they came."""
        return [getattr(row, "sent", row) for row in self._rows]

    def _checked(self, selections: Iterable[str] | None) -> frozenset[str] | None:
        """The selections; where they name none of the drafts, every draft is judged rather than none."""
        if selections is None:
            return None
        found = frozenset(selections) & {reference_of(draft) for draft in self._rows}
        if self._rows and not found:
            self.oddities.append(Oddity("selections", "they name none of the draft orders: all drafts are judged"))
            return None
        return found

    def _is_judged(self, row: Mapping) -> bool:
        return self._selections is None or reference_of(row) in self._selections

    def _is_wanted(self, row: Mapping) -> bool:
        if is_unwanted(row):
            return False
        if self._index.subjects.is_foreign(row):
            self.oddities.append(Oddity(reference_of(row), "the draft is not about this patient: ignored"))
            return False
        return True

    def _asked_for(self) -> Iterable[Mapping]:
        """The drafts, and what those that are no orders ask for."""
        if self._all is None:
            orders = {reference_of(row) for row in self._rows}
            asked = [each for row in self._rows for each in requests_in(row, orders)]
            self._all = (*self._rows, *asked, *products_alone(self._rows))
        return self._all

    def _read_orders(self) -> dict[str, list[Order]]:
        found: dict[str, list[Order]] = {}
        for row in self._asked_for():
            if row.get("resourceType") in DRUG_RESOURCES and self._is_wanted(row):
                for order in self._read_order(row):
                    found.setdefault(order.concept, []).append(order)
            elif row.get("resourceType") in SERVICES and self._is_wanted(row):
                for order in self._read_service(row):
                    found.setdefault(order.concept, []).append(order)
        return found

    def _read_order(self, row: Mapping) -> Iterable[Order]:
        drug, ref, judged = self._index.drug(row), reference_of(row), self._is_judged(row)
        if judged:
            self._judged.add(ref)
        if drug.unread:
            self.unread[ref] = drug
        if drug.reference and (drug.unread or any(match.code is None for match in drug.matches)):
            self._index.wanted.setdefault(ref, drug.reference)
        concepts, why = self._index.concepts, doubt_by_itself(row, self._index.concepts.phrases)
        why = self._index.subjects.why_unclear(row) or why
        for match in (Match(each.concept, None, why) if why else each for each in drug.matches):
            order = read_order(row, match, concepts.by_name[match.concept], drug.shown, self._clock)
            order = as_far_as_known(order, row, self._clock, concepts, self._instructions)
            order = as_held(order, row, self._clock, concepts)
            if order.code is None:
                doubted = Match(match.concept, None, order.doubt)
                self.doubts.append(self._index.doubt_of(row, doubted, {"text": drug.shown}))
            yield order if judged else replace(order, selected=False)

    def _read_service(self, row: Mapping) -> Iterable[Order]:
        """A drug that is asked for as a service or as nutrition: of which product and how much, nobody can tell."""
        judged = self._is_judged(row)
        for told in dosing(row, self._index.concepts.phrases, find=self._index.medication):
            for match in self._index.dose_in(row, told).doubtful:
                self.doubts.append(self._index.doubt_of(row, match, told))
                order = read_order(row, match, self._index.concepts.by_name[match.concept], shown(told), self._clock)
                yield replace(as_held(order, row, self._clock, self._index.concepts), selected=judged)

    def _read_requests(self) -> dict[str, list[Noted]]:
        concepts, found = self._index.concepts, {}
        for row in self._asked_for():
            if row.get("resourceType") == "ServiceRequest" and self._is_judged(row) and self._is_wanted(row):
                reading = self._index.read("tests", row.get("code"))
                for match in (*reading.known, *reading.doubtful):
                    if match.code is None:
                        self.doubts.append(self._index.doubt_of(row, match, row.get("code")))
                    noted = read_noted(row, match, concepts.by_name[match.concept], self._clock.zone)
                    found.setdefault(match.concept, []).append(noted)
        return found
