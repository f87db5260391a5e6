"""What rows tell of beside what they record: a dose, an allergy, a problem, a relative's illness in another's place.

Everything here is one of a row's tellings: as what kind of record it is taken, and what of ours that names.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from cdshooks.reading.contained import Inside
from cdshooks.reading.cut import is_withheld
from cdshooks.reading.extended import ONLY_THERE, told_in_extensions
from cdshooks.reading.read import (
    ACTIVE,
    NOT_MEANT,
    allergy_holds,
    as_dict,
    as_list,
    as_text,
    codes_of,
    concepts_in,
    is_awaited,
    shown,
    undenied_concept,
    words_of,
)
from cdshooks.reading.results import AS_IF_ABSENT
from cdshooks.reading.supporting import Find, categories_of, drugs_beside
from cdshooks.reading.unordered import noted_in
from cdshooks.reading.versions import Restated
from cdshooks.terms.codes import Reading, doubted
from cdshooks.terms.phrases import Phrases

OF_SUBSTANCES = ("NutritionOrder", "SupplyRequest")  # whatever they name is to be had
FAMILY = "FamilyMemberHistory"
ALLERGIES = ALLERGY, POSSIBLE_ALLERGY = "AllergyIntolerance", "PossibleAllergy"
ONLY_NOTED = "only its notes name it"
DONE = ("completed", "in-progress")
OPEN_OR_DONE = ("active", "completed", "on-hold", "unknown")
NOT_MET = ("planned", "cancelled", "entered-in-error")  # visits at which nothing was given
PLANNED = "MedicationRequest"
_GIVEN = "MedicationAdministration"
_LONGEST_VALUE = 100  # characters; what is longer is a report, and names much that it denies
DATES = ("performedDateTime", "effectiveDateTime", "occurrenceDateTime", "effectiveInstant")
_USED = frozenset({"usedCode", "used", "usedReference"})
_NOTHING = Reading()
PERIODS = ("performedPeriod", "effectivePeriod", "occurrencePeriod", "period")


class Telling(NamedTuple):
    """A row, taken as a record of this kind, and what the concept in it names."""

    kind: str
    row: Mapping
    reading: Reading
    concept: object
    shown: str = ""


Read = Callable[[str, object], Reading]  # what a concept names, by one of the indexes


# --- doses ---------------------------------------------------------------------------------------------------------


def told_in(row: Mapping, read: Read, phrases: Phrases) -> Iterator[Telling]:
    """Doses, and relatives' illnesses, that were written down as something else."""
    for concept in dosing(row, phrases, on_record=True):
        reading = dose_in(row, concept, read, phrases)
        dose = as_dose(row) if reading.doubtful else None
        if dose:
            yield Telling(dose["resourceType"], dose, reading, concept, shown(concept))
        if row["resourceType"] == "Observation":
            yield from _of_kin(row, concept, read, phrases)


def told_by_value(row: Mapping, read: Read, phrases: Phrases) -> Iterator[Telling]:
    """A problem that an observation which is no result names by its value, or by its name where that is true."""
    name, coded, told = row.get("code"), row.get("valueCodeableConcept"), as_text(row.get("valueString"))
    if row.get("status") in AS_IF_ABSENT or phrases.tell_of_kin(words_of(name)):
        return
    value = name if row.get("valueBoolean") is True else coded or {"text": told[:_LONGEST_VALUE]}
    reading = read("problems", value)
    if reading.known or reading.doubtful:
        date = next((row[each] for each in DATES if row.get(each)), None)
        problem = with_changes(restated(row, "Condition"), recordedDate=date, code=value)
        yield Telling("Problem", problem, doubted(reading, "it is an Observation, and no problem on the list"), value)


def dose_in(row: Mapping, concept: object, read: Read, phrases: Phrases) -> Reading:
    """The drugs that such a row gives, never for certain: it tells of no product, and of no amount."""
    reading = read("drugs", concept)
    named = reading.known or reading.doubtful
    words = words_of(concept) if named else []
    coded_alone = bool(reading.known) and not words and row["resourceType"] == "ServiceRequest"
    if not named or not (coded_alone or _is_given(row["resourceType"], words, phrases)):
        return _NOTHING
    return doubted(reading, f"it is a {row['resourceType']}, and tells of no product")


def _is_given(kind: str, words: list[str], phrases: Phrases) -> bool:
    """Does what names a drug tell of a dose? A procedure does that measures nothing; all else does by its words."""
    if kind in OF_SUBSTANCES or phrases.tell_of_a_dose(words):
        return True
    if kind == "Procedure":
        return not phrases.tell_of_a_measurement(words)
    return kind != "Observation" and phrases.tell_of_treatment(words)


