"""In which country a record is kept, told from the code systems that only one country uses."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from cdshooks.chart.index import DRUG_RESOURCES
from cdshooks.reading.read import as_dict, as_list, as_text, codings
from cdshooks.terms.systems import Systems


@dataclass(frozen=True, slots=True)
class Country:
    """A country (ISO 3166, two letters) with the systems that are its own, by name, and its extensions of another."""

    name: str
    label: str
    systems: frozenset[str] = frozenset()
    namespaces: frozenset[str] = frozenset()


class Countries:
    """All that can be told apart."""

    def __init__(self, countries: Iterable[Country] = (), systems: Systems | None = None):
        self.by_name = {country.name: country for country in countries}
        self._systems = systems or Systems(())
        self._by_system = {system: c.name for c in self.by_name.values() for system in c.systems}
        self._by_namespace = {space: c.name for c in self.by_name.values() for space in c.namespaces}

    def told_by(self, drafts: Iterable[Mapping], rows: Iterable[Mapping]) -> str | None:
        """The country: by the drafts, else by the drugs on record, else by all else; None where that is not one."""
        rows = tuple(rows)
        drugs = [row for row in rows if row.get("resourceType") in (*DRUG_RESOURCES, "Medication")]
        for some in (drafts, drugs, rows):
            found = {name for row in some for name in self._of(row)}
            if found:
                return found.pop() if len(found) == 1 else None
        return None

    def _of(self, row: Mapping) -> Iterator[str]:
        for coding in _codings(row):
            if isinstance(coding, dict):
                system = self._systems.of(coding.get("system"))
                name = system and (self._by_system.get(system.name) or self._by_extension(as_text(coding.get("code"))))
                if name:
                    yield name

    def _by_extension(self, code: str) -> str | None:
        """A long SNOMED CT code holds the number of the organisation that made it before its last three digits."""
        return self._by_namespace.get(code[-10:-3]) if len(code) > 10 and code.isdecimal() else None


def _codings(row: Mapping) -> Iterator[object]:
    either = as_dict(row.get("medication"))  # R5 CodeableReference
    for concept in (row.get("code"), row.get("medicationCodeableConcept"), either.get("concept")):
        yield from codings(concept)
    for inside in as_list(row.get("contained")):
        yield from codings(as_dict(inside).get("code"))
