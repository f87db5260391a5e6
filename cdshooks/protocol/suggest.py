"""What a card suggests: what fits, what no card of ours forbids for this patient, in the client's FHIR version."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from uuid import UUID, uuid5

from cdshooks.chart.chart import Chart
from cdshooks.chart.lacking import MOST_TOLD
from cdshooks.content.library import Library, Page
from cdshooks.content.offered import AS_IF
from cdshooks.content.orders import Concrete, Suggestion, Template, patched
from cdshooks.protocol.by_hand import drafts_named, left_by_hand, shown
from cdshooks.protocol.markdown import escaped
from cdshooks.protocol.versions import CannotSay, changed, written
from cdshooks.reading.facts import Order
from cdshooks.reading.spellings import Version
from cdshooks.rules.asking import ask
from cdshooks.rules.cards import Possible
from cdshooks.rules.decide import Decision, decide

NAMESPACE = UUID("8b3a2f0e-6d0c-5b0e-9a35-6a4b3f1f7c11")


@dataclass
class Offer:
    """The suggestions of one card, and a sentence for each that is not offered."""

    suggestions: list[dict] = field(default_factory=list)
    unsaid: list[str] = field(default_factory=list)

    def leave_out(self, label: str, why: str) -> None:
        self.unsaid.append(f"**Not offered here:** {escaped(label)}: {escaped(why)}.")


@dataclass(frozen=True)
class Objection:
    """Why something is not offered: what a card of ours says of it, or what it could not look up."""

    because: str
    missing: frozenset[str] = frozenset()


class Offers:
    """The suggestions of one answer, card after card, the loudest first: each drug is offered by one card only."""

    def __init__(self, chart: Chart, library: Library, version: Version | None = None):
        self._chart, self._library, self._told = chart, library, version
        self._drugs = library.concepts.drugs
        self._forbidding = [card for card in library.cards if card.forbids]
        self._objections: dict[object, Objection | None] = {}
        self._offered_by: dict[str, Decision] = {}
        self._kept: list[Chart] = []
        self.missing: frozenset[str] = frozenset()  # what could not be looked up before something is offered

    @cached_property
    def _version(self) -> Version:
        """Told from the shapes of all rows: only where there is something to write in it."""
        return self._told or self._chart.version

    @property
    def drafts(self) -> frozenset[str]:
        """The drafts of the call, by reference."""
        return frozenset(self._chart.draft_references())

    def of(self, decision: Decision, uuid: str) -> Offer:
        """What this card offers, after the cards before it."""
        offer = Offer()
        for index, suggestion in enumerate(fitting(decision, self._chart)):
            concrete = suggestion.in_country(self._country) if suggestion.orders else suggestion.in_country(None)
            if not concrete:
                offer.leave_out(suggestion.title, f"no product of this country ({self._country}) is known here")
            for one in concrete:
                self._offer(one, decision, uuid, index, offer)
        return offer

    def _offer(self, one: Concrete, decision: Decision, uuid: str, index: int, offer: Offer) -> None:
        """It; or the reason why not, and what stands in for it."""
        objection = self._objection_to(one)
        if objection and (instead := self._instead(one)):
            offer.leave_out(self._named(one), objection.because)
            one, objection = instead, None
        why = objection.because if objection else self._offered_elsewhere(one, decision)
        if why is None:
            self._add(one, uuid, index, offer)
        else:
            offer.leave_out(self._named(one), why)

    def _instead(self, one: Concrete) -> Concrete | None:
        """What is offered in the same country where a card has something against this."""
        other = one.suggestion.instead(self._library.orders)
        found = other.in_country(one.country or self._country) if other else []
        return next((each for each in found if each.country == one.country and not self._objection_to(each)), None)

    @cached_property
    def _country(self) -> str | None:
        return self._library.country or self._chart.country(self._library.countries)

    def _named(self, one: Concrete) -> str:
        """Its label; with the country, where that is not known and each is offered by name."""
        if not one.country or self._country:
            return one.label
        return f"{one.label} ({self._library.countries.by_name[one.country].label})"

    def _objection_to(self, one: Concrete) -> Objection | None:
        objection = next(filter(None, (self._objection(key, chart) for key, chart in self._becomes(one))), None)
        self.missing |= objection.missing if objection else frozenset()
        return objection

    def _offered_elsewhere(self, one: Concrete, decision: Decision) -> str | None:
        for key in self._keys(one):
            first = self._offered_by.setdefault(key, decision)
            if first is not decision:
                return f"the card on {_small(first.card.title)} offers it, or what stands in its place"
        return None

    def _keys(self, one: Concrete) -> Iterable[str]:
        """What may be offered once only: a drug, or a test."""
        for template in one.templates:
            drugs = {match.concept for match in self._drugs.find(template.codings)}
            yield from sorted(drugs) or [template.name]

    # --- judged before it is offered --------------------------------------------------------------------------------

    def _becomes(self, one: Concrete) -> Iterable[tuple[object, Callable[[], Chart]]]:
        """The patient with each draft of a drug that there would be, and what tells such drafts apart."""
        for template in one.templates:
            if template.is_a_drug:
                yield id(template), partial(self._with_ours, template)
        for _, resource in self._changed(one.suggestion):
            yield repr(resource), partial(self._chart.drafting, [resource], AS_IF)

    def _with_ours(self, template: Template) -> Chart:
        offered = self._library.offered.of(template, self._chart.concepts, self._chart.clock)
        return self._chart.drafting_as(offered)

    def _objection(self, key: object, drafting: Callable[[], Chart]) -> Objection | None:
        if key not in self._objections:
            as_if = drafting()
            self._kept.append(as_if)  # what is remembered of a draft goes by its identity: it must live as long
            judged = (_objection(decide(card, as_if), as_if) for card in self._forbidding)
            self._objections[key] = next(filter(None, judged), None) or self._doubt(as_if)
        return self._objections[key]

    def _doubt(self, as_if: Chart) -> Objection | None:
        """What a card could have against a draft if what is not understood of this patient were what it says."""
        if not as_if.has_doubts:
            return None
        asked_again = as_if.doubted()
        self._kept.append(asked_again)
        judged = (decide(card, asked_again) for card in self._forbidding)
        return next((_unchecked(each, asked_again) for each in judged if each.may_fire), None)

    # --- as CDS Hooks says it -----------------------------------------------------------------------------------------

    def _add(self, one: Concrete, card: str, index: int, offer: Offer) -> None:
        try:
            actions = self._creates(one) + self._updates(one.suggestion) + self._deletes(one.suggestion)
        except CannotSay as why:
            offer.leave_out(self._named(one), str(why))
            return
        by_hand = left_by_hand(self._chart, one.suggestion)
        offer.unsaid += [said for said in by_hand if said not in offer.unsaid]
        if actions:
            one = replace(one, label=one.label_by_hand) if by_hand else one
            label = self._named(one)
            made = {"label": label, "uuid": str(uuid5(NAMESPACE, f"{card}|{label}|{index}")), "actions": actions}
            recommended = one.suggestion.recommended and label == one.label  # of several countries none is preferred
            offer.suggestions.append(made | ({"isRecommended": True} if recommended else {}))

    def _filled(self, template: Template) -> dict:
        return template.fill(self._chart.patient_id, self._chart.today.isoformat())

    def _creates(self, one: Concrete) -> list[dict]:
        return [
            {
                "type": "create",
                "description": template.description,
                "resource": written(self._filled(template), self._version),
            }
            for template in one.templates
        ]

    def _updates(self, suggestion: Suggestion) -> list[dict]:
        return [
            {"type": "update", "description": f"Change the draft {shown(draft)}", "resource": resource}
            for draft, resource in self._changed(suggestion)
        ]

    def _changed(self, suggestion: Suggestion) -> Iterable[tuple[Order, dict]]:
        """The client's own drafts, patched as they came: never through a model, which would rewrite them."""
        for ref, draft in drafts_named(self._chart, suggestion.change).items():
            sent = self._chart.draft(ref)
            try:
                yield draft, patched(sent, changed(sent, suggestion.patch, self._version))
            except (KeyError, IndexError, TypeError):
                continue  # this draft has no such place; there is nothing that could be set there

    def _deletes(self, suggestion: Suggestion) -> list[dict]:
        return [
            {"type": "delete", "description": f"Remove the draft {shown(draft)}", "resourceId": ref}
            for ref, draft in drafts_named(self._chart, suggestion.remove).items()
        ]


