"""What a client may ask for: fewer cards, and none twice; and what it is shown whatever it asks for."""

import pytest

from cdshooks.protocol.limits import limited, not_said_before


def card(topic, indicator):
    source = {"topic": {"code": topic, "display": topic.upper()}}
    return {"source": source, "indicator": indicator, "detail": f"about {topic}"}


CARDS = [card("a", "critical"), card("b", "critical"), card("c", "warning"), card("d", "info"), card("could-not-check", "info")]


@pytest.mark.parametrize(
    ("most", "shown"),
    [(None, "a b c d could-not-check"), (5, "a b c d could-not-check"), (4, "a b c could-not-check"), (1, "a b could-not-check")],
)
def test_the_loudest_are_shown_and_what_is_critical_or_could_not_be_checked_always(most, shown):
    assert [c["source"]["topic"]["code"] for c in limited(CARDS, most)] == shown.split()


def test_the_last_card_names_what_is_left_out():
    last = limited(CARDS, 3)[-1]
    assert last["detail"].startswith("about could-not-check\n\n**Not shown here**")
    assert last["detail"].endswith(": C, D.")
    assert CARDS[-1]["detail"] == "about could-not-check"


def test_order_sign_repeats_nothing_that_order_select_shows_but_what_must_be_shown():
    hooks = {"a": ("order-select", "order-sign"), "b": ("order-sign",), "c": ("order-select", "order-sign"), "d": ("order-sign",)}
    found = not_said_before(CARDS, "order-sign", hooks)
    assert [c["source"]["topic"]["code"] for c in found] == ["a", "b", "d", "could-not-check"]
    assert not_said_before(CARDS, "order-select", hooks) == CARDS
