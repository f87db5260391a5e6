"""The real Synthea runs our module, and its patients get cards of many kinds: our own reader is not the only judge."""

import json

import pytest
from click.testing import CliRunner

from cdshooks.cli import main
from tests.real import synthea_run

PATIENTS = 60


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    synthea_run.needed()
    folder = tmp_path_factory.mktemp("synthea")
    return folder, synthea_run.run(folder, PATIENTS)


def test_synthea_makes_every_patient_that_was_asked_for(made):
    """A fault in a module costs that patient only, and Synthea ends with 0 all the same."""
    folder, said = made
    assert "Exception" not in said
    assert len(list((folder / "fhir").glob("*.json"))) == PATIENTS


def test_its_patients_are_screened_without_a_fault_and_reach_many_topics(made):
    folder, _ = made
    told = CliRunner().invoke(main, ["screen", str(folder / "fhir"), "--as-of", "2026-01-15", "--workers", "1"])
    assert told.exit_code == 0, told.stderr
    rows = [json.loads(line) for line in told.stdout.splitlines() if line.startswith("{")]
    assert f"{PATIENTS} patients" in told.stderr
    assert len({row["topic"] for row in rows}) >= 8
