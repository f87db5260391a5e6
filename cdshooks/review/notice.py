"""Who would notice a mutant: the vignettes that come out otherwise with it than they tell."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from copy import copy
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import count, islice
from pathlib import Path

from cdshooks.chart.chart import Chart
from cdshooks.content.library import Library
from cdshooks.content.load import load_library
from cdshooks.review.mutants import Mutant, mutants
from cdshooks.review.page_mutants import PageMutant
from cdshooks.review.page_notice import LOADING, PageBench
from cdshooks.review.variant import Variant
from cdshooks.review.vignettes import chart_of, fault_of, says_otherwise
from cdshooks.rules.asking import ask
from cdshooks.rules.cards import Card
from cdshooks.rules.decide import decide
from cdshooks.terms.concepts import Concept, Concepts

# Concepts that are told as a detail of a fact, with the table of such facts.
DETAILS = {"relative": "family", "reaction": "allergies"}
# So many mutants are a piece of work for one process; fewer are not worth starting another.
PIECE = 60


@dataclass(frozen=True)
class Found:
    """What became of one mutant: the vignette that notices it, if one does."""

    says: str
    by: str | None


def judge(
    library: Library, found: list[Mutant | PageMutant], processes: int | None = None, only: tuple[str, ...] = ()
) -> Iterator[list[Found]]:
    """Every mutant, a piece of the work at a time, in no particular order; `found` are those of the names in `only`."""
    pieces = [range(len(found))[start : start + PIECE] for start in range(0, len(found), PIECE)]
    processes = min(processes or _cores(), len(pieces))
    if processes < 2:
        bench = Bench(library, found)
        yield from ([bench.judge(found[i]) for i in piece] for piece in pieces)
        return
    with ProcessPoolExecutor(processes) as pool:
        for done in as_completed([pool.submit(_judged, str(library.path), only, piece) for piece in pieces]):
            yield done.result()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _judged(path: str, only: tuple[str, ...], piece: range) -> list[Found]:
    """One piece of the work, in a process that reads the library itself: only numbers and words go to and fro."""
    bench = _bench(path, only)
    return [bench.judge(bench.mutants[index]) for index in piece]


@cache
def _bench(path: str, only: tuple[str, ...]) -> "Bench":
    library = load_library(Path(path))
    return Bench(library, mutants(library, only))


@dataclass(frozen=True)
class Told:
    """A vignette that comes out as it tells, with its chart: read once, asked often."""

    card: Card
    vignette: Mapping
    chart: Chart

    @property
    def name(self) -> str:
        return f"{self.card.topic}: '{self.vignette['name']}'"

    def notices(self, card: Card, forgotten: frozenset = frozenset()) -> bool:
        """Does it come out otherwise with this card? What the chart remembers of changed notions is forgotten."""
        chart = copy(self.chart)
        chart.notions = {name: known for name, known in self.chart.notions.items() if name not in forgotten}
        chart.answers, chart.recorded, chart.drafted = {}, {}, {}
        decision = decide(card, chart)
        return fault_of(decision, self.vignette) != "" or says_otherwise(decision, self.vignette)


class Kept:
    """What can be gone through again and again, and is made only as far as anybody went."""

    def __init__(self, made: Iterator):
        self._made, self._kept = made, []

    def __iter__(self) -> Iterator:
        for at in count():
            if at == len(self._kept):
                self._kept += islice(self._made, 1)
            if at == len(self._kept):
                return
            yield self._kept[at]


class Bench:
    """The vignettes of a library, ready to be asked about mutants."""

    def __init__(self, library: Library, found: list[Mutant | PageMutant]):
        self.library, self.mutants = library, found
        self._telling: dict[str, Kept] = {}

    @cached_property
    def sources(self) -> set[str]:
        """All that a card or a mutant can need, so that a mutant never fails for want of data alone."""
        after = [m.after for m in self.mutants if isinstance(m, Mutant) and m.after]
        asked = [*self.library.cards, *(question for question in after if not isinstance(question, Concept))]
        return {need.source for question in asked for need in question.needs()}

    @cached_property
    def told(self) -> list[Told]:
        rows = [(card, vignette) for card in self.library.cards for vignette in card.page.vignettes]
        return [Told(c, v, chart) for c, v in rows if (chart := self._as_told(c, v))]

    def _as_told(self, card: Card, vignette: Mapping) -> Chart | None:
        chart = chart_of(self.library, card, vignette, sources=self.sources)
        return None if fault_of(decide(card, chart), vignette) else chart

    @cached_property
    def pages(self) -> PageBench:
        return PageBench(self.library, [(t.card, t.vignette, t.chart) for t in self.told])

    def judge(self, mutant: Mutant | PageMutant) -> Found:
        return Found(mutant.says, self._noticed_by(mutant))

    def _noticed_by(self, mutant: Mutant) -> str | None:
        """The first vignette that notices, or a check of loading, such as of the numbers in a sentence."""
        if isinstance(mutant, PageMutant):
            return self.pages.noticed_by(mutant)
        if isinstance(mutant.changed, Concept) and self.pages.is_refused(mutant.changed):
            return LOADING
        if isinstance(mutant.changed, Concept):
            return self._noticed_in_facts(mutant)
        other = Variant(self.library, mutant.changed)
        concerned = (t for t in self.told if other.concerns(t.card, t.chart) and _answers_otherwise(mutant, t.chart))
        by = next((t.name for t in concerned if t.notices(other.card(t.card), other.forgotten)), None)
        return by or (LOADING if self.pages.says_otherwise(mutant.changed) else None)

    def _noticed_in_facts(self, mutant: Mutant) -> str | None:
        """By a vignette that tells of the concept; for a code by the copy of one that has this code."""
        name, known = mutant.changed.name, self.library.concepts
        otherwise = known.with_changed(mutant.changed)
        if mutant.before is None:
            return next((t.name for t in self._telling_of(name) if self._fault(t, otherwise)), None)
        # For writing no index is needed.
        writing = replace(self.library, concepts=replace(known, by_name={**known.by_name, name: mutant.before}))
        copies = (replace(t, vignette=_with_first_code(t.vignette, mutant.before)) for t in self._decided_first(name))
        fit = (c for c in copies if not self._fault(c, known, writing))
        return next((c.name for c in fit if self._fault(c, otherwise, writing)), None)

    def _telling_of(self, name: str) -> list[Told]:
        concept = self.library.concepts.by_name[name]
        if concept.kind in DETAILS:
            return [t for t in self.told if DETAILS[concept.kind] in t.vignette]
        names = {name, *concept.members}
        return [t for t in self.told if any(names.intersection(facts) for facts in _facts(t.vignette))]

    def _decided_first(self, name: str) -> Iterable[Told]:
        """Those that tell of the concept; first those that come out otherwise if nothing can be recognised as it."""
        if name not in self._telling:
            self._telling[name] = Kept(self._by_whether_decided(name))
        return self._telling[name]

    def _by_whether_decided(self, name: str) -> Iterator[Told]:
        known, others = self.library.concepts, []
        blind = known.with_changed(replace(known.by_name[name], codes=()))
        for told in self._telling_of(name):
            if self._fault(told, blind):
                yield told
            else:
                others.append(told)
        yield from others

    def _fault(self, told: Told, reading: Concepts, writing: Library | None = None) -> str:
        chart = chart_of(writing or self.library, told.card, told.vignette, reading, self.sources)
        return fault_of(decide(told.card, chart), told.vignette)


def _facts(vignette: Mapping) -> list[Mapping]:
    """The tables of facts by concept: results, problems, drafting and so on."""
    return [table for table in vignette.values() if isinstance(table, Mapping)]


def _with_first_code(vignette: Mapping, concept: Concept) -> dict:
    """The vignette with the code that the concept has first, wherever it tells of it."""
    if concept.kind not in DETAILS:
        return _without_code(vignette, concept.name)
    table, first = DETAILS[concept.kind], concept.codes[0].code

    def coded(told):
        facts = [told] if isinstance(told, str) else told
        return [re.sub(rf"\b{concept.kind} [^,]+", f"{concept.kind} code {first}", fact) for fact in facts]

    return {**vignette, table: {name: coded(told) for name, told in vignette.get(table, {}).items()}}


def _without_code(vignette: Mapping, name: str) -> dict:
    """The vignette, of its facts of this concept only those codes that the concept has first."""

    def plain(facts):
        return [", ".join(p for p in f.split(", ") if not p.startswith("code ")) for f in facts]

    copied = dict(vignette)
    for key, table in vignette.items():
        if isinstance(table, Mapping) and name in table:
            facts = [table[name]] if isinstance(table[name], str) else table[name]
            copied[key] = {**table, name: plain(facts)}
    return copied


def _answers_otherwise(mutant: Mutant, chart: Chart) -> bool:
    """Is the changed part of the question answered otherwise? Else nothing that follows from it can change."""
    return mutant.before is None or ask(mutant.before, chart).can != ask(mutant.after, _copied(chart)).can


def _copied(chart: Chart) -> Chart:
    """The same patient; what is asked of the copy is forgotten with it, or each would remember every mutant."""
    other = copy(chart)
    other.answers, other.recorded, other.drafted = dict(chart.answers), dict(chart.recorded), dict(chart.drafted)
    return other
