"""The export that HAPI makes: fetched whole, and screened with the cards that the same records get as files."""

import json

import pytest
from click.testing import CliRunner

from cdshooks.cli import main
from cdshooks.ehr import shelf

TYPES = ("Patient", "Observation", "Condition", "MedicationRequest", "Medication", "Procedure", "Encounter")


@pytest.fixture(scope="module")
def exported(hapi, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bulk")
    (folder / "token").write_text(hapi.token)
    # HAPI moves its export on step by step, each some seconds after the other.
    options = ["--everything", "--token-file", str(folder / "token"), "--wait", "0.3"]
    told = CliRunner().invoke(main, ["bulk", hapi.url, "-o", str(folder / "export"), *options])
    assert told.exit_code == 0, told.output
    return folder / "export", told.output


def lines(folder, kind):
    return [json.loads(line) for path in folder.glob(f"{kind}-*.ndjson") for line in path.read_text().splitlines()]


@pytest.mark.parametrize("kind", TYPES)
def test_every_row_that_the_server_has_is_in_the_export(hapi, exported, kind):
    there = hapi.get(f"{kind}?_summary=count").json()["total"]
    assert len({row["id"] for row in lines(exported[0], kind)}) == there


def test_neither_the_token_nor_a_patient_is_in_what_was_said(hapi, exported):
    assert hapi.token not in exported[1]
    assert not any(patient["id"] in exported[1] for patient in lines(exported[0], "Patient"))


def test_screened_it_gives_the_cards_of_the_same_records_as_files(exported):
    def cards(place, *more):
        told = CliRunner().invoke(main, ["screen", str(place), "--as-of", "2026-01-15", "--ids", "--workers", "1", *more])
        rows = [json.loads(line) for line in told.stdout.splitlines() if line.startswith("{")]
        return {(row["patient"], row["topic"], row["indicator"], row["summary"]) for row in rows}

    files = cards(shelf.folder() / "patients")
    patients = {patient for patient, *_ in files}
    assert patients
    assert {card for card in cards(exported[0]) if card[0] in patients} == files
