"""Following the guide for card writers adds a card without touching anything but its folder."""

import shutil
from datetime import date
from pathlib import Path

from cdshooks import create_app
from cdshooks.config import Settings
from cdshooks.content.load import default_path, load_library
from cdshooks.ehr.client import in_process
from cdshooks.ehr.visit import open_visit
from cdshooks.review.vignettes import run_all
from tests.shipped import LIBRARY

WORKED = Path(__file__).parents[1] / "docs" / "worked-card" / "b12_high"
DAY = date(2026, 1, 15)


def with_one_more(tmp_path: Path) -> Path:
    cards = tmp_path / "cards"
    shutil.copytree(default_path(), cards)
    shutil.copytree(WORKED, cards / WORKED.name)
    return cards


def test_one_more_folder_is_one_more_card_and_its_vignettes_come_out_as_told(tmp_path):
    library = load_library(with_one_more(tmp_path))
    card = library.card("b12-high")
    assert len(library.cards) == len(LIBRARY.cards) + 1
    assert [v.fault for v in run_all(library) if v.card is card] == [""] * 4


def test_the_new_card_fires_over_http_and_its_needs_are_in_the_prefetch(tmp_path):
    client = in_process(create_app(Settings(today=DAY, cards=with_one_more(tmp_path))))
    service = client.service_for("patient-view")
    visit = open_visit("healthy", DAY)
    request = visit.request(service["prefetch"])
    for entry in request["prefetch"]["results"].get("entry", []):
        entry["resource"]["valueQuantity"] = {"value": 1200, "unit": "ng/L"}
    status, body = client.call(service["id"], request)
    assert (status, [c["source"]["topic"]["code"] for c in body["cards"]]) == (200, ["b12-high"])
