"""Concept tables as concepts: codes, units with exact factors, cut-off bands per kind of unit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from cdshooks.content.faults import Faults
from cdshooks.content.systems import uri_of
from cdshooks.shape import nth
from cdshooks.terms.concepts import Band, Code, Concept, CourseRules, Route
from cdshooks.terms.names import Names, plain
from cdshooks.terms.systems import Systems
from cdshooks.terms.units import Unit, UnitTable

_WITHOUT_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})  # how German is written where there are none
SIDES = ("below", "up_to", "above", "at_least")
KINDS = ("result", "results", "status", "test", "drug", "substance", "problem", "visit", "reaction", "relative")


@dataclass
class Tables:
    """The tables of all files of `_concepts/`, by kind and name, each with the file that it stands in."""

    by_kind: dict[str, dict[str, tuple[dict, str]]] = field(default_factory=dict)

    def add(self, content: Mapping, place: str, faults: Faults) -> None:
        for kind, tables in content.items():
            for name, table in tables.items():
                known = self.by_kind.setdefault(kind, {})
                if name in known:
                    faults.add(f"{place}, [{kind}.{name}]", f"it is already told in {known[name][1]}")
                known[name] = (table, place)

    def of(self, kind: str):
        """(name, table, place) of every table of this kind."""
        for name, (table, place) in self.by_kind.get(kind, {}).items():
            yield name, table, f"{place}, [{kind}.{name}]"


def build_concepts(tables: Tables, systems: Systems, faults: Faults) -> dict[str, Concept]:
    """Every concept by name; names are unique over all kinds."""
    doses = dose_units(tables, faults)
    found: dict[str, Concept] = {}
    for kind in KINDS:
        for name, table, place in tables.of(kind):
            if name in found:
                faults.add(place, f"the name is already that of a {found[name].kind}")
            found[name] = _concept(kind, name, table, place, doses, systems, faults)
    _check_members(found, tables, faults)
    return found


def dose_units(tables: Tables, faults: Faults) -> UnitTable:
    units: dict[str, Unit] = {}
    for kind, table, place in tables.of("dose_unit"):
        accepted = {text: Unit(kind, Decimal(factor)) for text, factor in table["accept"].items()}
        units |= accepted
        for text, others in table.get("also", {}).items():
            if text not in accepted:
                faults.add(place, f"`also` spells '{text}', which is not accepted there")
                continue
            units |= dict.fromkeys(others, accepted[text])
    return UnitTable(units)


def course_rules(tables: Tables, faults: Faults) -> CourseRules:
    """How records of one drug are joined to a course; told once."""
    told = [(table, place) for _, table, place in tables.of("course")]
    if len(told) != 1 and faults.unreadable:
        return CourseRules(0, 0, 0, 0)  # it may stand in the file that cannot be read
    if len(told) != 1:
        faults.add("cards/_concepts", f"one [course.NAME] must say which gap breaks a course; there are {len(told)}")
        return CourseRules(0, 0, 0, 0)
    table, _ = told[0]
    return CourseRules(table["gap_days"], table["lasts_days"], table["fresh_days"], table.get("soon_days", 14))


def build_routes(tables: Tables, systems: Systems, faults: Faults) -> tuple[Route, ...]:
    return tuple(
        Route(
            name,
            frozenset((uri_of(c["system"], systems, place, faults), c["code"]) for c in table["codes"]),
            frozenset(word.casefold() for word in table.get("words", ())),
            table.get("local", False),
            Names(table.get("forms", ())),
        )
        for name, table, place in tables.of("route")
    )


def _concept(kind, name, table, place, doses, systems, faults) -> Concept:
    units, unit_names = _units(table, place, faults)
    return Concept(
        name=name,
        kind=kind,
        label=table["label"],
        codes=tuple(_code(c, doses, systems, place, faults) for c in table.get("codes", ())),
        may_be=tuple(_code(c, doses, systems, place, faults) for c in table.get("may_be", ())),
        words=_words(table.get("words", ())),
        not_words=_words(table.get("not_words", ())),
        alone=tuple(table.get("alone", ())),
        recorded_as=tuple(table.get("recorded_as", ("Condition",))),
        units=units,
        unit_names=unit_names,
        bands=tuple(_band(b, units, unit_names, place, faults) for b in table.get("band", ())),
        either={frozenset(e["of"]): e["is"] for e in table.get("either", ())},
        own_limit=table.get("own_limit"),
        plausible_from=limits_of(table.get("plausible_from", ()), units, place, faults),
        plausible_to=limits_of(table.get("plausible_to", ()), units, place, faults),
        members=tuple(table.get("members", ())),
        better=table.get("better"),
        better_days=table.get("better_days", 0),
        overruled_by=table.get("overruled_by"),
        values={(uri_of(v["system"], systems, place, faults), v["code"]): v["is"] for v in table.get("value", ())},
        said_values={plain(w): v["is"] for v in table.get("value", ()) for w in _words(v.get("words", ()))},
        told_by_drafts=table.get("told_by_drafts", False),
        regular_only=table.get("regular_only", False),
        ends_as_written=table.get("ends_as_written", False),
    )


def _words(told: object) -> tuple[str, ...]:
    """Names, whether they stand in one list or by language."""
    by_language = told if isinstance(told, Mapping) else {"": told}
    found = [word for words in by_language.values() for word in words]
    found += [word.translate(_WITHOUT_UMLAUTS) for word in by_language.get("de", ())]
    return tuple(dict.fromkeys(found))


def _code(table: Mapping, doses: UnitTable, systems: Systems, place: str, faults: Faults) -> Code:
    amount, per = None, "unit"
    if "strength" in table:
        mass, _, volume = table["strength"].partition("/")
        amount, per = _mass(mass, doses), "mL" if volume == "mL" else "unit"
        if amount is None or volume not in ("", "mL"):
            faults.add(place, f"'{table['strength']}' is not a strength such as '5 mg' or '1 mg/mL'")
    return Code(
        system=uri_of(table["system"], systems, place, faults),
        code=table["code"],
        display=table["display"],
        below=table.get("below", False),
        strength=amount,
        strength_per=per,
        combined=table.get("combination", False),
        route=table.get("route"),
        kinds=tuple(table.get("kinds", ())),
        wide=table.get("wide", False),
        titles=tuple(map(plain, (table["display"], *table.get("titles", ())))),
    )


def _mass(text: str, doses: UnitTable) -> Decimal | None:
    number, _, spelled = text.partition(" ")
    unit = doses.find(spelled)
    try:
        return Decimal(number) * unit.factor if unit and unit.kind == "mass" else None
    except ArithmeticError:
        return None


def _units(table, place, faults) -> tuple[UnitTable | None, dict[str, str]]:
    units: dict[str, Unit] = {}
    names: dict[str, str] = {}
    for row in table.get("unit", ()):
        names[row["kind"]] = row["unit"]
        if row["accept"].get(row["unit"]) != 1:
            faults.add(place, f"the kind's own unit '{row['unit']}' must be accepted with factor 1")
        units |= {text: Unit(row["kind"], Decimal(factor)) for text, factor in row["accept"].items()}
    return (UnitTable(units), names) if units else (None, names)


def _band(row, units, unit_names, place, faults) -> Band:
    sides = {side: limits_of(row.get(side, ()), units, place, faults) for side in SIDES}
    for side, limits in sides.items():
        lacking = set(unit_names) - set(limits)
        if limits and lacking:
            faults.add(
                place, f"band '{row['is']}': '{side}' has no cut-off in a unit of kind {', '.join(sorted(lacking))}"
            )
    return Band(row["is"], **sides)


def limits_of(texts, units, place, faults) -> dict[str, Decimal]:
    limits = {}
    for index, text in enumerate(texts):
        number, _, spelled = text.partition(" ")
        unit = units.find(spelled) if units else None
        try:
            limits[unit.kind] = Decimal(number) * unit.factor
        except (ArithmeticError, AttributeError):
            faults.add(place, f"the {nth(index)} cut-off '{text}' is not a number with a unit that is accepted here")
    return limits


def _check_members(found: dict[str, Concept], tables: Tables, faults: Faults) -> None:
    for name, table, place in tables.of("results"):
        for member in table["members"]:
            if member not in found or found[member].kind != "result":
                faults.add(place, f"no result is called '{member}'")
        if len({found[m].classes for m in table["members"] if m in found}) > 1:
            faults.add(place, "its members do not have the same classes in the same order")
        if found[name].better not in (None, *table["members"]):
            faults.add(place, f"'{found[name].better}' is not one of its members")
        drug = found[name].overruled_by
        if drug and (drug not in found or found[drug].kind != "drug"):
            faults.add(place, f"no drug is called '{drug}'")
