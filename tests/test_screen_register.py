"""A register as servers and people leave it on a disk: whatever the files are called, nothing in them is lost unsaid."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from cdshooks.cli import main

AS_OF = ("--as-of", "2026-01-15", "--workers", "1", "--ids")
SECRET = "Geheimnis"  # a name that nobody may read in what is said


def patient(name, **more):
    return {"resourceType": "Patient", "id": name, "gender": "female", "birthDate": "1950-03-02", "name": [{"family": SECRET}], **more}


def b12(name, whose, value=90):
    code = {"coding": [{"system": "http://loinc.org", "code": "2132-9"}]}
    number = {"value": value, "unit": "pg/mL", "system": "http://unitsofmeasure.org", "code": "pg/mL"}
    return {"resourceType": "Observation", "id": name, "status": "final", "code": code, "subject": {"reference": whose}, "effectiveDateTime": "2026-01-05", "valueQuantity": number}


def pair(name):
    return patient(name), b12(f"o-{name}", f"Patient/{name}")


def compact(*rows) -> bytes:
    return b"".join(json.dumps(row, separators=(",", ":")).encode() + b"\n" for row in rows)


def bundle(*rows, **more):
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": row} for row in rows], **more}


def put(folder: Path, **files) -> Path:
    """Files by name; `__` stands for a dot."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_bytes(content if isinstance(content, bytes) else json.dumps(content, indent=1).encode())
    return folder


def run(source, *more):
    """Exit code, (patient, topic) of the cards, and what was said."""
    result = CliRunner().invoke(main, ["screen", str(source), *AS_OF, *map(str, more)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert SECRET not in result.stderr
    rows = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    return result.exit_code, sorted((row["patient"], row["topic"]) for row in rows), result.stderr


LOW = "b12-deficiency"


# --- files ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "files",
    [
        {"Patient": compact(patient("p")), "Observation": compact(b12("o", "Patient/p"))},
        {"Patient_1": compact(patient("p")), "0f3a-11__gz": gzip.compress(compact(b12("o", "Patient/p")))},
        {"Patient__json": compact(patient("p")), "Observation__json": compact(b12("o", "Patient/p"), b12("o2", "Patient/p"))},
        {"Patient__000__ndjson": b"\xef\xbb\xbf" + compact(patient("p")).replace(b"\n", b"\r\n"), "Observation-1__txt": compact(b12("o", "Patient/p")).strip()},
        {"all": bundle(*pair("p"))},
        {"all__json": compact(bundle(*pair("p")), bundle(*pair("q")))},
    ],
    ids=["no ending", "numbers and gzip", "lines called json", "a mark, CRLF and txt", "a record without ending", "Bundles a line called json"],
)  # fmt: skip
def test_a_file_is_read_by_what_is_in_it(files, tmp_path):
    code, cards, _ = run(put(tmp_path / "r", **files))
    assert code == 0
    assert ("p", LOW) in cards
    assert {topic for _, topic in cards} == {LOW}


@pytest.mark.parametrize("first", [b'{"resourceType":"Obs', b"5", b"{}", b"<?>", b"[1]"])
def test_a_broken_line_makes_no_record_of_the_others(first, tmp_path):
    place = put(tmp_path / "r", Patient__ndjson=compact(patient("p")), Observation__json=first + b"\n" + compact(b12("o", "Patient/p")))
    code, cards, said = run(place)
    assert (code, cards) == (13, [("p", LOW)])
    assert "Observation.json, line 1" in said


@pytest.mark.parametrize("indent", [None, 0, 1, 4])
def test_a_record_written_over_many_lines_is_one(indent, tmp_path):
    body = bundle(*pair("p"), *({"resourceType": "Observation", "id": f"x{n}", "code": {"text": "Weight"}, "subject": {"reference": "Patient/p"}} for n in range(900)))
    for name in ("one__json", "one"):
        place = put(tmp_path / name, **{name: json.dumps(body, indent=indent).encode()})
        assert run(place)[:2] == (0, [("p", LOW)])


def test_a_folder_that_is_linked_into_the_register_is_read_once(tmp_path):
    place = put(tmp_path / "r", Patient__ndjson=compact(patient("p")))
    put(tmp_path / "elsewhere", Observation__ndjson=compact(b12("o", "Patient/p")))
    (place / "more").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "round").symlink_to(place)
    assert run(place)[:2] == (0, [("p", LOW)])


