"""The rows of one patient, found by kind and concept; each row is understood, not ours, or could be ours.

Every coding is looked at once, nothing is read yet. What could be ours and is not understood is kept beside what is:
its match has no code, and says why.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property

from cdshooks.reading.asides import PLACES, news_in, says_no, told_beside, told_by_name
from cdshooks.reading.beside_draft import told_with_draft
from cdshooks.reading.cut import is_withheld, may_measure, narrative_of, why_cut, why_nameless
from cdshooks.reading.elsewhere import named_elsewhere
from cdshooks.reading.facts import Doubt, Oddity
from cdshooks.reading.naming import Drug, Naming, medications_in
from cdshooks.reading.order import is_long_over
from cdshooks.reading.panels import has_value, not_told, parts_of
from cdshooks.reading.qualified import OF_RESULT, doubt_of_result
from cdshooks.reading.reactions import reactions_in
from cdshooks.reading.read import (
    as_concept,
    as_dict,
    as_list,
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
from cdshooks.reading.subjects import Subjects, bare_reference
from cdshooks.reading.tellings import (
    ALLERGY,
    FAMILY,
    POSSIBLE_ALLERGY,
    TELLING,
    Telling,
    dose_in,
    told_by_allergy,
    told_by_family,
    told_by_problem,
    told_by_value,
    told_in,
    unread,
)
from cdshooks.reading.unsure import as_if_it_held, doubt_of
from cdshooks.terms.codes import Match, Reading, doubted
from cdshooks.terms.concepts import Concepts
from cdshooks.terms.dates import Clock

DRUG_RESOURCES = ("MedicationRequest", "MedicationStatement", "MedicationAdministration", "MedicationDispense")
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
# What says nothing about its drug, whatever it is.
VOID = ("entered-in-error", "cancelled", "not-done", "not-taken", "declined", "draft")


class Index:
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
        self.concepts, self.subjects, self._phrases = concepts, subjects, concepts.phrases
        self._clock = clock
        self.oddities: list[Oddity] = []
        self.doubts: list[Doubt] = []
        self.unread: dict[str, dict[str, Drug]] = {}
        self.wanted: dict[str, str] = {}  # Medications that could tell more, by who points to them
        self._found: dict[tuple[str, str], list[tuple[Mapping, Match, str]]] = {}
        self.cut: dict[str, Drug] = {}  # the first result that is cut to its id
        self._remembered: dict = {}
        self._readings: dict = {}
        self._asides: list[Telling] = []  # what stands beside what rows record
        self._naming = Naming(concepts, medications_in([*rows, *drafts], urls or {}))
        self._rows = rows
        for row in rows:
            if row.get("resourceType") == "Observation":  # most of a call
                self._add_observation(row)
            else:
                self._add(row)
        self._note_all([news_in(each, self._found) for each in self._asides])
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
        return getattr(self.concepts, index).read(codings(concept), words_of(concept), self._remembered)

    def doubt_of(self, row: Mapping, match: Match, concept: object) -> Doubt:
        """That a row could be of this concept and is not understood."""
        coding = next((c for c in codings(concept) if isinstance(c, dict)), {})
        told = (as_text(coding.get("system")), as_text(coding.get("code")), shown(concept))
        return Doubt(reference_of(row), match.concept, match.doubt, *told, unit_of(row))

    def _add(self, row: Mapping) -> None:
        kind = row.get("resourceType")
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

    # --- results ------------------------------------------------------------------------------------------------

    def _add_observation(self, row: Mapping) -> None:
        speaks = False
        for part in parts_of(row) if "component" in row or "contained" in row else ():
            told = self._read_part(part)
            speaks = speaks or bool(told.known or told.doubtful)
            self._note("Observation", part, told, part["code"])
        reading = self.read("observations", row.get("code"))
        if not reading.known and "valueQuantity" not in row and self._is_told_otherwise(row, bool(reading.doubtful)):
            return
        reading = reading if reading.known or reading.doubtful else named_elsewhere(row, self.read, reading)
        if not reading.known and not reading.doubtful:
            if why := why_nameless(row, reading.blank):
                self._add_nameless(row, why)
            return
        why = doubt_of_result(row, self.subjects, self._phrases) if not row.keys().isdisjoint(OF_RESULT) else ""
        reading = doubted(reading, why) if why else reading
        if "valueQuantity" not in row and not has_value(row):
            if speaks:
                return  # a panel: its components say it
            members = [self._member(as_text(as_dict(m).get("reference"))) for m in as_list(row.get("hasMember"))]
            if (members or as_list(row.get("component"))) and not (reading := not_told(reading, members, self.read)):
                return
        self._note("Observation", row, reading, row.get("code"))

    def _is_told_otherwise(self, row: Mapping, named: bool) -> bool:
        """Does it tell of a dose, or a problem? What is named as a result is one, unless its name tells of a dose."""
        if self._note_all(told_in(row, self.read, self._phrases)):
            return not named or self._phrases.tell_of_a_dose(words_of(row.get("code")))
        told = not named and self._note_all(told_by_value(row, self.read, self._phrases))
        beside = [] if says_no(row, self._phrases) else [*told_beside(row, self.read, self._phrases)]
        if not named and not told and not says_no(row, self._phrases):
            beside += told_by_name(row, self.read, self._phrases)
        self._asides += beside
        return told or any(each.kind == POSSIBLE_ALLERGY for each in beside)

    def _add_nameless(self, row: Mapping, why: str) -> None:
        """A result that does not say of what it is: its narrative may, else it may be any of its unit.

        It hides none that is known; one that may be any is told once.
        """
        if row.get("status") in VOID or self.subjects.is_foreign(row):
            return
        told = self.read("observations", {"text": narrative_of(row)})
        if told.known or told.doubtful:
            self._note("Observation", row, doubted(told, "only its narrative says what it is"), None)
            return
        names, any_of_them = may_measure(row, self.concepts)
        if any_of_them and (self.cut or not (has_value(row) or why_cut(row))):
            return
        self.cut |= {reference_of(row): Drug(unread=why)} if any_of_them else {}
        self._note("Observation", row, Reading((), tuple(Match(name, None, why) for name in names)), None)

    def _read_part(self, part: Mapping) -> Reading:
        reading = self.read("observations", part["code"])
        why = doubt_of_result(part, self.subjects, self._phrases)
        return doubted(reading, why) if why else reading

    def _member(self, member: str) -> Mapping | None:
        """The result to which a panel points, if it came."""
        kind, _, identity = bare_reference(member).rpartition("/")
        known = f"{kind.rpartition('/')[2] or 'Observation'}/{identity.removeprefix('urn:uuid:')}"
        return self._observed.get(known)

    @cached_property
    def _observed(self) -> dict[str, Mapping]:
        return {reference_of(row): row for row in self._rows if row.get("resourceType") == "Observation"}

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
