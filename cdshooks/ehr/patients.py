"""One patient's record, read from a Bundle (transaction, collection, searchset) or a plain list of resources."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from cdshooks.ehr.files import read_json
from cdshooks.ehr.parameters import values_at
from cdshooks.errors import BadInput
from cdshooks.reading.newest import standing_versions
from cdshooks.terms.dates import moment


@dataclass(frozen=True)
class Record:
    """All that the EHR holds about one patient; `resources` holds the patient too.

    `told` is the day as of which the record is true, where the Bundle says one.
    """

    patient: dict
    resources: tuple[dict, ...]
    told: date | None = None

    @property
    def patient_id(self) -> str:
        return self.patient["id"]

    @cached_property
    def by_type(self) -> dict[str, list[dict]]:
        """The resources by their type, in the order in which they came."""
        shelves: dict[str, list[dict]] = {}
        for resource in self.resources:
            shelves.setdefault(resource["resourceType"], []).append(resource)
        return shelves


def open_record(path: Path | str, patient_id: str | None = None) -> Record:
    """The record in a `.json` or `.json.gz` file."""
    return read_record(read_json(Path(path)), str(path), patient_id)


def read_record(body: object, where: str, patient_id: str | None = None) -> Record:
    """The record in a decoded Bundle or list; `where` names it in errors."""
    resources, names = rows(body, where)
    resources = [renamed(resource, names) for resource in resources] if names else resources
    resources = tuple(numbered(resources))
    return Record(the_patient(resources, where, patient_id), resources, told_day(body))


def rows(body: object, where: str) -> tuple[list[dict], dict[str, str]]:
    """The resources, and what their fullUrls are called as `Type/id`, where they do not say it themselves."""
    if isinstance(body, list):
        return [row for row in body if is_resource(row)], {}
    if not isinstance(body, dict) or body.get("resourceType") != "Bundle":
        found = body.get("resourceType", "an object without resourceType") if isinstance(body, dict) else "no object"
        raise BadInput(f"{where}: a FHIR Bundle or a list of resources is needed, this is {found}")
    resources, names = [], {}
    entries = body.get("entry")
    for entry in entries if isinstance(entries, list) else ():
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if is_resource(resource):
            resource, full_url = with_id(resource, entry.get("fullUrl"))
            resources.append(resource)
            if isinstance(full_url, str) and "id" in resource:
                name = f"{resource['resourceType']}/{resource['id']}"
                if is_other_name(full_url, name):
                    names[full_url] = name
    return resources, names


def is_other_name(full_url: str, name: str) -> bool:
    """Does this fullUrl not end in `name` (`Type/id`), so that others may point by it to what is called so?"""
    return bool(full_url) and not f"/{full_url}".endswith(f"/{name}")


def is_resource(row: object) -> bool:
    return isinstance(row, dict) and isinstance(row.get("resourceType"), str)


def with_id(resource: dict, full_url: object) -> tuple[dict, object]:
    """A server gives an id to what comes without one; ours takes it from the fullUrl."""
    if isinstance(resource.get("id"), str) or not isinstance(full_url, str):
        return resource, full_url
    return {**resource, "id": full_url.replace("/", ":").rsplit(":", 1)[-1]}, full_url


def numbered(resources: list[dict]) -> list[dict]:
    """A server also gives an id to what has no fullUrl: without one, rows could not be told from each other.

    Not to a Patient, who is chosen by it.
    """
    known = {row["id"] for row in resources if _has_id(row)}
    for number, row in enumerate(resources):
        if not _has_id(row) and row["resourceType"] != "Patient":
            name = f"row-{number + 1}"
            while name in known:
                name += "-"
            resources[number] = {**row, "id": name}
    return resources


def _has_id(resource: dict) -> bool:
    return isinstance(resource.get("id"), str) and resource["id"] != ""


def renamed(value: object, names: dict[str, str]) -> object:
    """With `Type/id` for every reference to a fullUrl of the Bundle, as on a server; what has none is shared."""
    if isinstance(value, dict):
        changed = {}
        for key, child in value.items():
            # Most of a record is words and numbers: they are passed without a call each.
            if isinstance(child, (dict, list)):
                new = renamed(child, names)
            elif key == "reference" and isinstance(child, str):
                new = names.get(child, child)
            else:
                continue
            if new is not child:
                changed[key] = new
        return {**value, **changed} if changed else value
    if isinstance(value, list):
        new = [renamed(child, names) if isinstance(child, (dict, list)) else child for child in value]
        return new if any(one is not other for one, other in zip(new, value, strict=True)) else value
    return value


def the_patient(resources: tuple[dict, ...], where: str, patient_id: str | None) -> dict:
    """The one Patient of the record, or the one that was asked for."""
    patients = [row for row in resources if row["resourceType"] == "Patient" and isinstance(row.get("id"), str)]
    ids = sorted({row["id"] for row in patients})
    if not ids:
        raise BadInput(f"{where}: holds no Patient with an id; add the Patient resource to the Bundle")
    if patient_id is None and len(ids) > 1:
        raise BadInput(f"{where}: holds {len(ids)} Patients ({', '.join(ids[:5])}); choose one with --patient ID")
    if patient_id is not None and patient_id not in ids:
        raise BadInput(f"{where}: holds no Patient {patient_id!r}; there is {', '.join(ids[:5])}")
    return standing_versions([row for row in patients if row["id"] == (patient_id or ids[0])])[0]


def told_day(body: object) -> date | None:
    """The day of Bundle.timestamp; nothing when there is none that can be read."""
    stamp = body.get("timestamp") if isinstance(body, dict) else None
    try:
        return date.fromisoformat(stamp[:10])
    except (TypeError, ValueError):
        return None


RECORDED = ("effectiveDateTime", "authoredOn", "recordedDate", "issued")
# Where else a record says on which day something happened; none of these can lie ahead as an appointment's can.
HAPPENED = (*RECORDED, "effectivePeriod.start", "performedDateTime", "performedPeriod.start", "whenHandedOver")


def last_day(record: Record, places: tuple[str, ...] = RECORDED) -> date:
    """The day of the last thing in the record that has a date: when its chart was last worth opening."""
    found = [date(1900, 1, 1)]
    for resource in record.resources:
        for text in (text for place in places for text in values_at(resource, place)):
            then = moment(text, ZoneInfo("UTC")) if isinstance(text, str) else None
            found += [then.day] if then else []
    return max(found)


def is_deceased(record: Record) -> bool:
    """Does the Patient resource say so in any way?"""
    return bool(record.patient.get("deceasedDateTime")) or record.patient.get("deceasedBoolean") is True