@pytest.mark.parametrize("name", ["Observation.ndjson.zst", "Observation.parquet", "Observation.xml"])
def test_a_file_that_may_hold_rows_and_cannot_be_read_is_told(name, tmp_path):
    place = put(tmp_path / "r", **{"Patient__ndjson": compact(patient("p")), name: b"(\xb5/\xfd\x04"})
    code, _, said = run(place)
    assert code == 13
    assert f"{name}: the file is neither NDJSON nor JSON" in said


def test_what_lies_beside_an_export_and_is_no_data_is_no_fault(tmp_path):
    manifest = {"transactionTime": "2026-01-14T00:00:00Z", "request": "https://x", "requiresAccessToken": True, "output": []}
    beside = {"manifest__json": manifest, "README__md": b"# hello", "_SUCCESS": b"", "report__html": b"<p>", "sums__sha256": b"0"}
    place = put(tmp_path / "r", Rows__ndjson=compact(*pair("p")), **beside)
    assert run(place)[:2] == (0, [("p", LOW)])


def test_an_empty_register_is_not_one_in_which_nobody_gets_a_card(tmp_path):
    code, cards, said = run(put(tmp_path / "r", Patient__ndjson=b""))
    assert (code, cards) == (13, [])
    assert "no patient was judged" in said


def test_types_of_which_no_row_came_are_told(tmp_path):
    _, _, said = run(put(tmp_path / "r", Patient__ndjson=compact(patient("p"))))
    assert "no row of AllergyIntolerance, Condition," in said
    assert "Observation" in said
    _, _, said = run(put(tmp_path / "s", Rows__ndjson=compact(*pair("p"))))
    assert "Observation" not in said.partition("no row of ")[2].partition(" came")[0]


# --- rows -----------------------------------------------------------------------------------------------------------


def test_a_drug_without_a_name_costs_nobody_anything(tmp_path):
    drug = {"resourceType": "Medication", "code": {"text": "Folic acid"}}
    place = put(tmp_path / "r", Rows__ndjson=compact(drug, {**drug, "id": 7}, *pair("p")))
    code, cards, said = run(place)
    assert (code, cards) == (13, [("p", LOW)])
    assert "      2  not judged as it should be: a Medication without an id" in said


def test_the_newest_version_of_a_patient_stands(tmp_path):
    old = patient("p", meta={"lastUpdated": "2020-01-01T00:00:00Z"})
    new = patient("p", deceasedBoolean=True, meta={"lastUpdated": "2026-01-01T00:00:00Z"})
    for name, rows in (("r", (old, new)), ("s", (new, old))):
        code, cards, said = run(put(tmp_path / name, Rows__ndjson=compact(*rows, b12("o", "Patient/p"))))
        assert (code, cards) == (0, [])
        assert "1 of them deceased" in said
    record = put(tmp_path / "f", f__json=bundle(old, new, b12("o", "Patient/p"))) / "f.json"
    assert run(record)[:2] == (0, [])
    fired = CliRunner().invoke(main, ["fire", str(record), "--today", "2026-01-15", "--json"])
    assert json.loads(fired.stdout)["cards"] == []


def test_patients_of_one_id_that_differ_are_told(tmp_path):
    place = put(tmp_path / "r", Rows__ndjson=compact(patient("p"), patient("p", birthDate="2020-01-01"), b12("o", "Patient/p")))
    code, _, said = run(place)
    assert code == 13
    assert "a patient came several times, not alike" in said
    place = put(tmp_path / "s", Rows__ndjson=compact(patient("p", meta={"tag": []}), patient("p"), b12("o", "Patient/p")))
    assert run(place)[0] == 0


