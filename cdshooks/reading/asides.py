"""Problems and allergies that a row names in a place for something else: a reason, a complication, a note.

Of each kind of row is listed where it may do so. What is found is never certain, and counts only where no row of the
patient's own list tells of it: most reasons repeat what is on the list.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from cdshooks.reading.contained import Inside
from cdshooks.reading.cut import narrative_of
from cdshooks.reading.extended import is_extended, told_in_extensions
from cdshooks.reading.read import ACTIVE, as_dict, as_list, as_text, codes_of, undenied_concept, words_of
from cdshooks.reading.tellings import (
    ALLERGY,
    DATES,
    PERIODS,
    POSSIBLE_ALLERGY,
    Read,
    Telling,
    contained_problem,
    restated,
    with_changes,
)
from cdshooks.terms.codes import Match, Reading
from cdshooks.terms.names import LONGEST
from cdshooks.terms.phrases import Phrases

Path = tuple[str, ...]


class Aside(NamedTuple):
    """What stands beside what a row records; where it is news, a row of its own is made of it.

    Most is none: of a thousand orders with one reason, which is on the list, no row is made.
    """

    kind: str
    row: Mapping
    reading: Reading
    concept: object


class Places(NamedTuple):
    """Where a kind of row may name a problem, or an allergy in a single statement; where it says that something in it
    is an allergy (`always`: whatever it says, it is one), and where it then says to what."""

    named: tuple[Path, ...]
    framed: tuple[Path, ...] = ()
    to_what: tuple[Path, ...] = ()
    always: bool = False


def paths(*told: str) -> tuple[Path, ...]:
    """Places in a row, each told by the keys that lead there."""
    return tuple(tuple(path.split(".")) for path in told)


_REASONS = paths("reasonCode", "reasonReference.display", "reason.concept", "reason.reference.display")
_ORDER = Places(_REASONS)
_BESIDE_PROBLEM = paths(
    "note", "evidence.code", "evidence.detail.display", "evidence.concept", "stage.summary", "stage.type",
    "category", "bodySite", "severity", "onsetString",
)
PLACES = {
    "Condition": Places(_BESIDE_PROBLEM, (("code",), *_BESIDE_PROBLEM), _BESIDE_PROBLEM),
    "Procedure": Places(
        (*_REASONS, *paths("outcome", "complication", "complicationDetail.display", "note.text")),
        paths("complication", "complicationDetail.display", "outcome", "note.text"),
        paths("complication", "code", "usedCode", "used.concept"),
    ),
    "Encounter": Places((*_REASONS, *paths(
        "type", "serviceType", "reason", "reason.value.concept", "reason.value.reference.display", "indication.display",
        "diagnosis.condition", "diagnosis.condition.display", "diagnosis.condition.concept",
    ))),
    "Observation": Places(
        paths("component.valueCodeableConcept", "component.valueString"),
        paths("code", "valueCodeableConcept", "valueString"),
        paths("valueCodeableConcept", "valueString", "code", "component.valueCodeableConcept", "component.code"),
    ),
    "ServiceRequest": _ORDER,
    "MedicationRequest": _ORDER,
    "MedicationStatement": _ORDER,
    "MedicationAdministration": _ORDER,
    "DiagnosticReport": Places(paths("conclusion", "conclusionCode", "conclusionCode.concept", "codedDiagnosis")),
    "ClinicalImpression": Places(paths(
        "summary", "description", "finding.itemCodeableConcept", "finding.item.concept",
        "finding.itemReference.display", "problem.display", "note.text",
    )),
    "Flag": Places(paths("code"), paths("category", "code"), paths("code")),
    "EpisodeOfCare": Places(paths("type", "diagnosis.condition.display")),
    "RiskAssessment": Places(paths("code", "condition.display", "prediction.outcome")),
    "List": Places(paths("entry.item.display"), paths("code", "title"), paths("entry.item.display")),
    "AdverseEvent": Places(
        paths("event", "code", "resultingCondition.display"), (),
        paths("suspectEntity.instance.display", "suspectEntity.instanceCodeableConcept",
               "suspectEntity.instanceReference.display", "contained.code", "event", "code", "description"),
        always=True,
    ),
    "DetectedIssue": Places(
        (), paths("code", "detail"), paths("implicated.display", "detail", "code", "contained.code")
    ),
}  # fmt: skip
VOID = {"entered-in-error", "cancelled", "not-done", "draft"}
PROBLEM, PROBLEMS = "Problem", ("Condition", "Procedure")
_DAY = len("2025-01-31")
_DAYS = (*DATES, "authoredOn", "recordedDate", "issued", "date")


def told_beside(row: Mapping, read: Read, phrases: Phrases) -> Iterator[Aside]:
    """What a row tells in the places for something else; a row that is void, or whose value is a no, tells nothing."""
    kind = row.get("resourceType")
    places = PLACES.get(kind)
    if places is None or _is_void(row):
        return
    for concept in named_in(row):
        reading = read("problems", concept)
        if reading.known or reading.doubtful:
            yield _problem(row, concept, reading)
        elif phrases.tell_of_an_allergy(words_of(concept)):
            yield from _allergy(row, concept, read, phrases)
    if not places.to_what or not (places.always or phrases.tell_of_an_allergy(_words_at(row, places.framed))):
        return
    for concept in (*told_at(row, places.to_what), *_inside_at(row, places.to_what)):
        if not _names_a_problem(concept, read):
            yield from _allergy(row, concept, read, phrases)


def _is_void(row: Mapping) -> bool:
    if as_text(row.get("status")) in VOID:
        return True
    return "verificationStatus" in row and "entered-in-error" in codes_of(row["verificationStatus"])


def named_in(row: Mapping) -> list[object]:
    """The CodeableConcepts and texts in which a row may name something beside what it records.

    Its narrative is one where nothing else says what it is about: elsewhere that repeats what the row says.
    """
    places, code = PLACES.get(row.get("resourceType")), row.get("code")
    told = [*told_at(row, places.named), *_inside_at(row, places.named)] if places else []
    if row.get("resourceType") == "Condition" and "text" in row and not words_of(code) and not codes_of(code):
        told += [{"text": narrative_of(row)}]
    if row.get("resourceType") in PROBLEMS and ("extension" in row or is_extended(code)):
        told += told_in_extensions(row)
    return told


def told_by_name(row: Mapping, read: Read, phrases: Phrases) -> Iterator[Aside]:
    """A problem that an observation names, and nothing in it denies: its value says how it is, or that it is there."""
    reading = read("problems", row.get("code"))
    if (reading.known or reading.doubtful) and not phrases.tell_of_kin(words_of(row.get("code"))):
        yield _problem(row, row.get("code"), reading)


def news_in(asides: Iterable[Aside], found: Mapping[tuple[str, str], Iterable[tuple]]) -> list[Telling]:
    """Of what stands beside another that of which no row of the patient's own list, found by kind and concept, tells.

    What was over on the list before that was told may have come again; what only words name there, and what is over
    since nobody says when, hides nothing.
    """
    news = ((aside, tuple(m for m in aside.reading.doubtful if not _is_listed(aside, m, found))) for aside in asides)
    return [Telling(each.kind, _as_listed(each), Reading((), left), each.concept) for each, left in news if left]


def _is_listed(aside: Aside, match: Match, found: Mapping[tuple[str, str], Iterable[tuple]]) -> bool:
    kind = aside.kind if aside.kind == PROBLEM else ALLERGY
    return any(_holds_on(row, aside, known.code is None) for row, known, _ in found.get((kind, match.concept), ()))


def _holds_on(row: Mapping, aside: Aside, by_words: bool) -> bool:
    """Does a row of a list, which may have ended, hold on the day of what stands beside another?"""
    ended = as_text(row.get("abatementDateTime") or as_dict(row.get("abatementPeriod")).get("end"))[:_DAY]
    if ended and (day := _told_on(aside)):
        return ended >= day
    statuses = set(codes_of(row.get("clinicalStatus")))
    return not by_words or not statuses or bool(statuses & ACTIVE)


def says_no(row: Mapping, phrases: Phrases) -> bool:
    """Does the value of an observation say that what it is named after is not there?"""
    if row.get("valueBoolean") is False:
        return True
    value = row.get("valueCodeableConcept")
    return phrases.say_no([as_text(row.get("valueString")), *words_of(value), *codes_of(value)])


def _problem(row: Mapping, concept: object, reading: Reading) -> Aside:
    why = f"it is named beside what the {row['resourceType']} records"
    return Aside(PROBLEM, row, _unsure(reading, why), concept)


def _unsure(reading: Reading, why: str) -> Reading:
    return Reading((), tuple(Match(match.concept, None, why) for match in (*reading.known, *reading.doubtful)))


def _as_listed(aside: Aside) -> Mapping:
    """As if it stood on the patient's own list."""
    row, told = aside.row, restated(aside.row, "Condition")
    if aside.kind != PROBLEM:
        return told
    if row["resourceType"] == "Condition":
        had = {name: value for name, value in row.items() if name.startswith(("onset", "abatement", "clinicalStatus"))}
        return with_changes(told, code=aside.concept, recordedDate=row.get("recordedDate"), **had)
    return with_changes(told, code=aside.concept, recordedDate=day_of(row))


