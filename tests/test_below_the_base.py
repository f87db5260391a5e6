"""Only what lies below the base address of a FHIR server is asked there: 88 tries to get elsewhere, and what may pass."""

import pytest

from cdshooks.protocol.pages import next_page
from cdshooks.reach.urls import is_below

BASE = "https://ehr.example/fhir/r4"
ELSEWHERE = [
    # another server
    "https://evil.example/fhir/r4/Patient", "http://ehr.example/fhir/r4/Patient", "https://ehr.example:444/fhir/r4/Patient", "https://ehr.example.evil.example/fhir/r4/x", "https://evil.example#@ehr.example/fhir/r4/x",
    "https://ehr.example@evil.example/fhir/r4/x", "https://user@ehr.example/fhir/r4/x", "https://user:pw@ehr.example/fhir/r4/x", "https://ehr.example:443@evil.example/fhir/r4/x", "//evil.example/fhir/r4/x", "///evil.example/fhir/r4/x",
    "////evil.example/fhir/r4/x", "https:////evil.example/fhir/r4/x", "https:/fhir/r4/../x", "ftp://ehr.example/fhir/r4/x", "file:///fhir/r4/x", "gopher://ehr.example/fhir/r4/x", "javascript:alert(1)", "data:,x",
    "https://[::1]/fhir/r4/x", "http://[::1/x", "https://127.1/fhir/r4/x", "https://2130706433/fhir/r4/x", "https://0x7f.1/fhir/r4/x", "https://localhost/fhir/r4/x", "https://169.254.169.254/latest", "https://ehr%2eexample.evil.example/fhir/r4/x",
    "https://ehr.example%2f@evil.example/fhir/r4/x", "https://ehr.example%00.evil.example/fhir/r4/x", "https://ehr.example\\@evil.example/fhir/r4/x", "https://evil.example\\.ehr.example/fhir/r4/x", "\\\\evil.example\\fhir\\r4", "/\\evil.example/x",
    "https://ehr.example:99999/fhir/r4/x", "https://ehr.example:0/fhir/r4/x", "https://ehr.example:x/fhir/r4/x", "https://еhr.example/fhir/r4/x",
    # another place on the same server
    "https://ehr.example/", "https://ehr.example", "https://ehr.example/fhir", "https://ehr.example/fhir/", "https://ehr.example/fhir/r5/Patient", "https://ehr.example/fhir/r40/Patient", "https://ehr.example/fhir/r4x", "https://ehr.example/FHIR/R4/Patient",
    "https://ehr.example/admin", "/admin", "/fhir/r5/Patient", "https://ehr.example//fhir/r4/Patient", "https://ehr.example/x/fhir/r4/Patient", "../r5/Patient", "../../admin", "../../../../etc/passwd",
    # dots
    "https://ehr.example/fhir/r4/../admin", "https://ehr.example/fhir/r4/..", "https://ehr.example/fhir/r4/./x", "https://ehr.example/fhir/r4/a/../../admin", "https://ehr.example/../fhir/r4/x", "https://ehr.example/fhir/r4//../x",
    "https://ehr.example/fhir/r4/..;/admin", "https://ehr.example/fhir/r4/..;a=b/admin", "https://ehr.example/fhir/r4/.;/x", "https://ehr.example/fhir/r4/..\\admin", "https://ehr.example/fhir/r4\\..\\admin",
    # escapes
    "https://ehr.example/fhir/r4/%2e%2e/admin", "https://ehr.example/fhir/r4/%2E%2E/admin", "https://ehr.example/fhir/r4/.%2e/admin", "https://ehr.example/fhir/r4/%2e./admin", "https://ehr.example/fhir/r4/..%2fadmin",
    "https://ehr.example/fhir/r4/..%5cadmin", "https://ehr.example/fhir/r4/%2e%2e%2fadmin", "https://ehr.example/fhir/r4/%2e%2e%5cadmin", "https://ehr.example/fhir/r4%2f..%2fadmin", "https://ehr.example/fhir%2fr4/x", "https://ehr.example/%66hir/r4/x",
    "https://ehr.example/fhir/r4/%252e%252e/admin", "https://ehr.example/fhir/r4/%25252e%25252e/admin", "https://ehr.example/fhir/r4/%2525252525252e/x", "https://ehr.example/fhir/r4/%2e%2e;/admin", "https://ehr.example/fhir/r4/%00/x",
    "https://ehr.example/fhir/r4/%0d%0aX: y", "https://ehr.example/fhir/r4/a%20b", "https://ehr.example/fhir/r4/%09..", "https://ehr.example/fhir/r4/x#/../..", "https://ehr.example/fhir/r4%00/x", "https://ehr.example/fhir/r4/%2e%2e/r4x/y", "https://ehr.example/fhir/r4/%5c..%5cx",
    "x" * 8_001,
]  # fmt: skip
BELOW = [
    BASE, f"{BASE}/", f"{BASE}?_getpages=1&_getpagesoffset=200", f"{BASE}/Patient/1", f"{BASE}/Observation?patient=1&page=2", "HTTPS://EHR.example/fhir/r4/Patient", "https://ehr.example:443/fhir/r4/Patient", "https://ehr.example./fhir/r4/x",
    f"{BASE}/Observation?code=http://loinc.org%7C1&x=../../admin", f"{BASE}/Patient?name=%2e%2e", "?page=2", "/fhir/r4/Observation?page=2", "Observation?page=2", "../r4/Observation?page=2", f"{BASE}/Observation/_history/1",
]  # fmt: skip


def followed(link: str) -> str:
    """Where a next link leads, told in the answer to a query."""
    return next_page({"link": [{"relation": "next", "url": link}]}, f"{BASE}/Observation?patient=1", BASE)[0]


def test_there_are_at_least_88_tries():
    assert len(set(ELSEWHERE)) >= 88


@pytest.mark.parametrize("link", ELSEWHERE, ids=lambda link: link[:70])
def test_what_leads_elsewhere_is_not_followed(link):
    assert followed(link) == ""


@pytest.mark.parametrize("link", BELOW)
def test_what_stays_below_the_base_is_followed(link):
    assert is_below(BASE, followed(link))


def test_below_a_base_without_a_path_is_everything_on_that_server():
    assert is_below("https://ehr.example", "https://ehr.example/Patient/1")
    assert not is_below("https://ehr.example", "https://evil.example/Patient/1")
    assert not is_below("https://ehr.example", "https://ehr.example/a/%2e%2e/b")
