"""Whatever a service says, the judge comes to a report, and none of its own checks fails on the way."""

import contextlib
import json

import pytest
from cds_conformance import judge
from cds_conformance.checks.crd_coverage import COVERAGE
from cds_conformance.ehr.tokens import CannotFill, Filler
from cds_conformance.evidence import Evidence, Exchange
from cds_conformance.reading import _Names as Names
from cds_conformance.reading import read
from cds_conformance.report.forms import FORMS
from cds_conformance.report.model import Report
from cds_conformance.report.shown import shown
from cds_conformance.statements import load_statements
from cds_conformance.weigh import OWN_FAULT, weigh
from hypothesis import example, given, settings
from hypothesis import strategies as st
from reference.wire import Answer, Server

WORDS = sorted(
    {
        "services",
        "cards",
        "systemActions",
        "extension",
        "summary",
        "indicator",
        "source",
        "topic",
        "label",
        "url",
        "icon",
    }
    | {"detail", "suggestions", "selectionBehavior", "overrideReasons", "links", "uuid", "actions", "type", "resource"}
    | {"resourceId", "description", "id", "hook", "title", "prefetch", "version", "hookVersion", "code", "system"}
    | {"display", "appContext", "autolaunchable", "isRecommended", "resourceType", "issue", "usageRequirements"}
)
TEXTS = st.one_of(
    st.sampled_from(
        ["", "create", "update", "delete", "absolute", "smart", "patient-view", "any", "at-most-one", "Task"]
    ),
    st.sampled_from(
        ["{{context.patientId}}", "{{%a.b.ofType(X)}}", "http://[", "javascript:1", "<script>", "Patient/1"]
    ),
    st.text(max_size=20),
)
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXTS)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(WORDS), st.text(max_size=8)), inner, max_size=8),
    ),
    max_leaves=60,
)


def exchange(number: int, probe: str, body, **more) -> Exchange:
    method = "GET" if probe == "discovery" else "POST"
    made = Exchange(
        number, probe, method, "http://s/cds-services/x", {}, service="x", hook="order-sign", status=200, **more
    )
    made.answer = json.dumps(body).encode()
    return made


SERVICE = {"id": "x", "hook": "order-sign", "description": "d", "prefetch": {"a": "Patient/{{context.patientId}}"}}
OF_PROBES = {
    "good": {"patient": "p", "unfilled": [], "own": False}, "again": {"patient": "p"}, "null": {"patient": "p", "keys": ["a"]},
    "absent": {"patient": "p", "keys": ["a"]}, "failed": {"patient": "p", "keys": ["a"]}, "alone": {"patient": "p", "keys": ["a"]},
    "both": {"patient": "p"}, "partly": {"patient": "p", "keys": ["a"]}, "extension": {"patient": "p"}, "browser": {"patient": "p"},
    "feedback": {"what": "accepted", "seen": True}, "feedback-bad": {"what": "overrideReason is empty"},
    "null-served": {"patient": "p", "keys": ["a"], "types": ["Patient"]}, "variant": {"what": "w"}, "missing": {"field": "hook"},
    "token": {"what": "alg none", "good": False}, "no-token": {"what": "call"}, "server-fault": {"fault": "fails", "patient": "p"},
}  # fmt: skip


def told_of(discovery, answers) -> Evidence:
    found = [exchange(1, "discovery", discovery)]
    for i, ((probe, detail), body) in enumerate(zip(OF_PROBES.items(), answers * len(OF_PROBES), strict=False)):
        found.append(exchange(i + 2, probe, body, detail=detail))
    return Evidence("http://s", "2026-01-15T00:00:00+00:00", found)


@settings(max_examples=4)
@example(discovery=1, answers=[None])
@example(discovery={"services": [None, None]}, answers=[None])
@given(st.one_of(st.just({"services": [SERVICE]}), ANYTHING), st.lists(ANYTHING, min_size=1, max_size=4))
def test_whatever_is_said_every_check_comes_to_an_end(discovery, answers):
    evidence = told_of(discovery, answers)
    verdicts = weigh(evidence, "3.0", "crd")
    assert [v.statement.id for v in verdicts.values() if OWN_FAULT in v.why] == []
    report = Report("http://s", "3.0", evidence.started, verdicts, tuple(map(shown, evidence.exchanges)), profile="crd")
    assert all(form(report) for form in FORMS.values())


ODD_COVERAGE = {
    "resourceType": "Task",
    "code": {"coding": [{"code": []}]},
    "input": None,
    "extension": [{"url": COVERAGE, "extension": None}, {"url": COVERAGE, "extension": [{"url": "coverage", "valueReference": 1}]}],
}