def outcome(severity, code="exception"):
    return {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": code, "diagnostics": f"patient {SECRET}"}]}


@pytest.mark.parametrize("form", ["lines", "record"])
def test_what_a_server_says_that_it_left_out_is_told(form, tmp_path):
    for severity, code in (("error", 13), ("information", 0)):
        rows = *pair("p"), outcome(severity, "informational" if severity == "information" else "exception")
        content = compact(*rows) if form == "lines" else bundle(*rows)
        place = put(tmp_path / severity, **{f"x__{'ndjson' if form == 'lines' else 'json'}": content})
        assert run(place)[:2] == (code, [("p", LOW)])


# --- Bundles --------------------------------------------------------------------------------------------------------


def test_a_file_with_several_patients_gives_each_their_own_rows(tmp_path):
    healthy = patient("q"), b12("2", "Patient/q", 600)
    place = put(tmp_path / "r", many__json=bundle(*pair("p"), *healthy, {"resourceType": "Observation", "code": {"text": "vitamin B12"}}))
    code, cards, said = run(place)
    assert code == 13
    assert ("p", LOW) in cards
    assert ("q", LOW) not in cards
    assert "2 patients" in said
    assert "Observation names no patient" in said


@pytest.mark.parametrize("entry", [{}, {"resource": None}, {"resource": {}}, {"response": {"status": "201"}}, {"request": {"method": "DELETE", "url": "Observation/1"}}, {"resource": {"a": 1}}])
def test_an_entry_without_a_resource_costs_nobody_a_card(entry, tmp_path):
    body = bundle(*pair("p"))
    body["entry"].append(entry)
    deleted, strange = "request" in entry, bool(entry.get("resource"))
    for place in (put(tmp_path / "r", one__json=body), put(tmp_path / "s", many__ndjson=compact(body))):
        code, cards, said = run(place)
        assert (code, cards) == (13 if deleted or strange else 0, [("p", LOW)])
        assert ("an entry says that a resource was deleted" in said) == deleted
        assert ("an entry holds no FHIR resource" in said) == strange


@pytest.mark.parametrize("more", [{"link": [{"relation": "next", "url": "https://x?page=2"}]}, {"total": 40, "type": "searchset"}, {"meta": {"tag": [{"code": "SUBSETTED"}]}}])
def test_a_record_that_says_it_is_a_part_is_told(more, tmp_path):
    code, cards, said = run(put(tmp_path / "r", one__json=bundle(*pair("p"), **more)))
    assert (code, cards) == (13, [("p", LOW)])
    assert "the Bundle is not all" in said


@pytest.mark.parametrize("name", ["a b", "pät", "x" * 201])
def test_a_patient_whose_id_is_none_is_told_and_not_judged(name, tmp_path):
    """Rows that point to such a one would be taken for somebody else's: "not tested" beside a result."""
    body = bundle(patient(name), b12("o", f"Patient/{name}"))
    for place in (put(tmp_path / "r", one__json=body), put(tmp_path / "s", many__ndjson=compact(body))):
        code, cards, said = run(place)
        assert (code, cards) == (13, [])
        assert "by what is no id" in said


@pytest.mark.parametrize("urn", ["urn:uuid:aaa", "urn:oid:1.2.3", "https://ehr.example/record/aaa"])
def test_who_is_meant_by_the_name_of_an_entry_is_found(urn, tmp_path):
    """Entries may be named otherwise than their resources; all others point to that name."""
    order = {"resourceType": "MedicationRequest", "id": "r", "status": "active", "intent": "order", "subject": {"reference": urn}, "authoredOn": "2026-01-01", "medicationReference": {"reference": f"{urn}7"}}
    drug = {"resourceType": "Medication", "id": "p", "code": {"text": "Hydroxocobalamin 1 mg injection"}}
    body = bundle(patient("p"), b12("o", urn), order, drug, meta={"tag": [{"code": "SUBSETTED"}]})
    for entry, name in zip(body["entry"], (urn, f"{urn}5", f"{urn}6", f"{urn}7"), strict=True):
        entry["fullUrl"] = name
    for place in (put(tmp_path / "r", one__json=body), put(tmp_path / "s", many__ndjson=compact(body))):
        code, cards, said = run(place)
        assert (code, cards) == (13, [("p", LOW)])
        assert "the Bundle is not all" in said
        table = run(place, "--out", tmp_path / "x.ndjson") and (tmp_path / "x.ndjson").read_text()
        assert "Hydroxocobalamin" in table


def test_a_lone_resource_is_told_as_what_it_is(tmp_path):
    code, _, said = run(put(tmp_path / "r", one__json=patient("p")))
    assert code == 13
    assert "a FHIR Bundle or a list of resources is needed, this is Patient" in said


def test_a_patient_who_makes_the_program_fail_costs_nobody_else(tmp_path, monkeypatch):
    from cdshooks.screen import bucket

    real = bucket.judged

    def fails(library, occasions, clock, patient, *more):
        if patient["id"] == "p":
            raise KeyError(SECRET)
        return real(library, occasions, clock, patient, *more)

    monkeypatch.setattr(bucket, "judged", fails)
    code, cards, said = run(put(tmp_path / "r", Rows__ndjson=compact(*pair("p"), *pair("q"))))
    assert (code, cards) == (13, [("q", LOW)])
    assert "a patient could not be judged: KeyError in fails" in said


# --- where it writes ------------------------------------------------------------------------------------------------


@pytest.fixture
def register(tmp_path):
    return put(tmp_path / "r", Rows__ndjson=compact(*pair("p")))


@pytest.mark.parametrize("option", ["--out", "--report", "--work"])
def test_nothing_is_written_among_what_is_read(option, register):
    before = (register / "Rows.ndjson").read_bytes()
    for name in ("Rows.ndjson", "new.ndjson", "deep/new.ndjson"):
        code, _, said = run(register, option, register / name)
        assert code == 13
        assert "would be read as patients" in said
    code, _, said = run(register / "Rows.ndjson", option, register / "Rows.ndjson")
    assert code == 13
    assert [path.name for path in register.iterdir()] == ["Rows.ndjson"]
    assert (register / "Rows.ndjson").read_bytes() == before


def test_table_and_report_are_not_written_over_each_other(register, tmp_path):
    code, _, said = run(register, "--out", tmp_path / "x.csv", "--report", tmp_path / "x.csv")
    assert code == 13
    assert "is named twice" in said


@pytest.mark.parametrize("option", ["--out", "--report"])
def test_a_place_where_no_file_can_be_made_is_told_before_anybody_is_judged(option, register):
    code, _, said = run(register, option, "/proc/x.csv")
    assert code == 13
    assert "/proc/x.csv: cannot be written" in said
    assert "patients," not in said


@pytest.mark.parametrize("name", ["x.ndjson", "x.csv", "x.parquet"])
def test_half_a_table_is_never_left(name, register, tmp_path, monkeypatch):
    from cdshooks.screen import out

    (tmp_path / name).write_text("before")

    def full(part, _):
        part.write_text("half")
        raise OSError(28, "No space left on device")

    for end in out.WRITERS:
        monkeypatch.setitem(out.WRITERS, end, full)
    code, _, said = run(register, "--out", tmp_path / name)
    assert code == 13
    assert "No space left on device" in said
    assert (tmp_path / name).read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["r", name])


