"""Cards and refusals as a prescriber reads them in a terminal, with nothing in them that could steer the terminal."""

import json
import unicodedata

import msgspec
from rich.console import Console, Group
from rich.markdown import Markdown
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from cdshooks.protocol.wire import encode

COLOURS = {"critical": "red", "warning": "yellow", "info": "cyan"}
NEVER_SHOWN = {"Cc", "Cf", "Cs"}  # control, format (bidirectional overrides, zero width), lone surrogates


def clean(said: object) -> str:
    """A text from elsewhere without control characters; nothing for what is no text.

    >>> clean("low \\x1b[31mB\\u202e")
    'low [31mB'
    """
    if not isinstance(said, str):
        return ""
    return "".join(sign for sign in said if sign in "\n\t" or unicodedata.category(sign) not in NEVER_SHOWN)


def as_json(body: object, indent: int = 2) -> str:
    """The body as JSON, in which such characters are escaped."""
    text = msgspec.json.format(encode(body), indent=indent).decode()
    for sign in {sign for sign in text if sign != "\n" and unicodedata.category(sign) in NEVER_SHOWN}:
        text = text.replace(sign, json.dumps(sign)[1:-1])
    return text


def print_cards(cards: list[dict], console: Console) -> None:
    """Every card in the order in which it came, or words that there is none."""
    if not cards:
        console.print("No cards.")
    for card in cards:
        console.print(card_panel(card))


def card_panel(card: dict) -> Panel:
    """Indicator, summary, detail, what can be done, and who says so."""
    indicator = clean(card.get("indicator"))
    parts = [Text(clean(card.get("summary")), "bold")]
    if detail := clean(card.get("detail")):
        parts += [Text(), Markdown(detail, hyperlinks=False)]
    parts += [*suggestions(card), Text(), source(card)]
    colour = COLOURS.get(indicator, "white")
    return Panel(Group(*parts), title=Text(indicator.upper(), colour), title_align="left", border_style=colour)


def suggestions(card: dict) -> list[object]:
    """The offers of the card, each with what accepting it does."""
    lines = []
    for offer in rows(card, "suggestions"):
        lines.append(Text(f"- {clean(offer.get('label'))}"))
        for action in rows(offer, "actions"):
            said = f"{clean(action.get('type'))}: {clean(action.get('description'))}"
            lines.append(Padding(Text(said, "dim"), (0, 0, 0, 4)))
    return [Text(), Text("Suggestions", "bold"), *lines] if lines else []


def source(card: dict) -> Text:
    """Who says so, and where to read it."""
    told = card.get("source") if isinstance(card.get("source"), dict) else {}
    return Text(" ".join(filter(None, ["Source:", clean(told.get("label")), clean(told.get("url"))])), "dim")


def print_refusal(status: int, body: object, console: Console) -> None:
    """The issues of an OperationOutcome, one a line."""
    console.print(Text(f"The service refused the request ({status}).", "bold red"))
    for issue in rows(body, "issue"):
        details = issue.get("details") if isinstance(issue.get("details"), dict) else {}
        console.print(Text(f"- {clean(issue.get('diagnostics')) or clean(details.get('text')) or 'no reason given'}"))


def rows(value: object, key: str) -> list[dict]:
    """The objects of a list, whatever else a server has put there."""
    found = value.get(key) if isinstance(value, dict) else None
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
