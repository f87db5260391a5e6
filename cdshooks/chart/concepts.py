"""Named clinical concepts and the index from codes to them; the concepts themselves are content."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from cdshooks.chart.units import Amount, UnitTable

# The short names that content uses; aliases are other URIs under which the same system is met.
SYSTEMS = {
    "LOINC": "http://loinc.org",
    "RxNorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "ATC": "http://www.whocc.no/atc",
    "SNOMED CT": "http://snomed.info/sct",
    "ICD-10-CM": "http://hl7.org/fhir/sid/icd-10-cm",
    "dm+d": "https://dmd.nhs.uk",
    "HL7 diet": "http://terminology.hl7.org/CodeSystem/diet",
    "HL7 route": "http://terminology.hl7.org/CodeSystem/v3-RouteOfAdministration",
    "EDQM": "http://standardterms.edqm.eu",
}
ALIASES = {
    "urn:oid:2.16.840.1.113883.6.1": SYSTEMS["LOINC"],
    "urn:oid:2.16.840.1.113883.6.88": SYSTEMS["RxNorm"],
    "urn:oid:2.16.840.1.113883.6.73": SYSTEMS["ATC"],
    "urn:oid:2.16.840.1.113883.6.96": SYSTEMS["SNOMED CT"],
    "urn:oid:2.16.840.1.113883.6.90": SYSTEMS["ICD-10-CM"],
    "http://hl7.org/fhir/v3/RouteOfAdministration": SYSTEMS["HL7 route"],
    "http://hl7.org/fhir/diet": SYSTEMS["HL7 diet"],
}


@dataclass(frozen=True, slots=True)
class Code:
    """A code of a concept; of a product it may say the strength of one unit (or of one mL) and the route."""

    system: str
    code: str
    display: str
    below: bool = False
    strength: Decimal | None = None
    strength_per: str = "unit"
    combined: bool = False
    route: str | None = None


@dataclass(frozen=True, slots=True)
class Band:
    """A class of results: what lies between two cut-offs, each given per kind of unit in the kind's own unit."""

    name: str
    below: Mapping[str, Decimal] = field(default_factory=dict)
    up_to: Mapping[str, Decimal] = field(default_factory=dict)
    above: Mapping[str, Decimal] = field(default_factory=dict)
    at_least: Mapping[str, Decimal] = field(default_factory=dict)

    def holds(self, amount: Amount) -> bool | None:
        """Does the amount lie in this band: surely, surely not, or perhaps (None)?"""
        verdicts = []
        for limits, below, including in (
            (self.below, True, False),
            (self.up_to, True, True),
            (self.above, False, False),
            (self.at_least, False, True),
        ):
            if amount.kind in limits:
                verdicts.append(amount.against(limits[amount.kind], below, including))
        if False in verdicts:
            return False
        return None if None in verdicts else True


@dataclass(frozen=True, slots=True)
class Override:
    """Cut-offs of a site in place of ours: from a day on, in some kinds of unit, for all or for one laboratory."""

    bands: tuple[Band, ...]
    kinds: frozenset[str]
    since: date
    says: str
    laboratory: frozenset[str] = frozenset()

    def holds(self, kind: str, taken: date, laboratories: frozenset[str]) -> bool:
        mine = not self.laboratory or not self.laboratory.isdisjoint(laboratories)
        return mine and kind in self.kinds and taken >= self.since


