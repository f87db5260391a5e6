"""What lies inside a row, and is called by a reference that begins with "#"."""

from collections.abc import Mapping

from cdshooks.reading.read import as_dict, as_list


class Inside:
    """What lies in a row, by what it is called there: gone through once, for a row may point to it thousands of times.

    Some servers write an id with the sign that belongs to the reference ("#m"), or in other letter case.
    """

    def __init__(self, row: Mapping):
        self._named: dict[str, Mapping] = {}
        self._alike: dict[str, list[Mapping]] = {}
        for each in map(as_dict, as_list(row.get("contained"))):
            if isinstance(identity := each.get("id"), str):
                name = identity.removeprefix("#")
                self._named.setdefault(name, each)
                self._alike.setdefault(name.casefold(), []).append(each)

    def find(self, reference: str) -> Mapping:
        """What is called so; nothing where it does not lie here."""
        name = reference.removeprefix("#")
        if not name:
            return {}
        alike = self._alike.get(name.casefold(), ())
        # Of two that differ in nothing but letter case nobody can tell which is meant.
        return self._named.get(name) or (alike[0] if len(alike) == 1 else {})


def contained_in(row: Mapping, reference: str) -> Mapping:
    """The same for one reference."""
    return Inside(row).find(reference)