@pytest.mark.parametrize("content", [None, "garbage", '{"a": 1}', "[]"])
def test_a_folder_of_somebody_else_is_not_worked_in(content, register, tmp_path):
    mine = put(tmp_path / "mine", **{"rows-2024__csv": b"my work"})
    if content:
        (mine / "asked.json").write_text(content)
    code, _, said = run(register, "--work", mine)
    assert code == 13
    assert "holds something else than a screening" in said
    assert (mine / "rows-2024.csv").read_bytes() == b"my work"


def test_a_file_where_a_folder_to_work_in_belongs_is_told(register, tmp_path):
    (tmp_path / "file").write_text("x")
    code, _, said = run(register, "--work", tmp_path / "file")
    assert code == 13
    assert "no folder to work in" in said


def test_an_order_file_that_says_another_thing_is_judged_anew(register, tmp_path):
    from cdshooks.ehr.shelf import folder

    draft = tmp_path / "order.json"
    for name, loud in (("folic-acid-5mg-daily", True), ("furosemide-40mg-daily", False)):
        draft.write_bytes((folder() / "drafts" / f"{name}.json").read_bytes())
        _, cards, _ = run(register, "--order", draft, "--work", tmp_path / "work")
        assert (("p", "folic-acid-first") in cards) == loud


