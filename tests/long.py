"""Which tests are long proofs: `make test` leaves them out, `make test-all` runs them. Whole files, or single tests.

A test that is written as a long one says so itself: `@pytest.mark.long`.
"""

from fnmatch import fnmatchcase

PATTERNS = (
    # programs of others that are started: a FHIR server, browsers, a proxy, node, other validators
    "tests/real/*",
    "tests/test_page_browser.py::*",
    "tests/test_nginx.py::*",
    "tests/test_*_against_oracles.py::*",
    "tests/test_packaging.py::test_an_installed_wheel_serves_the_cards_outside_the_checkout",
    "tests/test_manual.py::test_the_manual_is_built_without_a_warning",
    "tests/test_spellings.py::test_every_spelling_of_the_table_stands_in_the_definitions_of_its_version",
    "tests/test_spellings.py::test_where_the_table_says*",
    "tests/test_spellings.py::test_every_search_parameter*",
    # many patients, many calls, many seeds, many small changes
    "tests/test_unnoticed.py::*",
    "tests/test_second_opinion.py::test_the_service_agrees_with_the_second_opinion_on_many",
    "tests/test_burden.py::test_no_synthea_patient_gets_a_critical_card_whose_reason_is_not_in_the_record",
    "tests/test_contract.py::test_every_generated_call_is_answered_as_described",
    "tests/test_fetch_same_cards.py::*",
    "tests/test_synthea.py::*",
    "tests/test_ehr_patients.py::*synthea*",
    # services that are killed, filled, reloaded, started again and again
    "tests/test_store_under_attack.py::*",
    "tests/test_reload.py::*under_load*",
    "tests/test_conftest.py::*",
)  # fmt: skip


def is_long(test: str) -> bool:
    """Is it one of these, by its id without its parameters?"""
    return any(fnmatchcase(test.partition("[")[0], pattern) for pattern in PATTERNS)
