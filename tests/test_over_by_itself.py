"""What is called active and was last said to be had long ago, or is over by its own end, is no treatment of today."""

from datetime import date, timedelta

import pytest

from tests.test_as_needed import B12, METFORMIN, order
from tests.test_feeds import KNOWN, PATIENT, b12, call

TODAY = date(2026, 1, 15)
LOW = b12(KNOWN, 112)


def ago(days):
    return (TODAY - timedelta(days=days)).isoformat()


def told(*rows):
    topics, text = call([PATIENT, LOW, *rows])
    return topics, "could not be verified" in text


def stated(since=None, asserted=None, **more):
    at = {"effectivePeriod": {"start": ago(since)}} if since is not None else {}
    return order("MedicationStatement", effectiveDateTime=None, dateAsserted=asserted and ago(asserted), **at, **more)


SILENT, UNVERIFIED, UNTREATED = ([], False), (["b12-deficiency"], True), (["b12-deficiency"], False)


@pytest.mark.parametrize(("since", "asserted", "expected"), [
    (120, None, SILENT), (121, None, UNVERIFIED), (4000, None, UNVERIFIED), (4000, 4000, UNVERIFIED),
    (4000, 120, SILENT), (4000, 121, UNVERIFIED), (None, 120, SILENT), (None, 121, UNVERIFIED), (20, 400, SILENT),
])  # fmt: skip
def test_a_statement_that_goes_on_tells_of_the_day_on_which_somebody_said_so_last(since, asserted, expected):
    assert told(stated(since, asserted)) == expected


def test_an_end_that_is_to_come_makes_an_old_statement_no_younger():
    assert told(stated(None, effectivePeriod={"start": ago(900), "end": "2027-01-01"})) == UNVERIFIED


def test_a_dose_in_progress_since_long_ago_could_not_be_verified():
    given = order("MedicationAdministration", status="in-progress", effectiveDateTime=None)
    assert told(given | {"effectivePeriod": {"start": ago(100)}}) == SILENT
    assert told(given | {"effectivePeriod": {"start": ago(500)}}) == UNVERIFIED


def test_metformin_that_somebody_stated_years_ago_is_still_taken():
    assert call([PATIENT, stated(900, drug=METFORMIN)])[0] == ["metformin-b12-check"]


def test_metformin_of_which_a_supply_is_being_made_ready_since_years_is_taken_for_long():
    ready = order("MedicationDispense", status="in-progress", drug=METFORMIN) | {"whenHandedOver": None, "whenPrepared": ago(1800)}
    assert call([PATIENT, stated(10, drug=METFORMIN)])[0] == []
    assert call([PATIENT, ready, stated(10, drug=METFORMIN)])[0] == ["metformin-b12-check"]


def within(bounds):
    return {"timing": {"repeat": bounds}}


def days(number):
    return {"value": number, "unit": "days", "code": "d"}


ENDS = [  # each lasts until so many days after it was written, at the longest
    (14, {"boundsDuration": days(14)}), (14, {"boundsRange": {"low": days(7), "high": days(14)}}), (0, {"count": 1}),
    (14, {"count": 6, "frequency": 3, "period": 1, "periodUnit": "wk"}),
    (2, {"count": 3, "countMax": 4, "period": 12, "periodUnit": "h"}),
]  # fmt: skip


@pytest.mark.parametrize(("lasts", "bounds"), ENDS)
def test_a_course_that_is_over_by_its_own_end_counts_as_given_until_then(lasts, bounds):
    def course(ended):
        return order(authoredOn=ago(ended + lasts), dosageInstruction=[within(bounds)])

    assert told(course(-1)) == told(course(0)) == told(course(120)) == SILENT
    assert told(course(121)) == UNTREATED


def test_a_course_that_is_over_is_that_whatever_its_status_says():
    over = order(authoredOn=ago(300), dosageInstruction=[within({"boundsPeriod": {"end": ago(200)}})])
    assert told(over) == told(over | {"status": "completed"}) == UNTREATED


def test_an_order_goes_on_while_one_of_its_entries_does():
    entries = [within({"boundsDuration": days(14)}), within({"frequency": 1, "period": 1, "periodUnit": "mo"})]
    assert told(order(authoredOn=ago(60), dosageInstruction=entries)) == SILENT


SUPPLIES = [
    {"validityPeriod": {"start": ago(300), "end": ago(121)}},
    {"expectedSupplyDuration": days(179)},
    {"expectedSupplyDuration": days(30), "numberOfRepeatsAllowed": 4},
]


@pytest.mark.parametrize("supply", SUPPLIES)
def test_an_order_whose_supply_ran_out_long_ago_could_not_be_verified(supply):
    row = order(authoredOn=ago(300), dispenseRequest=supply)
    topics, text = call([PATIENT, b12(KNOWN, 112, day=ago(290)), row])
    assert "b12-deficiency" in topics
    assert "could not be verified" in text


@pytest.mark.parametrize("supply", [{"validityPeriod": {"end": ago(120)}}, SUPPLIES[2] | {"numberOfRepeatsAllowed": 5}])
def test_a_supply_that_ended_lately_may_outlast_its_prescription(supply):
    low = b12(KNOWN, 112, day=ago(290))
    assert call([PATIENT, low, order(authoredOn=ago(300), dispenseRequest=supply)])[0] == ["b12-treatment-review"]


def test_metformin_of_an_order_that_is_called_active_is_still_taken():
    old = order(drug=METFORMIN, authoredOn=ago(300), dosageInstruction=[within({"boundsDuration": days(200)})])
    assert call([PATIENT, old])[0] == ["metformin-b12-check"]


def test_the_drug_that_these_rows_are_of_is_treatment_where_it_goes_on():
    assert told(order(drug=B12, authoredOn=ago(20))) == SILENT
