"""Which FHIR version a client speaks, told from the shapes of what it sent."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from cdshooks.reading.read import as_dict, as_list
from cdshooks.reading.spellings import ELEMENTS, R4_KIND, Version

EVERY = (Version.R4, Version.R5, Version.STU3, Version.DSTU2)  # R4B is R4 here; the first wins a tie


def version_by_shape(drafts: Iterable[Mapping], rows: Iterable[Mapping]) -> Version:
    """The version in which most of what came can be said; R4 where R4 can say as much as any. Drafts count first."""
    votes = dict.fromkeys(EVERY, 0)
    for weight, resources in ((1_000_000, drafts), (1, rows)):
        for resource in resources:
            for possible in signs(resource):
                for version in possible & votes.keys():
                    votes[version] += weight
    return max(votes, key=lambda version: votes[version])


def signs(resource: Mapping) -> list[frozenset[Version]]:
    """What about a resource tells its version: for each sign the versions that have it."""
    kind = resource.get("resourceType")
    if not isinstance(kind, str):
        return []
    found = [_ONLY[kind]] if kind in _ONLY else []
    names, telling = _TELLING.get(kind, _OF_ANY)
    for name in names & resource.keys():
        versions, forms = telling[name]
        if versions:
            found.append(versions)
        for form, told in forms:
            if resource[name].__class__ is form:  # as JSON has it; of each row of a call
                found.append(told)
        if name in DOSAGE:
            found += _dose_signs(resource[name])
    return found


DOSAGE = frozenset({"dosageInstruction", "dosage"})


_ONLY = {
    "MedicationOrder": frozenset({Version.DSTU2}),
    "DiagnosticOrder": frozenset({Version.DSTU2}),
    "ProcedureRequest": frozenset({Version.DSTU2, Version.STU3}),
    "MedicationRequest": frozenset({Version.STU3, Version.R4, Version.R5}),
    "ServiceRequest": frozenset({Version.R4, Version.R5}),
}
_OLD, _NEW = frozenset({Version.DSTU2, Version.STU3}), frozenset({Version.R4, Version.R5})
# What the form of a value tells.
_FORMS = {
    ("Condition", "clinicalStatus"): {str: _OLD, dict: _NEW},
    ("Condition", "verificationStatus"): {str: _OLD, dict: _NEW},
    ("AllergyIntolerance", "clinicalStatus"): {str: _OLD, dict: _NEW},
    ("AllergyIntolerance", "verificationStatus"): {str: _OLD, dict: _NEW},
    ("Observation", "category"): {dict: frozenset({Version.DSTU2})},
    ("Observation", "context"): {dict: frozenset({Version.STU3})},
    ("Encounter", "class"): {
        str: frozenset({Version.DSTU2}),
        dict: frozenset({Version.STU3, Version.R4}),
        list: frozenset({Version.R5}),
    },
    ("MedicationStatement", "taken"): {str: frozenset({Version.STU3})},
    ("MedicationStatement", "adherence"): {dict: frozenset({Version.R5})},
    ("MedicationStatement", "wasNotTaken"): {bool: frozenset({Version.DSTU2})},
    ("MedicationAdministration", "wasNotGiven"): {bool: frozenset({Version.DSTU2})},
    ("MedicationAdministration", "notGiven"): {bool: frozenset({Version.STU3})},
    ("MedicationDispense", "notDone"): {bool: frozenset({Version.STU3})},
    ("Procedure", "notPerformed"): {bool: frozenset({Version.DSTU2})},
    ("Procedure", "notDone"): {bool: frozenset({Version.STU3})},
}


def _named() -> dict[tuple[str, str], frozenset[Version]]:
    """(type, element) -> the versions that have it, for the elements that do not stand in all of them."""
    spelled: dict[tuple[str, str], set[Version]] = {}
    for element in ELEMENTS:
        for version in EVERY:
            path = element.spelled(version)
            if path:
                spelled.setdefault((element.kind, path.partition(".")[0]), set()).add(version)
    return {name: frozenset(versions) for name, versions in spelled.items() if len(versions) < 4}


_NAMED = _named()


class _Telling(NamedTuple):
    """What of a type tells something: the elements, and of each the versions that have it and those of each form."""

    names: frozenset[str]
    of: dict[str, tuple]


def _telling() -> dict[str, _Telling]:
    """By type, so that of most rows nothing is looked at but which elements they have."""
    kinds = {kind for kind, _ in _NAMED} | {k for kind, _ in _FORMS for k in (kind, *_older(kind))}
    told = {*_NAMED, *((k, name) for kind, name in _FORMS for k in (kind, *_older(kind)))}
    return {kind: _telling_of(kind, DOSAGE.union(n for of, n in told if of == kind)) for kind in kinds}


def _telling_of(kind: str, names: frozenset[str]) -> _Telling:
    forms = {name: tuple(_FORMS.get((R4_KIND.get(kind, kind), name), {}).items()) for name in names}
    return _Telling(names, {name: (_NAMED.get((kind, name)), forms[name]) for name in names})


def _older(kind: str) -> list[str]:
    """How other versions call an R4 type."""
    return [older for older, r4 in R4_KIND.items() if r4 == kind]


_TELLING = _telling()
_OF_ANY = _telling_of("", DOSAGE)


def _dose_signs(entries: object) -> list[frozenset[Version]]:
    found = []
    for entry in map(as_dict, as_list(entries)):
        found += [_NEW] if "doseAndRate" in entry else []
        found += [_OLD] if "doseQuantity" in entry or "doseRange" in entry else []
    return found