def dosing(row: Mapping, phrases: Phrases, on_record: bool = False, find: Find | None = None) -> Iterator[object]:
    """The CodeableConcepts in which such a row may tell of a drug; `find` looks up what it points to.

    What is written with a service on record may tell of treatment, whatever the service is; with one that is drafted,
    only where that does not say itself what it is, or that something is given.
    """
    match row.get("resourceType"):
        case "Procedure":
            yield row.get("code")
            if not _USED.isdisjoint(row):  # of a hundred rows of one
                yield from as_list(row.get("usedCode"))
                yield from (as_dict(used).get("concept") for used in as_list(row.get("used")))  # R5
                yield from _used_in(row)
            if phrases.tell_of_a_dose(words_of(row.get("code"))):
                yield from ({"text": note} for note in noted_in(row))
        case "Encounter":
            yield from concepts_in(row)
            if told := row.get("serviceType"):  # a list of CodeableReferences in R5
                yield from (as_dict(one).get("concept") or one for one in (told if isinstance(told, list) else [told]))
            yield from ({"text": as_text(as_dict(each).get("display"))} for each in as_list(row.get("reasonReference")))
        case "NutritionOrder" | "SupplyRequest":
            yield from concepts_in(row)
        case "Observation":
            # What was done is the name of such a row, or its value; a number measures something.
            values = (row.get("valueCodeableConcept"), row.get("valueString"))
            words = [*words_of(row.get("code")), *(words_of(values[0]) or [as_text(values[1])])]
            yield {"text": " ".join(filter(None, words))}
        case _:
            yield row.get("code")
            yield from as_list(row.get("orderDetail"))
            words = words_of(row.get("code"))
            given = phrases.tell_of_a_dose(words)
            if on_record or given or all(map(phrases.say_nothing, words)):
                yield from ({"text": " ".join([*words[:given], told])} for told in noted_in(row))
                for told in (*drugs_beside(row, find), *categories_of(row), *told_in_extensions(row)):
                    named = " ".join([*words[:given], *words_of(told)])
                    yield as_dict(told) | ({"text": named} if named else {})


def _used_in(procedure: Mapping) -> Iterator[object]:
    """What a procedure used, by the words of its references, and by what they point to inside it."""
    inside = Inside(procedure)
    pointing = [as_dict(used).get("reference") for used in as_list(procedure.get("used"))]  # R5
    for reference in map(as_dict, [*as_list(procedure.get("usedReference")), *pointing]):
        yield {"text": as_text(reference.get("display"))}
        yield inside.find(as_text(reference.get("reference"))).get("code")


def as_dose(row: Mapping) -> Mapping | None:
    """The administration, or the order of one, of which a row tells; None where it tells that there is none."""
    kind = row.get("resourceType")
    if not _HOLDS[kind](row):
        return None
    told = restated(row, PLANNED if kind == "ServiceRequest" else _GIVEN)
    if kind == "ServiceRequest":
        status = "completed" if row.get("status") == "completed" else "active"
        return with_changes(told, status=status, intent="order")
    date = next((row[name] for name in DATES if row.get(name)), None)
    period = next((row[name] for name in PERIODS if row.get(name)), None)
    return with_changes(told, status="completed", effectiveDateTime=date, effectivePeriod=period)


def restated(row: Mapping, kind: str) -> Restated:
    """What says whose a row is and where it lies, as another kind of row."""
    told = Restated({"resourceType": kind, "id": row.get("id")})
    told.sent = getattr(row, "sent", row)
    told |= {name: row[name] for name in ("subject", "patient", "contained", "authoredOn") if name in row}
    return told


def with_changes(row: Restated, **changes: object) -> Restated:
    row |= {name: value for name, value in changes.items() if value}
    return row


def _is_present(row: Mapping) -> bool:
    clinical, verified = codes_of(row.get("clinicalStatus")), codes_of(row.get("verificationStatus"))
    return not (clinical and not clinical & ACTIVE) and not verified & NOT_MEANT


_HOLDS = {
    "Procedure": lambda row: row.get("status") in DONE,
    "Condition": _is_present,
    "Encounter": lambda row: row.get("status") not in NOT_MET,
    "Observation": lambda row: row.get("status") not in AS_IF_ABSENT and row.get("valueBoolean") is not False,
    "ServiceRequest": lambda row: is_awaited(row, OPEN_OR_DONE),
}
TELLING = frozenset(_HOLDS)


# --- allergies and relatives ---------------------------------------------------------------------------------------


def told_by_problem(row: Mapping, read: Read, phrases: Phrases) -> Iterator[Telling]:
    """An allergy, or a relative's illness, among the patient's problems."""
    concept = row.get("code")
    if phrases.tell_of_an_allergy(words_of(concept)):
        told = undenied_concept(concept, phrases.every_denial, phrases.lifting)
        yield Telling(ALLERGY, row, read("substances", told), concept)
    yield from _of_kin(row, concept, read, phrases)


def _of_kin(row: Mapping, concept: object, read: Read, phrases: Phrases) -> Iterator[Telling]:
    for who, said in phrases.of_kin(words_of(concept)):
        reading = doubted(read("problems", {"text": said}), "it is told of a relative, and stands elsewhere")
        yield Telling(FAMILY, _as_relative(row, who), reading, concept)


def _as_relative(row: Mapping, who: str) -> Mapping:
    return with_changes(restated(row, FAMILY), status="completed", relationship={"text": who})


