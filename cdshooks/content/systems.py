"""Tables of code systems as systems; a name that none of them has is a fault with the nearest one."""

from difflib import get_close_matches

from cdshooks.content.faults import Faults
from cdshooks.terms.marks import Marks
from cdshooks.terms.systems import System, Systems, spelling


def build_systems(tables, faults: Faults) -> Systems:
    """Every `[system."NAME"]`; no spelling may mean two of them."""
    found: list[System] = []
    taken: dict[str, str] = {}
    for name, table, place in tables.of("system"):
        also = tuple(table.get("also", ()))
        for text in dict.fromkeys(spelling(text) for text in (table["uri"], *also, name)):
            if text in taken:
                faults.add(place, f"'{text}' already means {taken[text]}")
            taken[text] = name
        switches = {key: table.get(key, False) for key in ("dotless", "telling", "diagnoses_only", "partial")}
        marks = _marks(table["mark"]) if "mark" in table else None
        texts = {key: table.get(key, "") for key in ("family", "before")}
        classes = tuple(table.get("classes", ()))
        found.append(System(name, table["uri"], also, marks=marks, classes=classes, **texts, **switches))
    return Systems(found)


def _marks(table) -> Marks:
    return Marks(table["extension"], *(frozenset(table[kind]) for kind in ("certain", "doubted", "denied")))


def uri_of(name: str, systems: Systems, place: str, faults: Faults) -> str:
    """The address of a system that content names."""
    system = systems.by_name.get(name)
    if system is None:
        near = get_close_matches(name, systems.by_name, 1)
        faults.add(place, f"no system is called '{name}'" + (f"; did you mean '{near[0]}'?" if near else ""))
        return name
    return system.uri
