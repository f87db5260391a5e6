"""The draft orders of a call, wherever they lie: in the Bundle, in a Bundle inside it, or inside a group of orders."""

from collections.abc import Iterable, Iterator

GROUPS = ("RequestGroup", "RequestOrchestration", "CarePlan")
ORDERS = (
    "MedicationRequest", "MedicationOrder", "MedicationPrescription", "ServiceRequest", "ProcedureRequest",
    "DiagnosticOrder",
)  # fmt: skip
DRUGS = ("Medication", "Substance")
INSIDE = "/#"  # stands in the reference of an order that lies inside another resource: no action can name it
_DEEPEST = 4  # Bundles inside each other


def drafts_in(bundle: dict, depth: int = 1) -> Iterator[dict]:
    """Every order of a Bundle. Real clients send entries that are null or hold no resource: those are no orders."""
    for entry in _dicts(bundle.get("entry")):
        resource = entry.get("resource")
        if not isinstance(resource, dict):
            continue
        yield resource
        if resource.get("resourceType") == "Bundle" and depth < _DEEPEST:
            yield from drafts_in(resource, depth + 1)
        elif resource.get("resourceType") in GROUPS:
            yield from _inside(resource)


def _inside(group: dict) -> Iterator[dict]:
    """The orders inside a group, and the Medications to which they point, under ids that are theirs alone.

    None holds a copy of another: many orders of one large Medication would take their product in time.
    """
    within = f"#{group.get('id')}."
    for one in _dicts(group.get("contained")):
        named = one | {"id": f"{within}{one.get('id')}"}
        if one.get("resourceType") in ORDERS:
            drug = _reference(one.get("medicationReference") or one.get("medication"))
            points = {"medicationReference": {"reference": f"Medication/{within}{drug[1:]}"}} if drug[:1] == "#" else {}
            about = {} if "subject" in one or "patient" in one else {"subject": group.get("subject")}
            yield named | about | points
        elif one.get("resourceType") in DRUGS:
            yield named


def selected_with(selections: Iterable[str], drafts: Iterable[dict]) -> tuple[str, ...]:
    """The selections; whoever selects a group selects what it holds and what it points to."""
    chosen = dict.fromkeys(selections)
    for draft in drafts:
        if draft.get("resourceType") in GROUPS and f"{draft['resourceType']}/{draft.get('id')}" in chosen:
            chosen |= dict.fromkeys(f"{one['resourceType']}/{one['id']}" for one in _inside(draft))
            chosen |= dict.fromkeys(filter(None, map(_pointing, _steps(draft))))
    return tuple(chosen)


def _steps(group: dict) -> Iterator[dict]:
    """Its actions or activities, those inside others as well."""
    waiting = [*_dicts(group.get("action")), *_dicts(group.get("activity"))]
    while waiting:
        step = waiting.pop()
        yield step
        waiting += _dicts(step.get("action"))


def _pointing(step: dict) -> str:
    reference = _reference(step.get("resource")) or _reference(step.get("reference"))
    return "/".join(reference.split("/")[-2:])


def _reference(value: object) -> str:
    inner = value.get("reference") if isinstance(value, dict) else None
    if isinstance(inner, dict):  # a CodeableReference
        inner = inner.get("reference")
    return inner if isinstance(inner, str) else ""


def _dicts(value: object) -> list[dict]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
