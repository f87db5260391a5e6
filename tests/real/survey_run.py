"""Surveys a real FHIR server that holds Synthea's patients and the calls of real feeds; docs/survey.md quotes it.

    python -m tests.real.survey_run
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from click.testing import CliRunner

from cdshooks.cli import main
from cdshooks.ehr.files import read_json
from cdshooks.ehr.patients import Record, open_record
from tests.conftest import shared
from tests.real.load import load
from tests.real.server import running


def records() -> Iterator[Record]:
    """The patients; and the orders that are told by themselves, as records of one row."""
    for folder in ("real-world-cases", "synthea"):
        for path in sorted(shared(folder).rglob("*.json*")):
            body = read_json(path)
            if body["resourceType"] == "Bundle":
                yield open_record(path)
            else:
                yield Record({"id": path.stem}, (body,))


def run() -> None:
    with tempfile.TemporaryDirectory() as name, running(Path(name)) as hapi:
        folder = Path(name)
        refused = load(hapi, records())
        print(f"{len(refused)} resources were refused by the server: {'; '.join(refused[:20])}")
        (folder / "token").write_text(hapi.token, encoding="utf-8")
        print(CliRunner().invoke(main, ["survey", hapi.url, "--token-file", str(folder / "token")]).output)


if __name__ == "__main__":
    run()
