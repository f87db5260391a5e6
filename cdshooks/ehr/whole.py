"""All of a record as a chart: also what no service would ask for, and for as long back as it goes."""

from cdshooks.chart.chart import Chart
from cdshooks.chart.provided import Provided
from cdshooks.content.library import Library
from cdshooks.ehr.patients import Record
from cdshooks.terms.dates import Clock


def whole_chart(
    record: Record, library: Library, clock: Clock, hook: str = "patient-view", drafts: tuple[dict, ...] = ()
) -> Chart:
    """For looking at, not for judging: what was not asked for is not known to be complete."""
    rows = tuple(row for row in record.resources if row is not record.patient)
    return Chart(library.concepts, clock, record.patient_id, hook, Provided(record.patient, rows), drafts)
