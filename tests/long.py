"""Which tests are long proofs: `make test` leaves them out, `make test-all` runs them. Whole files, or single tests.

A test that is written as a long one says so itself: `@pytest.mark.long`.
"""

from fnmatch import fnmatchcase
from functools import cache

PATTERNS = (
    # programs of others that are started: a FHIR server, browsers, a proxy, node, other validators
    "tests/real/*",
    "tests/test_page_browser.py::*",
    "tests/test_page_keys.py::*",
    "tests/test_nginx.py::*",
    "tests/test_*_against_oracles.py::*",
    "tests/test_packaging.py::test_an_installed_wheel_serves_the_cards_outside_the_checkout",
    "tests/test_deploy.py::test_the_alerts_fire_when_they_should_and_not_otherwise",
    "tests/test_manual.py::test_the_manual_is_built_without_a_warning*",
    "tests/test_manual.py::test_the_manual_asks_nothing_of_the_network*",
    "tests/test_spellings.py::test_every_spelling_of_the_table_stands_in_the_definitions_of_its_version",
    "tests/test_spellings.py::test_where_the_table_says*",
    "tests/test_spellings.py::test_every_search_parameter*",
    # programs that are started again and again, and what is compared for every fixture or every version
    "tests/test_readme.py::test_a_block_of_the_tour_says_what_it_promises",
    "tests/test_reload.py::test_what_a_worker_unpacks_answers_as_what_the_master_loaded",
    "tests/test_reload.py::test_the_clients_file_is_watched_too",
    "tests/test_site_map.py::test_what_the_site_maps_is_understood_as_ours",
    "tests/test_site_map.py::test_what_we_write_for_terminologists_is_valid_and_can_be_read_back",
    "tests/test_fhir_versions.py::test_everything_suggested_to_a_client_is_valid_in_its_version",
    "tests/test_fhir_versions.py::test_what_is_valid_in_r4_is_valid_when_the_tests_say_it_in_another_version",
    "tests/test_spellings.py::test_a_call_with_whatever_mixture_of_versions_is_answered",
    "tests/test_screen.py::test_real_synthea_patients_get_the_cards_that_fire_gives_them_at_their_last_day",
    "tests/test_second_opinion.py::test_the_random_patients_meet_every_topic_and_both_sides_of_it",
    # many patients, many calls, many seeds, many small changes
    "tests/test_unnoticed.py::*",
    "tests/test_second_opinion.py::test_the_service_agrees_with_the_second_opinion_on_many",
    "tests/test_burden.py::test_no_synthea_patient_gets_a_critical_card_whose_reason_is_not_in_the_record",
    "tests/test_generated_calls.py::*",
    "tests/test_fetch_same_cards.py::*",
    "tests/test_synthea.py::*",
    "tests/test_ehr_patients.py::*synthea*",
    # services that are killed, filled, reloaded, started again and again
    "tests/test_store_under_attack.py::*",
    "tests/test_reload.py::*under_load*",
    "tests/test_conftest.py::*",
)  # fmt: skip


@cache
def is_long(test: str) -> bool:
    """Is it one of these, by its id without its parameters?"""
    return any(fnmatchcase(test, pattern) for pattern in PATTERNS)


def is_all_long(file: str) -> bool:
    """Does this file hold nothing else, by its path?"""
    return any(fnmatchcase(f"{file}::test_x", pattern) for pattern in PATTERNS if pattern.endswith(("/*", ".py::*")))
