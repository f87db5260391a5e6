"""The plots: each result at its place and in its own bands, no label on another, readable in each light, and text stays text."""

import json
import re
from datetime import date, timedelta
from xml.etree import ElementTree as xml
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from cdshooks.cli import main
from cdshooks.content.load import load_library
from cdshooks.ehr import shelf
from cdshooks.ehr.patients import read_record
from cdshooks.ehr.whole import whole_chart
from cdshooks.page.facts import facts_of
from cdshooks.plots.draw import LEFT, RIGHT, STYLE, WIDTH, svg
from cdshooks.plots.panels import Panel, Point, Timeline, timeline
from cdshooks.plots.scale import Days, Label, around, free, spread
from cdshooks.terms.dates import Clock
from tests.conftest import TODAY
from tests.shipped import LIBRARY

CLOCK = Clock(TODAY, ZoneInfo("UTC"))
NAMES = "{http://www.w3.org/2000/svg}"


def told(name, library=LIBRARY):
    return timeline(whole_chart(shelf.open_patient(name), library, CLOCK))


def drawn(name) -> xml.Element:
    return xml.fromstring(svg(told(name), name))


def labels(picture) -> list[Label]:
    return [Label(float(t.get("x")), float(t.get("y")), t.text or "", t.get("text-anchor", "start")) for t in picture.iter(f"{NAMES}text")]


@pytest.mark.parametrize("name", shelf.patient_names())
def test_every_bundled_patient_is_drawn_and_no_label_lies_on_another_or_beside_the_sheet(name):
    found = labels(drawn(name))
    assert [(a.text, b.text) for n, a in enumerate(found) for b in found[n + 1 :] if a.meets(b)] == []
    assert [one.text for one in found if one.box[0] < 0 or one.box[2] > WIDTH] == []


def with_dispense(status) -> dict:
    body = json.loads((shelf.folder() / "patients" / "low-b12.json").read_text("utf-8"))
    who = body["entry"][0]["resource"]["id"]
    drug = {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "309594", "display": "cyanocobalamin"}]}
    supply = {"resourceType": "MedicationDispense", "id": "d", "status": status, "subject": {"reference": f"Patient/{who}"}, "medicationCodeableConcept": drug, "whenHandedOver": "2026-01-02"}
    return body | {"entry": [*body["entry"], {"resource": supply}]}


def test_a_supply_that_was_handed_over_is_drawn_and_listed_and_one_that_was_not_is_not():
    record = read_record(with_dispense("completed"), "x")
    chart = whole_chart(record, LIBRARY, CLOCK)
    assert 'class="plot-dispensed"' in svg(timeline(chart), "x")
    assert [(row.note, row.day) for row in facts_of(chart, record).drugs.rows] == [("dispensed", date(2026, 1, 2))]
    cancelled = read_record(with_dispense("cancelled"), "x")
    assert 'class="plot-dispensed"' not in svg(timeline(whole_chart(cancelled, LIBRARY, CLOCK)), "x")


days = st.dates(date(1950, 1, 1), TODAY)
points = st.builds(Point, days, st.one_of(st.none(), st.floats(0, 1e6)), st.text(max_size=20), st.just(""), st.just(""), st.sampled_from(["", "no unit"]), st.just("Observation/1"))


@given(st.lists(points, min_size=1, max_size=60))
def test_whatever_the_results_are_their_labels_do_not_meet_and_the_picture_is_xml(found):
    panel = Panel("A result with a rather long name", "mmol/L", tuple(sorted(found, key=lambda p: p.day)))
    picture = xml.fromstring(svg(Timeline(TODAY, (panel,)), "x"))
    values = [one for one, text in zip(labels(picture), picture.iter(f"{NAMES}text"), strict=True) if text.get("class") == "plot-value"]
    assert [(a.text, b.text) for n, a in enumerate(values) for b in values[n + 1 :] if a.meets(b)] == []
    for circle in picture.iter(f"{NAMES}circle"):
        assert LEFT <= float(circle.get("cx")) <= WIDTH - RIGHT


@given(days, days)
def test_the_axis_has_a_few_ticks_within_it(first, last):
    axis = Days(*around(min(first, last), max(first, last)), 0, 600)
    ticks = axis.ticks()
    assert len(ticks) <= 8
    assert all(axis.first <= day <= axis.last for day, _ in ticks)
    assert [axis.at(day) for day, _ in ticks] == sorted(axis.at(day) for day, _ in ticks)


def test_the_same_patient_gives_the_same_bytes():
    assert svg(told("followed-for-years"), "x") == svg(told("followed-for-years"), "x")


def test_a_result_stands_in_the_band_of_its_own_unit():
    (mass, *_), (molar, *_) = told("low-b12").panels, told("foreign-units").panels
    assert (mass.unit, [s.high for s in mass.spans[0].stripes if s.high]) == ("ng/L", [180.0, 350.0])
    assert (molar.unit, [s.high for s in molar.spans[0].stripes if s.high]) == ("pmol/L", [133.0, 258.0])
    assert (molar.points[-1].value, molar.points[-1].tone) == (121.0, "worst")


@pytest.mark.parametrize("name", ["followed-for-years", "low-b12", "foreign-units", "indeterminate-b12", "raised-mma"])
def test_a_point_lies_inside_the_strip_of_its_class(name):
    """The picture and the rule agree: what is called deficient is drawn where deficient is written."""
    picture = drawn(name)
    for group in picture.iter(f"{NAMES}g"):
        strips = [(r.get("class").split("-")[-1], float(r.get("y")), float(r.get("y")) + float(r.get("height"))) for r in group if "plot-band" in r.get("class", "")]
        for circle in group.iter(f"{NAMES}circle"):
            tone = _tone(circle, name)
            y = float(circle.get("cy"))
            if strips and tone:
                assert [one for one, top, bottom in strips if top - 0.2 <= y <= bottom + 0.2 and one == tone]


