"""The rows of one patient, found by kind and concept; each row is understood, not ours, or could be ours.

Every coding is looked at once, nothing is read yet. What could be ours and is not understood is kept beside what is:
its match has no code, and says why.
"""

from collections.abc import Iterable, Mapping

from cdshooks.chart.observed import VOID, Observed
from cdshooks.reading.asides import PLACES, Aside, news_in, told_beside
from cdshooks.reading.beside_draft import told_with_draft
from cdshooks.reading.cut import is_withheld, why_cut
from cdshooks.reading.facts import Doubt, Oddity
from cdshooks.reading.naming import Drug, Naming, medications_in
from cdshooks.reading.order import is_long_over
from cdshooks.reading.panels import parts_of
from cdshooks.reading.reactions import reactions_in
from cdshooks.reading.read import (
    as_concept,
    as_text,
    codings,
    concepts_in,
    doubt_of_end,
    is_awaited,
    reference_of,
    shown,
    unit_of,
    words_of,
)
from cdshooks.reading.subjects import Subjects
from cdshooks.reading.tellings import (
    ALLERGY,
    FAMILY,
    TELLING,
    Telling,
    dose_in,
    told_by_allergy,
    told_by_family,
    told_by_problem,
    told_in,
    unread,
)
from cdshooks.reading.unsure import as_if_it_held, as_verified, doubt_of
from cdshooks.terms.codes import Match, Reading, doubted
from cdshooks.terms.concepts import Concepts
from cdshooks.terms.dates import Clock
from cdshooks.terms.refuted import without_classes

DRUG_RESOURCES = ("MedicationRequest", "MedicationStatement", "MedicationAdministration", "MedicationDispense")
REPORT = "DiagnosticReport"
PROBLEM_RESOURCES = ("Condition", "Procedure")
# Which index says what such a resource is about.
NOTED_RESOURCES = {
    "AllergyIntolerance": "substances",
    "FamilyMemberHistory": "problems",
    "Encounter": "visits",
    "ServiceRequest": "tests",
}
# All that something is read of, or that something which is read may point to.
READ = {*DRUG_RESOURCES, *PROBLEM_RESOURCES, *NOTED_RESOURCES, "Observation", "Patient", "Medication", "Substance"}
# Of these the words alone count: a name among the allergies is an allergy.
BY_NAME = (ALLERGY,)


