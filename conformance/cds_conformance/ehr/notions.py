"""What a service is about, told from its own templates and words: laboratory codes, problems, medicines, others."""

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from urllib.parse import unquote

MOST = 6  # codes of one kind: a patient with more of them is slow to send and tells no more
MEDICINES = ("MedicationRequest", "MedicationStatement", "MedicationAdministration", "MedicationDispense")
# Kinds that are made from words and codes below; of any other kind a bare resource is made.
KNOWN = {"Patient", "Encounter", "Practitioner", "PractitionerRole", "Coverage", "Observation", "Condition", *MEDICINES}


@dataclass
class Subject:
    """What to make patients of. Codes are (system, code, display); `statuses` are those that templates ask for."""

    labs: list[tuple[str, str, str]] = field(default_factory=list)
    problems: list[tuple[str, str, str]] = field(default_factory=list)
    medicines: list[tuple[str, str, str]] = field(default_factory=list)
    others: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)
    kinds: set[str] = field(default_factory=set)
    statuses: dict[str, str] = field(default_factory=dict)


LOINC, SNOMED = "http://loinc.org", "http://snomed.info/sct"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"


@cache
def notions() -> dict:
    text = resources.files("cds_conformance").joinpath("patients/notions.toml").read_text("utf-8")
    return tomllib.loads(text)


def subject_of(entry: dict, templates: dict[str, str]) -> Subject:
    """What one entry of a discovery is about: first what its templates ask for by code, then what its words name."""
    subject = Subject()
    for template in templates.values():
        _read_template(template, subject)
    told = _words_of(entry, templates)
    held = notions()
    labs = [code for word, codes in held["words"].items() if _named(word, told) for code in codes]
    for code in dict.fromkeys(labs):
        _add(subject.labs, (LOINC, code, held["lab"][code][0]))
    for words, snomed, icd10, display in held["problem"].values():
        if any(_named(word, told) for word in words):
            _add(subject.problems, (SNOMED, snomed, display))
            _add(subject.problems, (ICD10, icd10, display))
    for words, code, display in held["medicine"].values():
        if any(_named(word, told) for word in words):
            _add(subject.medicines, (RXNORM, code, display))
    return subject


def _add(codes: list, code: tuple):
    if len(codes) < MOST and code not in codes:
        codes.append(code)


def _words_of(entry: dict, templates: dict[str, str]) -> list[str]:
    told = [entry.get(name) for name in ("id", "title", "description", "usageRequirements")] + list(templates)
    text = " ".join(one for one in told if isinstance(one, str))[:4000]
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
    codes = {"Observation": subject.labs, "Condition": subject.problems}.get(kind, codes)
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


def _system(kind: str) -> str:
    return RXNORM if kind in MEDICINES else SNOMED if kind == "Condition" else LOINC


def _display(code: str) -> str:
    return notions()["lab"].get(code, [f"Code {code}"])[0]
