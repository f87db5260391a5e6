"""Hostile templates and contexts: no value adds to a query, nothing breaks, and time grows with size only."""

import re
from contextlib import suppress
from datetime import date
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdshooks.protocol.tokens import faults, resolve
from cdshooks.protocol.tokens import parse as parsing
from tests.test_tokens import CONTEXT, PRIOR

TODAY = date(2026, 1, 15)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
pairs = st.lists(st.sampled_from("&=?#%/\\,|$;:+ .\r\n\"'<>{}@7aé"), min_size=1, max_size=12).map("".join)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)
words = st.sampled_from(
    ["context", "%conditions", "today()", "userPatientId", ".", "|", "+", "-", "(", ")", " ", "90", "days", "entry",
     "resource", "ofType(Patient)", "resolve()", "draftOrders", "id", "{{", "}}", "`", "%", "[0]", "é", "\x00"]
)  # fmt: skip


@given(texts | pairs)
def test_a_value_cannot_add_a_parameter_nor_a_second_value(value):
    query = resolve("O?patient={{context.patientId}}&code=1", {"patientId": value}, TODAY).query
    split = urlsplit("https://ehr.example/fhir/" + query)
    (_, patient), code = parse_qsl(split.query, keep_blank_values=True)
    assert (split.fragment, code) == ("", ("code", "1"))
    assert not set(re.sub(r"\\[\\,|$]", "", patient)) & set(",|$\\")  # every separator has its backslash
    assert re.sub(r"\\(.)", r"\1", patient) == value


@given(texts | pairs)
def test_a_value_cannot_leave_its_place_in_the_path(value):
    resolved = resolve("Patient/{{context.patientId}}", {"patientId": value}, TODAY)
    if resolved.query is None:
        assert value in (".", "..")
        return
    split = urlsplit("https://ehr.example/fhir/" + resolved.query)
    assert (split.query, split.fragment) == ("", "")
    *before, last = split.path.split("/")
    assert (before, unquote(last)) == (["", "fhir", "Patient"], value)


@pytest.mark.parametrize("value", ["7/../../metadata", "7/$everything", "..", "7?_format=xml", "7/_history"])
def test_a_patient_id_cannot_become_another_request(value):
    query = resolve("Patient/{{context.patientId}}", {"patientId": value}, TODAY).query
    assert query is None or query.count("/") == 1
    assert query is None or "?" not in query


@pytest.mark.parametrize("value", ["Patient/..", "Patient/1/2", "patient/1", "Patient/1?x", "../Patient"])
def test_the_users_reference_cannot_become_another_request(value):
    query = resolve("{{context.userId}}", {"userId": value}, TODAY).query
    assert query is None or (query.count("/") <= 1 and "?" not in query and "/.." not in query)


def test_a_lone_surrogate_is_refused():
    assert "lone surrogate" in resolve("P/{{context.a}}", {"a": "\ud800"}, TODAY).because


@given(st.lists(words, max_size=20).map("".join) | st.text())
def test_no_token_ever_breaks_anything(token):
    template = f"Patient?x={{{{{token}}}}}"
    resolved = resolve(template, CONTEXT, TODAY, PRIOR)
    assert (resolved.query is None) == bool(resolved.because)
    assert isinstance(faults({"key": template}, "order-sign"), list)


@given(json_values, json_values)
def test_no_context_ever_breaks_anything(orders, prior):
    paths = ("context.draftOrders.entry.resource.ofType(A).id", "%before.entry.resource.x.resolve().y", "context.a.b")
    for path in paths:
        context = {"draftOrders": orders, "a": orders}
        resolved = resolve(f"X?x={{{{{path}}}}}", context, TODAY, {"before": prior})
        assert (resolved.query is None) == bool(resolved.because)


def test_a_path_that_leads_to_very_many_values_is_given_up():
    wide = {"a": [{"a": [{"a": ["x"] * 300}] * 300}] * 300}
    assert "more than 10000 values" in resolve("X?x={{context.a.a.a}}", wide, TODAY).because


def test_a_query_that_becomes_very_long_is_given_up():
    assert "200000 characters" in resolve("X?x={{context.a}}", {"a": ["x" * 999 + str(n) for n in range(999)]}, TODAY).because


def test_references_in_a_circle_come_to_an_end():
    one = {"resourceType": "A", "id": "1", "next": {"reference": "A/2"}}
    two = {"resourceType": "A", "id": "2", "next": {"reference": "A/1"}}
    context = {"one": one, "two": two}
    path = "context.one" + ".next.resolve()" * 15 + ".id"
    assert resolve(f"X?x={{{{{path}}}}}", context, TODAY).query == "X?x=2"


class Counted(str):
    """A text that counts how many characters searching and cutting it looks at."""

    looked = 0

    def find(self, what, start=0):
        found = super().find(what, start)
        Counted.looked += (found if found >= 0 else len(self)) - start
        return found

    def __getitem__(self, index):
        return str.__getitem__(self, index)


@given(st.sampled_from(["{{", "}}", "{{a}}", "{", "{{a", "}}{{", "{{today()"]), st.integers(1, 2_000))
def test_reading_a_template_looks_at_each_character_a_fixed_number_of_times(piece, times):
    """No blow-up on unclosed or nested braces: counted, not timed."""
    Counted.looked = 0
    template = Counted(piece * times)
    with suppress(parsing.BadToken):
        list(parsing.pieces(template))
    assert Counted.looked <= 2 * len(template)


@given(st.sampled_from(list("%`.|()+-1a {_")), st.sampled_from(list("%`.|()+-1a {_")), st.integers(1, 500))
def test_a_token_is_cut_into_no_more_lexemes_than_characters(one, other, times):
    token = (one + other) * times
    assert len(list(parsing.lexemes(token))) <= len(token)


def test_more_tokens_than_any_template_needs_are_refused():
    assert "more than 100 tokens" in resolve("X?x=" + "{{context.patientId}}" * 101, CONTEXT, TODAY).because
