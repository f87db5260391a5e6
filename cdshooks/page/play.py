"""The playground: a chart is opened, orders are drafted, a hook is fired, and the cards are shown as an EHR does."""

from dataclasses import dataclass, replace

from flask import Blueprint, redirect, render_template, request

from cdshooks.chart.chart import Chart as ReadChart
from cdshooks.config import now
from cdshooks.content.library import Library
from cdshooks.ehr import shelf
from cdshooks.ehr.client import Client
from cdshooks.ehr.patients import Record
from cdshooks.ehr.request import HOOKS_WITH_DRAFTS
from cdshooks.ehr.whole import whole_chart
from cdshooks.errors import BadInput
from cdshooks.page.copies import copies_of
from cdshooks.page.drafts import Draft, accepted, drafts_of
from cdshooks.page.edits import edited, said_in
from cdshooks.page.facts import Facts, facts_of
from cdshooks.page.firing import Fired, fire, pretty, visit_of
from cdshooks.page.house import House
from cdshooks.page.opened import bundled, name_of, record_of
from cdshooks.page.said import LONGEST
from cdshooks.page.state import State, read_state
from cdshooks.page.traces import first_seen, quiet_ones
from cdshooks.protocol.wire import encode

PATH = "/"
NOT_DRAFTED = "Not drafted"


@dataclass(frozen=True)
class Chart:
    """All that is on the table when a chart is open: the record as it came and as it was changed, and the drafts."""

    state: State
    came: Record
    record: Record
    drafts: list[Draft]
    chart: ReadChart
    facts: Facts

    @property
    def name(self) -> str:
        return name_of(self.record.patient) or self.record.patient_id


def add(page: Blueprint, house: House) -> None:
    def play():
        state = read_state(request)
        if not state.is_chosen:
            if request.method == "POST":
                raise BadInput("no record came; choose a file, or paste a Bundle")
            return start(house)
        opened = open_chart(house, pressed(house, state))
        return at_its_address(opened.state, PATH) or shown(house, opened)

    def answer_card():
        state, press = read_state(request), request.form.get("press", "")
        opened = open_chart(house, state)
        opened, said = house.through_the_door(lambda client: answered(client, house, opened, press))
        after = replace(opened.state, said=said)
        if after.in_form:
            return shown(house, open_chart(house, after))
        return redirect(after.url(PATH, said=said), 303)

    page.add_url_rule(PATH, "play", play, methods=["GET", "POST"])
    page.add_url_rule("/answer", "answer", answer_card, methods=["POST"])
    # Where a browser asks for it again without its form, by its line of the address.
    page.add_url_rule("/answer", "answered", lambda: redirect(PATH), methods=["GET"])


def at_its_address(state: State, path: str):
    """To the address that says this state, where one can and it is another than this; forms are posted, for what they
    hold may be longer than an address."""
    if state.in_form or (request.method == "GET" and state.pairs() == list(request.args.items(multi=True))):
        return None
    return redirect(state.url(path, said=state.said), 303 if request.method == "POST" else 302)


def start(house: House):
    return render_template("page/start.html", patients=bundled(), stories=shelf.stories(), url=story_url)


def story_url(story) -> str:
    """The state that a request of the fixtures tells of."""
    unselected = _unselected(story)
    return State(story.patient, hook=story.hook, orders=story.drafts, unselected=unselected).url(PATH)


def _unselected(story) -> tuple[str, ...]:
    if story.select is None:
        return ()
    names = [name for draft in drafts_of(story.drafts) for name in draft.ids]
    return tuple(name for name in names if name not in {one.rpartition("/")[2] for one in story.select})


def pressed(house: House, state: State) -> State:
    """What a button or the line for a new order says beside the state; an order that cannot be read costs no chart."""
    form = request.form if request.method == "POST" else request.args
    order, drop = form.get("new", "").strip(), form.get("drop", "")
    if order and (fault := _fault_of(order, house)):
        return replace(state, said=f"{NOT_DRAFTED}: {fault}"[:LONGEST])
    if order:
        hook = state.hook if state.hook in HOOKS_WITH_DRAFTS else "order-select"
        state = replace(state, orders=(*state.orders, order), hook=hook)
    if drop.isascii() and drop.isdigit() and int(drop[:4]) < len(state.orders):
        kept = tuple(order for index, order in enumerate(state.orders) if index != int(drop))
        state = replace(state, orders=kept, unselected=())
    return state


