"""All clinical concepts with the indexes that reading needs; the concepts themselves are content."""

from collections.abc import Mapping
from dataclasses import dataclass

from cdshooks.chart.codes import CodeIndex, Match
from cdshooks.chart.concept import Band, Code, Concept, Override
from cdshooks.chart.systems import Systems
from cdshooks.chart.units import UnitTable


@dataclass(frozen=True, slots=True)
class Route:
    """A class of routes: by code, by exact word, or implied by a product's code."""

    name: str
    codes: frozenset[tuple[str, str]]
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class DoseUnits:
    """How doses are written: masses in mg, counts of a product's units, volumes in mL."""

    table: UnitTable


@dataclass(frozen=True, slots=True)
class CourseRules:
    """In days: the gap that breaks a course, how long what has no end lasts, how long a dose speaks for now."""

    gap: int
    lasts: int
    fresh: int


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
    # Words that deny what stands beside them: "no known", "denies".
    denials: tuple[str, ...] = ()
    # Words that make of a problem's name a past, a suspicion or a relative's: "history of", "screening".
    hedges: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        concepts: Mapping[str, Concept],
        routes: tuple[Route, ...],
        doses: DoseUnits,
        systems: Systems,
        courses: CourseRules,
        denials: tuple[str, ...] = (),
        hedges: tuple[str, ...] = (),
    ) -> "Concepts":
        def kind(*kinds):
            return [concept for concept in concepts.values() if concept.kind in kinds]

        return cls(
            by_name=concepts,
            routes=routes,
            doses=doses,
            observations=CodeIndex(kind("result", "status"), systems),
            problems=CodeIndex(kind("problem"), systems, refining=True, hedges=hedges),
            drugs=CodeIndex(kind("drug"), systems),
            substances=CodeIndex(kind("drug", "substance"), systems),
            tests=CodeIndex(kind("result", "test", "status"), systems),
            visits=CodeIndex(kind("visit"), systems, refining=True),
            reactions=CodeIndex(kind("reaction"), systems),
            relatives=CodeIndex(kind("relative"), systems),
            systems=systems,
            courses=courses,
            denials=tuple(word.casefold() for word in denials),
            hedges=hedges,
        )

    def members(self, name: str) -> tuple[str, ...]:
        """The analytes behind a result's name: itself, or the members of a group."""
        concept = self.by_name[name]
        return concept.members or (name,)


__all__ = ["Band", "Code", "CodeIndex", "Concept", "Concepts", "DoseUnits", "Match", "Override", "Route"]
