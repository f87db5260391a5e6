"""Why something is ordered, as it is written with a draft: in its instructions, its notes, beside its drug's name.

Much is named there that is no reason ("stop if ..."). So only those concepts count of which the content says so
(`told_by_drafts`), and never for certain.
"""

from collections.abc import Container, Iterable, Iterator, Mapping

from cdshooks.reading.asides import Path, paths, told_at
from cdshooks.reading.read import words_of
from cdshooks.reading.tellings import Read, Telling, restated, told_by_draft, with_changes
from cdshooks.terms.codes import Match, Reading

WRITTEN = paths(
    "dosageInstruction.text", "dosageInstruction.patientInstruction", "dosageInstruction.additionalInstruction",
    "dosageInstruction.asNeededCodeableConcept", "renderedDosageInstruction", "note.text", "patientInstruction",
    "supportingInformation.display", "encounter.display", "category",
)  # fmt: skip
NAMED = paths("medicationCodeableConcept", "medicationReference.display", "medication.concept")
TAKEN = "MedicationStatement"
WHY = "it is written with a draft"


def told_with_draft(row: Mapping, read: Read, counted: Container[str]) -> Iterator[Telling]:
    """The problems for which a draft is ordered; and those, and the other drugs, of which its words tell: what its own
    drug is called is no other one.
    """
    yield from told_by_draft(row, read)
    for words in _words_at(row, (*WRITTEN, *NAMED)):
        reading = _some(read("problems", words), counted)
        if reading.doubtful:
            problem = with_changes(restated(row, "Condition"), recordedDate=row.get("authoredOn"), code=words)
            yield Telling("Problem", problem, reading, words)
    for words in _words_at(row, WRITTEN):
        reading = _some(read("drugs", words), counted)
        if reading.doubtful:
            taken = with_changes(restated(row, TAKEN), status="active", dateAsserted=row.get("authoredOn"))
            yield Telling(TAKEN, taken, reading, words, words["text"])


def _words_at(row: Mapping, places: Iterable[Path]) -> Iterator[dict]:
    for told in told_at(row, places):
        if words := words_of(told):
            yield {"text": "; ".join(words)}


def _some(reading: Reading, counted: Container[str]) -> Reading:
    matches = (*reading.known, *reading.doubtful)
    return Reading((), tuple(Match(match.concept, None, WHY) for match in matches if match.concept in counted))
