"""`cdshooks survey`: what a feed sends that matters to the cards, how it is understood, and whether it is fit."""

import click

SHOWN = 40  # rows of a kind in the table; --json has all


@click.command("survey", short_help="Say what a feed sends, and how it is understood.")
@click.argument("place", metavar="INPUT|URL")
@click.option("--map", "map_file", metavar="FILE", help="Write a draft of the site file for what could not be placed.")
@click.option("--token-file", metavar="FILE", help="A file with the access token for the FHIR server at URL.")
@click.option("--cards", metavar="DIR", help="The cards folder.  [default: the ones shipped]")
@click.option("--site", metavar="FILE", help="A site file, whose own codes are understood.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def command(place, map_file, token_file, cards, site, as_json):
    """List what a feed sends that matters to the cards, with how it was understood and how often it came.

    INPUT is a file or a folder: Bundles, lists, single resources, hook requests, NDJSON; plain or gzipped. URL is the
    base address of a FHIR server, which is asked type by type. No name of a patient is printed.

    Ends with 1 where the feed is not fit to switch the service on.
    """
    from cdshooks.config import read_settings
    from cdshooks.content.load import load_library
    from cdshooks.feed.count import as_data
    from cdshooks.feed.draft import draft
    from cdshooks.feed.seen import Fate
    from cdshooks.feed.survey import asked_about

    settings = read_settings({"cards": cards, "site": site})
    library = load_library(settings.cards, settings.site)
    counts = _counted(place, library.concepts, settings, token_file)
    told = as_data(counts, asked_about(library))
    if map_file:
        _write(map_file, draft(counts.of(Fate.NOT_UNDERSTOOD)))
    if as_json:
        import json

        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        for line in _lines(told, counts, map_file):
            click.echo(line)
    click.get_current_context().exit(0 if told["fit"] else 1)


def _counted(place, concepts, settings, token_file):
    from cdshooks.cli.warn import warn
    from cdshooks.feed.survey import leading_medications, medications, survey

    if place.startswith(("http://", "https://")):
        from cdshooks.feed.server import resources_at
        from cdshooks.reach.connect import Guard
        from cdshooks.reach.get import Reach

        rows = resources_at(place, Reach(Guard(settings.fhir_networks)), warn, token_in(token_file))
        drugs, rows = leading_medications(rows)
        with _bar() as step:
            return survey(rows, drugs, concepts, step)
    from pathlib import Path

    from cdshooks.feed.files import files_of, resources_of

    paths = files_of(Path(place), warn)
    drugs = medications(row for path in paths for row in resources_of(path, lambda _: None))
    with _bar() as step:
        return survey((row for path in paths for row in resources_of(path, warn)), drugs, concepts, step)


def _bar():
    """Counts resources on stderr, when somebody looks at it."""
    from contextlib import contextmanager

    from cdshooks.cli.fire_folder import progress_bar

    @contextmanager
    def running():
        with progress_bar() as bar:
            task = bar.add_task("Resources", total=None)
            yield lambda: bar.advance(task)

    return running()


def token_in(path):
    from pathlib import Path

    from cdshooks.errors import BadInput

    if path is None:
        return None
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as fault:
        raise BadInput(f"{path}: cannot be read ({fault}); name a file that holds the access token") from None


def _write(path, text):
    from pathlib import Path

    from cdshooks.errors import BadInput

    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as fault:
        raise BadInput(f"{path}: cannot be written ({fault.strerror})") from None


# --- printing -----------------------------------------------------------------------------------------------------


def _lines(told, counts, map_file):
    kinds = ", ".join(f"{number} {kind}" for kind, number in counts.resources.most_common(12))
    yield f"{counts.resources.total()} resources: {kinds}"
    for title, key in (("Not understood", "not_understood"), ("Understood", "understood")):
        rows = told[key]
        yield ""
        yield f"{title}: {sum(row['count'] for row in rows)} times, {len(rows)} different" + (":" if rows else "")
        yield from _table(rows)
    yield ""
    yield f"Not ours: {told['not_ours']} (no card asks about them)"
    if counts.beyond:
        yield f"More than there is room for: {counts.beyond} were counted and are not listed"
    yield ""
    verdict = "This feed is fit to switch the service on." if told["fit"] else "This feed is not fit yet."
    yield " ".join([verdict, *told["why"]])
    if told["not_understood"]:
        written = (
            f"A draft of a site file for them is in {map_file}." if map_file else "--map FILE writes a draft of it."
        )
        yield f"What could not be placed can be mapped in a site file. {written}"


def _table(rows):
    from cdshooks.cli.print_cards import clean

    for kind in dict.fromkeys(row["kind"] for row in rows):
        mine = [row for row in rows if row["kind"] == kind]
        for row in mine[:SHOWN]:
            code = " ".join(filter(None, [row["system"], row["code"]]))
            what = " | ".join(filter(None, [row["unit"], row["text"], code]))
            yield f"  {row['count']:>7}  {kind:<10} {clean(what)}: {clean(row['reason'])}".replace("\n", " ")
        if len(mine) > SHOWN:
            yield f"  {'':>7}  {kind:<10} and {len(mine) - SHOWN} different ones more (--json lists them)"
