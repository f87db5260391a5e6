"""A folder of patient Bundles fired one by one: a line for each patient, a summary, progress while it lasts."""

import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from cdshooks.cli.fire_one import cards_of, exit_code, templates
from cdshooks.cli.print_cards import as_json as json_text
from cdshooks.cli.print_cards import clean
from cdshooks.cli.warn import warn
from cdshooks.ehr.client import Client
from cdshooks.ehr.visit import Visit
from cdshooks.errors import BadInput


def fire_folder(folder: Path, client: Client, visit: Callable[[str], Visit], as_json: bool) -> int:
    """Fires every Bundle below the folder; the exit code is that of the worst."""
    paths = bundles(folder)
    services, found, worst, start = {}, Counter(), 0, time.monotonic()
    with progress_bar() as bar:
        for path in bar.track(paths, description="Firing"):
            code, cards = fire_file(path, client, visit, services, as_json)
            worst = max(worst, code)
            found.update(card_key(card) for card in cards)
    summary(len(paths), found, time.monotonic() - start, as_json)
    return worst


def bundles(folder: Path | str) -> list[Path]:
    """The files below a folder that can be Bundles, in the order of their names."""
    paths = sorted(path for path in Path(folder).rglob("*") if path.name.endswith((".json", ".json.gz")))
    if not paths:
        raise BadInput(f"{folder}: holds no .json or .json.gz file; name a folder of patient Bundles")
    return paths


def progress_bar() -> Progress:
    """A bar on stderr, when somebody looks at it."""
    console = Console(stderr=True)
    # Left to itself rich would write our lines to stderr as well, and `fire DIR > FILE` would be empty.
    return Progress(console=console, redirect_stdout=sys.stdout.isatty(), disable=not console.is_terminal)


def fire_file(path: Path, client: Client, visit: Callable, services: dict, as_json: bool) -> tuple[int, list[dict]]:
    """One patient: the line is printed, exit code and cards go back."""
    try:
        opened = visit(str(path))
    except BadInput as fault:  # one unreadable file must not cost the other patients
        warn(str(fault))
        return fault.exit_code, []
    if opened.hook not in services:
        services[opened.hook] = client.service_for(opened.hook)
    service = services[opened.hook]
    status, body = client.call(service["id"], opened.request(templates(service), tell=warn))
    cards = cards_of(body) if status == 200 else []
    if as_json:
        print(json_text({"patient": opened.record.patient_id, "status": status, "body": body}, indent=0))
    else:
        told = ", ".join(card_key(card) for card in cards) or ("no cards" if status == 200 else f"refused ({status})")
        print(f"{clean(opened.record.patient_id)}  {told}")
    return exit_code(status), cards


def card_key(card: dict) -> str:
    """What a card is about and how loud it is, in two words."""
    source = card.get("source")
    topic = source.get("topic") if isinstance(source, dict) else None
    name = topic.get("code") if isinstance(topic, dict) else None
    return f"{clean(name) or clean(card.get('summary'))} {clean(card.get('indicator'))}"


def summary(files: int, found: Counter, seconds: float, as_json: bool) -> None:
    """How many of what; on stderr when stdout is for a machine."""
    click.echo(f"{files} files, {found.total()} cards, {seconds:.1f} s", err=as_json)
    for key, number in sorted(found.items()):
        click.echo(f"{number:6}  {key}", err=as_json)