def _tone(circle, name):
    said = circle.find(f"{NAMES}title").text
    found = [p for panel in told(name).panels for p in panel.points if said.startswith(f"{p.day}: {p.text}")]
    return found[0].tone


SITE = """
[[cut_offs]]
result     = "b12_total"
laboratory = ["Laboratory of our own"]
who        = "somebody"
why        = "its method"
since      = 2020-01-01
band       = [
  { is = "deficient", below = ["100 ng/L"] },
  { is = "indeterminate", at_least = ["100 ng/L"], up_to = ["140 ng/L"] },
  { is = "adequate", above = ["140 ng/L"] },
]
"""


def test_a_laboratory_with_its_own_cut_offs_has_its_own_bands(tmp_path):
    site = tmp_path / "site.toml"
    site.write_text(SITE, "utf-8")
    library = load_library(None, site)
    body = json.loads((shelf.folder() / "patients" / "low-b12.json").read_text("utf-8"))
    for entry in body["entry"]:
        if entry["resource"]["resourceType"] == "Observation":
            entry["resource"]["performer"] = [{"display": "Laboratory of our own"}]
    (own, *_), (ours, *_) = (timeline(whole_chart(record, library, CLOCK)).panels for record in (read_record(body, "x"), shelf.open_patient("low-b12")))
    assert [s.high for s in own.spans[-1].stripes if s.high] == [100.0, 140.0]
    assert [s.high for s in ours.spans[-1].stripes if s.high] == [180.0, 350.0]
    assert (own.points[0].tone, ours.points[0].tone) == ("best", "worst")


def test_what_cannot_be_used_is_a_cross_and_never_a_point_in_a_band():
    picture = drawn("unit-missing")
    crosses = [p for p in picture.iter(f"{NAMES}path") if p.get("class") == "plot-fault"]
    assert len(crosses) == 1
    assert "cannot be used" in crosses[0].find(f"{NAMES}title").text


def test_text_from_the_record_stays_text():
    hostile = "</title><script>alert(1)</script>"
    body = json.loads((shelf.folder() / "patients" / "followed-for-years.json").read_text("utf-8"))
    for entry in body["entry"]:
        row = entry["resource"]
        for key in ("code", "medicationCodeableConcept"):
            if key in row:
                row[key]["text"] = hostile
        if "valueQuantity" in row:
            row["valueQuantity"] |= {"unit": hostile}
    picture = svg(timeline(whole_chart(read_record(body, "x"), LIBRARY, CLOCK)), hostile)
    assert "<script" not in picture
    assert xml.fromstring(picture).find(f"{NAMES}title").text == hostile


# Colours --------------------------------------------------------------------------------------------------------------


def palettes(css) -> list[dict[str, str]]:
    """The colours of light, dark and print."""
    return [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in re.findall(r"\{([^{}]*--plot-sheet: [^{}]*)\}", css)]


def contrast(one: str, other: str) -> float:
    def luminance(colour):
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", palettes(STYLE.read_text("utf-8")), ids=["light", "dark", "print"])
def test_text_and_lines_of_a_plot_can_be_told_from_what_is_behind_them(colours):
    grounds = [colours[f"plot-{name}"] for name in ("sheet", "worst", "middle", "best")]
    for ground in grounds:
        assert contrast(colours["plot-ink"], ground) >= 4.5
        assert contrast(colours["plot-line"], ground) >= 3
        assert contrast(colours["plot-fault"], ground) >= 3
    assert contrast(colours["plot-soft"], colours["plot-sheet"]) >= 4.5
    assert contrast(colours["plot-ordered"], colours["plot-sheet"]) >= 3
    assert contrast(colours["plot-given"], colours["plot-sheet"]) >= 3


def test_labels_that_would_lie_on_each_other_are_spread_or_left_out():
    two = [Label(0, 10, "one"), Label(0, 12, "two")]
    assert [one.y for one in spread(two)] == [10, 23]
    assert [one.text for one in free(two, [])] == ["one"]


# The command ----------------------------------------------------------------------------------------------------------


def test_the_command_writes_a_picture_that_needs_nothing_beside_it(tmp_path):
    file = tmp_path / "plot.svg"
    done = CliRunner().invoke(main, ["plot", "followed-for-years", "--today", "2026-01-15", "-o", str(file)])
    assert (done.exit_code, done.output) == (0, "")
    text = file.read_text("utf-8")
    assert "<style>" in text
    assert not re.search(r"(href|src|url\()", text)
    assert len(text) < 60_000


def test_the_command_says_where_there_is_nothing_to_draw_or_no_place_to_write(tmp_path):
    nothing = CliRunner().invoke(main, ["plot", "no-results", "--today", "2026-01-15"])
    nowhere = CliRunner().invoke(main, ["plot", "low-b12", "-o", str(tmp_path / "none" / "x.svg")])
    assert (nothing.exit_code, nowhere.exit_code) == (13, 13)
    assert "nothing to draw" in nothing.output
    assert "cannot be written" in nowhere.output


def test_a_long_record_is_drawn_with_its_latest_results():
    start = TODAY - timedelta(days=4000)
    found = tuple(Point(start + timedelta(days=n), float(n % 500), f"{n}", "", "", "", "") for n in range(400))
    assert len(svg(Timeline(TODAY, (Panel("x", "y", found),)), "x")) < 120_000