@pytest.mark.parametrize(("address", "code"), [("foo", 13), ("tcp://x", 13), ("tcp://127.0.0.1:1", 16)])
def test_an_address_at_which_no_cluster_answers_is_told(address, code, register, tmp_path, monkeypatch):
    distributed = pytest.importorskip("distributed")
    real = distributed.Client
    monkeypatch.setattr(distributed, "Client", lambda at, timeout, **more: real(at, timeout="1s", **more))
    got, _, said = run(register, "--scheduler", address, "--work", tmp_path / "work")
    assert got == code
    assert address in said


def test_a_day_that_lies_ahead_is_told(register):
    assert "2999-01-01 lies ahead" in run(register, "--as-of", "2999-01-01")[2]
    assert "lies ahead" not in run(register)[2]


@pytest.mark.parametrize(("number", "code", "says"), [(signal.SIGTERM, 143, b""), (signal.SIGHUP, 129, b""), (signal.SIGINT, 1, b"\nAborted!\n")])
def test_told_to_stop_it_leaves_nothing_of_a_patient_behind(number, code, says, tmp_path):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    place = put(tmp_path / "r", Rows__ndjson=compact(*(row for n in range(6_000) for row in pair(f"p{n}"))))
    command = [str(Path(sys.executable).with_name("cdshooks")), "screen", str(place), *AS_OF, "--workers", "2", "--out", str(tmp_path / "x.csv")]
    # A shell lets what runs behind its back ignore Ctrl-C, and so all that this starts.
    heard = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)  # noqa: E731
    running = subprocess.Popen(command, env={**os.environ, "TMPDIR": str(temporary)}, stderr=subprocess.PIPE, start_new_session=True, preexec_fn=heard)
    try:
        while running.poll() is None and not list(temporary.glob("*/done-*")):
            time.sleep(0.02)
        assert running.poll() is None, "it ended before it was told to"
        os.killpg(running.pid, number)
        said = running.communicate()[1]
    finally:
        running.kill()
    assert (running.returncode, said) == (code, says)
    assert list(temporary.iterdir()) == []
    assert not (tmp_path / "x.csv").exists()


def test_a_full_disk_ends_a_parquet_table_as_any_other():
    pytest.importorskip("arro3.io")
    from cdshooks.screen import out
    from cdshooks.screen.bucket import Bucketful

    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full, a disk that is always full")
    with pytest.raises(OSError, match="gave up"):
        out.WRITERS[out.PARQUET](Path("/dev/full"), out.rows([Bucketful()]))


# --- compare --------------------------------------------------------------------------------------------------------


