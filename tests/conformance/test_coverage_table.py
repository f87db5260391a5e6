"""Every statement that can be seen has a check and a mutant, and the page that shows it is up to date."""

from cds_conformance.statements import load_statements
from coverage_table import PAGE, by_check, by_statement, page
from mutate import load

# Statements that can be seen, but not by breaking a service on loopback.
ON_TLS = "on loopback plain http is let pass; test_tls.py tries it with certificates of its own"
NEED_NOT_COME = "a kind of card that need not come: without it the judge says that it was not tried"
WITHOUT_MUTANT = {"sec-1": ON_TLS, "crd-1": ON_TLS} | dict.fromkeys(
    ("crd-49", "crd-50", "crd-51", "crd-61", "crd-62", "crd-63"), NEED_NOT_COME
)
SEEN = [one.id for one in load_statements("3.0", "crd").values() if one.seen != "never"]


def test_every_mutant_breaks_a_statement_that_can_be_seen():
    named = {name for mutant in load() for name in (mutant.breaks, *mutant.also)}
    assert named - set(SEEN) == set()


def test_every_statement_that_can_be_seen_has_a_mutant():
    found = by_statement(load())
    assert [name for name in SEEN if not found[name]] == list(WITHOUT_MUTANT)


def test_every_statement_that_can_be_seen_has_a_check():
    checks = by_check()
    assert [name for name in SEEN if not checks[name]] == []


def test_the_coverage_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python tests/conformance/coverage_table.py"