@dataclass(frozen=True, slots=True)
class Concept:
    """One named concept. `kind` is result, results, status, test, drug, substance, problem, or visit."""

    name: str
    kind: str
    label: str
    codes: tuple[Code, ...] = ()
    words: tuple[str, ...] = ()
    not_words: tuple[str, ...] = ()
    recorded_as: tuple[str, ...] = ()
    units: UnitTable | None = None
    unit_names: Mapping[str, str] = field(default_factory=dict)
    bands: tuple[Band, ...] = ()
    either: Mapping[frozenset, str] = field(default_factory=dict)
    own_limit: str | None = None
    members: tuple[str, ...] = ()
    overruled_by: str | None = None
    values: Mapping[tuple[str, str], str] = field(default_factory=dict)
    overrides: tuple[Override, ...] = ()

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes of a result, the worst first; of a coded status, its values."""
        if self.values:
            return tuple(dict.fromkeys(self.values.values()))
        return tuple(band.name for band in self.bands)


@dataclass(frozen=True, slots=True)
class Match:
    """A concept found in codings (`code`), or only possible because its name stands in the words (`code` None)."""

    concept: str
    code: Code | None


class CodeIndex:
    """From (system, code) to the concepts that it names, for one kind of resource."""

    def __init__(self, concepts: Iterable[Concept]):
        self._exact: dict[tuple[str, str], list[Match]] = {}
        self._below: list[tuple[str, str, Match]] = []
        concepts = tuple(concepts)
        words: dict[str, list[str]] = {}
        for concept in concepts:
            for code in concept.codes:
                match = Match(concept.name, code)
                for system in (code.system, *(alias for alias, known in ALIASES.items() if known == code.system)):
                    self._exact.setdefault((system, code.code), []).append(match)
                    if code.below:
                        self._below.append((system, code.code, match))
            for word in concept.words:
                words.setdefault(word.casefold(), []).append(concept.name)
        self._words = words
        self._not_words = {c.name: tuple(word.casefold() for word in c.not_words) for c in concepts if c.not_words}
        self._any_word = re.compile("|".join(map(re.escape, words))) if words else None

    def find(self, codings: object) -> tuple[Match, ...]:
        """Every concept that one of these codings names; what is no coding is passed over."""
        found: list[Match] = []
        if not isinstance(codings, list):
            return ()
        for coding in codings:
            if not isinstance(coding, dict):
                continue
            system, code = coding.get("system"), coding.get("code")
            try:
                exact = self._exact.get((system, code))
            except TypeError:  # a list or an object where a word belongs
                continue
            if exact:
                found += exact
            elif self._below and isinstance(code, str):
                found += [match for at, stem, match in self._below if at == system and code.startswith(stem)]
        return tuple(found)

    def find_words(self, text: str) -> tuple[Match, ...]:
        """Concepts whose listed name stands in a text: possible matches, never certain ones."""
        names, ruled_out = self.words_in(text)
        return tuple(Match(name, None) for name in sorted(names - ruled_out))

    def words_in(self, text: str) -> tuple[frozenset[str], frozenset[str]]:
        """The concepts whose listed name stands in a text, and those which other words in it rule out."""
        plain = text.replace("\u200b", "").casefold()
        ruled_out = {name for name, other in self._not_words.items() if any(word in plain for word in other)}
        if self._any_word is None or not self._any_word.search(plain):
            return frozenset(), frozenset(ruled_out)
        names = {name for word, concepts in self._words.items() if word in plain for name in concepts}
        return frozenset(names), frozenset(ruled_out)


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

    @classmethod
    def of(
        cls, concepts: Mapping[str, Concept], routes: tuple[Route, ...], doses: DoseUnits, courses: CourseRules
    ) -> "Concepts":
        def kind(*kinds):
            return [concept for concept in concepts.values() if concept.kind in kinds]

        return cls(
            by_name=concepts,
            routes=routes,
            doses=doses,
            courses=courses,
            observations=CodeIndex(kind("result", "status")),
            problems=CodeIndex(kind("problem")),
            drugs=CodeIndex(kind("drug")),
            substances=CodeIndex(kind("drug", "substance")),
            tests=CodeIndex(kind("result", "test")),
            visits=CodeIndex(kind("visit")),
        )

    def members(self, name: str) -> tuple[str, ...]:
        """The analytes behind a result's name: itself, or the members of a group."""
        concept = self.by_name[name]
        return concept.members or (name,)