def compared(source, *more):
    result = CliRunner().invoke(main, ["compare", str(source), "--workers", "1", "--as-of", "2026-01-15", "2028-01-15", *map(str, more)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def test_what_changes_is_written_whole_and_nowhere_among_what_is_read(register, tmp_path):
    before = (register / "Rows.ndjson").read_bytes()
    for place, says in ((register / "Rows.ndjson", "read as patients"), (tmp_path / "x.csv", "name a .ndjson"), (tmp_path / "x.parquet", "name a .ndjson"), (Path("/proc/x.ndjson"), "cannot be written")):
        code, _, said = compared(register, "--out", place)
        assert code == 13
        assert says in said
    assert (register / "Rows.ndjson").read_bytes() == before
    code, told, _ = compared(register)
    assert code == 0
    assert compared(register, "--ids", "--out", tmp_path / "x.ndjson")[0] == 0
    assert len((tmp_path / "x.ndjson").read_text().splitlines()) == len(told.splitlines()) > 0
    assert compared(register, "--out", "-")[0] == 0


# --- the report -----------------------------------------------------------------------------------------------------


def reported(source, tmp_path, *more) -> str:
    run(source, "--report", tmp_path / "report.html", *more)
    return (tmp_path / "report.html").read_text()


def test_the_report_says_when_nobody_was_judged(tmp_path):
    text = reported(put(tmp_path / "r", Patient__ndjson=b""), tmp_path)
    assert "Nobody was judged." in text
    assert "Everything could be told" not in text
    assert "No patient gets a card" not in text
    assert "<svg" not in text


def test_the_report_names_types_of_which_no_row_came(register, tmp_path):
    assert "all count as having none: AllergyIntolerance, Condition" in reported(register, tmp_path)


def test_the_report_says_that_a_part_was_set_aside(register, tmp_path, monkeypatch):
    def fails(*_):
        raise ValueError(SECRET)

    monkeypatch.setattr("cdshooks.screen.run.judge_bucket", fails)
    text = reported(register, tmp_path)
    assert "a part of the register was set aside, and nobody in it was judged (ValueError in fails" in text
    assert "Not all that was sent could be used" in text
    assert SECRET not in text


def test_no_name_of_a_file_that_may_be_a_patients_is_in_the_report(tmp_path):
    place = put(tmp_path / "r", Rows__ndjson=compact(*pair("p")) + b"{}\n", Smith_John__json=b"{", Miller_Ann__parquet=b"PAR1")
    text = reported(place, tmp_path)
    assert "Rows.ndjson, line 3" in text
    assert "Smith" not in text
    assert "Miller" not in text


@pytest.mark.long
def test_a_long_id_pushes_nothing_out_of_the_page(tmp_path):
    from tests.browser import chromium, tab

    name, site = "x" * 180, {"managingOrganization": {"display": "<img src=x onerror=alert(1)>" + "y" * 300}}
    rows = patient(name, **site), b12("o", f"Patient/{name}")
    reported(put(tmp_path / "r", Rows__ndjson=compact(*rows, *pair("q"))), tmp_path, "--patients")
    with chromium() as browser, tab(browser) as page:
        page.goto((tmp_path / "report.html").as_uri())
        assert page.evaluate("[...document.querySelectorAll('.wide')].filter(e => e.scrollWidth > e.clientWidth).length") == 0
        assert page.locator("img").count() == 0


def test_an_interrupt_of_the_terminal_is_the_parents_alone():
    from cdshooks.screen import processes

    def work(_):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.05)

    assert list(processes.run(["bucket-0"], work, 1)) == [("bucket-0", None)]


# --- survey ---------------------------------------------------------------------------------------------------------


def test_a_survey_reads_the_files_that_a_screening_reads(tmp_path):
    rows = {"Patient": compact(patient("p")), "Observation-0-of-1": compact(b12("o", "Patient/p")), "x__parquet": b"PAR1", "manifest__json": {"transactionTime": "x", "output": []}}
    put(tmp_path / "elsewhere", one=bundle(*pair("q")))
    place = put(tmp_path / "r", **rows)
    (place / "more").symlink_to(tmp_path / "elsewhere")
    result = CliRunner().invoke(main, ["survey", str(place)])
    assert "4 resources: 2 Observation, 2 Patient" in result.stdout
    assert "x.parquet: is neither NDJSON nor JSON" in result.stderr
    assert "manifest" not in result.stderr
