"""Very many services, cards or templates end in a report, within the budget and 200 MB."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from reference.wire import Answer, Server

ENTRY = {"hook": "patient-view", "id": "s", "description": "d"}
QUERY = "Observation?patient={{context.patientId}}&code=http://loinc.org|%d-1"
SHAPES = {
    "services": ([ENTRY | {"id": f"s{i}"} for i in range(70_000)], b'{"cards": []}'),
    "cards": ([ENTRY], json.dumps({"cards": [{"summary": "", "x": None}] * 80_000}).encode()),
    "templates": ([ENTRY | {"prefetch": {f"k{i}": QUERY % i for i in range(3000)}}], b'{"cards": []}'),
}
JUDGE = r"""
import re, sys
sys.path.insert(0, sys.argv[2])
from cds_conformance import judge
report = judge(sys.argv[1], budget=40)
peak = re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read())[1]  # getrusage tells the peak of whoever started us
print(bool(report.problem), len(report.statements), bool(report.notes), int(peak) // 1024)
"""


@pytest.mark.parametrize("shape", ["templates", *(pytest.param(name, marks=pytest.mark.long) for name in ("services", "cards"))])
def test_very_many_of_one_kind_end_in_a_report_that_says_what_was_left_out(shape):
    services, cards = SHAPES[shape]
    listed = json.dumps({"services": services}).encode()

    def answer(call):
        return Answer(200, raw=listed if call.path == "/cds-services" else cards, headers={"Content-Type": "application/json"})

    with Server(answer) as base:
        words = [sys.executable, "-c", JUDGE, base, str(Path(__file__).parents[2] / "conformance")]
        done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=True)
    problem, statements, told, megabytes = done.stdout.split()
    assert (problem, statements, told) == ("False", "92", "True")
    assert int(megabytes) <= 200
