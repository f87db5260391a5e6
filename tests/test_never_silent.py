"""Any vignette in which a card fires, sent as a feed sends what is not understood: never silence, never a claim."""

import re
import zlib
from collections.abc import Callable, Iterator
from copy import deepcopy
from zoneinfo import ZoneInfo

import pytest

from cdshooks.chart.chart import Chart, Coverage, Provided
from cdshooks.protocol.doubts import in_doubt
from cdshooks.protocol.render import told_facts
from cdshooks.review.build import Builder
from cdshooks.review.vignettes import TODAY
from cdshooks.rules.cards import Card
from cdshooks.rules.decide import Decision, decide
from cdshooks.terms.dates import Clock
from tests.shipped import LIBRARY

CLOCK = Clock(TODAY, ZoneInfo("UTC"), TODAY)
SOURCES = {need.source for card in LIBRARY.cards for need in card.needs()} | {"Patient"}
FIRING = [(c, v) for c in LIBRARY.cards for v in c.page.vignettes if v["expect"] in ("info", "warning", "critical")]
Row = dict


def all_coded(value: object) -> Iterator[dict]:
    """Every coding below a value that has a code and words, but not those that say how far an illness has come."""
    if isinstance(value, list):
        for each in value:
            yield from all_coded(each)
    elif isinstance(value, dict):
        if "code" in value and "display" in value:
            yield value
        for each in value.values():
            yield from all_coded(each)


def strange(row: Row) -> Row:
    """The same words under codes that nobody knows."""
    changed = deepcopy(row)
    for number, coding in enumerate(all_coded(changed)):
        coding |= {"system": "urn:oid:2.999.1", "code": f"Q-{number}"}
    return changed


def wordless(row: Row) -> Row:
    """The words alone."""
    changed = deepcopy(row)
    for coding in all_coded(changed):
        del coding["code"], coding["system"]
    return changed


def pointing(row: Row) -> Row:
    """The drug by a reference to what does not come."""
    if "medicationCodeableConcept" not in row:
        return row
    kept = {key: value for key, value in row.items() if key != "medicationCodeableConcept"}
    return kept | {"medicationReference": {"reference": f"Medication/of-{row['id']}"}}


def inside(row: Row) -> Row:
    """The value in a component of a panel that says nothing itself."""
    if row["resourceType"] != "Observation":
        return row
    own = {key: row[key] for key in row if key.startswith("value") or key in ("code", "referenceRange")}
    return {key: value for key, value in row.items() if key not in own} | {"code": {"text": "Panel"}, "component": [own]}


def strange_inside(row: Row) -> Row:
    return strange(inside(row))


CHANGES: tuple[Callable[[Row], Row], ...] = (strange, wordless, pointing, inside, strange_inside)


def chart_of(card: Card, vignette: dict, change: Callable[[Row], Row]) -> Chart:
    builder = Builder(LIBRARY, TODAY)
    patient, *rows = builder.resources(vignette, "a vignette")
    drafts, selected = builder.drafts(vignette, "a vignette")
    lacking = set(vignette.get("not_provided", ()))
    coverage = {name: Coverage.NOT_PROVIDED if name in lacking else Coverage.COMPLETE for name in SOURCES}
    provided = Provided(None if "Patient" in lacking else patient, tuple(map(change, rows)), coverage)
    hook = vignette.get("hook", card.hooks[0])
    judged = selected if hook == "order-select" else None
    return Chart(LIBRARY.concepts, CLOCK, "vignette", hook, provided, list(map(change, drafts)), judged)


def loudest(decision: Decision) -> int:
    return max(possible.level for possible in decision.possible)


def fault_of(card: Card, vignette: dict, change: Callable[[Row], Row]) -> str:
    """How the answer is quieter than it was, or says more than is known; nothing where it is right.

    What stays open for want of data is told (412, or beside the cards), how loud ever it would have been.
    """
    before, chart = decide(card, chart_of(card, vignette, lambda row: row)), chart_of(card, vignette, change)
    after = decide(card, chart)
    where = f"{card.topic}, '{vignette['name']}', {change.__name__}"
    if not after.is_settled:
        return "" if after.may_fire else f"{where}: open, and could never fire"
    if after.fires and {doubt.ref for doubt in chart.doubts} & {getattr(f, "ref", "") for f in told_facts(after)}:
        return ""  # the card that is shown says so itself
    if max(map(loudest, [after, *in_doubt([after], chart)])) < loudest(before):
        return f"{where}: {before.possible} became {after.possible}"
    claims = said(after) - said(before)
    return f"{where}: it claims {claims}" if claims else ""


CLAIMS = re.compile(
    r"not treated|untreated|no (current )?treatment|not (yet )?(been )?(given|measured|tested|ordered)|was never|restart"
)


def said(decision: Decision) -> set[str]:
    """What the text of the card claims not to have been done."""
    if not decision.fires:
        return set()
    sections = decision.card.page.sections
    return {found.group() for p in decision.possible for found in CLAIMS.finditer(sections[p.text].whole.casefold())}


# Of each card some; `make test-all` takes all.
SAMPLE = FIRING[::13]


def changed_one(change: Callable[[Row], Row], number: int) -> Callable[[Row], Row]:
    """The change of one row in three only."""
    return lambda row: change(row) if zlib.crc32(str(row["id"]).encode()) % 3 == number else row


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_no_card_falls_silent_when_its_data_come_in_a_way_that_is_not_understood(change):
    assert [fault for card, vignette in SAMPLE if (fault := fault_of(card, vignette, change))] == []


@pytest.mark.long
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_no_card_at_all_falls_silent_when_its_data_come_in_a_way_that_is_not_understood(change):
    assert [fault for card, vignette in FIRING if (fault := fault_of(card, vignette, change))] == []


@pytest.mark.long
@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_no_card_falls_silent_when_some_of_its_data_come_so(change, number):
    some = changed_one(change, number)
    some.__name__ = f"{change.__name__} of some"
    assert [fault for card, vignette in FIRING if (fault := fault_of(card, vignette, some))] == []
