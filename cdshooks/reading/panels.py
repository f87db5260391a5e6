"""Observations that hold others: components, and results inside them, each as an Observation of its own."""

from collections.abc import Iterator, Mapping

from cdshooks.reading.read import as_dict, as_list

# What a component does not share with its Observation.
OF_ITS_OWN = ("code", "component", "hasMember", "contained", "dataAbsentReason")


def parts_of(row: Mapping) -> Iterator[Mapping]:
    """The components, and the results inside it, each as an Observation of its own."""
    inside = [part for part in as_list(row.get("contained")) if as_dict(part).get("resourceType") == "Observation"]
    parts = [part for part in (*as_list(row.get("component")), *inside) if as_dict(part).get("code")]
    if not parts:
        return
    shared = {k: v for k, v in row.items() if k not in OF_ITS_OWN and not k.startswith("value")}
    for part in parts:
        yield {**shared, **part}


def has_value(row: Mapping) -> bool:
    """Is there a value of any kind, or the reason why there is none?"""
    return "valueQuantity" in row or any(key.startswith("value") for key in row) or "dataAbsentReason" in row
