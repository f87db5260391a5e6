"""`cdshooks survey` of a real FHIR server says what it says of the same rows in files."""

import json

from click.testing import CliRunner

from cdshooks.cli import main
from cdshooks.protocol.wire import encode
from tests.real import charts
from tests.real.load import loadable


def surveyed(*arguments) -> dict:
    said = CliRunner().invoke(main, ["survey", "--json", *map(str, arguments)])
    assert said.exit_code in (0, 1), said.output
    return json.loads(said.stdout)


def counted(survey: dict) -> dict:
    """How often each thing came, and how it was understood, without the order of what came equally often."""
    rows = {fate: survey[fate] for fate in ("understood", "not_understood")}
    return {json.dumps(row, sort_keys=True): fate for fate in rows for row in rows[fate]} | {"": survey["not_ours"]}


def test_the_survey_of_a_server_is_that_of_the_rows_that_were_put_on_it(hapi, tmp_path):
    records = charts.records(charts.everything()).values()
    (tmp_path / "token").write_text(hapi.token, encoding="utf-8")
    files = tmp_path / "files"
    files.mkdir()
    rows = [row for record in records for row in loadable(record)]
    (files / "all.ndjson").write_bytes(b"\n".join(map(encode, rows)))
    asked, read = surveyed(hapi.url, "--token-file", tmp_path / "token"), surveyed(files)
    assert read["understood"]
    assert counted(asked) == counted(read)
