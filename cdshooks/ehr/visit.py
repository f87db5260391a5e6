"""One opening of one chart: which patient, at which hook, with which drafts, on which day."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from cdshooks.content.load import load_library
from cdshooks.ehr import shelf
from cdshooks.ehr.drafts import open_draft
from cdshooks.ehr.patients import Record, open_record
from cdshooks.ehr.request import HOOKS_WITH_DRAFTS, hook_request, silent
from cdshooks.ehr.shift import shift_record
from cdshooks.ehr.words import order_in_words, told
from cdshooks.errors import BadInput
from cdshooks.terms.concepts import Concepts


@dataclass(frozen=True)
class Visit:
    """All that an EHR knows when it fires a hook."""

    record: Record
    hook: str
    today: date
    drafts: tuple[dict, ...] = ()
    selections: tuple[str, ...] | None = None

    def request(
        self, templates: dict[str, str], hook_instance: str | None = None, tell: Callable[[str], None] = silent
    ) -> dict:
        """The hook request for a service with these prefetch templates."""
        return hook_request(
            self.record,
            self.hook,
            templates,
            self.drafts,
            self.today,
            self.selections,
            hook_instance=hook_instance,
            tell=tell,
        )


def open_visit(
    bundle: str,
    today: date,
    hook: str | None = None,
    orders: Sequence[str] = (),
    select: Sequence[str] = (),
    patient_id: str | None = None,
    concepts: Callable[[], Concepts] | None = None,
    tell: Callable[[str], None] = silent,
) -> Visit:
    """A visit from a file, or from a request or patient of the fixtures; what is given wins over what the name says.

    `concepts` is called for orders in words only; `tell` hears how these were understood.
    """
    if is_file_name(bundle):
        visit = Visit(open_record(bundle, patient_id), "patient-view", today)
    else:
        visit = named_visit(bundle, today)
    if orders:
        visit = replace(visit, hook="order-select", drafts=gathered(orders, concepts, tell), selections=None)
    visit = replace(visit, hook=hook or visit.hook, selections=tuple(select) or visit.selections)
    if visit.hook in HOOKS_WITH_DRAFTS and not visit.drafts:
        raise BadInput(f"{visit.hook}: needs a draft order; add --order FILE or NAME")
    return visit


def is_file_name(text: str) -> bool:
    """A path is told from a name by a file that is there, or by how it is written."""
    if Path(text).exists() or text.endswith((".json", ".gz")):
        return True
    return "/" in text and not in_words(text)


def in_words(text: str) -> bool:
    """Is this an order as people write it, not a name of one word?"""
    return len(text.split()) > 1


def named_visit(name: str, today: date) -> Visit:
    """The visit of a fixture request, or the plain opening of a fixture patient's chart."""
    names = dict.fromkeys(shelf.request_names() + shelf.patient_names())
    name = shelf.known(name, tuple(names), "request or patient")
    if name not in shelf.request_names():
        return Visit(shift_record(shelf.open_patient(name), today), "patient-view", today)
    story = shelf.story(name)
    return Visit(
        shift_record(shelf.open_patient(story.patient), today),
        story.hook,
        today,
        gathered(story.drafts),
        story.select,
    )


def gathered(
    orders: Sequence[str], concepts: Callable[[], Concepts] | None = None, tell: Callable[[str], None] = silent
) -> tuple[dict, ...]:
    """The resources of draft orders given by file, by name, or in words that the content's `concepts` explain."""

    def opened(order: str) -> tuple[dict, ...]:
        if is_file_name(order):
            return open_draft(order)
        if not in_words(order):
            return shelf.open_named_draft(order)
        draft = order_in_words(order, concepts() if concepts else load_library().concepts)
        tell(told(draft))
        return (draft,)

    return tuple(row for order in orders for row in opened(order))