def fitting(decision: Decision, chart: Chart) -> list[Suggestion]:
    """The suggestions that go with how a card came out, and whose own questions hold."""
    page: Page = decision.card.page
    outcome: Possible = decision.least
    holding = frozenset(modifier.id for modifier, answer in decision.modified if answer.can & 1)
    fit = (s for s in page.suggestions if s.is_for(outcome.text, holding))
    return [s for s in fit if s.question is None or ask(s.question, chart).holds]


def _objection(decision: Decision, chart: Chart) -> Objection | None:
    """What a card that forbids has against a draft; a card that is still open has something against it, too."""
    if not decision.may_fire:
        return None
    if not decision.fires:
        return _unchecked(decision, chart, decision.missing)
    row = next((row for row in decision.card.rows if row.id == decision.least.by), None)
    return Objection(_small(row.say if row else decision.card.title), decision.missing)


def _unchecked(decision: Decision, chart: Chart, missing: frozenset[str] = frozenset()) -> Objection:
    title, why = _small(decision.card.title), why_open(decision, chart)
    return Objection(f"it could not be checked for {title} ({why})", missing)


def why_open(decision: Decision, chart: Chart) -> str:
    """Why it is open; of what is settled only because nothing is certain, the first of what is not understood."""
    sources = sorted(decision.missing) or [doubt.ref for doubt in chart.doubts[:MOST_TOLD]]
    return "; ".join(dict.fromkeys(chart.why(source) for source in sources))


def _small(sentence: str) -> str:
    """The first letter small, unless the word is an abbreviation."""
    return sentence if sentence[1:2].isupper() else sentence[:1].lower() + sentence[1:]
