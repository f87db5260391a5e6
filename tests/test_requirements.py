"""The table of the standard's statements is what the tests say, and no statement is without a proof."""

from tests.tools.requirements_table import OTHERWISE, ROOT, proofs, statements, table


def test_the_table_is_not_stale():
    """`python -m tests.tools.requirements_table > docs/requirements.md` writes it anew."""
    assert (ROOT / "docs" / "requirements.md").read_text("utf-8") == table()


def test_each_statement_has_a_test_or_a_reason_to_have_none():
    known = {s["id"] for s in statements()}
    assert known - set(proofs()) - set(OTHERWISE) == set()


def test_a_test_proves_only_what_is_a_statement():
    known = {s["id"] for s in statements()}
    assert (set(proofs()) | set(OTHERWISE)) - known == set()
