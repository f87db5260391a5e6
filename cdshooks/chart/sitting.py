"""What the drafts of a sitting say of the orders on record: they replace or end them, or leave open if they go on.

What ends or is held in the sitting never reassures; neither does what it says of an order in a word that FHIR has not.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from cdshooks.chart.local import acts_locally
from cdshooks.reading.facts import Order
from cdshooks.reading.need import is_for_need_alone
from cdshooks.reading.order import bounds
from cdshooks.reading.read import as_dict, as_list, as_text, pairs, reference_of, shown, when
from cdshooks.reading.subjects import bare_reference
from cdshooks.reading.unsure import with_status
from cdshooks.terms.concepts import Concepts
from cdshooks.terms.dates import Clock
from cdshooks.terms.systems import Systems

UNWANTED = ("cancelled", "entered-in-error", "stopped", "revoked", "completed", "ended")
# What is held may be meant to go on: it warns, and never reassures.
HELD = "on-hold"
_GOING_ON = ("", "draft", "active", "preparation", "in-progress")
_ORDERS = ("MedicationRequest", "MedicationStatement")
_PERHAPS = "{} in this sitting, perhaps"  # of an order that only the drug's name connects with what ends


def status_of(row: Mapping) -> str:
    """The status as FHIR spells it, where only its case is another."""
    return as_text(row.get("status")).strip().casefold()


def is_unwanted(draft: Mapping) -> bool:
    """Is it nothing that is to be done?"""
    denied = draft.get("doNotPerform") is True
    return denied or status_of(draft) in UNWANTED or draft.get("intent") == "proposal"


def is_option(draft: Mapping) -> bool:
    """Is it no more than one of several orders that could be chosen?"""
    return draft.get("intent") in ("option", "proposal")


def as_held(order: Order, draft: Mapping, clock: Clock, known: Concepts) -> Order:
    """The order of a draft, held where nobody may count on it: its status is not understood, it is over, only an
    option, for need alone, or acts where it is put.
    """
    counts = goes_on(draft, clock) and not is_option(draft) and not is_for_need_alone(order.dosage, known.phrases)
    return order if counts and not acts_locally(order, known.routes, known.systems) else replace(order, status=HELD)


def superseded(rows: list[Mapping], drafts: Iterable[Mapping], clock: Clock, systems: Systems) -> list[Mapping]:
    """The record as the sitting leaves it: without the orders that it ends, holds or replaces; those of which it says
    something that is not understood carry that as their status.
    """
    told = [(draft, *_said_of(draft, clock)) for draft in drafts]
    told = [(draft, said, targets) for draft, said, targets in told if targets]
    if not told:
        return rows
    here = {reference_of(row) for row in rows}
    statuses: dict[str, str | None] = {}
    unplaced: list[tuple[str, set]] = []
    for draft, said, targets in told:
        found = targets & here
        statuses |= dict.fromkeys(found, said)
        if not found and _ends_something(draft, clock) and draft.get("resourceType") in _ORDERS:
            unplaced.append((_PERHAPS.format(status_of(draft) or "not to be done"), _drug_of(draft, systems)))
    return [left for row in rows if (left := _as_left(row, statuses, unplaced, systems)) is not None]


def _ends_something(draft: Mapping, clock: Clock) -> bool:
    """Does it say that a drug is not to go on? What was entered in error says that of nothing but itself."""
    return not (goes_on(draft, clock) or is_option(draft) or status_of(draft) == "entered-in-error")


def _said_of(draft: Mapping, clock: Clock) -> tuple[str | None, set[str]]:
    """The status that a draft gives to orders on record (None: they are none any more), and how these are named."""
    if is_option(draft):
        return None, {reference_of(draft)}
    named = [draft.get("priorPrescription")]
    if goes_on(draft, clock):
        return None, _references(named)
    named += [*as_list(draft.get("basedOn")), *as_list(draft.get("replaces"))]
    status = status_of(draft)
    known = draft.get("doNotPerform") is True or status in (*UNWANTED, *_GOING_ON, HELD)
    return None if known else status, {reference_of(draft), *_references(named)}


def _references(named: Iterable[object]) -> set[str]:
    told = (bare_reference(as_text(as_dict(each).get("reference"))) for each in named)
    return {"/".join(reference.split("/")[-2:]) for reference in told if reference}


def goes_on(draft: Mapping, clock: Clock) -> bool:
    """Is it to be done, as far as is told, and not over?"""
    if draft.get("doNotPerform") is True or status_of(draft) not in _GOING_ON:
        return False
    ends = bounds([e for e in as_list(draft.get("dosageInstruction")) if isinstance(e, dict)], None, clock.zone)[1]
    valid = as_dict(as_dict(draft.get("dispenseRequest")).get("validityPeriod"))
    told = (ends, *(when(as_dict(each).get("end"), clock.zone) for each in (draft.get("effectivePeriod"), valid)))
    return all(end.day >= clock.today for end in told if end)


def _as_left(
    row: Mapping, statuses: Mapping[str, str | None], unplaced: list[tuple[str, set]], systems: Systems
) -> Mapping | None:
    ref = reference_of(row)
    if ref in statuses:
        said = statuses[ref]
        return with_status(row, said) if said else None
    if unplaced and row.get("resourceType") in _ORDERS:
        drug = _drug_of(row, systems)
        said = next((said for said, other in unplaced if not other.isdisjoint(drug)), "")
        return with_status(row, said) if said and row.get("status") == "active" else row
    return row


def _drug_of(row: Mapping, systems: Systems) -> set:
    """How a row names its drug: its codes under whatever spelling, its words, the Medication to which it points."""
    concept = row.get("medicationCodeableConcept")
    pointing = as_text(as_dict(row.get("medicationReference")).get("reference"))
    codes = {(systems.canonical(system), code) for system, code in pairs(concept)}
    return {*codes, shown(concept).casefold(), pointing} - {""}
