"""`cdshooks burden DIR`: how many cards a folder of patients gets, by topic and indicator; why the critical ones."""

import click

from cdshooks.cli.options import ORDER_HELP


@click.command("burden", short_help="Count the cards that a folder of patients gets.")
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False))
@click.option("--order", "orders", multiple=True, metavar="FILE|NAME|WORDS", help=ORDER_HELP)
@click.option("--cards", "path", metavar="DIR", help="The cards folder.  [default: the ones shipped]")
@click.option("--site", metavar="FILE", help="A site file with other cut-offs and numbers.")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="The day on which charts are opened.")
@click.option("--json", "as_json", is_flag=True, help="Print the numbers as JSON.")
def command(folder, orders, path, site, today, as_json):
    """Open the chart of every patient Bundle below DIR, draft each order for each patient, and count the cards.

    Without --today each chart is opened on the day of its last entry. Each --order is drafted by itself, selected
    and signed. Shares are of the living. Critical cards are listed with what they saw, without names.
    """
    from cdshooks.config import read_settings
    from cdshooks.content.load import load_library
    from cdshooks.review.burden import tally

    settings = read_settings({"today": today and today.date(), "cards": path, "site": site})
    library = load_library(settings.cards, settings.site)
    made, unread = gather(folder, orders, library, settings)
    if as_json:
        import json

        click.echo(json.dumps(as_data(tally(made), made, unread), indent=2, ensure_ascii=False))
    else:
        for line in as_text(tally(made), made, unread):
            click.echo(line)
    click.get_current_context().exit(13 if unread else 0)


def gather(folder, orders, library, settings):
    """Every call, and how many files could not be read; what is wrong with these goes to stderr."""
    from cdshooks.cli.fire_folder import bundles, progress_bar
    from cdshooks.cli.warn import warn
    from cdshooks.ehr.patients import open_record
    from cdshooks.errors import BadInput
    from cdshooks.review.burden import calls, occasions

    on, made, unread = occasions(library.hooks, orders, lambda: library.concepts, warn), [], 0
    with progress_bar() as bar:
        for path in bar.track(bundles(folder), description="Opening charts"):
            try:
                made += calls(library, open_record(path), on, settings)
            except BadInput as fault:
                warn(str(fault))
                unread += 1
    return made, unread


def as_text(tallies, made, unread):
    """The table, a block for each occasion, and the critical cards with their reasons."""
    from cdshooks.cli.print_cards import clean

    patients = {call.patient for call in made}
    dead = {call.patient for call in made if call.deceased}
    yield f"{len(patients)} patients, {len(dead)} of them deceased; {len(made)} calls; {unread} files not readable"
    for one in tallies:
        yield ""
        yield f"{one.occasion}: {one.cards} cards for {one.with_cards} of {one.living} living patients" + percent(one)
        for row in one.rows:
            yield f"  {row.topic:<28} {row.indicator:<9} {row.patients:>5} {one.share(row.patients):>6.1%}"
    loud = reasons(made)
    yield ""
    yield f"{sum(map(len, loud.values()))} critical cards" + (", each with what it saw:" if loud else "")
    for (patient, topic, saw), on in loud.items():
        yield f"  {clean(patient)}  {topic}  ({'; '.join(on)})"
        yield from (f"    {clean(words)}" for words in saw)


def reasons(made) -> dict:
    """(patient, topic, what was seen) of the critical cards, with the occasions on which they came."""
    found = {}
    for call in made:
        for card in call.loud:
            found.setdefault((call.patient, card.topic, card.saw), []).append(call.occasion)
    return found


def percent(one) -> str:
    return f" ({one.share(one.with_cards):.1%})"


def as_data(tallies, made, unread) -> dict:
    """The same for a program."""
    return {
        "patients": len({call.patient for call in made}),
        "deceased": len({call.patient for call in made if call.deceased}),
        "unreadable": unread,
        "occasions": [
            {
                "occasion": one.occasion,
                "living": one.living,
                "withCards": one.with_cards,
                "cards": one.cards,
                "rows": [
                    {"topic": r.topic, "indicator": r.indicator, "patients": r.patients, "share": one.share(r.patients)}
                    for r in one.rows
                ],
            }
            for one in tallies
        ],
        "critical": [
            {"patient": call.patient, "occasion": call.occasion, "topic": c.topic, "saw": c.saw, "resources": c.refs}
            for call in made
            for c in call.loud
        ],
    }
