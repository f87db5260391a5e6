"""What a service is about, told from its own templates and words: laboratory codes, problems, medicines, others."""

import re
import tomllib
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from urllib.parse import unquote

MOST = 6  # codes of one kind: a patient with more of them is slow to send and tells no more
MEDICINES = ("MedicationRequest", "MedicationStatement", "MedicationAdministration", "MedicationDispense")
# Kinds that are made from words and codes below; of any other kind a bare resource is made.
KNOWN = {
    "Patient", "Encounter", "Practitioner", "PractitionerRole", "Coverage",
    "Observation", "Condition", "AllergyIntolerance", *MEDICINES,
}  # fmt: skip


@dataclass
class Subject:
    """What to make patients of. Codes are (system, code, display); `statuses` are those that templates ask for."""

    labs: list[tuple[str, str, str]] = field(default_factory=list)
    problems: list[tuple[str, str, str]] = field(default_factory=list)
    medicines: list[tuple[str, str, str]] = field(default_factory=list)
    allergies: list[tuple[str, str, str]] = field(default_factory=list)
    others: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)
    kinds: set[str] = field(default_factory=set)
    statuses: dict[str, str] = field(default_factory=dict)


LOINC, SNOMED = "http://loinc.org", "http://snomed.info/sct"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
# Codes as people write them in a description: by their own form, or after the name of their system.
WRITTEN = (
    ("labs", LOINC, re.compile(r"\b(\d{3,5}-\d)\b")),
    ("problems", ICD10, re.compile(r"\b([A-TV-Z]\d[0-9A-B](?:\.[0-9A-Z]{1,4})?)\b")),
    ("problems", SNOMED, re.compile(r"\b(?:snomed|sct)\b\D{0,20}(\d{6,18})\b", re.IGNORECASE)),
    ("medicines", RXNORM, re.compile(r"\brx(?:norm|cui)\b\D{0,20}(\d{3,7})\b", re.IGNORECASE)),
)


@cache
def notions() -> dict:
    text = resources.files("cds_conformance").joinpath("patients/notions.toml").read_text("utf-8")
    return tomllib.loads(text)


def subject_of(entry: dict, templates: dict[str, str], said: str = "") -> Subject:
    """What one entry of a discovery is about: what its templates ask for by code, then codes and words that it names.

    `said` are the words of cards that were seen.
    """
    subject = Subject()
    for template in templates.values():
        _read_template(template, subject)
    text = _text_of(entry, said)
    for field_, system, form in WRITTEN:
        for code in form.findall(text):
            _add(getattr(subject, field_), (system, code, _display(code)))
    told = _words_of(text, templates)
    held = notions()
    labs = [code for word, codes in held["words"].items() if _named(word, told) for code in codes]
    for code in dict.fromkeys(labs):
        _add(subject.labs, (LOINC, code, _display(code)))
    for words, snomed, icd10, display in held["problem"].values():
        if any(_named(word, told) for word in words):
            _add(subject.problems, (SNOMED, snomed, display))
            _add(subject.problems, (ICD10, icd10, display))
    for words, code, display in held["medicine"].values():
        if any(_named(word, told) for word in words):
            _add(subject.medicines, (RXNORM, code, display))
    for words, snomed, rxnorm, display in held["allergy"].values():
        if any(_named(word, told) for word in words):
            _add_allergy(subject, snomed, rxnorm, display)
    if "AllergyIntolerance" in subject.kinds:
        for code in subject.medicines[:3]:
            _add(subject.allergies, code)
        _add_allergy(subject, *held["allergy"]["penicillin"][1:])
    return subject


def broad(subject: Subject) -> Subject:
    """The same with all that is watched most: for a service that asks for everything, and names nothing."""
    held = notions()
    wide = replace(subject, labs=list(subject.labs), problems=list(subject.problems), medicines=list(subject.medicines))
    wide.labs += [code for code in ((LOINC, c, _display(c)) for c in held["broad"]["labs"]) if code not in wide.labs]
    for name in held["broad"]["problems"]:
        _, snomed, icd10, display = held["problem"][name]
        both = ((SNOMED, snomed, display), (ICD10, icd10, display))
        wide.problems += [one for one in both if one not in wide.problems]
    medicines = (held["medicine"][name] for name in held["broad"]["medicines"])
    wide.medicines += [one for _, c, d in medicines if (one := (RXNORM, c, d)) not in wide.medicines]
    wide.allergies = list(subject.allergies)
    for name in held["broad"]["allergies"]:
        _add_allergy(wide, *held["allergy"][name][1:])
    return wide


def _add_allergy(subject: Subject, snomed: str, rxnorm: str, display: str):
    """The substance; where there is a code for the allergy itself, that too."""
    _add(subject.allergies, (RXNORM, rxnorm, display))
    if snomed:
        _add(subject.allergies, (SNOMED, snomed, f"Allergy to {display.lower()}"))


def _add(codes: list, code: tuple):
    if len(codes) < MOST and code not in codes:
        codes.append(code)


def _text_of(entry: dict, said: str) -> str:
    told = [entry.get(name) for name in ("id", "title", "description", "usageRequirements")]
    return " ".join([one for one in told if isinstance(one, str)] + [said])[:4000]


def _words_of(text: str, templates: dict[str, str]) -> list[str]:
    text = " ".join([text, *templates])[:8000]
    return re.findall(r"[a-z0-9]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", text).lower())


def _named(word: str, told: list[str]) -> bool:
    """Short words must stand alone; of longer ones the beginning is enough."""
    return any(one == word or (len(word) > 3 and one.startswith(word)) for one in told)


def _read_template(template: str, subject: Subject):
    kind, _, query = template.partition("?")
    kind = kind.split("/")[0]
    if not re.fullmatch(r"[A-Z][A-Za-z]+", kind):
        return
    subject.kinds.add(kind)
    codes = subject.others.setdefault(kind, []) if kind not in KNOWN else []
    own = {"Observation": subject.labs, "Condition": subject.problems, "AllergyIntolerance": subject.allergies}
    codes = own.get(kind, codes)
    codes = subject.medicines if kind in MEDICINES else codes
    for name, value in (part.partition("=")[::2] for part in unquote(query).split("&")):
        first = value.split(",")[0].rpartition("|")[2]
        if name in ("code", "vaccine-code", "medication-code"):
            for one in value.split(","):
                system, _, code = one.rpartition("|")
                if code and "{" not in code:
                    _add(codes, (system or _system(kind), code, _display(code)))
        elif name == "status" and first and "{" not in first:
            subject.statuses.setdefault(kind, first)
        elif name == "category" and first and "{" not in first:
            subject.statuses.setdefault(f"{kind}.category", first)
            subject.statuses.setdefault(f"{kind}.category.system", value.split(",")[0].rpartition("|")[0])


def _system(kind: str) -> str:
    return RXNORM if kind in MEDICINES else SNOMED if kind == "Condition" else LOINC


def _display(code: str) -> str:
    held = notions()
    return (held["lab"].get(code) or held["panel"].get(code) or _known(code) or [f"Code {code}"])[0]


def _known(code: str) -> list[str] | None:
    """The display of a problem or a medicine that notions.toml holds under this code."""
    for kind in ("problem", "medicine"):
        for _, *codes, display in notions()[kind].values():
            if code in codes:
                return [display]
    return None
