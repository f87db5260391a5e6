"""A site file: other cut-offs, for all or for one laboratory, and other numbers in questions; with who, why, since."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from pathlib import Path

from cdshooks import shape
from cdshooks.content.concepts import SIDES, Tables, limits_of
from cdshooks.content.faults import Faults
from cdshooks.content.files import read_toml
from cdshooks.shape import nth
from cdshooks.terms.concepts import Band, Concept, Override
from cdshooks.terms.units import Amount

# The parts of a rule.toml in which questions stand beside a sentence.
ASKING = ("when", "unless", "outcome", "modifier", "suggestion")
TINY = Decimal("1E-9")
# What a trace says after a sentence that the site has otherwise.
CHANGED = " (changed here since "


@dataclass(frozen=True)
class Change:
    """One thing that the site has otherwise: of which result, notion or card; what it was and what it is."""

    kind: str
    name: str
    was: str
    now: str
    where: str
    who: str
    why: str
    since: date


@dataclass
class Site:
    """What a site file says; without one nothing is changed."""

    content: Mapping = field(default_factory=dict)
    place: str = ""
    faults: Faults = field(default_factory=Faults)
    changes: list[Change] = field(default_factory=list)
    _met: set[int] = field(default_factory=set)

    @property
    def country(self) -> str | None:
        """Whose products and schedules are offered; None: told from the codes of each record."""
        return self.content.get("country")

    def _each(self, key: str) -> Iterator[tuple[int, dict, str]]:
        for index, row in enumerate(self.content.get(key, ())):
            yield index, row, f"{self.place}, {nth(index)} [[{key}]]"

    def maps(self) -> Iterator[tuple[dict, str]]:
        """Each `[[map]]` with its place."""
        for _, row, place in self._each("map"):
            yield row, place

    def note_map(self, row: Mapping, place: str, name: str, says: str) -> None:
        """Remember what a `[[map]]` does."""
        self._note("map", name, "not known", says, "", row, place)

    # --- numbers in questions -------------------------------------------------------------------------------------

    def in_notions(self, tables: Tables) -> None:
        """Replace numbers in the questions of notions, before they are read."""
        notions = tables.by_kind.get("notion", {})
        for _, row, place in self._each("parameter"):
            if "notion" not in row:
                continue
            if row["notion"] not in notions:
                self.faults.add(place, f"no notion is called '{row['notion']}'{_near(row['notion'], notions)}")
                continue
            table, _ = notions[row["notion"]]
            self._replace("notion", row["notion"], [table, *table.get("row", ())], row, place)

    def in_rule(self, folder: str, rule: Mapping) -> None:
        """Replace numbers in the questions of a card, before they are read."""
        for index, row, place in self._each("parameter"):
            if row.get("card") in (folder, rule.get("topic")):
                self._met.add(index)
                asking = [asked for key in ASKING for asked in rule.get(key, ())]
                self._replace("card", rule["topic"], asking, row, place)

    def _replace(self, kind: str, name: str, asking: Iterable[dict], row: Mapping, place: str) -> None:
        old, new = row["replace"], row["with"]
        words = re.compile(rf"(?<![^\s()]){re.escape(old)}(?![^\s()])")
        found = [asked for asked in asking for _ in words.finditer(asked.get("ask", ""))]
        if len(found) != 1:
            times = "more than once" if found else "nowhere"
            says = f"'{old}' stands {times} in the questions of {name}; give words that stand there once"
            self.faults.add(place, says)
        elif not only_numbers_differ(old, new):
            self.faults.add(place, f"only numbers may change, not words or units: '{old}' became '{new}'")
        else:
            self._put(found[0], words, kind, name, row, place)

    def _put(self, asked: dict, words: re.Pattern, kind: str, name: str, row: Mapping, place: str) -> None:
        said = asked.get("say", asked.get("label", ""))
        now = f"{row['say']} (`{row['with']}`)"
        since = self._note(kind, name, f"{said} (`{row['replace']}`)", now, "", row, place)
        asked["ask"] = words.sub(lambda _: row["with"], asked["ask"])
        if "say" in asked:
            _, also, earlier = said.partition(CHANGED)
            asked["say"] = f"{row['say']}{also}{earlier}{CHANGED}{since}, by {row['who']})"

    def check_cards(self) -> None:
        """Every parameter of a card must have found its card."""
        for index, row, place in self._each("parameter"):
            if "card" in row and index not in self._met:
                self.faults.add(place, f"no card is called '{row['card']}'")

    # --- cut-offs -------------------------------------------------------------------------------------------------

    def cut(self, concepts: dict[str, Concept]) -> None:
        """Give the concepts their overrides: those of a laboratory before those for all, later ones before earlier."""
        found: dict[str, list[Override]] = {}
        for _, row, place in self._each("cut_offs"):
            concept = concepts.get(row["result"])
            if concept is None or not concept.bands:
                known = [name for name, c in concepts.items() if c.bands]
                self.faults.add(
                    place, f"no result with cut-offs is called '{row['result']}'{_near(row['result'], known)}"
                )
            elif override := self._override(row, concept, place):
                found.setdefault(concept.name, []).append(override)
        for name, overrides in found.items():
            first = sorted(overrides, key=lambda o: (not o.laboratory, -o.since.toordinal()))
            concepts[name] = replace(concepts[name], overrides=tuple(first))

    def _override(self, row: Mapping, concept: Concept, place: str) -> Override | None:
        told = {band["is"]: band for band in row["band"]}
        for name in sorted(set(told) - set(concept.classes)):
            self.faults.add(place, f"no class of {concept.name} is called '{name}'{_near(name, concept.classes)}")
        if len(told) < len(row["band"]):
            self.faults.add(place, "a class is told twice")
        merged = [self._merged(band, told.get(band.name, {}), concept, place) for band in concept.bands]
        bands, kinds = tuple(band for band, _ in merged), frozenset(k for _, kinds in merged for k in kinds)
        self._refuse_gaps(bands, kinds, concept, place)
        names = row.get("laboratory", ())
        names = (names,) if isinstance(names, str) else tuple(names)
        where = names[0] if names else "all laboratories"
        was, now = ("; ".join(_words(band, kinds, concept) for band in some) for some in (concept.bands, bands))
        since = self._note("result", concept.name, was, now, where, row, place)
        says = f"cut-offs of {where}, since {since}, by {row['who']}"
        return since and Override(bands, kinds, since, says, frozenset(n.strip().casefold() for n in names))

    def _merged(self, band: Band, told: Mapping, concept: Concept, place: str) -> tuple[Band, set[str]]:
        """A band with the limits of the file; a kind of unit that the file does not speak of keeps what it had."""
        kinds: set[str] = set()
        sides = {}
        for side in SIDES:
            new = limits_of(told.get(side, ()), concept.units, place, self.faults)
            kinds |= set(new)
            sides[side] = new
        kept = {s: {k: n for k, n in getattr(band, s).items() if k not in kinds} for s in SIDES}
        return replace(band, **{side: kept[side] | sides[side] for side in SIDES}), kinds

    def _refuse_gaps(self, bands: tuple[Band, ...], kinds: Iterable[str], concept: Concept, place: str) -> None:
        """At and beside each border exactly one band must hold."""
        for kind in sorted(kinds):
            borders = {limits[kind] for b in bands for s in SIDES if kind in (limits := getattr(b, s))}
            numbers = {max(Decimal(0), n) for border in borders for n in (border - TINY, border, border + TINY)}
            for number in sorted(numbers):
                holding = [b.name for b in bands if _speaks(b, kind) and b.holds(Amount(number, kind))]
                if len(holding) != 1:
                    shown = f"{number.quantize(Decimal('1.000'))} {concept.unit_names[kind]}"
                    says = f"both {' and '.join(holding)}" if holding else "none of the classes"
                    self.faults.add(place, f"around {shown} a result of {concept.name} would be {says}")
                    break

    # --- what was changed -----------------------------------------------------------------------------------------

    def _note(self, kind, name, was, now, where, row, place) -> date | None:
        try:
            since = date.fromisoformat(str(row["since"]))
        except ValueError:
            self.faults.add(f"{place}, since", f"'{row['since']}' is no day of the calendar")
            return None
        self.changes.append(Change(kind, name, was, now, where, row["who"], row["why"], since))
        return since


def read_site(path: Path | None, faults: Faults) -> Site:
    """The site file, or one that changes nothing where there is none."""
    return Site(read_toml(path, "site", path.name, faults), path.name, faults) if path else Site(faults=faults)


def files_of_site(path: Path) -> list[Path]:
    """The site file and the files that its `[[map]]` entries name."""
    rows = shape.parse_toml(path)[0].get("map")
    told = [row.get("file") for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return [path, *(path.parent / name for name in told if isinstance(name, str))]


def only_numbers_differ(old: str, new: str) -> bool:
    """
    >>> only_numbers_differ("below 8.0 g/dL", "below 7.5 g/dL"), only_numbers_differ("below 8.0 g/dL", "above 8 g/dL")
    (True, False)
    """
    before, after = old.split(), new.split()
    pairs = zip(before, after, strict=False)
    return old != new and len(before) == len(after) and all(a == b or (_number(a) and _number(b)) for a, b in pairs)


def _number(word: str) -> bool:
    try:
        return Decimal(word).is_finite()
    except InvalidOperation:
        return False


def _speaks(band: Band, kind: str) -> bool:
    return any(kind in getattr(band, side) for side in SIDES)


def _words(band: Band, kinds: Iterable[str], concept: Concept) -> str:
    limits = (
        f"{side.replace('_', ' ')} {getattr(band, side)[kind]} {concept.unit_names[kind]}"
        for kind in sorted(kinds)
        for side in ("at_least", "above", "below", "up_to")
        if kind in getattr(band, side)
    )
    return f"{band.name} {' '.join(limits)}"


def _near(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f"; did you mean '{near[0]}'?" if near else ""
