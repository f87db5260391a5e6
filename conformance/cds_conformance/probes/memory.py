"""Calls about patients whom nobody named before, in an order that shows whether the service remembers earlier calls.

Two patients about whom other things are said are asked about under one new id, one after the other; and a call without
data is sent after each of them. A service that keeps data or advice of an earlier call answers with those.
"""

import json
import re
import uuid

from cds_conformance.checks.memory import repeats, swayed
from cds_conformance.ehr.shelf import Chart
from cds_conformance.evidence import Exchange
from cds_conformance.probes.caller import Caller
from cds_conformance.probes.pairs import Search
from cds_conformance.probes.prefetch import plain


def what_it_remembers(caller: Caller, search: Search) -> None:
    """One round of calls; a second where the first shows something, for chance shows nothing twice."""
    pair = search.two_that_differ()
    if pair and not caller.own_context:
        for number in (1, 2):
            sent = _round(caller, *pair, number)
            if not (repeats(sent) or swayed(sent)):
                return


def _round(caller: Caller, loud: Chart, other: Chart, number: int) -> list[Exchange]:
    shared = _new_id()
    sent = [_ask(caller, loud, shared, "first", number), _ask(caller, other, shared, "second", number)]
    sent.append(_ask(caller, other, _new_id(), "alone", number))
    for before in ("other", "loud"):
        if before == "loud":
            sent.append(_ask(caller, loud, _new_id(), "again", number))
        sent += [_lacking(caller, other, what, before, number) for what in _what_can_lack(caller)]
    return sent


def _ask(caller: Caller, chart: Chart, new: str, step: str, number: int) -> Exchange:
    held = _renamed(chart, new)
    return caller.call("memory", caller.body(held), step=step, id=new, round=number)


def _what_can_lack(caller: Caller) -> list[str]:
    return ["null", "absent"] if caller.searches() else []


def _lacking(caller: Caller, chart: Chart, what: str, before: str, number: int) -> Exchange:
    """The call without data: null for every search, or no prefetch at all."""
    new = _new_id()
    held = _renamed(chart, new)
    body = plain(caller, held, {})
    if what == "null":
        body = caller.body(held, prefetch=caller.prefetch(held) | dict.fromkeys(caller.searches()))
    return caller.call("memory", body, step=f"{what} after {before}", id=new, round=number)


def _new_id() -> str:
    return f"judge-{uuid.uuid4()}"


def _renamed(chart: Chart, new: str) -> Chart:
    """The same patient under another id, in every reference to it."""
    old = re.escape(json.dumps(chart.patient_id)[1:-1])
    text = json.dumps([chart.resources, chart.drafts])
    resources, drafts = json.loads(re.sub(rf'"((?:[^"\\]*/)?Patient/)?{old}"', rf'"\g<1>{new}"', text))
    return Chart(f"{chart.name} as {new}", new, chart.encounter_id, tuple(resources), tuple(drafts))