def told_by_allergy(row: Mapping, read: Read, phrases: Phrases) -> Iterator[Telling]:
    """What an allergy is to; where neither codes nor words say it, what its notes may mean."""
    readings = [(read("substances", told), told) for told in _undenied(row, phrases)]
    tellings = [Telling(POSSIBLE_ALLERGY if _is_class(r) else ALLERGY, row, r, told) for r, told in readings]
    yield from tellings
    if any(each.reading.known or each.reading.doubtful for each in tellings) or not allergy_holds(row):
        return
    beside = [({"text": _notes_of(row)}, ONLY_NOTED), *((told, ONLY_THERE) for told in told_in_extensions(row))]
    for told, why in beside:
        noted = undenied_concept(told, phrases.denials, phrases.lifting)
        yield Telling(POSSIBLE_ALLERGY, row, doubted(read("substances", noted), why), noted)


def _is_class(reading: Reading) -> bool:
    """Does only the class of a code speak, which holds others, too?"""
    return not reading.known and bool(reading.doubtful) and all(match.of_class for match in reading.doubtful)


def told_by_family(row: Mapping, read: Read) -> Iterator[Telling]:
    """The illnesses of a relative; where neither codes nor words say them, what the notes may mean."""
    tellings = [Telling(FAMILY, row, read("problems", concept), concept) for concept in concepts_in(row)]
    yield from tellings
    if not any(each.reading.known or each.reading.doubtful for each in tellings):
        parts = (row, *map(as_dict, as_list(row.get("condition"))))
        beside = [({"text": _notes_of(row)}, ONLY_NOTED)]
        beside += ((told, ONLY_THERE) for part in parts for told in told_in_extensions(part))
        for noted, why in beside:
            yield Telling(FAMILY, row, doubted(read("problems", noted), why), noted)


def unread(row: Mapping, read: Read, phrases: Phrases) -> str:
    """Why nobody can know what an allergy that holds is to; empty where it says that it is none of ours, or none."""
    category = row.get("category")
    told = category if isinstance(category, list) else [category]
    if not allergy_holds(row) or (told and all(each in ("food", "environment") for each in told)):
        return ""
    # Words that deny all of it say that it is none, whatever stands as its code.
    blanks = [_why_blank(concept, read, phrases) for concept in concepts_in(row)]
    if not blanks or not all(blanks) or phrases.name_another_drug([_notes_of(row)]):
        return ""
    return blanks[0]


def _why_blank(concept: object, read: Read, phrases: Phrases) -> str:
    """Why nobody can know what a concept names; empty where it does, or its words name something else."""
    reading, words = read("substances", concept), words_of(concept)
    if reading.known or reading.doubtful or reading.blank:
        return reading.blank
    nothing = is_withheld(concept) or (words and all(map(phrases.say_nothing, words)))
    return "it does not say what it is to" if nothing else ""


def told_by_draft(row: Mapping, read: Read) -> Iterator[Telling]:
    """The problems for which something is ordered: nobody says that they are the patient's for certain."""
    for reason in _reasons(row):
        reading = doubted(read("problems", reason), "it is the reason of a draft")
        if reading.doubtful:
            problem = with_changes(restated(row, "Condition"), recordedDate=row.get("authoredOn"), code=reason)
            yield Telling("Problem", problem, reading, reason)


def _reasons(row: Mapping) -> Iterator[object]:
    inside = Inside(row)
    yield from as_list(row.get("reasonCode"))
    for reference in map(as_dict, as_list(row.get("reasonReference"))):
        yield {"text": as_text(reference.get("display"))}
        yield from contained_problem(inside, reference)
    for either in map(as_dict, as_list(row.get("reason"))):  # R5 CodeableReferences
        reference = as_dict(either.get("reference"))
        yield either.get("concept") or {"text": as_text(reference.get("display"))}
        yield from contained_problem(inside, reference)


def contained_problem(inside: Inside, reference: Mapping) -> Iterator[object]:
    """What a problem is that lies in the row itself and is referred to there; not one that is over or refuted."""
    problem = inside.find(as_text(reference.get("reference")))
    if problem and _is_present(problem):
        yield problem.get("code")


def _undenied(row: Mapping, phrases: Phrases) -> Iterator[object]:
    """The concepts of an allergy without what denies it; a code that is missing stays one."""
    for concept in concepts_in(row):
        told = undenied_concept(concept, phrases.denials, phrases.lifting)
        if told is not None or not concept:
            yield told


def _notes_of(row: Mapping) -> str:
    """What is written about an allergy or a relative in no field for what it is."""
    reactions = [as_dict(reaction) for reaction in as_list(row.get("reaction"))]
    told = [as_text(reaction.get("description")) for reaction in reactions]
    parts = [*reactions, *map(as_dict, as_list(row.get("condition")))]
    notes = [note for part in (row, *parts) for note in as_list(part.get("note")) or [part.get("note")]]
    told += [as_text(note) or as_text(as_dict(note).get("text")) for note in notes]
    for each in (row.get("type"), row.get("category"), *(reaction.get("manifestation") for reaction in reactions)):
        for one in as_list(each) or [each]:
            told += words_of(as_dict(one).get("concept") or one)
            told.append(as_text(one))
    return "; ".join(filter(None, told))