class Index(Observed):
    """Rows by (kind, concept). `doubts`: what could be ours; `unread`: by kind, rows that nobody can know."""

    def __init__(
        self,
        concepts: Concepts,
        subjects: Subjects,
        rows: Iterable[Mapping],
        drafts: Iterable[Mapping] = (),
        urls: Mapping[str, Mapping] | None = None,
        clock: Clock | None = None,
    ):
        self.concepts, self.subjects, self._phrases = concepts, subjects, concepts.phrases.for_one_chart()
        self._clock = clock
        self.oddities: list[Oddity] = []
        self.doubts: list[Doubt] = []
        self.unread: dict[str, dict[str, Drug]] = {}
        self.wanted: dict[str, str] = {}  # Medications that could tell more, by who points to them
        self._found: dict[tuple[str, str], list[tuple[Mapping, Match, str]]] = {}
        self.cut: dict[str, Drug] = {}  # the first result that is cut to its id, or may be any
        self._readings: dict = {}
        self._asides: list[Aside] = []  # what stands beside what rows record
        self._naming = Naming(concepts, medications_in([*rows, *drafts], urls or {}))
        self._rows = rows
        for row in rows:
            if row.get("resourceType") == "Observation":  # most of a call
                self._add_observation(row)
            else:
                self._add(row)
        self._note_all(news_in(self._asides, self._found))
        for draft in drafts:
            self._note_all(reactions_in(draft, self.drug, self.read, self._phrases))
            self._note_all(told_with_draft(draft, self.read, concepts.told_by_drafts))

    def rows(self, kind: str, concept: str) -> Iterable[tuple[Mapping, Match, str]]:
        """Each resource once, even if several of its codings name the concept, or it came twice."""
        unique: dict[int, tuple[Mapping, Match, str]] = {}
        for entry in self._found.get((kind, concept), ()):
            unique.setdefault(id(entry[0]), entry)
        return unique.values()

    def concepts_found(self) -> frozenset[str]:
        """The concepts of which there is a row, even one that only could be of it."""
        return frozenset(concept for _, concept in self._found)

    def drug(self, row: Mapping) -> Drug:
        """What an order says of its drug."""
        return self._naming.of(row)

    def medication(self, reference: str) -> Mapping:
        """The Medication to which something points, where it came."""
        return self._naming.find(reference)

    def read(self, index: str, concept: object) -> Reading:
        """What a CodeableConcept names, by one of the indexes of concepts.

        What is coded and written alike names the same: of 60 results 10 are read (40 us each), the others found (3 us).
        """
        try:
            told = concept.get("coding") or ()
            if len(told) == 1:
                (c,) = told
                if "extension" in c:  # it may say that a diagnosis is denied
                    return self._read(index, concept)
                key = (index, concept.get("text"), c.get("system"), c.get("code"), c.get("display"))
            else:
                coded = [(c.get("system"), c.get("code"), c.get("display")) for c in told]
                if any("extension" in c for c in told):
                    return self._read(index, concept)
                key = (index, concept.get("text"), *coded)
            known = self._readings.get(key)
        except (AttributeError, TypeError):  # it is no CodeableConcept, or something in it is not what it should be
            return self._read(index, as_concept(concept))
        if known is None:
            known = self._readings[key] = getattr(self.concepts, index).recall(key, lambda: self._read(index, concept))
        return known

    def _read(self, index: str, concept: object) -> Reading:
        known, words = getattr(self.concepts, index), words_of(concept)
        reading = known.read(codings(concept), words)
        return without_classes(reading, words, known, self._phrases) if index == "substances" else reading

    def doubt_of(self, row: Mapping, match: Match, concept: object) -> Doubt:
        """That a row could be of this concept and is not understood."""
        coding = next((c for c in codings(concept) if isinstance(c, dict)), {})
        told = (as_text(coding.get("system")), as_text(coding.get("code")), shown(concept))
        return Doubt(reference_of(row), match.concept, match.doubt, *told, unit_of(row))

    def _add(self, row: Mapping) -> None:
        kind = row.get("resourceType")
        if "verificationStatus" in row:
            row = as_verified(row, self._phrases)
        if kind in PROBLEM_RESOURCES:
            self._add_problem(row)
        elif kind in DRUG_RESOURCES:
            self._add_drug(kind, row)
        elif kind == ALLERGY:
            self._add_allergy(row)
        elif kind == FAMILY:
            self._note_all(told_by_family(row, self.read))
            self._add_cut(kind, row)
        elif kind in NOTED_RESOURCES and (kind != "ServiceRequest" or is_awaited(row)):
            index = NOTED_RESOURCES[kind]
            self._note_all(Telling(kind, row, self.read(index, concept), concept) for concept in concepts_in(row))
        elif kind == REPORT and "contained" in row and row.get("status") not in VOID:
            # Nobody asked for it, and results may lie inside it.
            for part in parts_of(row):
                self._add_part(part)
        if kind in TELLING:
            self._note_all(told_in(row, self.read, self._phrases))
        if kind in PLACES:
            self._asides += told_beside(row, self.read, self._phrases)

    def _add_problem(self, row: Mapping) -> None:
        reading = self.read("problems", row.get("code"))
        if reading.known or reading.doubtful:
            if why := doubt_of(row, self._phrases):
                row, reading = as_if_it_held(row), doubted(reading, why)
            self._note("Problem", row, reading, row.get("code"))
            end = doubt_of_end(row)
            matches = (Match(match.concept, None, end) for match in reading.known) if end else ()
            self.doubts += [self.doubt_of(row, match, row.get("code")) for match in matches]
        elif row.get("resourceType") == "Condition":
            self._note_all(told_by_problem(row, self.read, self._phrases))
            self._add_cut("Condition", row)
        else:
            self._add_cut("Procedure", row)

    def _add_allergy(self, row: Mapping) -> None:
        """What it is to, by its code or its words; else what its notes may mean; else nobody can know it."""
        told = self._note_all(told_by_allergy(row, self.read, self._phrases))
        if why := "" if told else unread(row, self.read, self._phrases):
            self._want(ALLERGY, row, Drug(unread=why))

    def dose_in(self, row: Mapping, concept: object) -> Reading:
        """The drugs that a procedure, a service or a supplement gives, never for certain."""
        return dose_in(row, concept, self.read, self._phrases)

    # --- drugs --------------------------------------------------------------------------------------------------

    def _add_drug(self, kind: str, row: Mapping) -> None:
        drug = self._naming.of(row)
        self._note_all(reactions_in(row, self.drug, self.read, self._phrases))
        if drug.matches:
            concept = row.get("medicationCodeableConcept") or {"text": drug.shown}
            reading, why = Reading(drug.matches), doubt_of(row, self._phrases)
            if why:
                row, reading = as_if_it_held(row), doubted(reading, why)
            self._note(kind, row, reading, concept, drug.shown)
        if drug.unread or (drug.reference and any(match.code is None for match in drug.matches)):
            self._want(kind, row, drug)

    def _want(self, kind: str, row: Mapping, drug: Drug) -> None:
        if row.get("status") in VOID or self.subjects.is_foreign(row):
            return
        if drug.reference:
            self.wanted.setdefault(reference_of(row), drug.reference)
        if drug.unread and self._clock and is_long_over(row, self._clock, self.concepts.courses):
            self.oddities.append(Oddity(reference_of(row), f"{drug.unread}, and it ended long ago: ignored"))
        elif drug.unread:
            self.unread.setdefault(kind, {}).setdefault(reference_of(row), drug)

    def _add_cut(self, kind: str, row: Mapping) -> None:
        why = "" if row.get("code") and not is_withheld(row["code"]) else why_cut({**row, "code": None})
        if why:
            self._want(kind, row, Drug(unread=why))

    # --- all ----------------------------------------------------------------------------------------------------

    def _note_all(self, tellings: Iterable[Telling]) -> bool:
        """Does one of these tell of something that is asked for here?"""
        found = False
        for each in tellings:
            self._note(each.kind, each.row, each.reading, each.concept, each.shown)
            found = found or bool(each.reading.known or each.reading.doubtful)
        return found

    def _note(self, kind: str, row: Mapping, reading: Reading, concept: object, how: str = "") -> None:
        matches = (*reading.known, *reading.doubtful)
        if not matches:
            return
        if not self.subjects.is_surely_ours(row):  # nearly all are: one look instead of two
            if self.subjects.is_foreign(row):
                self.oddities.append(Oddity(reference_of(row), "it is not about this patient: ignored"))
                return
            if why := self.subjects.why_unclear(row):
                matches = tuple(Match(match.concept, None, why) for match in matches)
        for match in matches:
            if match.doubt and kind not in BY_NAME:
                self.doubts.append(self.doubt_of(row, match, concept))
            self._found.setdefault((kind, match.concept), []).append((row, match, how))