def _fault_of(order: str, house: House) -> str:
    try:
        drafts_of((order,), house.library.concepts)
    except BadInput as fault:
        return fault.issues[0]
    return ""


def open_chart(house: House, state: State) -> Chart:
    """The chart with the changes that the address and the form make."""
    came = record_of(state, house.clock().today, house.cohort() if house.settings.cohort else ())
    form = (request.form if request.method == "POST" else request.args).items(multi=True)
    state = replace(state, edits=() if "reset" in request.form else said_in(form, came, state.edits))
    record = edited(came, state.edits)
    chart = whole_chart(record, house.library, house.clock(), state.hook)
    drafts = drafts_of(state.orders, house.library.concepts)
    return Chart(state, came, record, drafts, chart, facts_of(chart, record))


def fired(house: House, opened: Chart, instance: str | None = None) -> Fired | None:
    """The answer; None where a hook about orders has no order to fire for."""
    if opened.state.hook in HOOKS_WITH_DRAFTS and not opened.drafts:
        return None
    visit = visit_of(opened.state, opened.record, opened.drafts, house.clock().today)
    return house.through_the_door(lambda client: fire(client, visit, opened.state.without, instance))


def shown(house: House, opened: Chart):
    """The page of an open chart."""
    found = fired(house, opened)
    return render_template(
        "page/play.html",
        view="play",
        opened=opened,
        state=opened.state,
        fired=found,
        first_seen=first_seen,
        dismissal=dismissal,
        gone=dict(one.partition("~")[::2] for one in opened.state.gone),
        quiet=quiet_ones(found.trace, house.library) if found else [],
        copies=copies_of(house, opened, found) if found else [],
        pretty=pretty,
        encode=encode,
        known_orders=shelf.draft_names(),
        patients=bundled(),
    )


# --- what the prescriber does with a card ----------------------------------------------------------------------------


def answered(client: Client, house: House, opened: Chart, press: str) -> tuple[Chart, str]:
    """A suggestion accepted or a card dismissed: told to the service as an EHR tells it; and the state after it."""
    state, (act, card_id, choice) = opened.state, (*press.split("|", 2), "", "")[:3]
    visit = visit_of(state, opened.record, opened.drafts, house.clock().today)
    again = fire(client, visit, state.without, request.form.get("instance"))
    card = next((one for one in again.cards if one.get("uuid") == card_id), None)
    if card is None:
        raise BadInput("this card is not among those that the service shows now; go back and fire again")
    if act == "accept":
        suggestion = next((one for one in card.get("suggestions", ()) if one.get("uuid") == choice), None)
        if suggestion is None:
            raise BadInput("the card has no such suggestion; go back and fire again")
        entry = {"outcome": "accepted", "acceptedSuggestions": [{"id": choice}]}
        hook = state.hook if state.hook in HOOKS_WITH_DRAFTS else "order-select"
        state = replace(state, orders=accepted(opened.drafts, suggestion.get("actions", ())), hook=hook)
    else:
        code = request.form.get(f"reason-{card_id}", "")
        reason = next((one for one in card.get("overrideReasons", ()) if one.get("code") == code), None)
        entry = {"outcome": "overridden"} | ({"overrideReason": {"reason": reason}} if reason else {})
        state = replace(state, gone=(*state.gone, f"{dismissal(card)}~{reason['display'] if reason else ''}"))
    status = _tell(client, again.service, {"card": card_id} | entry)
    what = "Accepted" if act == "accept" else "Dismissed"
    what = what if status == 200 else f"Not kept as feedback, but {what.lower()} here"
    return replace(opened, state=state), f"{what}: {card.get('summary', '')[:140]} (feedback answered {status})"


def _tell(client: Client, service: str, entry: dict) -> int:
    entry["outcomeTimestamp"] = now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    status, _ = client.exchange("POST", f"/cds-services/{service}/feedback", encode({"feedback": [entry]}))
    return status


def dismissal(card: dict) -> str:
    """What is dismissed with a card: its topic at this level; when it comes louder, that was not dismissed."""
    topic = card.get("source", {}).get("topic", {})
    return f"{topic.get('code', '') if isinstance(topic, dict) else ''}.{card.get('indicator', '')}"


def title_of(library: Library, topic: str) -> str:
    card = library.card(topic)
    return card.title if card else topic
