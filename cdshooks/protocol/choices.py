"""What a group or a plan says of the orders in it: that one is an alternative, is left open, or is none any more.

Whoever may choose between two orders has none of them yet: what is said to be so is an option, which warns and never
reassures.
"""

from collections.abc import Iterator, Mapping

from cdshooks.reading.read import as_dict, as_list, as_text
from cdshooks.reading.versions import Restated

_SETTLED = ("", "draft", "active")  # statuses of a group or plan whose orders are meant
# Of an activity in a plan: the status of the order that it is. What is not listed is drafted.
_STATUSES = {
    "cancelled": "cancelled", "stopped": "stopped", "completed": "completed", "entered-in-error": "entered-in-error",
    "on-hold": "on-hold",
}  # fmt: skip
_FOR_ONE = ("exactly-one", "one-or-more")  # with one action alone, that one


def is_open(group: Mapping) -> bool:
    """Is all that a group holds only an option, by its own intent or status?"""
    return group.get("intent") in ("option", "proposal") or as_text(group.get("status")) not in _SETTLED


def steps_of(group: Mapping) -> Iterator[tuple[Mapping, bool]]:
    """Its actions or activities, those inside others as well; and of each whether it is left open."""
    left_open = is_open(group)
    waiting = [(step, left_open) for name in ("action", "activity") for step in dicts_in(group.get(name))]
    while waiting:
        step, above = waiting.pop()
        inside = dicts_in(step.get("action"))
        below = above or bool(step.get("condition")) or _may_be_left_out(step)
        yield step, below
        chosen = _is_choice(step.get("selectionBehavior"), len(inside))
        waiting += [(each, below or chosen) for each in inside]


def _may_be_left_out(step: Mapping) -> bool:
    return step.get("requiredBehavior") == "could" or step.get("precheckBehavior") == "no"


def _is_choice(behavior: object, among: int) -> bool:
    """May one of the actions be left out? All are meant where nothing is said."""
    return behavior not in (None, "all") and not (behavior in _FOR_ONE and among == 1)


def reference_in(step: Mapping) -> str:
    """The order to which an action or an activity points; of a CodeableReference it lies deeper."""
    return pointed_by(step.get("resource")) or pointed_by(step.get("reference"))


def pointed_by(value: object) -> str:
    inner = as_dict(value).get("reference")
    return as_text(as_dict(inner).get("reference")) or as_text(inner)


def planned_as(detail: Mapping, left_open: bool) -> dict:
    """Status and intent of the order that an activity of a plan is."""
    status = _STATUSES.get(as_text(detail.get("status")), "draft")
    told = {"status": status, "intent": "option" if left_open else "plan"}
    return told | ({"doNotPerform": True} if detail.get("doNotPerform") or detail.get("prohibited") else {})


def as_option(order: Mapping) -> Mapping:
    """An order that is one of several: as it was sent, but for its intent."""
    if order.get("intent") in ("option", "proposal"):
        return order
    option = Restated(order)
    option["intent"], option.sent = "option", getattr(order, "sent", order)
    return option


def dicts_in(value: object) -> list[dict]:
    """What a list holds; one thing that is not in a list, as converters from XML write it, is a list of one."""
    return [one for one in as_list(value) or [value] if isinstance(one, dict)]
