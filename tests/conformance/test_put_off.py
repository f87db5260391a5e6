"""A service that puts requests off is waited for as it asks; what it never answers is not tried, and no fault."""

import datetime as dt
from email.utils import format_datetime

import pytest
from cds_conformance import judge
from cds_conformance.evidence import Exchange
from cds_conformance.patience import wait_for
from reference.wire import Answer, Call, Server

ENTRY = {"hook": "patient-view", "id": "s", "title": "S", "description": "Helps"}


def put_off(status, after=None) -> Exchange:
    headers = {} if after is None else {"retry-after": after}
    return Exchange(1, "good", "POST", "http://s", {}, status=status, answer_headers=headers)


@pytest.mark.parametrize(
    ("exchange", "tries", "seconds"),
    [
        (put_off(429, "3"), 1, 3.0), (put_off(429), 1, 1.0), (put_off(429), 3, 4.0), (put_off(429), 4, None),
        (put_off(429, "31"), 1, None), (put_off(429, "soon"), 1, 1.0), (put_off(503), 1, 0.0), (put_off(503), 2, None),
        (put_off(503, "5"), 1, 5.0), (put_off(500), 1, None), (put_off(412, "1"), 1, None), (put_off(200), 1, None),
    ],
)  # fmt: skip
def test_it_waits_as_long_as_it_is_asked_to_and_not_for_ever(exchange, tries, seconds):
    assert wait_for(exchange, tries) == seconds


def test_a_wait_may_be_told_as_a_date():
    then = format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=20), usegmt=True)
    assert 0 <= wait_for(put_off(429, then), 1) <= 20
    assert wait_for(put_off(429, "Wed, 21 Oct 2015 07:28:00 GMT"), 1) == 0.0


def test_a_service_that_has_too_many_requests_to_the_end_is_not_tried_rather_than_at_fault():
    cors = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "Authorization, Content-Type"}

    def answer(call: Call):
        if call.method == "OPTIONS":
            return Answer(204, headers=cors)
        if call.path == "/cds-services":
            return Answer(200, {"services": [ENTRY]})
        return Answer(429, {"resourceType": "OperationOutcome"}, {"Retry-After": "3600"})

    with Server(answer) as base:
        report = judge(base, spec="2.0", timeout=3.0)
    assert {name: v.findings for name, v in report.statements.items() if v.findings and not v.statement.advice} == {}
    assert "429" in report.statements["req-1"].why
    assert report.exit_code == 2
    assert "Nothing is known of s" in str(report)
