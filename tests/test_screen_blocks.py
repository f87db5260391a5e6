"""A register is read many lines at once: what comes out is the same as line by line, wherever a block ends."""

import gzip
import json

import pytest
from test_screen import DAY, bulk, crowd, run, told  # noqa: F401

from cdshooks.screen import inputs, split
from cdshooks.screen.run import buckets_for
from cdshooks.screen.split import Splitter
from cdshooks.screen.thin import last_day_in, may_be_day, patient_of
from cdshooks.screen.usual import Usual
from cdshooks.screen.wanted import Wanted

LINES = [b'{"a":1}', b"", b'{"b":2}\r', b"x" * 50, b"\xef\xbb\xbf", b'{"c":3}']


@pytest.mark.parametrize("size", [1, 2, 7, 8, 9, 1000])
@pytest.mark.parametrize("end", [b"", b"\n", b"\n\n"])
@pytest.mark.parametrize("packed", [True, False])
def test_a_line_that_lies_in_two_blocks_is_one_and_one_that_is_too_long_is_told(packed, end, size, tmp_path, monkeypatch):
    monkeypatch.setattr(inputs, "BLOCK", size)
    monkeypatch.setattr(inputs, "LONGEST", 40)
    path, text = tmp_path / "a", b"\n".join(LINES) + end
    path.write_bytes(gzip.compress(text) if packed else text)
    found = list(inputs.lines(path))
    assert [number for number, _ in found] == [1, 3, 4, 6]
    assert [line for _, line in found] in ([b'{"a":1}', b'{"b":2}', None, b'{"c":3}'], [b'{"a":1}', b'{"b":2}', b"x" * 50, b'{"c":3}'] if size > 40 else [])


def test_what_came_before_a_file_breaks_off_is_read_to_the_last_whole_line(tmp_path):
    path = tmp_path / "torn.gz"
    path.write_bytes(gzip.compress(b"".join(b'{"n":%d}\n' % number for number in range(50_000)))[:-5_000])
    found = []

    def read():
        for _, line in inputs.lines(path):
            found.append(line)

    with pytest.raises(inputs.BrokenOff, match=r"after line \d+"):
        read()
    assert len(found) > 1_000
    assert [json.loads(line)["n"] for line in found] == list(range(len(found)))


@pytest.mark.parametrize("size", [300, 5_000, 1 << 18])
def test_the_cards_are_the_same_as_line_by_line(size, bulk, monkeypatch):  # noqa: F811
    rows = (bulk / "Observation.ndjson").read_text().splitlines()
    torn = ['{"resourceType":"Observation","subject":', '{"resourceType":"Observation"}}', '{"resourceType":"Observation"} {"resourceType":"Observation"}', '{"resourceType":"Observation","class":{}}']
    (bulk / "Observation.ndjson").write_text("\n".join([*rows[:9], *torn, *rows[9:]]))
    (bulk / "Condition.ndjson").write_text("\r\n\n".join((bulk / "Condition.ndjson").read_text().splitlines()))
    monkeypatch.setattr(inputs, "BLOCK", size)
    many = run(bulk, "--as-of", DAY, "--ids")
    monkeypatch.setattr(Wanted, "known", lambda self, kind, lines: [None] * len(lines))
    one = run(bulk, "--as-of", DAY, "--ids")
    assert (many[0], told(many[1])) == (one[0], told(one[1]))
    assert many[0] == 13
    assert [line for line in many[2].splitlines() if "line 1" in line] == [line for line in one[2].splitlines() if "line 1" in line]


def stamped(row, number):
    return row | {"meta": {"versionId": str(number), "lastUpdated": f"2026-01-{number:02}T08:00:00Z"}}


@pytest.mark.parametrize("day", [DAY, "last"])
def test_rows_that_a_server_numbers_are_read_many_at_once_and_end_their_older_versions(day, bulk, monkeypatch):  # noqa: F811
    for path in bulk.glob("*.ndjson"):
        if path.name != "truth.ndjson":
            rows = [stamped(json.loads(line), 1) for line in path.read_text().splitlines()]
            path.write_text("".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows))
    before = run(bulk, "--as-of", day, "--ids")
    sore = {"code": {"text": "Sore throat", "coding": [{"system": "http://snomed.info/sct", "code": "267102003", "display": "Sore throat"}]}}
    problems = [json.loads(line) for line in (bulk / "Condition.ndjson").read_text().splitlines()]
    with (bulk / "newer.ndjson").open("w") as file:
        newer = [stamped({"resourceType": "Condition", "id": row["id"], "subject": row["subject"], **sore}, 2) for row in problems]
        file.writelines(json.dumps(row, separators=(",", ":")) + "\n" for row in newer)
    monkeypatch.setattr(inputs, "BLOCK", 5_000)
    passed, real = [], Usual.passed
    monkeypatch.setattr(Usual, "passed", lambda *told: passed.append(real(*told)) or passed[-1])
    many = run(bulk, "--as-of", day, "--ids")
    assert sum(isinstance(told, tuple) for told in passed) > len(newer) / 2
    monkeypatch.setattr(Wanted, "known", lambda self, kind, lines: [None] * len(lines))
    one = run(bulk, "--as-of", day, "--ids")
    assert (many[0], told(many[1])) == (one[0], told(one[1]))
    assert [(row["patient"], row["as_of"]) for row in sorted(many[1], key=str)] == [(row["patient"], row["as_of"]) for row in sorted(one[1], key=str)]
    assert told(before[1]) != told(many[1])


