"""Why: for every card of the service, come or not, what was asked and seen; and what a change in the record changes."""

from flask import Blueprint, render_template, request

from cdshooks.ehr import shelf
from cdshooks.ehr.request import HOOKS_WITH_DRAFTS
from cdshooks.page.firing import visit_of
from cdshooks.page.house import House
from cdshooks.page.opened import bundled
from cdshooks.page.play import Chart, at_its_address, fired, open_chart, pressed, start
from cdshooks.page.state import read_state
from cdshooks.page.traces import first_seen, told
from cdshooks.protocol.request import parse_request
from cdshooks.protocol.trace import as_data
from cdshooks.respond import judge

PATH = "/why"


def add(page: Blueprint, house: House) -> None:
    def why():
        state = read_state(request)
        if not state.is_chosen:
            return start(house)
        opened = open_chart(house, pressed(house, state))
        if elsewhere := at_its_address(opened.state, PATH):
            return elsewhere
        found = fired(house, opened)
        return render_template(
            "page/why.html",
            view="why",
            opened=opened,
            state=opened.state,
            fired=found,
            told=told(found.trace, house.library, before(house, opened)) if found else [],
            strange=found.trace.get("notUnderstood", ()) if found else (),
            aside=found.trace.get("setAside", ()) if found else (),
            first_seen=first_seen,
            known=opened.facts.refs,
            known_orders=shelf.draft_names(),
            patients=bundled(),
        )

    page.add_url_rule(PATH, "why", why, methods=["GET", "POST"])


def before(house: House, opened: Chart) -> dict | None:
    """The trace of the record as it came, without what the page changed or left out; None where nothing was.

    Judged beside the door, so that it is not counted as shown.
    """
    if not (opened.state.edits or opened.state.without):
        return None
    if opened.state.hook in HOOKS_WITH_DRAFTS and not opened.drafts:
        return None
    service = house.service(opened.state.hook)
    visit = visit_of(opened.state, opened.came, opened.drafts, house.clock().today)
    request = parse_request(visit.request(service.prefetch), visit.hook)
    response = judge(house.library, service, request, house.clock())
    return as_data(response.decisions, response.chart)
