"""The results among the rows of one patient: by their name, their parts and members, their value, or by nothing."""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from cdshooks.reading.asides import says_no, told_beside, told_by_name
from cdshooks.reading.cut import may_measure, narrative_of, why_cut, why_nameless
from cdshooks.reading.elsewhere import is_named_otherwise, measures_in_words, named_elsewhere
from cdshooks.reading.naming import Drug
from cdshooks.reading.panels import UNNAMED, has_value, members_of, not_told, parts_of
from cdshooks.reading.qualified import OF_RESULT, doubt_of_result
from cdshooks.reading.read import as_dict, as_list, as_text, reference_of, words_of
from cdshooks.reading.subjects import Subjects, bare_reference
from cdshooks.reading.tellings import POSSIBLE_ALLERGY, told_by_value, told_in
from cdshooks.terms.codes import Match, Reading, doubted
from cdshooks.terms.concepts import Concepts
from cdshooks.terms.phrases import Phrases

# A row of such a status says nothing, whatever it is of.
VOID = ("entered-in-error", "cancelled", "not-done", "not-taken", "declined", "draft")
_MOST_UNNAMED = 20  # parts of one row


class Observed:
    """The side of an index that says what results are of."""

    concepts: Concepts
    subjects: Subjects
    cut: dict[str, Drug]
    _phrases: Phrases
    _rows: Iterable[Mapping]
    _asides: list
    read: Callable
    _note: Callable
    _note_all: Callable

    def _add_observation(self, row: Mapping) -> None:
        parts = tuple(parts_of(row)) if "component" in row or "contained" in row else ()
        told = [self._add_part(part) for part in parts]
        speaks = any(told)
        reading = self.read("observations", row.get("code"))
        if not parts and is_named_otherwise(row, reading):
            return
        named = bool(reading.doubtful)
        otherwise = not reading.known and "valueQuantity" not in row and self._is_told_otherwise(row, named)
        if otherwise and not measures_in_words(row):
            return
        reading = reading if reading.known or reading.doubtful else named_elsewhere(row, self.read, reading)
        if not reading.known and not reading.doubtful:
            if otherwise:
                return
            self._add_unnamed_parts(row, parts)
            if why := why_nameless(row, reading.blank) or (self._why_unnamed(row) if reading.blank else ""):
                self._add_nameless(row, why)
            return
        why = doubt_of_result(row, self.subjects, self._phrases) if not row.keys().isdisjoint(OF_RESULT) else ""
        reading = doubted(reading, why) if why else reading
        if "valueQuantity" not in row and not has_value(row):
            if speaks:
                return  # a panel: its components say it
            members = [self._member(each) for each in members_of(row)]
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
        if any_of_them and (self.cut or not (has_value(row) or why_cut(row) or why == UNNAMED)):
            return
        self.cut |= {reference_of(row): Drug(unread=why)} if any_of_them else {}
        self._note("Observation", row, Reading((), tuple(Match(name, None, why) for name in names)), None)

    # --- parts and members --------------------------------------------------------------------------------------

    def _add_part(self, part: Mapping) -> bool:
        """Does it say what it is of?"""
        reading = self.read("observations", part["code"])
        if not reading.known and not reading.doubtful:
            reading = named_elsewhere(part, self.read, reading)
        why = doubt_of_result(part, self.subjects, self._phrases)
        reading = doubted(reading, why) if why else reading
        self._note("Observation", part, reading, part["code"])
        return bool(reading.known or reading.doubtful)

    def _add_unnamed_parts(self, row: Mapping, parts: Iterable[Mapping]) -> None:
        """Parts that measure something and do not say what, in a row that names no other test."""
        unnamed = [part for part in parts if self.read("observations", part["code"]).blank][:_MOST_UNNAMED]
        if not unnamed or has_value(row) or row.get("status") in VOID:
            return
        if self._phrases.name_another_test(words_of(row.get("code"))):
            return
        for part in unnamed:
            names, any_of_them = may_measure(part, self.concepts)
            why = "neither a code nor words say of what a part of it is"
            matches = () if any_of_them else tuple(Match(name, None, why) for name in names)
            self._note("Observation", part, Reading((), matches), None)

    def _why_unnamed(self, row: Mapping) -> str:
        """Why a panel that no words name may hold any result: nothing says what a member is that did not come."""
        if "hasMember" not in row or has_value(row):
            return ""
        members = [as_dict(member) for member in as_list(row["hasMember"])]
        unsaid = (each for each in members if not as_text(each.get("display")))
        return UNNAMED if any(self._member(as_text(each.get("reference"))) is None for each in unsaid) else ""

    def _member(self, member: str) -> Mapping | None:
        """The result to which a panel points, if it came."""
        kind, _, identity = bare_reference(member).rpartition("/")
        known = f"{kind.rpartition('/')[2] or 'Observation'}/{identity.removeprefix('urn:uuid:')}"
        return self._observed.get(known)

    @cached_property
    def _observed(self) -> dict[str, Mapping]:
        return {reference_of(row): row for row in self._rows if row.get("resourceType") == "Observation"}