OF_OTHERS = {
    "a later row of a kind that no card reads": {"resourceType": "Claim", "issued": "2031-02-03"},
    "a day at the end of a month": {"resourceType": "Claim", "issued": "2031-03-31"},
    "a later row of none of ours": {"resourceType": "Observation", "status": "final", "code": {"text": "Sore throat"}, "effectiveDateTime": "2031-02-03T10:00:00Z"},
    "an order of another drug": {"resourceType": "MedicationRequest", "status": "active", "intent": "order", "medicationCodeableConcept": {"text": "amlodipine 5 MG Oral Tablet"}, "authoredOn": "2031-02-03"},
    "a month": {"resourceType": "Claim", "issued": "2031-02"},
    "no day": {"resourceType": "Claim", "issued": "unknown"},
    "no such day": {"resourceType": "Claim", "issued": "2031-02-30"},
    "no day, and as what stays begins": {"resourceType": "Claim", "issued": "~2031-02"},
    "no day, and a line": {"resourceType": "Claim", "issued": "2031\np\t{}"},
    "an odd shape": {"resourceType": "Claim", "issued": 7},
}  # fmt: skip


@pytest.mark.parametrize("size", [300, 1 << 18])
def test_the_last_day_of_a_record_is_told_by_rows_that_are_not_kept_many_at_once_as_one_by_one(size, bulk, monkeypatch):  # noqa: F811
    patients = [json.loads(line)["id"] for line in (bulk / "Patient.ndjson").read_text().splitlines()]
    rows = [(row | {"id": f"{n}-{m}", "subject": {"reference": f"Patient/{patient}"}}) for n, patient in enumerate(patients) for m, row in enumerate([*OF_OTHERS.values()][n % len(OF_OTHERS) :])]
    for kind in {row["resourceType"] for row in rows}:
        with (bulk / f"more-{kind}.ndjson").open("w") as file:
            file.writelines(json.dumps(row, separators=(",", ":")) + "\n" for row in rows if row["resourceType"] == kind)
    (bulk / "more-Provenance.ndjson").write_text('{"resourceType":"Provenance"}\n{"resourceType":"Provenance","id":\n')
    monkeypatch.setattr(inputs, "BLOCK", size)
    monkeypatch.setattr(split, "MOST_DAYS", 7)
    many = run(bulk, "--as-of", "last", "--ids")
    assert "more-Provenance.ndjson, line 2: it is not JSON" in many[2]
    assert {row["as_of"] for row in many[1]} >= {"2031-02-03", "2031-03-31"}
    monkeypatch.setattr(Splitter, "_known", lambda self, block: [None] * len(block))
    monkeypatch.setattr(Splitter, "_stays", one_by_one)
    one = run(bulk, "--as-of", "last", "--ids")
    assert (many[0], told(many[1])) == (one[0], told(one[1]))
    assert [(row["patient"], row["as_of"]) for row in sorted(many[1], key=str)] == [(row["patient"], row["as_of"]) for row in sorted(one[1], key=str)]


def one_by_one(self, head):
    """Each day is written down as it comes."""
    if (patient := patient_of(head)) and may_be_day(day := last_day_in(head)):
        self.buckets.put(patient, day.encode())
    return True


@pytest.mark.parametrize(("size", "fewest", "most"), [(0, 1, 1), (400_000, 2, 5), (4_000_000, 10, 30), (25_000_000, 40, 100), (83_000_000, 40, 100), (10**9, 60, 130), (10**12, 300, 400)])
def test_a_register_has_enough_buckets_for_a_handful_of_workers_and_not_many_files(size, fewest, most):
    """However small it is: a worker that gets one bucket more than the others is no tenth behind them."""
    assert fewest <= buckets_for(size) <= most
