"""How a vignette tells a fact, in one grammar: "150 ng/L, 40 days ago"; what else is written is refused."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

from cdshooks.content.telling_forms import FORMS, TABLES, Table
from cdshooks.content.telling_parts import READERS, TIME, NotOfThisForm, did_you_mean
from cdshooks.rules.words import LanguageError
from cdshooks.terms.concepts import Concept, Route
from cdshooks.terms.units import UnitTable


@dataclass(frozen=True)
class Grammar:
    """The words that facts may be told in: those of the forms, and the names that the content gives."""

    concepts: Mapping[str, Concept]
    routes: tuple[Route, ...]
    doses: UnitTable

    def concept(self, name: str, table: str) -> Concept:
        """The concept of this name, if facts of this table may be about it; raises LanguageError."""
        concept, kinds = self.concepts.get(name), TABLES[table].kinds
        if concept is None:
            near = get_close_matches(name, [n for n, c in self.concepts.items() if c.kind in kinds], n=1)
            raise LanguageError(f"no concept is called '{name}'{did_you_mean(near)}", 0)
        if concept.kind not in kinds:
            raise LanguageError(f"'{name}' is a {concept.kind}; '{table}' tells of a {' or '.join(kinds)}", 0)
        return concept

    @cached_property
    def route_words(self) -> tuple[str, ...]:
        """The words for routes, made once for all facts."""
        return tuple(sorted({word for route in self.routes for word in route.words}))

    def read(self, text: str, table: str, concept: Concept) -> dict[str, str]:
        """The parts of a fact by what they tell: value, when, by, status ...; raises LanguageError with a column.

        A value is an amount ("150 ng/L"), a dose ("5 mg daily") or a class; `unit` keeps "odd" where it is said.
        """
        return _Fact(self, text, TABLES[table], concept).slots()


class _Fact:
    """One fact being read."""

    def __init__(self, grammar: Grammar, text: str, table: Table, concept: Concept):
        self.grammar, self.text, self.table, self.concept = grammar, text, table, concept
        self.parts = list(_parts(text))
        self.odd = {part[4:] for part, _ in self.parts if part in ("odd unit", "odd route", "odd status")}

    def slots(self) -> dict[str, str]:
        found: dict[str, str] = {}
        if comma := re.search(r"\d,\d+", self.text):
            raise LanguageError(f"a number has a point: '{comma.group().replace(',', '.')}'", comma.start())
        for part, column in self.parts:
            slot, value = self._read(part, column)
            if slot in found:
                raise LanguageError(f"'{part}' tells a second {slot}; one was '{found[slot]}'", column)
            found[slot] = value
        if "no_value" in self.table.forms and "value" not in found:
            raise LanguageError("no value is told; if that is meant, add ', without value'", len(self.text))
        for what, slot in (("unit", "value"), ("route", "by"), ("status", "status")):
            if what in self.odd and slot not in found:
                raise LanguageError(f"'odd {what}', but no {what} is told", self.text.find(f"odd {what}"))
        return found

    def _read(self, part: str, column: int) -> tuple[str, str]:
        if not part:
            raise LanguageError("between two commas, or at an end, nothing is told", column)
        try:
            return self.slot(part)
        except NotOfThisForm as wrong:
            better = None if wrong.is_sure else self._better(part)
            says, offset = better or (wrong.says, wrong.offset)
            raise LanguageError(says, column + offset) from None

    def slot(self, part: str) -> tuple[str, str]:
        """What this part tells, and its value; raises NotOfThisForm."""
        wrong = None
        for name in self.table.forms:
            try:
                value = READERS[name](part, self)
            except NotOfThisForm as error:
                wrong = wrong or error
                continue
            if value is not None:
                return FORMS[name].slot, value
        raise wrong or NotOfThisForm(f"'{part}' is not understood; {self._known(part)}")

    # --- what may have been meant ---------------------------------------------------------------------------------

    def _better(self, part: str) -> tuple[str, int] | None:
        """The nearest form that can be read, and where it departs from what stands there."""
        spaced = re.sub(r"(?<=\d)(?=[a-zA-Zµ%\[])", " ", part) if re.match(r"[<>=]*\d", part) else part
        for candidate in dict.fromkeys((part, spaced, self._spelt(part), self._spelt(spaced))):
            told = self._with_commas(candidate)
            if told and told != part:
                return f"'{part}' is not understood; did you mean '{told}'?", _first_difference(part, told)
        if "product" in self.table.forms and (near := self._products(part)):
            return f"'{part}' is not understood{did_you_mean(near)}", 0
        return None

    def _products(self, part: str) -> list[str]:
        """The product of the concept whose name is nearest, as far as letters tell."""
        names = {code.display.casefold(): code.display for code in self.concept.codes}
        return [names[near] for near in get_close_matches(part.casefold(), names, n=1, cutoff=0.6)]

    def _spelt(self, part: str) -> str:
        """Each word that is none of ours as the nearest of ours."""
        known = sorted(self._vocabulary())
        return " ".join(w if w in known or w[:1].isdigit() else _nearest(w, known) for w in part.split())

    def _vocabulary(self) -> set[str]:
        shown = [word for name in self.table.forms for word in FORMS[name].words]
        names = [*self.concept.classes, *self.table.statuses, *self._units()]
        routes = [word for route in self.grammar.routes for word in route.words if " " not in word]
        return {word for text in (*shown, *names) for word in text.split(" ")} | set(routes)

    def _units(self) -> list[str]:
        return list((self.concept.units or self.grammar.doses).texts)

    def _with_commas(self, text: str) -> str | None:
        """The text with commas where it can be read only with them; None if it cannot be read at all."""
        if self._is_read(text):
            return text
        words = text.split(" ")
        for size in range(len(words) - 1, 0, -1):
            first, rest = " ".join(words[:size]), " ".join(words[size:])
            if self._is_read(first) and not first.startswith("words ") and (told := self._with_commas(rest)):
                return f"{first}, {told}"
        return None

    def _is_read(self, text: str) -> bool:
        try:
            self.slot(text)
        except NotOfThisForm:
            return False
        return True

    def _known(self, part: str) -> str:
        forms = [FORMS[name] for name in self.table.forms]
        when = [form.written for form in forms if form.slot == "when"]
        if when and TIME.search(part):
            return f"a time looks like {_listed(when)}"
        return f"here may stand {_listed(form.written for form in forms)}"


def _parts(text: str) -> Iterator[tuple[str, int]]:
    """The parts between commas, each with its column."""
    for match in re.finditer(r"[^,]+|(?<=,)(?=,|$)", text):
        part = match.group()
        yield part.strip(), match.start() + len(part) - len(part.lstrip())


def _first_difference(part: str, told: str) -> int:
    """The start of the word at which the two part."""
    same = next((i for i, (a, b) in enumerate(zip(part, told, strict=False)) if a != b), min(len(part), len(told)))
    return same if told[same : same + 1] == "," else part.rfind(" ", 0, same) + 1


def _nearest(word: str, known: list[str]) -> str:
    return (get_close_matches(word, known, n=1, cutoff=0.6) or [word])[0]


def _listed(words) -> str:
    return ", ".join(f"'{word}'" for word in words)
