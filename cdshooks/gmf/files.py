"""Made patients as files: a Bundle each, or FHIR Bulk Data NDJSON; and beside them what the module says is true."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec

from cdshooks.gmf.bundle import bundle_of
from cdshooks.gmf.person import Person

TRUTH = "truth.ndjson"
ORDER, ORDERED = "order", "ordered "


def write(people: Iterable[Person], folder: Path, ndjson: bool, made: Callable[[], None]) -> int:
    """Writes them one by one into a folder, and calls `made` after each; how many there were."""
    folder.mkdir(parents=True, exist_ok=True)
    one = _Bulk(folder) if ndjson else _Bundles(folder)
    count = 0
    with (folder / TRUTH).open("wb") as told:
        for person in people:
            bundle = bundle_of(person)
            one.write(person, bundle)
            told.write(msgspec.json.encode(truth_of(person, bundle)) + b"\n")
            count += 1
            made()
    one.close()
    return count


def truth_of(person: Person, bundle: Mapping) -> dict:
    """Which cards are right when the chart is opened, and which when the one order named here is signed."""
    told = person.truth
    return {
        "patient": bundle["entry"][0]["resource"]["id"],
        "view": {k: v for k, v in told.items() if k != ORDER and not k.startswith(ORDERED)},
        "order": told.get(ORDER),
        "ordered": {k.removeprefix(ORDERED): v for k, v in told.items() if k.startswith(ORDERED)},
    }


class _Bundles:
    """`patient-000001.json`, ..."""

    def __init__(self, folder: Path):
        self._folder = folder

    def write(self, person: Person, bundle: Mapping) -> None:
        (self._folder / f"patient-{person.number + 1:06}.json").write_bytes(msgspec.json.encode(bundle))

    def close(self) -> None:
        pass


class _Bulk:
    """`Patient.ndjson`, `Observation.ndjson`, ...: a resource a line, references as `Type/id`."""

    def __init__(self, folder: Path):
        self._folder, self._files = folder, {}

    def write(self, person: Person, bundle: Mapping) -> None:
        rows = [entry["resource"] for entry in bundle["entry"]]
        names = {f"urn:uuid:{row['id']}": f"{row['resourceType']}/{row['id']}" for row in rows}
        for row in rows:
            kind = row["resourceType"]
            if kind not in self._files:
                self._files[kind] = (self._folder / f"{kind}.ndjson").open("wb")
            self._files[kind].write(msgspec.json.encode(_renamed(row, names)) + b"\n")

    def close(self) -> None:
        for file in self._files.values():
            file.close()


def _renamed(value: object, names: Mapping[str, str]) -> object:
    if isinstance(value, dict):
        return {k: names.get(v, v) if k == "reference" else _renamed(v, names) for k, v in value.items()}
    return [_renamed(v, names) for v in value] if isinstance(value, list) else value
