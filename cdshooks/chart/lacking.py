"""What a chart lacks, and why: sources that did not come whole, what is not understood, what was set aside."""

from collections.abc import Callable, Iterable

from cdshooks.chart.drafts import Drafts
from cdshooks.chart.index import Index
from cdshooks.chart.provided import Coverage, Provided, Unread
from cdshooks.reading.facts import Doubt, Oddity, Person, Result, Unreadable
from cdshooks.reading.naming import Drug
from cdshooks.reading.quantities import NO_VALUE
from cdshooks.terms.concepts import Concepts

RESULTS = "Observation:"  # begins the source of every result
MOST_TOLD = 3  # rows that a reason names


class Lacking:
    """The side of a chart that says how far it can be trusted to be all."""

    _provided: Provided
    _index: Index
    _drafts: Drafts
    _future: list[Oddity]
    _vague: list[Result]
    concepts: Concepts
    person: Person | None
    _remember: Callable
    doubting: bool
    unread_as: Unread

    @property
    def oddities(self) -> list[Oddity]:
        """Everything that was set aside, and why."""
        died = [Oddity("Patient", self.person.odd)] if self.person and self.person.odd else []
        return [*self._provided.oddities, *self._index.oddities, *self._drafts.oddities, *self._future, *died]

    @property
    def doubts(self) -> list[Doubt]:
        """What could be ours and is not understood."""
        return [*self._index.doubts, *self._drafts.doubts]

    @property
    def not_understood(self) -> list[Oddity]:
        """The same in words, with the orders of which nobody can know the drug."""
        unread = [each for kind in self._index.unread.values() for each in kind.items()]
        said = [(doubt.ref, doubt.could_be()) for doubt in self.doubts]
        said += [(ref, drug.unread) for ref, drug in (*unread, *self._drafts.unread.items())]
        return [Oddity(*each) for each in dict.fromkeys(said)]

    @property
    def has_everything(self) -> bool:
        """Every source that is asked for came whole."""
        index = self._index
        unread = index.unread and self.unread_as is Unread.ANYTHING
        return self._provided.everything and not unread and not (self.doubting and index.cut)

    def coverage(self, source: str) -> Coverage:
        """How much of a source came; it is not whole while nobody can know what one of its rows is about."""
        coverage = self._provided.coverage.get(source, Coverage.NOT_PROVIDED)
        open_ = self.unread_as is Unread.ANYTHING and self._unread_of(source)
        return min(coverage, Coverage.INCOMPLETE) if open_ else coverage

    def perhaps_one(self, concept: str, sources: Iterable[str]) -> tuple[Unreadable, ...]:
        """The rows that are to be taken for one of this concept that is not understood."""
        if self.unread_as is not Unread.PERHAPS_ONE:
            return ()
        rows = (each for source in sources for each in self._unread_of(source).items())
        return tuple(Unreadable(ref, concept, drug.unread) for ref, drug in dict(rows).items())

    def perhaps_drafted(self, concept: str, refs: Iterable[str]) -> tuple[Unreadable, ...]:
        """Of the drafts of which nobody can know the drug those that are to be taken for one that is not understood."""
        if self.unread_as is not Unread.PERHAPS_ONE:
            return ()
        return tuple(Unreadable(ref, concept, self._drafts.unread[ref].unread) for ref in sorted(refs))

    def _unread_of(self, source: str) -> dict[str, Drug]:
        """The rows of a source of which nobody can know what they are about.

        A result that is cut to its id may be any. It must not hide what is known, so it counts only asked in doubt.
        """
        if self._index.cut and self.doubting and source.startswith(RESULTS):
            return self._index.cut
        unread = self._index.unread
        return unread.get(source.partition(":")[0], {}) if unread else {}

    @property
    def came_partly(self) -> bool:
        """Is there a source of which a part came, and not all?"""
        return Coverage.INCOMPLETE in self._provided.coverage.values()

    def came_in_part(self, ref: str, concept: str) -> bool:
        """Is a row of this concept of a source of which only a part came?"""
        kind, part = ref.partition("/")[0], Coverage.INCOMPLETE
        return part in (self._provided.coverage.get(source) for source in (kind, f"{kind}:{concept}"))

    def came_whole(self, source: str) -> bool:
        """Nothing more of it can be asked for, whatever its rows point to."""
        return self._provided.coverage.get(source) is Coverage.COMPLETE

    def is_all_there_is(self, source: str) -> bool:
        """It came, and what nobody can know stands in rows that point to nothing: asking again would bring the same."""
        drafted = self._drafts.unread.get(source)
        unread = [drafted] if drafted else [*self._unread_of(source).values()]
        return bool(unread and (drafted or self.came_whole(source))) and not any(drug.reference for drug in unread)

    @property
    def has_doubts(self) -> bool:
        """Something could be ours, or is ours, and is not understood."""
        return bool(self._index.doubts or self._drafts.doubts or self._vague)

    def concepts_in_doubt(self) -> frozenset[str]:
        """The concepts of which something is not understood, as far as it was looked at."""
        return frozenset(each.concept for each in (*self.doubts, *self._vague))

    def unread_statuses(self) -> frozenset[str]:
        """The results of ours that have no number ("positive"), and of which nobody can tell what they say."""
        numberless = (r for r in self._vague if self.concepts.by_name[r.concept].units is None)
        return frozenset(result.ref for result in numberless)

    def unread_results(self) -> frozenset[str]:
        """The results of ours that say something which cannot be used; one without a value says nothing."""
        return frozenset(result.ref for result in self._vague if result.shown != NO_VALUE)

    def references(self) -> frozenset[str]:
        """The Medications that did not come and could tell what drug it is."""
        return frozenset(self._index.wanted.values())

    def why(self, source: str) -> str:
        """What is wrong with a source, or with the row of this reference."""
        told = [self._provided.why[source]] if source in self._provided.why else []
        told += [self._unread(*each) for each in self._unread_of(source).items()][:MOST_TOLD]
        told += [self._unread(*each) for each in self._index.cut.items() if not told and source.startswith(RESULTS)]
        drafted, vague = self._drafts.unread.get(source), self._first_vague().get(source)
        told += [self._unread(source, drafted)] if drafted else []
        doubt = self._first_doubts().get(source)
        told += [f"not understood: {doubt.describe()}"] if doubt else []
        told += [f"not understood: {vague.ref}: {vague.describe()}"] if vague else []
        return "; ".join(told) or "it was not provided"

    def _first_doubts(self) -> dict[str, Doubt]:
        """Of each row the first doubt; made anew when there are more, for drafts are read when they are asked for."""
        found = self._index.doubts, self._drafts.doubts
        return self._remember(
            ("doubts", *map(id, found), *map(len, found)), lambda: {d.ref: d for d in reversed([*found[0], *found[1]])}
        )

    def _first_vague(self) -> dict[str, Result]:
        return self._remember(("vague", len(self._vague)), lambda: {r.ref: r for r in reversed(self._vague)})

    def _unread(self, ref: str, drug: Drug) -> str:
        failed = self._provided.why.get(drug.reference)
        return f"{ref}: {drug.unread}" + (f"; it could not be fetched: {failed}" if failed else "")
