"""All clinical concepts with the indexes that reading needs; the concepts themselves are content."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from cdshooks.terms.codes import CodeIndex, Match
from cdshooks.terms.concept import Band, Code, Concept, Override
from cdshooks.terms.doses import DoseUnits
from cdshooks.terms.names import NO_NAMES, Names
from cdshooks.terms.phrases import NO_PHRASES, Phrases
from cdshooks.terms.rhythms import NO_RHYTHMS, Rhythms
from cdshooks.terms.sayings import NO_HEDGES
from cdshooks.terms.systems import Systems


@dataclass(frozen=True, slots=True)
class Route:
    """A class of routes: by code, by exact word, or implied by a product's code.

    What goes by a `local` one reaches the eye or the skin alone, and treats nothing else; its `forms` are words for
    products that go so.
    """

    name: str
    codes: frozenset[tuple[str, str]]
    words: frozenset[str]
    local: bool = False
    forms: Names = NO_NAMES


@dataclass(frozen=True, slots=True)
class CourseRules:
    """In days: the gap that breaks a course, how long what has no end lasts, how long a dose speaks for now; and by
    when something must begin to be had soon."""

    gap: int
    lasts: int
    fresh: int
    soon: int


@dataclass(frozen=True)
class Concepts:
    """All concepts with the indexes that reading needs."""

    by_name: Mapping[str, Concept]
    routes: tuple[Route, ...]
    doses: DoseUnits
    courses: CourseRules
    observations: CodeIndex
    problems: CodeIndex
    drugs: CodeIndex
    substances: CodeIndex
    tests: CodeIndex
    visits: CodeIndex
    reactions: CodeIndex
    relatives: CodeIndex
    systems: Systems
    phrases: Phrases = NO_PHRASES
    rhythms: Rhythms = NO_RHYTHMS

    @cached_property
    def told_by_drafts(self) -> frozenset[str]:
        """The concepts of which the words of a draft order may tell."""
        return frozenset(name for name, concept in self.by_name.items() if concept.told_by_drafts)

    @cached_property
    def route_words(self) -> tuple[str, ...]:
        """Every word for a route, in the order of the routes."""
        return tuple(word for route in self.routes for word in route.words)

    @classmethod
    def of(
        cls,
        concepts: Mapping[str, Concept],
        routes: tuple[Route, ...],
        doses: DoseUnits,
        systems: Systems,
        courses: CourseRules,
        phrases: Phrases = NO_PHRASES,
        rhythms: Rhythms = NO_RHYTHMS,
    ) -> "Concepts":
        return cls(
            by_name=concepts,
            routes=routes,
            doses=doses,
            systems=systems,
            courses=courses,
            phrases=phrases,
            rhythms=rhythms,
            **{name: _index(name, concepts, systems, phrases) for name in _KINDS},
        )

    def with_changed(self, changed: Concept) -> "Concepts":
        """The same with one concept otherwise; the indexes in which it does not stand are shared."""
        by_name = {**self.by_name, changed.name: changed}
        made = {
            name: _index(name, by_name, self.systems, self.phrases)
            for name, kinds in _KINDS.items()
            if changed.kind in kinds
        }
        return replace(self, by_name=by_name, **made)

    def members(self, name: str) -> tuple[str, ...]:
        """The analytes behind a result's name: itself, or the members of a group."""
        concept = self.by_name[name]
        return concept.members or (name,)


# Which kinds of concepts stand in which index.
_KINDS = {
    "observations": ("result", "status"),
    "problems": ("problem",),
    "drugs": ("drug",),
    "substances": ("drug", "substance"),
    "tests": ("result", "test", "status"),
    "visits": ("visit",),
    "reactions": ("reaction",),
    "relatives": ("relative",),
}


def _index(name: str, concepts: Mapping[str, Concept], systems: Systems, phrases: Phrases) -> CodeIndex:
    mine = [concept for concept in concepts.values() if concept.kind in _KINDS[name]]
    refining = name in ("problems", "visits")
    hedges = phrases.hedging if name == "problems" else NO_HEDGES
    if name != "observations":
        return CodeIndex(mine, systems, refining, hedges)
    return CodeIndex(mine, systems, refining, hedges, phrases.other_tests, phrases.say_no_result)


__all__ = ["Band", "Code", "CodeIndex", "Concept", "Concepts", "DoseUnits", "Match", "Override", "Route"]
