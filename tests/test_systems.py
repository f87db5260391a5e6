"""Code systems under the spellings that feeds use, and codes as they are compared."""

import pytest

from tests.shipped import LIBRARY
from tests.small_library import write

SYSTEMS = LIBRARY.concepts.systems


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("http://loinc.org", "LOINC"),
        ("https://LOINC.org/", "LOINC"),
        ("LN", "LOINC"),
        ("urn:oid:2.16.840.1.113883.6.1", "LOINC"),
        ("2.16.840.1.113883.6.1", "LOINC"),
        ("http://loinc.org|2.77", "LOINC"),
        ("http://snomed.info/sct/83821000000107/version/20250101", "SNOMED CT"),
        ("http://snomed.info/sct|http://snomed.info/sct/731000124108", "SNOMED CT"),
        ("http://fhir.de/CodeSystem/bfarm/atc", "ATC"),
        ("https://www.whocc.no/atc", "ATC"),
        ("urn:oid:1.2.208.176.2.1", "NPU"),
        ("http://fhir.de/CodeSystem/bfarm/icd-10-gm|2026", "ICD-10-GM"),
        ("http://jpfhir.jp/fhir/core/mhlw/CodeSystem/ICD10-2013-full", "ICD-10"),
        ("https://twcore.mohw.gov.tw/ig/twcore/CodeSystem/icd-10-cm-2023-tw", "ICD-10-CM"),
        ("http://www.hl7korea.or.kr/CodeSystem/kostat-kcd-8", "ICD-10"),
        ("https://fhir.infoway-inforoute.ca/CodeSystem/pCLOCD", "LOINC"),
        ("http://www.saude.gov.br/fhir/r4/CodeSystem/BRNomeExameLOINC", "LOINC"),
        ("https://labterm.dk/", "NPU"),
        ("https://www.snomed.org/", "SNOMED CT"),
        ("http://hospital.example/lab", None),
        ("", None),
        (None, None),
        (5, None),
        ("x" * 10_000, None),
    ],
)
def test_a_system_is_known_by_any_of_its_spellings(text, name):
    found = SYSTEMS.of(text)
    assert (found and found.name) == name


def test_systems_of_one_family_share_their_codes():
    problems = LIBRARY.concepts.problems
    for system, code in (
        ("http://hl7.org/fhir/sid/icd-10-cm", "D51.0"),
        ("http://hl7.org/fhir/sid/icd-10", "D510"),
        ("http://fhir.de/CodeSystem/bfarm/icd-10-gm", "D51.0"),
        ("urn:oid:2.16.840.1.113883.6.3", "d51.0"),
    ):
        found = {m.concept for m in problems.find([{"system": system, "code": code}])}
        assert found == {"pernicious_anaemia", "b12_deficiency_anaemia"}


def test_below_a_stem_the_codes_of_every_edition_count():
    found = LIBRARY.concepts.problems.find([{"system": "http://hl7.org/fhir/sid/icd-10", "code": "D514"}])
    assert {m.concept for m in found} == {"b12_deficiency_anaemia"}


def test_content_that_names_an_unknown_system_is_told_the_nearest(tmp_path):
    from tests.test_content import faults

    (fault,) = faults(write(tmp_path, all=('system = "RxNorm"', 'system = "RxNrom"')))
    assert "no system is called 'RxNrom'; did you mean 'RxNorm'?" in fault


def test_one_spelling_may_not_mean_two_systems(tmp_path):
    from tests.test_content import faults

    twice = '[system.Twin]\nuri = "https://loinc.org/"\nsource = "made up"\n[drug.syrup]'
    (fault,) = faults(write(tmp_path, all=("[drug.syrup]", twice)))
    assert "'loinc.org' already means LOINC" in fault


@pytest.mark.parametrize("code", ["B03BB01", "b03bb01", "B03BB 01"])
def test_an_atc_code_is_known_in_capitals_or_not_and_with_the_blank_of_printed_lists(code):
    found = LIBRARY.concepts.drugs.find([{"system": "http://www.whocc.no/atc", "code": code}])
    assert {m.concept for m in found} == {"folic_acid"}


def test_a_system_that_puts_a_letter_before_the_codes_of_its_family_shares_them():
    found = LIBRARY.concepts.problems.find([{"system": "urn:oid:1.2.208.176.2.4", "code": "DD51.0"}])
    assert {m.concept for m in found} == {"pernicious_anaemia", "b12_deficiency_anaemia"}


def test_a_sub_code_is_known_by_its_look_under_a_system_that_is_not_and_never_for_certain():
    read = LIBRARY.concepts.problems.read([{"system": "urn:oid:1.2.3.4", "code": "D51.000x001"}], [])
    assert (read.known, {m.concept for m in read.doubtful}) == ((), {"b12_deficiency_anaemia"})
