"""A site's own codes, words and units, mapped to ours; and our orders, written in the site's codes.

They are put into the tables before these are read, so that they are checked as ours are.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from cdshooks.content.concepts import KINDS, Tables
from cdshooks.content.faults import Faults
from cdshooks.content.fhir_maps import Coded, read_map
from cdshooks.content.orders import EXAMPLE, Shelf, Template, faults_of
from cdshooks.content.site import Site
from cdshooks.terms.codes import WORDS
from cdshooks.terms.systems import spelling

# The names under which codes without a system, and words that stand for a code, are kept.
NO_SYSTEM = "no system"
PRODUCT = ("strength", "route", "combination")


def map_codes(site: Site, folder: Path | None, tables: Tables, faults: Faults) -> None:
    """Add what `[[map]]` says to the concepts; every fault at once."""
    known = {name: table for kind in KINDS for name, table, _ in tables.of(kind)}
    for row, place in site.maps():
        if "order" in row:
            continue
        before = len(faults.found)
        concept = row.get("concept", "")
        named = {concept: None}  # the concepts that it changes
        if concept not in known and ("file" not in row or concept):
            faults.add(place, f"no concept is called '{concept}'{_near(concept, known)}")
        elif "unit" in row:
            _add_unit(row, known[concept], place, faults)
        else:
            codes = list(_codes(row, folder, tables, place, faults))
            for name, coded in codes:
                _add_code(row, name, coded, known, tables, place, faults)
            named = named if concept else dict.fromkeys(name for name, _ in codes)
        if len(faults.found) == before:
            for name in named:
                site.note_map(row, place, name, _told(row))


def map_orders(site: Site, shelf: Shelf, faults: Faults) -> None:
    """Say our orders in the site's codes: its coding stands first, ours stays behind it."""
    for row, place in site.maps():
        if "order" not in row:
            continue
        order = shelf.orders.get(row["order"])
        if order is None:
            faults.add(place, f"no order is called '{row['order']}'{_near(row['order'], shelf.orders)}")
            continue
        coding = {key: row[key] for key in ("system", "code", "display") if key in row}
        mapped = {id(t): _written(t, coding) for t in order.of(site.country or None)}
        shelf.orders[order.name] = replace(order, variants=tuple(mapped.get(id(t), t) for t in order.variants))
        for template in mapped.values():
            for says in faults_of(template.fill(*EXAMPLE)):
                faults.add(place, says)
        site.note_map(row, place, row["order"], f"is ordered as {_told(row)}")


def _written(template: Template, coding: dict) -> Template:
    """The order with the site's coding before ours."""
    element = "medicationCodeableConcept" if template.is_a_drug else "code"
    said = template.resource.get(element, {})
    return replace(template, resource=template.resource | {element: said | {"coding": [coding, *template.codings]}})


def _codes(row: Mapping, folder, tables: Tables, place: str, faults: Faults) -> Iterator[tuple[str, Coded]]:
    """What one entry maps: the concept, and each code or text."""
    concept = row.get("concept", "")
    if "file" in row:
        ours = {(spelling(tables_uri(tables, c["system"])), c["code"]): n for n, c in _all_codes(tables)}
        yield from read_map((folder or Path()) / row["file"], concept, ours, place, faults)
    for code in row.get("codes", [row["code"]] if "code" in row else []):
        yield concept, Coded(row.get("system", ""), code, row.get("display", row["why"]))
    if "prefix" in row:
        if "system" not in row:
            faults.add(place, "a prefix needs the system in which codes begin with it")
        yield concept, Coded(row.get("system", ""), row["prefix"], row.get("display", row["why"]), below=True)
    for words in row.get("words", ()):
        yield concept, Coded(WORDS, words, words)


def _add_code(
    row: Mapping, name: str, coded: Coded, known: Mapping, tables: Tables, place: str, faults: Faults
) -> None:
    if name not in known:
        faults.add(place, f"no concept is called '{name}'{_near(name, known)}")
        return
    table = known[name]
    system = _system(coded.system, tables, place)
    entry = {"system": system, "code": coded.code, "display": coded.display, "below": coded.below}
    entry |= {"source": f"site file: {row['who']}: {row['why']}", **{key: row[key] for key in PRODUCT if key in row}}
    others = [n for n, c in _all_codes(tables) if (c["system"], c["code"]) == (system, coded.code) and n != name]
    if others and not row.get("also"):
        faults.add(place, f"the code {coded.code} already means {', '.join(others)}; say `also = true` to have both")
    if "members" in table:
        faults.add(place, f"'{name}' is a group; name one of {', '.join(table['members'])}")
    else:
        table.setdefault("codes", []).append(entry)


def _add_unit(row: Mapping, table: dict, place: str, faults: Faults) -> None:
    """A spelling of a unit that this concept accepts already."""
    for unit in table.get("unit", ()):
        if row["means"] in unit["accept"]:
            unit["accept"][row["unit"]] = unit["accept"][row["means"]]
            return
    accepted = [text for unit in table.get("unit", ()) for text in unit["accept"]]
    faults.add(place, f"'{row['means']}' is no unit that is accepted there{_near(row['means'], accepted)}")


def _system(text: str, tables: Tables, place: str) -> str:
    """The name of a system that the content knows, else one made for this site."""
    if text == WORDS or not text:
        name, uri = (WORDS, WORDS) if text == WORDS else (NO_SYSTEM, "")
        tables.by_kind.setdefault("system", {}).setdefault(name, ({"uri": uri, "source": place}, place))
        return name
    for name, table, _ in tables.of("system"):
        if spelling(text) in map(spelling, (name, table["uri"], *table.get("also", ()))):
            return name
    tables.by_kind.setdefault("system", {})[text] = ({"uri": text, "source": place}, place)
    return text


def tables_uri(tables: Tables, name: str) -> str:
    found = tables.by_kind.get("system", {}).get(name)
    return found[0]["uri"] if found else name


def _all_codes(tables: Tables) -> Iterator[tuple[str, dict]]:
    for kind in KINDS:
        for name, table, _ in tables.of(kind):
            for code in table.get("codes", ()):
                yield name, code


def _told(row: Mapping) -> str:
    if "unit" in row:
        return f"the unit '{row['unit']}' means {row['means']}"
    if "file" in row:
        return f"the codes of {row['file']}"
    system = row.get("system") or NO_SYSTEM
    codes = [*row.get("codes", ()), *([row["code"]] if "code" in row else [])]
    parts = [f"{code} of {system}" for code in codes] + [f"'{text}'" for text in row.get("words", ())]
    parts += [f"what begins with {row['prefix']} in {system}"] if "prefix" in row else []
    return ", ".join(parts)


def _near(name: str, known) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f"; did you mean '{near[0]}'?" if near else ""
