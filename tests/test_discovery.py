"""Discovery is derived from the cards: pinned by a golden file, and only with what the standard recommends."""

import re
from pathlib import Path

import pytest

from cdshooks.config import Settings
from cdshooks.protocol.discovery import services
from cdshooks.protocol.wire import encode
from tests.shipped import LIBRARY

GOLDEN = Path(__file__).parent / "golden" / "discovery.json"
ALLOWED = {"patient", "code", "date", "status", "effective-time", "category", "_sort", "_count", "_include"}


def listed(**settings):
    return [s for group in services(LIBRARY, Settings(**settings)).values() for s in group]


def as_text(found) -> str:
    import json

    return json.dumps(json.loads(encode([s.as_discovery() for s in found])), indent=1, ensure_ascii=False) + "\n"


@pytest.mark.proves("disc-5", "disc-6")
def test_discovery_is_what_the_golden_file_says():
    """After a wanted change: `python -m tests.test_discovery` writes the file anew; read the difference."""
    assert as_text(listed()) == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize("service", [*listed(), *listed(dated_prefetch=True)], ids=lambda s: f"{s.id} {s.version}")
@pytest.mark.proves("pre-1", "pre-2", "pre-3", "pre-4")
def test_templates_use_only_what_the_standard_recommends(service):
    for template in service.prefetch.values():
        kind, _, query = template.partition("?")
        names = {pair.partition("=")[0] for pair in query.split("&") if query}
        tokens = set(re.findall(r"\{\{(.*?)\}\}", template))
        assert names <= ALLOWED
        assert all(t == "context.patientId" or re.fullmatch(r"today\(\) - \d+ days", t) for t in tokens)
        assert re.fullmatch(r"[A-Z][A-Za-z]+(/\{\{context\.patientId\}\})?", kind)


@pytest.mark.parametrize("service", listed(), ids=lambda s: s.id)
@pytest.mark.proves("pre-5")
def test_every_source_that_a_card_needs_has_exactly_one_key(service):
    needed = {need.source for card in service.cards for need in card.needs()}
    keys = [source for query in service.queries for source in query.sources]
    assert sorted(keys) == sorted(set(keys))
    assert needed <= set(keys)


def test_by_default_every_released_client_can_fill_the_templates():
    for settings in ({}, {"plain_prefetch": True}, {"plain_prefetch": True, "dated_prefetch": True}):
        assert {t for s in listed(**settings) for q in s.prefetch.values() for t in re.findall(r"{{(.*?)}}", q)} == {
            "context.patientId"
        }
        assert {s.version for s in listed(**settings)} == {"2.0.0"}


def test_the_windows_of_dated_templates_are_as_wide_as_the_widest_question():
    """Results are asked about without a limit, so their query has none; the others go back 546 days."""
    prefetch = next(s for s in listed(dated_prefetch=True) if s.hook == "patient-view").prefetch
    assert "today()" not in prefetch["results"]
    assert "date=ge{{today() - 546 days}}" in prefetch["recent_results"]
    assert {s.version for s in listed(dated_prefetch=True)} == {"3.0.0-ballot"}


def test_dated_or_not_the_keys_are_the_same():
    """So a client that read discovery before the setting changed is understood all the same."""
    assert [list(s.prefetch) for s in listed()] == [list(s.prefetch) for s in listed(dated_prefetch=True)]


@pytest.mark.proves("disc-7")
def test_one_id_for_all_hooks_is_a_setting():
    assert {s.id for s in listed(one_id=True)} == {"b12"}
    assert sorted(s.hook for s in listed(one_id=True)) == sorted(s.hook for s in listed())


def test_discovery_says_what_is_fetched_and_what_follows_when_it_cannot_be():
    """Without a server that may be called, it says that nothing is (the golden file)."""
    (said,) = {s.usage for s in listed(fhir_servers=("https://ehr.example/fhir",), fetch_deadline_ms=700)}
    assert "is fetched from fhirServer with the token of the request" in said
    assert "700 ms" in said
    assert "What cannot be fetched counts as left out, and the answer says why." in said
    assert "ehr.example" not in said


if __name__ == "__main__":
    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_text(as_text(listed()), encoding="utf-8")
