"""The one path behind every door: a hook request becomes cards, with the decision on every card."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from cdshooks.chart.chart import Chart
from cdshooks.content.library import Library
from cdshooks.errors import DataNotAvailable
from cdshooks.protocol.discovery import Service
from cdshooks.protocol.doubts import in_doubt, in_what_came, loudness
from cdshooks.protocol.fetched import NOTHING, Fetch, Fetched
from cdshooks.protocol.prefetch import gather
from cdshooks.protocol.render import DRAFTS, Heading, headings, missing_keys, not_checked, render, shown
from cdshooks.protocol.request import HookRequest
from cdshooks.protocol.suggest import Offers
from cdshooks.protocol.unreadable import speaking
from cdshooks.reading.spellings import Version
from cdshooks.rules.cards import Level
from cdshooks.rules.decide import Decision, decide
from cdshooks.rules.quiet import Override, quiet
from cdshooks.terms.dates import Clock

Pulse = Callable[[], None]


def calm() -> None:
    """The pulse of a call that may take its time."""


@dataclass(frozen=True, slots=True)
class Response:
    """The cards as CDS Hooks JSON, and what every card of the service decided.

    `quiet` says of the topics that fire and are not shown, for they were overridden before, until when that holds.
    """

    cards: list[dict]
    decisions: tuple[Decision, ...]
    chart: Chart
    # The cards without some topics: what one of them would have offered is then offered by another.
    without: Callable[[Collection[str]], list[dict]] = field(repr=False)
    fhir_version: Version | None = None
    # What could not be looked up before a drug is offered.
    lacking: frozenset[str] = frozenset()
    quiet: Mapping[str, datetime] = field(default_factory=dict)


def respond(
    library: Library,
    service: Service,
    request: HookRequest,
    clock: Clock,
    fetch: Fetch | None = None,
    fhir_version: Version | None = None,
    pulse: Pulse = calm,
) -> Response:
    """Cards for one request; raises DataNotAvailable where nothing can be said and something still could be.

    `fetch` gets by prefetch key what was not sent; without it nothing is fetched. `fhir_version` is the client's, for
    what the cards suggest; None: to be told from what the client's FHIR server says, or from the shapes that came.
    `pulse` is called between the steps; what it raises ends the work.
    """
    response = judge(library, service, request, clock, fhir_version=fhir_version, pulse=pulse)
    if fetch:
        response = _with_what_lacks(response, fetch, library, service, request, clock, fhir_version, pulse)
    response = _without_waiting(response, library, request)
    undecided = open_decisions(response.decisions)
    if undecided and not any(d.fires for d in response.decisions):
        seen = in_what_came(undecided, response.chart)
        lacking = missing_keys(undecided, service.key_of, response.chart)
        nulls = all(request.prefetch.get(key, lacking) is None for key in lacking)
        if seen or nulls or all(response.chart.is_all_there_is(source) for d in undecided for source in d.missing):
            # A null in doubt (protocol/prefetch), which for the standard is an answer and never a reason for 412; or
            # orders that do not say of which drug they are: no more can be sent; or a part came that warns.
            unsaid = _unsaid(response.decisions, response.chart, anything=True)
            said = not_checked(*unsaid, response.chart, library, request.hook_instance, seen)
            return replace(response, cards=[said])
        raise DataNotAvailable(*(_refusal(key, why) for key, why in lacking.items()))
    return response


def _without_waiting(response: Response, library: Library, request: HookRequest) -> Response:
    """What speaks all the same where a draft points to a drug which cannot be had: it may be no treatment."""
    decisions = speaking(response.decisions, response.chart, asked=True)
    if all(one is other for one, other in zip(decisions, response.decisions, strict=True)):
        return response
    says = _Answer(decisions, response.chart, library, request.hook_instance, response.fhir_version)
    return says.response()


def _refusal(key: str, why: str) -> str:
    if key == DRAFTS:
        return f"{key}: {why}; send it in the same Bundle, or the drug itself in the order"
    return f"prefetch.{key}: {why}; send it, or null if there is none"


def quieted(response: Response, overrides: Mapping[str, Override], now: datetime) -> Response:
    """The response without the cards that stay quiet; `overrides` holds the last word by topic, for this patient."""
    silent = quiet(response.decisions, overrides, now)
    if not silent:
        return response
    return replace(response, cards=response.without(silent), quiet=silent)


def _with_what_lacks(
    response: Response, fetch: Fetch, library, service, request, clock, fhir_version, pulse
) -> Response:
    """Fetches only what open decisions lack, and judges again; what is decided without it is not asked for."""
    fetched, asked = NOTHING, set()
    while lacking := _lacking_keys(response, service) - asked:
        lacking |= service.beside(lacking) - request.prefetch.keys() - asked
        fetched, asked = fetched | fetch(lacking), asked | lacking
        pulse()
        response = judge(library, service, request, clock, fetched, fhir_version or fetched.version, pulse)
    return response


def _lacking_keys(response: Response, service: Service) -> set[str]:
    """The prefetch keys, and the references, without which something stays open or in doubt.

    With what an open card lacks goes what it would need before it offers something: one query more, where a card that
    comes would otherwise wait for a second round.
    """
    chart, undecided = response.chart, open_decisions(response.decisions)
    lacking = {source for d in undecided for source in d.missing} | response.lacking
    if lacking:
        lacking |= {source for d in undecided for source in d.card.before_offering}
    keys = {service.key_of(source) for source in lacking if service.fills(source) and not chart.came_whole(source)}
    return keys | (chart.references() if undecided or in_doubt(response.decisions, chart) else frozenset())


def judge(
    library: Library,
    service: Service,
    request: HookRequest,
    clock: Clock,
    fetched: Fetched = NOTHING,
    fhir_version: Version | None = None,
    pulse: Pulse = calm,
) -> Response:
    """The same without the refusal: whatever could be decided, for traces."""
    chart = Chart(
        library.concepts,
        clock,
        request.patient_id,
        request.hook,
        gather(
            service,
            request.prefetch,
            request.patient_id,
            fetched,
            request.fhir_server,
            request.context.get("draftOrders"),
        ),
        drafts=request.drafts or (),
        selections=request.selections,
    )
    return answered(chart, service, library, request.hook_instance, fhir_version, pulse)


def answered(
    chart: Chart,
    service: Service,
    library: Library,
    hook_instance: str,
    fhir_version: Version | None = None,
    pulse: Pulse = calm,
) -> Response:
    """What the service says of a chart, however that came to be."""
    decisions = speaking(tuple(_decided(service, chart, pulse)), chart)
    return _Answer(decisions, chart, library, hook_instance, fhir_version).response()


def _decided(service: Service, chart: Chart, pulse: Pulse) -> Iterable[Decision]:
    for card in service.cards:
        pulse()
        yield decide(card, chart)


@dataclass(frozen=True)
class _Answer:
    """The decisions of a call as cards."""

    decisions: tuple[Decision, ...]
    chart: Chart
    library: Library
    hook_instance: str
    fhir_version: Version | None

    def response(self) -> Response:
        cards, lacking = self.without(())
        return Response(cards, self.decisions, self.chart, self.cards_without, self.fhir_version, lacking)

    def cards_without(self, topics: Collection[str]) -> list[dict]:
        return self.without(topics)[0]

    def without(self, topics: Collection[str]) -> tuple[list[dict], frozenset[str]]:
        """The cards but those of some topics; and the sources without which a suggestion could not be judged."""
        offers = Offers(self.chart, self.library, self.fhir_version)
        told = [d for d in shown(self.decisions) if d.card.topic not in topics]
        cards = render(told, offers, self.library, self.hook_instance)
        if unsaid := _unsaid(self.decisions, self.chart, bool(cards or topics)):
            seen = in_what_came(open_decisions(self.decisions), self.chart)
            cards.append(not_checked(*unsaid, self.chart, self.library, self.hook_instance, seen))
        return cards, offers.missing


def headed(chart: Chart, service: Service, library: Library) -> tuple[tuple[Decision, ...], list[Heading]]:
    """The decisions of a chart, and how the cards of `answered` are headed; no detail, and nothing offered."""
    decisions = speaking(tuple(_decided(service, chart, calm)), chart)
    found = headings(shown(decisions), frozenset(chart.draft_references()), library)
    if unsaid := _unsaid(decisions, chart, bool(found)):
        card = not_checked(*unsaid, chart, library, "", in_what_came(open_decisions(decisions), chart))
        found.append(Heading(card["source"]["topic"]["code"], card["indicator"], card["summary"]))
    return decisions, found


def _unsaid(decisions: tuple[Decision, ...], chart: Chart, anything: bool) -> tuple[list[Decision], Level] | None:
    """Of what the card *Could not check* tells, and how loud; `anything` is said besides.

    What was not sent and leaves nothing to say is asked for (412); what was sent and is not understood is told.
    """
    undecided, doubtful = open_decisions(decisions), in_doubt(decisions, chart)
    if not doubtful and not (undecided and anything):
        return None
    return [*undecided, *doubtful], loudness(undecided, doubtful, chart)


def open_decisions(decisions: tuple[Decision, ...]) -> list[Decision]:
    """What is not settled, may still become a card or a louder one, and is not replaced by a card that is shown."""
    concerned = [d for d in decisions if d.may_fire]  # of most calls none, and each call asks three times
    replaced = {topic for d in concerned if d.fires for topic in d.card.replaces}
    return [d for d in concerned if not d.is_settled and d.card.topic not in replaced]
