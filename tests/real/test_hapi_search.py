"""Every derived query is accepted by HAPI, and finds there what our own EHR side finds in the same record."""

import pytest

from cdshooks.config import Settings
from cdshooks.ehr.search import answer
from cdshooks.protocol.discovery import services
from cdshooks.protocol.tokens import resolve
from tests.real import charts
from tests.shipped import LIBRARY

OFFERED = {s.hook: s for group in services(LIBRARY, Settings()).values() for s in group}


def queries(opening: charts.Opening) -> list[str]:
    found = [resolve(query.template, opening.context, opening.today) for query in OFFERED[opening.hook].queries]
    assert [resolved.because for resolved in found if resolved.query is None] == []
    return [resolved.query for resolved in found]


def names(rows: list[dict]) -> list[str]:
    return sorted(f"{row['resourceType']}/{row.get('id')}" for row in rows)


@pytest.mark.parametrize("opening", charts.everything(), ids=lambda opening: opening.name)
def test_hapi_finds_the_same_rows(hapi, opening):
    for query in queries(opening):
        if "?" not in query:
            assert hapi.get(query).json()["id"] == opening.record.patient_id
            continue
        ours = [entry["resource"] for entry in answer(opening.record, query).get("entry", ())]
        assert names(hapi.rows(query)) == names(ours), query


def test_the_sample_is_as_large_as_promised(hapi):
    assert len(charts.vignettes()) == 45
    assert len(charts.records(charts.synthea())) >= 20
    paged = [o for o in charts.synthea() if hapi.get(f"Observation?patient={o.record.patient_id}").text.count('"next"')]
    assert paged, "no record is long enough for a second page"


@pytest.mark.parametrize("query", ["Patient/v01", "Observation?patient=v01"])
def test_without_the_token_nothing_is_told(hapi, query):
    import requests

    assert requests.get(f"{hapi.url}/{query}", timeout=60).status_code == 401
