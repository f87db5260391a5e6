"""A site's own codes, words, units and orders: understood as ours, checked as ours, and written by our suggestions."""

import json
from datetime import UTC, date

import pytest
from click.testing import CliRunner

from cdshooks.cli import main
from cdshooks.config import Settings
from cdshooks.content.load import load_library
from cdshooks.errors import CardError
from cdshooks.protocol.discovery import services
from cdshooks.protocol.request import parse_request
from cdshooks.respond import respond
from cdshooks.review.reach import reach
from cdshooks.terms.dates import Clock
from tests.shipped import LIBRARY
from tests.test_prefetch import EMPTY, bundle, result

BY = """who = "Dr A. Example"
why = "our own catalogue"
since = 2026-01-01
"""
CLOCK = Clock(date(2026, 1, 15), UTC)
LOCAL = "http://lab.example.org/codes"
SHIPPED = LIBRARY


@pytest.fixture
def site(tmp_path):
    """What writes a site file of these `[[map]]` entries and loads the cards with it."""

    def load(*entries, **files):
        for name, body in files.items():
            (tmp_path / f"{name}.json").write_text(json.dumps(body), "utf-8")
        path = tmp_path / "site.toml"
        path.write_text("\n".join(f"[[map]]\n{entry}\n{BY}" for entry in entries), "utf-8")
        return load_library(site_file=path)

    return load


def cards(library, row):
    service = next(s for group in services(library, Settings()).values() for s in group if s.hook == "patient-view")
    body = {"hook": "patient-view", "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"}
    body |= {"context": {"userId": "Practitioner/x", "patientId": "p"}, "prefetch": EMPTY | {"results": bundle(row)}}
    return respond(library, service, parse_request(body, "patient-view"), CLOCK).cards


def topics(library, row):
    return [card["source"]["topic"]["code"] for card in cards(library, row)]


def coded(system, code):
    return result(90) | {"code": {"coding": [{"code": code} | ({"system": system} if system else {})]}}


@pytest.mark.parametrize(
    ("entry", "row"),
    [
        (f'concept = "b12_total"\nsystem = "{LOCAL}"\ncodes = ["VB12", "B12S"]', coded(LOCAL, "B12S")),
        (f'concept = "b12_total"\nsystem = "{LOCAL}"\nprefix = "VB"', coded(LOCAL, "VB12-2")),
        ('concept = "b12_total"\ncode = "8812"', coded(None, "8812")),
        ('concept = "b12_total"\nwords = ["Level XY (sent away)"]', result(90) | {"code": {"text": "level xy (sent away)"}}),
        ('concept = "b12_total"\nunit = "ng per l"\nmeans = "ng/L"', result(90, unit="ng per l")),
    ],
    ids=["codes", "prefix", "no system", "words", "unit"],
)
def test_what_the_site_maps_is_understood_as_ours(site, entry, row):
    assert "b12-deficiency" not in topics(SHIPPED, row)
    assert topics(site(entry), row) == ["b12-deficiency"]


def test_mapped_codes_are_asked_for_in_the_prefetch(site):
    library = site(f'concept = "b12_total"\nsystem = "{LOCAL}"\ncode = "A,B"')
    (service,) = (s for group in services(library, Settings()).values() for s in group if s.hook == "patient-view")
    assert f"{LOCAL}|A\\,B" in service.prefetch["results"]


def test_suggestions_are_written_in_the_codes_of_the_site(site):
    card = next(card for card in SHIPPED.cards if card.topic == "b12-deficiency")
    name = next(o.name for s in card.page.suggestions for o in s.orders if o.variants[0].is_a_drug)
    library = site(f'order = "{name}"\nsystem = "{LOCAL}"\ncode = "PREF17"\ndisplay = "HYDROXO INJ"')
    (card,) = cards(library, result(90))
    made = [a["resource"] for s in card["suggestions"] for a in s["actions"] if a["type"] == "create"]
    codings = [r["medicationCodeableConcept"]["coding"] for r in made if "medicationCodeableConcept" in r]
    assert {"system": LOCAL, "code": "PREF17", "display": "HYDROXO INJ"} in [c[0] for c in codings]
    assert all(len(coding) > 1 for coding in codings if coding[0]["system"] == LOCAL)  # ours stands behind it


