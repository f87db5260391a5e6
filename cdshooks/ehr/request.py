"""A complete hook request, as an EHR sends it: context, and the service's prefetch templates answered."""

from collections.abc import Callable, Sequence
from datetime import date
from uuid import uuid4

from cdshooks.ehr.drafts import draft_bundle, draft_references
from cdshooks.ehr.patients import Record
from cdshooks.ehr.search import answer
from cdshooks.errors import BadInput
from cdshooks.protocol.tokens import resolve

USER = "Practitioner/example"
HOOKS_WITH_DRAFTS = ("order-select", "order-sign")


def silent(_: str) -> None:
    """Tells nobody."""


def hook_request(
    record: Record,
    hook: str,
    prefetch_templates: dict[str, str],
    drafts: Sequence[dict],
    today: date,
    selections: Sequence[str] | None = None,
    fhir_server: str | None = None,
    hook_instance: str | None = None,
    tell: Callable[[str], None] = silent,
) -> dict:
    """The body to POST; a prefetch key that cannot be answered is left out, and `tell` hears why."""
    context = hook_context(record, hook, drafts, today, selections)
    request = {"hook": hook, "hookInstance": hook_instance or str(uuid4())}
    if fhir_server:
        request["fhirServer"] = fhir_server
    return request | {"context": context, "prefetch": prefetch(record, prefetch_templates, context, today, tell)}


def hook_context(
    record: Record, hook: str, drafts: Sequence[dict], today: date, selections: Sequence[str] | None = None
) -> dict:
    """The context of the hook; without `selections` all drafts are selected."""
    context = {"userId": USER, "patientId": record.patient_id}
    if hook not in HOOKS_WITH_DRAFTS:
        return context
    bundle = draft_bundle(tuple(drafts), record.patient_id, today)
    if hook == "order-select":
        context["selections"] = chosen(draft_references(bundle), selections)
    return context | {"draftOrders": bundle}


def chosen(references: list[str], selections: Sequence[str] | None) -> list[str]:
    """The selected references, which may be given as `Type/id` or as the id."""
    if selections is None:
        return references
    by_name = {name: full for full in references for name in (full, full.partition("/")[2])}
    unknown = [name for name in selections if name not in by_name]
    if unknown:
        raise BadInput(f"--select {unknown[0]}: no such draft order; there is {', '.join(references) or 'none'}")
    return [by_name[name] for name in selections]


def prefetch(
    record: Record, templates: dict[str, str], context: dict, today: date, tell: Callable[[str], None] = silent
) -> dict:
    """What the EHR has for each template: a resource, a searchset, null for a read of nothing."""
    answers = {}
    for key, template in templates.items():
        resolved = resolve(template, context, today, answers, lambda kind, id: answer(record, f"{kind}/{id}"))
        if resolved.query is None:
            tell(f"prefetch {key}: left out, {resolved.because}")
            continue
        try:
            answers[key] = answer(record, resolved.query)
        except BadInput as fault:  # as a real EHR: this key is missing from the request, the others are there
            tell(f"prefetch {key}: left out, {fault}")
    return answers