def _told_on(aside: Aside) -> str:
    """The day of a problem; when an allergy was told makes no difference."""
    if aside.kind != PROBLEM:
        return ""
    told = aside.row.get("recordedDate") if aside.row["resourceType"] == "Condition" else day_of(aside.row)
    return as_text(told)[:_DAY]


def _allergy(row: Mapping, concept: object, read: Read, phrases: Phrases) -> Iterator[Telling]:
    told = undenied_concept(concept, phrases.every_denial, phrases.lifting)
    reading = read("substances", told) if told is not None else None
    if reading and (reading.known or reading.doubtful):
        why = f"an allergy to it may be told by the {row['resourceType']}"
        yield Aside(POSSIBLE_ALLERGY, row, _unsure(reading, why), told)


def _names_a_problem(concept: object, read: Read) -> bool:
    reading = read("problems", concept)
    return bool(reading.known or reading.doubtful)


def day_of(row: Mapping) -> str | None:
    """When what a row tells of was known, as it is written."""
    for name in _DAYS:
        if name in row and isinstance(row[name], str):
            return row[name]
    for name in PERIODS:
        if name in row and isinstance(start := as_dict(row[name]).get("start"), str):
            return start
    return None


def told_at(row: Mapping, paths: Iterable[Path]) -> list[object]:
    """What stands at these places as CodeableConcepts; plain texts are their words."""
    return [_as_concept(each) for path in paths if path[0] in row for each in _at(row, path)]


def _inside_at(row: Mapping, paths: Iterable[Path]) -> Iterator[object]:
    """What the references at these places point to inside the row itself."""
    if "contained" not in row:
        return
    inside = Inside(row)
    for path in (path[:-1] for path in paths if path[-1] == "display"):
        for reference in _at(row, path):
            yield from contained_problem(inside, as_dict(reference))


def _as_concept(told: object) -> object:
    return {"text": told[:LONGEST]} if isinstance(told, str) else told


def _at(value: object, path: Path) -> list[object]:
    # Of the places of most rows one is there, and once; without a generator for each key it takes half as long.
    found = [value]
    for key in path:
        found = [each[key] for each in _each(found) if isinstance(each, dict) and key in each]
    return _each(found)


def _each(found: list[object]) -> list[object]:
    """These, and of lists among them what is in them."""
    if len(found) == 1 and found[0].__class__ is not list:
        return found
    return [each for value in found for each in (as_list(value) or [value])]


def _words_at(row: Mapping, paths: Iterable[Path]) -> list[str]:
    return [word for each in told_at(row, paths) for word in (*words_of(each), *codes_of(each))]
