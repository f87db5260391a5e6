"""Observations that hold others: components, and results inside them, each as an Observation of its own."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from cdshooks.reading.json_text import in_json
from cdshooks.reading.listed import meant
from cdshooks.reading.read import as_dict, as_list, as_text
from cdshooks.terms.codes import Match, Reading

UNNAMED = "it is a panel that no words name, and what it points to did not come"
# What a component does not share with its Observation.
OF_ITS_OWN = ("code", "component", "hasMember", "contained", "dataAbsentReason")


def parts_of(row: Mapping) -> Iterator[Mapping]:
    """The components, and the results inside it, each as an Observation; a bare text is the value of one."""
    inside = [part for part in as_list(row.get("contained")) if as_dict(part).get("resourceType") == "Observation"]
    parts = [_as_part(part) for part in (*as_list(row.get("component")), *inside)]
    if not any(parts):
        return
    shared = {k: v for k, v in row.items() if k not in OF_ITS_OWN and not k.startswith("value")}
    for part in filter(None, parts):
        yield {**shared, **part, "code": meant(part.get("code")) or None}


def _as_part(part: object) -> Mapping:
    if isinstance(part, str):
        told = in_json(part)
        return told if isinstance(told, dict) else {"valueString": part}
    return as_dict(part)


def members_of(row: Mapping) -> list[str]:
    """What a panel points to."""
    return [as_text(as_dict(member).get("reference")) for member in as_list(row.get("hasMember"))]


def has_value(row: Mapping) -> bool:
    """Is there a value of any kind, or the reason why there is none?"""
    return "valueQuantity" in row or any(key.startswith("value") for key in row) or "dataAbsentReason" in row


def not_told(
    panel: Reading, members: Sequence[Mapping | None], read: Callable[[str, object], Reading]
) -> Reading | None:
    """Of what a panel without a value is named after, what may lie in a member that did not come; None if nothing.

    A member that came tells of its own; where none is listed, its components are not understood.
    """
    if members and all(members):
        return None
    told = [read("observations", member.get("code")) for member in members if member]
    held = {match.concept for each in told for match in (*each.known, *each.doubtful)}
    why = f"it is a panel whose members {'did not come' if members else 'are not understood'}"
    left = (match.concept for match in (*panel.known, *panel.doubtful) if match.concept not in held)
    found = tuple(Match(concept, None, why) for concept in dict.fromkeys(left))
    return Reading((), found) if found else None