def test_every_fault_of_a_map_is_told_at_once_with_the_nearest_name(site):
    with pytest.raises(CardError) as refused:
        site(
            'concept = "b12_totl"\ncode = "1"',
            'concept = "b12_total"\nunit = "x"\nmeans = "ng/LL"',
            'order = "hydroxocobalamin_starts"\nsystem = "urn:x"\ncode = "1"',
            'concept = "folic_acid"\nsystem = "LOINC"\ncode = "2132-9"',
            'concept = "b12_total"\nprefix = "V"',
            'concept = "b12_total"\nfile = "missing.json"',
            'concept = "folic_acid"\ncode = "7"\nstrength = "much"',
        )
    told = "\n".join(refused.value.issues)
    for words in (
        "first [[map]]: no concept is called 'b12_totl'; did you mean 'b12_total'?",
        "second [[map]]: 'ng/LL' is no unit that is accepted there; did you mean 'ng/L'?",
        "third [[map]]: no order is called 'hydroxocobalamin_starts'; did you mean 'hydroxocobalamin_start'?",
        "the code 2132-9 already means",
        "a prefix needs the system",
        "missing.json cannot be read as JSON",
        "'much' is not a strength",
    ):
        assert words in told


def test_a_value_set_and_a_concept_map_of_terminologists_are_read(site):
    contains = [{"system": LOCAL, "code": "TOP", "abstract": True, "contains": [{"system": LOCAL, "code": "B12X"}]}]
    values = {"resourceType": "ValueSet", "expansion": {"contains": contains}}
    element = [{"code": "COB", "target": [{"code": "2132-9", "equivalence": "equivalent"}]}]
    element += [{"code": "NO", "target": [{"code": "2132-9", "equivalence": "disjoint"}]}]
    maps = {"resourceType": "ConceptMap", "group": [{"source": LOCAL, "target": "http://loinc.org", "element": element}]}
    library = site('concept = "b12_total"\nfile = "values.json"', 'file = "maps.json"', values=values, maps=maps)
    assert topics(library, coded(LOCAL, "B12X")) == ["b12-deficiency"]
    assert topics(library, coded(LOCAL, "COB")) == ["b12-deficiency"]
    assert "b12-deficiency" not in topics(library, coded(LOCAL, "NO"))
    assert [change.name for change in library.changes] == ["b12_total", "b12_total"]


def test_what_we_write_for_terminologists_is_valid_and_can_be_read_back(site):
    from fhir.resources.R4B.conceptmap import ConceptMap
    from fhir.resources.R4B.valueset import ValueSet

    written = CliRunner().invoke(main, ["concepts", "b12_total", "--as", "valueset"])
    assert ValueSet.model_validate(json.loads(written.stdout)).expansion.total > 1
    whole = json.loads(CliRunner().invoke(main, ["concepts", "--as", "conceptmap"]).stdout)
    ConceptMap.model_validate(whole)
    ours = next(group for group in whole["group"] if group["source"] == "http://loinc.org")
    local = {**ours, "source": LOCAL, "element": [e for e in ours["element"] if e["code"] == "2132-9"]}
    library = site('file = "mine.json"', mine={"resourceType": "ConceptMap", "group": [local]})
    assert topics(library, coded(LOCAL, "2132-9")) == ["b12-deficiency"]


def test_it_is_said_of_each_entry_for_what_it_counts(site):
    library = site('concept = "b12_total"\ncode = "8812"')
    assert "cards (" in reach(library, "b12_total")
    assert "vignettes try" in reach(library, "hydroxocobalamin_start")
    assert reach(library, "nothing") == "no card asks about it"
    (change,) = library.changes
    assert (change.kind, change.name, change.now) == ("map", "b12_total", "8812 of no system")
