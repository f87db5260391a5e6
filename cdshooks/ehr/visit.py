"""One opening of one chart: which patient, at which hook, with which drafts, on which day."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from cdshooks.ehr import shelf
from cdshooks.ehr.drafts import open_draft
from cdshooks.ehr.patients import Record, open_record
from cdshooks.ehr.request import HOOKS_WITH_DRAFTS, hook_request, silent
from cdshooks.ehr.shift import shift_record
from cdshooks.errors import BadInput


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
) -> Visit:
    """A visit from a file, or from a request or patient of the fixtures; what is given wins over what the name says."""
    if is_file_name(bundle):
        told = Visit(open_record(bundle, patient_id), "patient-view", today)
    else:
        told = named_visit(bundle, today)
    if orders:
        told = replace(told, hook="order-select", drafts=gathered(orders), selections=None)
    told = replace(told, hook=hook or told.hook, selections=tuple(select) or told.selections)
    if told.hook in HOOKS_WITH_DRAFTS and not told.drafts:
        raise BadInput(f"{told.hook}: needs a draft order; add --order FILE or NAME")
    return told


def is_file_name(text: str) -> bool:
    """A path is told from a name by a file that is there, or by how it is written."""
    return Path(text).exists() or "/" in text or text.endswith((".json", ".gz"))


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


def gathered(orders: Sequence[str]) -> tuple[dict, ...]:
    """The resources of draft orders given by file or by name."""
    opened = (open_draft(name) if is_file_name(name) else shelf.open_named_draft(name) for name in orders)
    return tuple(row for resources in opened for row in resources)
