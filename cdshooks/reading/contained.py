"""What lies inside a row, and is called by a reference that begins with "#"."""

from collections.abc import Mapping

from cdshooks.reading.read import as_dict, as_list


def contained_in(row: Mapping, reference: str) -> Mapping:
    """What lies in a row and is called so there ("#m"); nothing where it does not.

    Some servers write its id with the sign that belongs to the reference, or in other letter case.
    """
    name = reference.removeprefix("#")
    if not name:
        return {}
    inside = [each for each in map(as_dict, as_list(row.get("contained"))) if isinstance(each.get("id"), str)]
    named = [each for each in inside if each["id"].removeprefix("#") == name]
    if not named:
        named = [each for each in inside if each["id"].removeprefix("#").casefold() == name.casefold()]
        return named[0] if len(named) == 1 else {}  # of two that differ in nothing else nobody can tell which is meant
    return named[0]
