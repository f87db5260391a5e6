"""An allergy to a drug, or harm by it, of which its order, dose or dispense tells: in a reason, in a note.

Nobody says that it is an allergy on record: it is a possible one, and told.
"""

from collections.abc import Callable, Iterator, Mapping

from cdshooks.reading.naming import Drug
from cdshooks.reading.qualified import notes_of
from cdshooks.reading.read import as_dict, as_text, undenied_concept, words_of
from cdshooks.reading.tellings import ALLERGY, POSSIBLE_ALLERGY, Read, Telling, restated
from cdshooks.terms.codes import Match, Reading
from cdshooks.terms.phrases import Phrases

# Why it was stopped, or not had, in any version.
_REASONS = (
    "statusReason", "statusReasonCodeableConcept", "reasonNotGiven", "reasonNotTaken", "reasonEnded",
    "notPerformedReason",
)  # fmt: skip
_TOLD_IN = frozenset({*_REASONS, "note", "comment", "comments"})
WHY = "only a reason or a note of an order of it tells of a reaction"


def reactions_in(row: Mapping, drug_of: Callable[[Mapping], Drug], read: Read, phrases: Phrases) -> Iterator[Telling]:
    """What may be an allergy to the drug of a row, or to what its words name in its place."""
    of_drugs = as_text(row.get("resourceType")).startswith("Medication")
    if _TOLD_IN.isdisjoint(row) or not of_drugs or row.get("status") == "entered-in-error":
        return
    drug = drug_of(row)
    reasons = [undenied_concept(each, phrases.denials) for each in _reasons(row)]
    notes = [undenied_concept({"text": note}, phrases.denials) for note in notes_of(row) if note]
    of_it = (*reasons, *(notes if drug.matches else ()))
    told = [each for each in of_it if each and _names_something(read("reactions", each))]
    told += [each for each in (*reasons, *notes) if each and phrases.tell_of_an_allergy(words_of(each))]
    for each in told[:1]:
        named = read("substances", {"text": " | ".join(words_of(each))})
        if not named.doubtful and phrases.name_another_drug(words_of(each)):
            return
        concepts = [match.concept for match in named.doubtful or drug.matches]
        reading = Reading((), tuple(Match(name, None, WHY) for name in dict.fromkeys(concepts)))
        yield Telling(POSSIBLE_ALLERGY, restated(row, ALLERGY), reading, each, drug.shown)


def _names_something(reading: Reading) -> bool:
    return bool(reading.known or reading.doubtful)


def _reasons(row: Mapping) -> Iterator[object]:
    for told in (row.get(name) for name in _REASONS):
        for reason in told if isinstance(told, list) else [told]:
            yield as_dict(reason).get("concept") or reason  # R5 has CodeableReferences
