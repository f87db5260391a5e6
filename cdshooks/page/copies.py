"""What is on the screen as something to take along: a call for the shell, a vignette, a test."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from cdshooks.config import Settings
from cdshooks.ehr.whole import whole_chart
from cdshooks.page.as_vignette import as_vignette
from cdshooks.page.firing import Fired
from cdshooks.page.house import House, own_address
from cdshooks.page.traces import told

LARGEST = 60_000  # characters of a request that somebody would paste


@dataclass(frozen=True)
class Copy:
    """One text to take along, and what it is."""

    name: str
    text: str
    note: str = ""


def copies_of(house: House, opened, fired: Fired) -> list[Copy]:
    """All of them; what is too large to be pasted is said instead."""
    from flask import request

    body = msgspec.json.format(fired.body, indent=1).decode() if len(fired.body) <= LARGEST else ""
    if not body or len(body) > LARGEST:
        return [Copy("curl, vignette, test", "", "This record is too large to be pasted; take it along as a file.")]
    base = own_address(request.environ) or request.host_url.rstrip("/")
    return [
        Copy("curl", as_curl(f"{base}/cds-services/{fired.service}", body), "Paste it into a shell."),
        *_vignettes(house, opened, fired),
        Copy("test", as_test(house, opened, fired, body), "A test for pytest: the same call gives the same cards."),
    ]


def _vignettes(house: House, opened, fired: Fired) -> list[Copy]:
    """The chart for the first card that came; where none came, for the first that could have."""
    every = told(fired.trace, house.library)
    if not every:
        return []
    bundle = fired.request["context"].get("draftOrders") or {}
    drafts = tuple(entry["resource"] for entry in bundle.get("entry", ()))
    chart = opened.chart
    if drafts:
        chart = whole_chart(opened.record, house.library, house.clock(), opened.state.hook, drafts)
    text, note = as_vignette(house.library, chart, opened.record, every[0])
    return [Copy("vignette", text, note)]


def as_curl(url: str, body: str) -> str:
    """A line for the shell; the quoted end of the document keeps every character as it is."""
    return f"curl -s '{url}' -H 'Content-Type: application/json' -d @- <<'END_OF_REQUEST'\n{body}\nEND_OF_REQUEST"


def as_test(house: House, opened, fired: Fired, body: str) -> str:
    """A test that fires the request in its own process, on the day of this page, and says which cards come."""
    settings = ", ".join(_settings(house))
    cards = [(card["source"]["topic"]["code"], card["indicator"]) for card in fired.cards]
    return f'''import json
from datetime import date
{"from pathlib import Path" if "Path(" in settings else ""}
from cdshooks import create_app
from cdshooks.config import Settings
from cdshooks.ehr.client import in_process

REQUEST = json.loads(r"""
{body}
""")


def test_the_cards_of_this_patient():
    app = create_app(Settings({settings}))
    status, answer = in_process(app).call({fired.service!r}, REQUEST)
    assert status == {fired.status}
    assert [(c["source"]["topic"]["code"], c["indicator"]) for c in answer.get("cards", [])] == {cards!r}
'''


def _settings(house: House) -> Iterator[str]:
    """What this service has that an answer may rest on; nothing of who may call, and nothing that is kept."""
    day = house.clock().today
    yield f'today=date({day.year}, {day.month}, {day.day}), database="none"'
    for name in ("cards", "site", "timezone"):
        value = getattr(house.settings, name)
        if value != getattr(Settings(), name):
            yield f"{name}=Path({str(Path(value).resolve())!r})" if isinstance(value, Path) else f"{name}={value!r}"
