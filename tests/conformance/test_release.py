"""Which release a service speaks is told from what it says, and the report says which, why, and what others would say."""

import json

import pytest
from cds_conformance.evidence import Evidence, Exchange
from cds_conformance.judge import report_on
from cds_conformance.options import Options
from cds_conformance.release import release_of
from rejudge import good_run

PATIENT = "Patient/{{context.patientId}}"


def speaking(cards=(), hook="patient-view", template=PATIENT, **fields) -> Evidence:
    entry = {"hook": hook, "id": "x", "description": "d", "prefetch": {"patient": template}} | fields
    told = [("discovery", "GET", {"services": [entry]}), ("good", "POST", {"cards": list(cards)})]
    exchanges = [
        Exchange(i, probe, method, "http://s/x", {}, status=200, answer=json.dumps(body).encode())
        for i, (probe, method, body) in enumerate(told)
    ]
    return Evidence("http://s", "now", exchanges)


@pytest.mark.parametrize(
    ("evidence", "release", "says"),
    [
        (speaking(), "2.0", "nothing tells"),
        (speaking(version="3.0.0"), "3.0", "version 3.0.0"),
        (speaking(version="STU2"), "2.0", "version STU2"),
        (speaking(version="1.1", hookVersion="1.0"), "1.0", "version 1.1"),
        (speaking(version="latest", hookVersion="1.0"), "3.0", "hookVersion"),
        (speaking(hookVersion="1.0"), "3.0", "hookVersion"),
        (speaking(template="Observation?date=ge{{today() - 14 days}}"), "3.0", "FHIRPath"),
        (speaking(template="A?b={{%patient.id}}"), "3.0", "FHIRPath"),
        (speaking(template="Practitioner/{{userPractitionerId}}"), "2.0", "tokens for users"),
        (speaking(cards=[{"uuid": "a"}]), "2.0", "cards have uuid"),
        (speaking(hook="medication-prescribe"), "1.0", "medication-prescribe"),
        (speaking(hook="order-review", cards=[{"overrideReasons": []}]), "2.0", "overrideReasons"),
    ],
)
def test_the_release_is_told_from_what_the_service_says(evidence, release, says):
    chosen, why = release_of(evidence)
    assert chosen == release
    assert says in "; ".join(why)


def test_the_report_says_which_release_why_and_what_the_others_would_say():
    report = report_on(good_run("3.0", True, ""), Options())
    assert report.spec == "3.0"
    assert report.release["why"] == ["services state version 3.0.0"]
    assert "pre-1" in report.release["others"]["2.0"]["also"]  # FHIRPath in tokens
    assert any(line.startswith("By 2.0: also ") for line in report.others_say)


def test_a_release_that_was_asked_for_is_not_guessed():
    report = report_on(speaking(version="3.0.0"), Options(spec="1.0"))
    assert (report.spec, report.release["others"]) == ("1.0", {})
