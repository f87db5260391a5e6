"""Patients to judge with: the synthetic ones of the package, or Bundles from a folder; dates count from today."""

import datetime as dt
import json
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from cds_conformance.errors import BadOption

_DATE = re.compile(r"\$today([+-]\d+)")


@dataclass(frozen=True)
class Chart:
    """One patient's resources, with those that belong to nobody (practitioner, organization).

    `drafts` are what is being ordered; where there are none, those of the package are.
    """

    name: str
    patient_id: str
    encounter_id: str
    resources: tuple[dict, ...]
    drafts: tuple[dict, ...] = ()

    def find(self, kind: str, id_: str) -> dict | None:
        return next((r for r in self.resources if r["resourceType"] == kind and r.get("id") == id_), None)


def own_charts(today: dt.date) -> list[Chart]:
    """The synthetic patients of the package, the one with most problems first."""
    folder = resources.files("cds_conformance").joinpath("patients")
    nobodys = _resources(folder.joinpath("_everyone.json").read_text("utf-8"), today)
    names = ("many-problems", "pregnant", "kidney-and-heart", "well", "child")
    return [_chart(n, _resources(folder.joinpath(f"{n}.json").read_text("utf-8"), today) + nobodys) for n in names]


def charts_from(folder: Path, today: dt.date) -> list[Chart]:
    """The patients of a folder, a Bundle (or one resource) a file; at most ten are used."""
    files = sorted(Path(folder).glob("*.json"))
    if not files:
        raise BadOption(f"--patients {folder}: holds no *.json file; give a folder of FHIR Bundles, one a patient")
    known = own_charts(today)[0].resources
    shared = [r for r in known if r["id"] in ("judge-practitioner", "judge-role", "judge-organization")]
    return [_chart(file.stem, _resources(_text(file), today) + shared) for file in files[:10]]


def everyone(today: dt.date) -> tuple[dict, ...]:
    """What belongs to no patient: practitioner, organization, location."""
    folder = resources.files("cds_conformance").joinpath("patients")
    return tuple(_resources(folder.joinpath("_everyone.json").read_text("utf-8"), today))


def drafts_for(chart: Chart, today: dt.date) -> dict[str, dict]:
    """Drafts and proposals about one patient, by id: orders, an appointment, a task, an allergy, a problem."""
    text = _drafts().replace("$patient", chart.patient_id).replace("$encounter", chart.encounter_id)
    return {resource["id"]: resource for resource in _resources(text, today)}


@cache
def _drafts() -> str:
    return resources.files("cds_conformance").joinpath("patients/_drafts.json").read_text("utf-8")


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as trouble:
        raise BadOption(f"--patients: {file} cannot be read: {trouble}") from trouble


def _resources(text: str, today: dt.date) -> list[dict]:
    text = _DATE.sub(lambda m: (today + dt.timedelta(days=int(m.group(1)))).isoformat(), text)
    try:
        held = json.loads(text)
    except ValueError as trouble:
        raise BadOption(f"--patients: a file is not JSON: {trouble}") from trouble
    entries = held.get("entry", [{"resource": held}]) if isinstance(held, dict) else []
    found = [entry.get("resource") for entry in entries if isinstance(entry, dict)]
    return [r for r in found if isinstance(r, dict) and isinstance(r.get("resourceType"), str)]


def _chart(name: str, found: list[dict]) -> Chart:
    def first(kind, fallback):
        return next((r["id"] for r in found if r["resourceType"] == kind and r.get("id")), fallback)

    patient = first("Patient", None)
    if patient is None:
        raise BadOption(f"--patients: {name}.json holds no Patient with an id")
    return Chart(name, patient, first("Encounter", "judge-encounter"), tuple(found))
