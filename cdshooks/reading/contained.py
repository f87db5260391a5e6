"""What lies inside a row, and is called by a reference that begins with "#"."""

from collections.abc import Mapping

from cdshooks.reading.read import as_dict, as_list


def contained_in(row: Mapping, reference: str) -> Mapping:
    """What lies in a row and is called so there ("#m"); nothing where it does not.

    Some servers write its id with the sign that belongs to the reference.
    """
    name = reference.removeprefix("#")
    found = (each for each in map(as_dict, as_list(row.get("contained"))) if each.get("id") in (name, f"#{name}"))
    return next(found, {}) if name else {}
