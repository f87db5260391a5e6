"""A register is read many lines at once: what comes out is the same as line by line, wherever a block ends."""

import gzip
import json

import pytest
from test_screen import DAY, bulk, crowd, run, told  # noqa: F401

from cdshooks.screen import inputs
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