@settings(max_examples=4)
@example(cards=[{"links": [{"type": []}, {"type": {}}]}])
@example(cards=[{"type": "create", "resource": ODD_COVERAGE, "suggestions": [{"actions": [{"type": "create", "resource": ODD_COVERAGE}]}]}])
@example(cards=[{"suggestions": [{"actions": [{"type": "create", "resourceId": "Task/1"}]}]}])
@given(st.lists(st.dictionaries(st.sampled_from(WORDS), ANYTHING, max_size=10), min_size=1, max_size=4))
def test_whatever_cards_are_shown_every_check_comes_to_an_end(cards):
    verdicts = weigh(told_of({"services": [SERVICE]}, [{"cards": cards, "systemActions": cards}]), "3.0", "crd")
    assert [v.statement.id for v in verdicts.values() if OWN_FAULT in v.why] == []


@given(st.binary(max_size=200))
def test_whatever_bytes_come_they_are_read_or_refused(body):
    reading = read(body)
    assert bool(reading.unreadable) == (repr(reading.value) == "<no JSON>")


def test_a_body_too_deep_is_refused_and_costs_nothing():
    for deep in (b"[" * 100_000, b"[" * 150 + b"]" * 150, b'{"a":' * 900 + b"1" + b"}" * 900):
        assert read(deep).unreadable


class Counted(str):
    """A name that counts how often it is compared."""

    compared = 0
    __hash__ = str.__hash__

    def __eq__(self, other):
        Counted.compared += 1
        return str.__eq__(self, other)


def test_many_names_of_which_one_stands_twice_are_not_compared_each_with_each():
    pairs = [(Counted(f"name-{i}"), 1) for i in [*range(2_000), 0]]
    names = Names()
    names(pairs)
    assert names.doubled == ["name-0"]
    assert Counted.compared <= 10 * len(pairs)


@pytest.mark.parametrize("piece", [b"/* ", b'"\\'])
def test_what_is_never_closed_is_read_in_one_go(piece):
    """Tried from each beginning to the end, a million of these would take hours."""
    assert read(b"{" + piece * 1_000_000).unreadable


@pytest.mark.parametrize("template", ["{{" * 10_000, "{{" + " " * 20_000, "{{context" + "." * 20_000 + "}}", "{{%a" + ".x" * 9_000 + "}}"])
def test_no_template_keeps_the_judge_for_long(template):
    """Each of these took minutes or hours where a form was tried from each beginning to the end."""
    entry = SERVICE | {"prefetch": {f"k{i}": template for i in range(3)}}
    verdicts = weigh(told_of({"services": [entry]}, [{}]), "3.0")
    assert verdicts["pre-1"].result == "fail" or verdicts["pre-4"].result == "fail"
    with contextlib.suppress(CannotFill):
        assert Filler({}, None, None).fill(template) == template


def test_of_a_very_long_string_the_beginning_is_looked_at_and_told():
    reading = read(json.dumps({"cards": [{"detail": "<a " * 100_000}]}).encode())
    assert len(reading.value["cards"][0]["detail"]) == 20_000
    assert reading.cut == ("cards[0].detail: the first 20,000 of 300,000 characters",)


def test_tags_that_are_never_closed_are_looked_at_once():
    """Fifty such details took a minute where each tag was followed to the end."""
    cards = [{"summary": "s", "detail": f"<div\n{i} " + "<a " * 6_000} for i in range(50)]
    cards += [{"summary": "s", "detail": "<div\n<a <b x onclick=run() href=javascript:run()"}]
    verdict = weigh(told_of({"services": [SERVICE]}, [{"cards": cards}]), "2.0")["card-12"]
    assert {finding.at.rpartition(": ")[2] for finding in verdict.findings} == {"cards[50].detail"}
    assert {finding.says for finding in verdict.findings} == {
        "holds an HTML tag with an event handler",
        "holds a link that begins with javascript:",
    }


def test_half_a_character_is_told_as_one_that_cannot_be_read():
    body = rb'{"services": [{"hook": "patient-view", "id": "\ud800", "title": "a\udfff", "\uD83D": "\ud83d\ude00"}]}'
    assert read(body).value == {"services": [{"hook": "patient-view", "id": "\ufffd" * 3, "title": "a" + "\ufffd" * 3, "\ufffd" * 3: "\U0001f600"}]}
    with Server(lambda call: Answer(200, raw=body if call.path == "/cds-services" else b'{"cards": [{"summary": "\\ud800"}]}')) as base:
        report = judge(base, spec="2.0", timeout=3.0)
    assert report.problem == ""
    assert all(form(report).encode() for form in FORMS.values())


def test_what_a_service_says_reaches_no_terminal_as_it_came():
    nasty = {"services": [SERVICE | {"hook": "\x1b[31mred\x07", "prefetch": {"\x1b[2J": "{{x}}"}}]}
    evidence = told_of(nasty, [{}])
    report = Report("http://s", "2.0", evidence.started, weigh(evidence), tuple(map(shown, evidence.exchanges)))
    assert "\x1b" not in FORMS["text"](report)
    assert len(report.statements) == len(load_statements())
