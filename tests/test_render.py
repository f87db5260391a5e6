"""Cards as JSON: text from FHIR stays text, summaries are short, the same call gives the same answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdshooks.protocol.markdown import escaped, plain
from tests.test_prefetch import EMPTY, bundle, call, draft, result

NASTY = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[click](https://evil.example)", "`code`",
    "https://evil.example/x", "www.evil.example", "a@evil.example", "**bold** _it_ ~~gone~~", "| a | b |",
    "line\nbreak\r\n# heading", "![i](x)", "&lt;b&gt;", "\u202eabc", "mailto:a", "$x$", "\x1b[31mred",
]  # fmt: skip


def rendered(markdown: str) -> str:
    """As a client would show it: GitHub Flavored Markdown with raw HTML let through."""
    markdown_it = pytest.importorskip("markdown_it")
    return markdown_it.MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(markdown)


@pytest.mark.parametrize("text", NASTY)
def test_escaped_text_makes_no_markup(text):
    shown = escaped(text)
    assert "\n" not in shown
    html = rendered(f"Seen: {shown} end")
    assert not [tag for tag in ("<script", "<img", "<a ", "<code", "<strong", "<em", "<s>", "<h1", "<table", "<b>") if tag in html]


@given(st.text(max_size=300))
def test_escaped_text_is_one_line_of_bounded_length(text):
    assert "\n" not in escaped(text)
    assert len(plain(text)) <= 160


@given(st.text(alphabet=st.characters(codec="ascii"), max_size=80))
def test_escaped_ascii_is_one_paragraph_of_text_only(text):
    html = rendered("Seen: " + escaped(text) + " end")
    assert html.startswith("<p>Seen:")
    assert html.count("<") == 2


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.proves("card-4", "card-12")
def test_what_a_client_writes_into_displays_units_and_names_stays_text_in_the_detail(text):
    order = draft(dosageInstruction=[{"text": text}])
    order["medicationCodeableConcept"]["text"] = text
    cards = call(EMPTY, hook="order-sign", drafts=[order]).cards
    cards += call(EMPTY | {"results": bundle(result(150, unit=text))}).cards
    assert len(cards) == 2
    for card in cards:
        assert "<" not in card["detail"]
        html = rendered(card["detail"])
        assert "<script" not in html
        assert "<a " not in html
        assert "evil.example/x" not in html.replace("https://evil.example/x", "")
        assert text not in card["summary"] or text.isalnum()


def test_the_same_call_gives_the_same_answer():
    once, again = (call(EMPTY | {"results": bundle(result(120))}).cards for _ in range(2))
    assert once == again
    assert once[0]["uuid"]


def test_a_card_names_the_values_it_used_with_unit_and_date_and_its_reason():
    (card,) = call(EMPTY | {"results": bundle(result(120))}).cards
    assert "120 ng/L on 2026-01-10" in card["detail"]
    assert "**Why this card**" in card["detail"]
    assert len(card["summary"]) < 140


@pytest.mark.proves("act-3")
def test_a_suggestion_to_remove_names_the_draft_and_no_resource():
    (card,) = call(EMPTY, hook="order-sign", drafts=[draft()]).cards
    deletes = [a for s in card["suggestions"] for a in s["actions"] if a["type"] == "delete"]
    assert [(d["resourceId"], "resource" in d) for d in deletes] == [("MedicationRequest/d-1", False)]
    assert card["selectionBehavior"] == "any"


def test_created_orders_are_for_this_patient_and_this_day():
    (card,) = call(EMPTY | {"results": bundle(result(120))}).cards
    resources = [a["resource"] for s in card["suggestions"] for a in s["actions"]]
    assert {(r["subject"]["reference"], r["authoredOn"]) for r in resources} == {("Patient/p", "2026-01-15")}
