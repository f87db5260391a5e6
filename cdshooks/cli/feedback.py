"""`cdshooks feedback`: what became of the cards, for those who write them; and throwing away what is too old."""

from contextlib import closing

import click

from cdshooks.cli.options import database_options

DAY = click.DateTime(["%Y-%m-%d"])
REPEATS = "repeats"


@click.group("feedback", short_help="Say what became of the cards; throw old entries away.")
def command():
    """Say what became of the cards; throw old entries away."""


@command.command("report", short_help="Count what became of the cards.")
@click.option("--by", type=click.Choice([REPEATS, "card", "client", "reason", "week"]), help="What to count by.")
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
@click.option("--since", type=DAY, metavar="DATE", help="From this day (UTC) on.")
@click.option("--until", type=DAY, metavar="DATE", help="Up to the day before.")
@database_options
def report(by, form, since, until, **flags):
    """Count cards that were shown, accepted and overridden.

    First come the reasons that override the same card again and again: they say what is wrong with it. Without --by a
    table shows these and the cards, CSV these only, JSON everything. Of a card that was told of several times the last
    word counts.
    """
    from cdshooks.store.report import count

    with closing(_database(flags)) as database:
        counts = count(database, since and since.date(), until and until.date())
    groups = {REPEATS: counts.repeated, **counts.rows}
    if form == "json":
        click.echo(_json(counts, {by: groups[by]} if by else groups))
    elif form == "csv":
        click.echo(_csv(by or REPEATS, groups[by or REPEATS]), nl=False)
    else:
        click.echo("\n".join(_tables([by] if by else [REPEATS, "card"], groups, counts)))


@command.command("export", short_help="Write the entries one by one.")
@click.option("--format", "form", type=click.Choice(["csv", "ndjson"]), default="csv", show_default=True)
@click.option("--since", type=DAY, metavar="DATE", help="What came in from this day (UTC) on.")
@click.option("--until", type=DAY, metavar="DATE", help="Up to the day before.")
@database_options
def export(form, since, until, **flags):
    """Write each entry of feedback with the card that it speaks of and where that card comes from.

    A card is known by its topic where it was shown by this service; the source attributes (developer, citation, ...)
    are those of the cards that are loaded now. Nothing in it names a patient, but for comments where they are kept.
    """
    from cdshooks.config import read_settings
    from cdshooks.content.load import load_library
    from cdshooks.review.attributes import attributes
    from cdshooks.store.export import Row, entries

    settings = read_settings(flags)
    library = load_library(settings.cards, settings.site)
    of_card = {card.topic: attributes(card, library) for card in library.cards}
    names = list(next(iter(of_card.values()), {}))
    write = _writer(form, [*Row._fields, *(f"card {name}" for name in names)])
    with closing(_database(flags)) as database:
        for row in entries(database, since and since.date(), until and until.date()):
            told = of_card.get(row.topic, {})
            write(row._asdict() | {f"card {name}": told.get(name) for name in names})


def _writer(form, columns):
    """What writes one entry to stdout."""
    import csv
    import json
    import sys

    if form == "ndjson":
        return lambda row: click.echo(json.dumps(row, default=_iso, ensure_ascii=False))
    writer = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
    writer.writeheader()
    return lambda row: writer.writerow({name: _inert(_iso(value)) for name, value in row.items()})


def _iso(value):
    return value.isoformat() if hasattr(value, "isoformat") else value


@command.command("prune", short_help="Throw away what is older.")
@click.option("--older-than", "age", required=True, metavar="DAYS", help="How old, in days: 400d.")
@database_options
def prune(age, **flags):
    """Throw away cards shown and feedback that are older. A card stays while younger feedback speaks of it."""
    from datetime import timedelta

    from cdshooks.config import now
    from cdshooks.store.prune import prune

    before = now() - timedelta(days=_days(age))
    with closing(_database(flags)) as database:
        gone = prune(database, before, now())
    click.echo(f"{gone.shown} cards shown and {gone.feedback} entries of feedback were thrown away.")


def _days(text: str) -> int:
    number = text.removesuffix("d")
    if not (number.isascii() and number.isdigit() and 1 <= int(number[:9]) <= 36_500):
        raise click.UsageError(f"--older-than {text}: give a number of days, such as 400d")
    return int(number)


def _database(flags):
    from cdshooks.config import read_settings
    from cdshooks.errors import SettingsError
    from cdshooks.store.database import Database
    from cdshooks.store.place import place

    where = place(read_settings(flags).database)
    if where is None:
        raise SettingsError("database: it is none; nothing is kept")
    return Database(where)


# --- printing -----------------------------------------------------------------------------------------------------

COLUMNS = {
    REPEATS: ("card", "reason", "overridden", "shown", "share"),
    "reason": ("reason", "overridden"),
    **{group: (group, "shown", "accepted", "overridden") for group in ("card", "client", "week")},
}
TITLES = {
    REPEATS: "Reasons that override the same card again and again",
    **{group: f"By {group}" for group in ("card", "client", "reason", "week")},
}


def _json(counts, groups) -> str:
    import json

    told = {"since": counts.since, "until": counts.until, "cardsNotRecorded": counts.lost, **groups}
    return json.dumps(told, indent=2, default=str)


def _csv(group, rows) -> str:
    import csv
    from io import StringIO

    text = StringIO()
    writer = csv.DictWriter(text, COLUMNS[group], lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _inert(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def _inert(value):
    """A client's word must not become a formula where the table is opened."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@" else value


def _tables(groups, rows, counts):
    from cdshooks.cli.print_cards import clean

    for group in groups:
        yield f"{TITLES[group]}:"
        cells = [COLUMNS[group], *([_cell(row[name]) for name in COLUMNS[group]] for row in rows[group])]
        widths = [max(len(row[n]) for row in cells) for n in range(len(COLUMNS[group]))]
        yield from (clean(_line(row, widths)) for row in cells)
        if not rows[group]:
            yield "  none"
        yield ""
    if counts.lost:
        yield f"{counts.lost} cards were shown that could not be recorded; the counts of shown cards lack them."


def _line(row, widths) -> str:
    """Words to the left, numbers to the right."""
    sides = [str.rjust if cell.removesuffix("%").isdigit() else str.ljust for cell in row]
    padded = [side(cell, width) for side, cell, width in zip(sides, row, widths, strict=True)]
    return f"  {'  '.join(padded)}".rstrip()


def _cell(value) -> str:
    return f"{value:.0%}" if isinstance(value, float) else "" if value is None else str(value)
