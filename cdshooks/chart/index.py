"""The rows of one patient, found by kind and concept: every coding is looked at once, nothing is read yet."""

from collections.abc import Iterable, Mapping

from cdshooks.chart.concepts import Concepts, Match
from cdshooks.chart.facts import Oddity
from cdshooks.chart.naming import Naming
from cdshooks.chart.read import as_text, codings, concepts_in, is_awaited, is_foreign, reference_of, words_of

DRUG_RESOURCES = ("MedicationRequest", "MedicationStatement", "MedicationDispense", "MedicationAdministration")
PROBLEM_RESOURCES = ("Condition", "Procedure")
# Which index says what such a resource is about.
NOTED_RESOURCES = {
    "AllergyIntolerance": "substances",
    "FamilyMemberHistory": "problems",
    "Encounter": "visits",
    "ServiceRequest": "tests",
}


class Index:
    """Rows by (kind, concept); what is not about the patient is set aside."""

    def __init__(self, concepts: Concepts, patient_id: str, rows: Iterable[Mapping], drafts: Iterable[Mapping]):
        self.concepts, self.patient_id = concepts, patient_id
        self.oddities: list[Oddity] = []
        self._found: dict[tuple[str, str], list[tuple[Mapping, Match, str]]] = {}
        self._naming = Naming(concepts.drugs, _medications([*rows, *drafts]))
        for row in rows:
            self._add(row)

    def rows(self, kind: str, concept: str) -> Iterable[tuple[Mapping, Match, str]]:
        """Each resource once, even if several of its codings name the concept, or it came twice."""
        unique: dict[int, tuple[Mapping, Match, str]] = {}
        for entry in self._found.get((kind, concept), ()):
            unique.setdefault(id(entry[0]), entry)
        return unique.values()

    def drugs(self, row: Mapping) -> list[tuple[Match, str]]:
        """Which drugs an order names, each once: by code, else possibly by its words; and how it was written."""
        matches, shown = self._naming.of(row)
        return [(match, shown) for match in matches]

    def _add(self, row: Mapping) -> None:
        kind = row.get("resourceType")
        if kind == "Observation":
            for match in self.concepts.observations.find(codings(row.get("code"))):
                self._note("Observation", row, match, "")
        elif kind in PROBLEM_RESOURCES:
            for match in self.concepts.problems.find(codings(row.get("code"))):
                self._note("Problem", row, match, "")
        elif kind in DRUG_RESOURCES:
            for match, shown in self.drugs(row):
                self._note(kind, row, match, shown)
        elif kind in NOTED_RESOURCES and (kind != "ServiceRequest" or is_awaited(row)):
            for match in self._noted(row, kind):
                self._note(kind, row, match, "")

    def _noted(self, row: Mapping, kind: str) -> list[Match]:
        """What an allergy, a family history or a visit is about; an allergy may be told by its substance's name."""
        index = getattr(self.concepts, NOTED_RESOURCES[kind])
        found: list[Match] = []
        for concept in concepts_in(row):
            found += index.find(codings(concept))
            if kind == "AllergyIntolerance":
                found += index.find_words(" | ".join(words_of(concept)))
        return found

    def _note(self, kind: str, row: Mapping, match: Match, shown: str) -> None:
        if is_foreign(row, self.patient_id):
            self.oddities.append(Oddity(reference_of(row), "it is not about this patient: ignored"))
            return
        self._found.setdefault((kind, match.concept), []).append((row, match, shown))


def _medications(rows: Iterable[Mapping]) -> dict[str, Mapping]:
    """Medication resources by every way in which an order may point to them."""
    found = {}
    for row in rows:
        if row.get("resourceType") == "Medication":
            identity = as_text(row.get("id"))
            for key in (identity, f"Medication/{identity}", f"urn:uuid:{identity}"):
                found[key] = row
    return found
