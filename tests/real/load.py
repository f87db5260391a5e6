"""Puts records on a FHIR server under the ids that they have."""

from collections.abc import Iterable, Iterator

from cdshooks.ehr.patients import Record
from cdshooks.protocol.wire import encode
from tests.real.server import Hapi

# What the prefetch templates of our services ask for, and what those rows point to.
TYPES = {
    "AllergyIntolerance", "Condition", "Encounter", "FamilyMemberHistory", "Medication", "MedicationAdministration",
    "MedicationRequest", "MedicationStatement", "Observation", "Patient", "Procedure",
}  # fmt: skip
ENTRIES = 300


def load(server: Hapi, records: Iterable[Record]) -> list[str]:
    """Every row of these types; tells what the server did not take."""
    rows = [row for record in records for row in loadable(record)]
    return [why for at in range(0, len(rows), ENTRIES) for why in put(server, rows[at : at + ENTRIES])]


def loadable(record: Record) -> Iterator[dict]:
    """The rows with an id each (a server has no resource without one), pointing to nothing but `Type/id`."""
    for number, row in enumerate(record.resources):
        if row["resourceType"] in TYPES:
            row = without_searches(row)
            yield row if isinstance(row.get("id"), str) else {**row, "id": f"{record.patient_id}-no-id-{number}"}


def without_searches(value: object) -> object:
    """Synthea points to organisations and practitioners of other files by a search, which a server would run."""
    if isinstance(value, dict):
        kept = {key: child for key, child in value.items() if key != "reference" or "?" not in str(child)}
        return {key: without_searches(child) for key, child in kept.items()}
    if isinstance(value, list):
        return [without_searches(child) for child in value]
    return value


def put(server: Hapi, rows: list[dict]) -> list[str]:
    """Rows in one transaction, which is quick; where the server refuses it, each row for itself."""
    return [] if post(server, "transaction", rows).status_code == 200 else one_by_one(server, rows)


def one_by_one(server: Hapi, rows: list[dict]) -> list[str]:
    """A server that cannot read one row (a comparator "=") refuses the whole batch: halves find which it is."""
    answer = post(server, "batch", rows)
    if answer.status_code != 200 and len(rows) > 1:
        middle = len(rows) // 2
        return one_by_one(server, rows[:middle]) + one_by_one(server, rows[middle:])
    if answer.status_code != 200:
        return [f"{rows[0]['resourceType']}/{rows[0]['id']}: {answer.status_code}"]
    told = zip(rows, answer.json()["entry"], strict=True)
    return [
        f"{row['resourceType']}/{row['id']}: {entry['response']['status']}"
        for row, entry in told
        if not entry["response"]["status"].startswith("20")
    ]


def post(server: Hapi, kind: str, rows: list[dict]):
    entries = [
        {"resource": row, "request": {"method": "PUT", "url": f"{row['resourceType']}/{row['id']}"}} for row in rows
    ]
    return server.session.post(
        server.url,
        data=encode({"resourceType": "Bundle", "type": kind, "entry": entries}),
        headers={"Content-Type": "application/fhir+json", "Prefer": "return=minimal"},
        timeout=300,
    )
