"""One hook fired as an EHR fires it: discovery, the prefetch answered from the record, the call, and its time."""

from dataclasses import dataclass, field
from functools import cached_property
from time import perf_counter

import msgspec

from cdshooks.ehr.client import Client
from cdshooks.ehr.request import HOOKS_WITH_DRAFTS
from cdshooks.ehr.visit import Visit
from cdshooks.page.drafts import Draft
from cdshooks.page.state import State
from cdshooks.protocol.trace import EXTENSION
from cdshooks.protocol.wire import encode

LONGEST = 100_000  # characters of a message that are shown


@dataclass(frozen=True)
class Fired:
    """What was sent and what came. `untold` are the prefetch keys that the EHR could not or should not answer."""

    service: str
    request: dict
    status: int
    answer: object
    ms: float
    untold: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    cards: list[dict] = field(default_factory=list)

    @cached_property
    def body(self) -> bytes:
        """The request as it goes over the wire."""
        return encode(self.request)

    @property
    def trace(self) -> dict:
        """The trace that came with the answer; empty with an answer that has none."""
        extension = self.answer.get("extension") if isinstance(self.answer, dict) else None
        found = extension.get(EXTENSION) if isinstance(extension, dict) else None
        return found if isinstance(found, dict) else {}


def fire(client: Client, visit: Visit, without: tuple[str, ...] = (), instance: str | None = None) -> Fired:
    """Fire it through a client; the answer is shown as it is, whatever its status."""
    service = client.service_for(visit.hook)
    templates = {key: text for key, text in service.get("prefetch", {}).items() if isinstance(text, str)}
    told: list[str] = []
    request = visit.request(
        {key: text for key, text in templates.items() if key not in without}, instance, tell=told.append
    )
    request["extension"] = {EXTENSION: True}
    begun = perf_counter()
    status, answer = client.call(service["id"], request)
    ms = (perf_counter() - begun) * 1000
    found = answer.get("cards") if status == 200 and isinstance(answer, dict) else None
    cards = [card for card in found if isinstance(card, dict)] if isinstance(found, list) else []
    return Fired(service["id"], request, status, answer, ms, tuple(told), tuple(templates), cards)


def visit_of(state: State, record, drafts: list[Draft], today) -> Visit:
    """The state as an opening of a chart; only hooks about orders carry the drafts."""
    if state.hook not in HOOKS_WITH_DRAFTS:
        return Visit(record, state.hook, today)
    resources = tuple(row for draft in drafts for row in draft.resources)
    selected = tuple(name for draft in drafts for name in draft.ids if name not in state.unselected)
    return Visit(record, state.hook, today, resources, selected if state.unselected else None)


def pretty(body: bytes) -> str:
    """JSON for reading; of a large one the beginning, as it was sent: to lay it out would take many times its size."""
    text = (body if len(body) > LONGEST else msgspec.json.format(body, indent=2)).decode()
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}\n... ({len(text) - LONGEST} more characters)"
