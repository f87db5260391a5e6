"""`cdshooks explain`: the same call as `fire`, with the reason for every card that came or did not."""

import click

from cdshooks.cli.options import ORDER_HELP


@click.command("explain", short_help="The same, with the reason for each card that came or not.")
@click.argument("bundle", metavar="BUNDLE|NAME")
@click.option("--hook", help="patient-view, order-select or order-sign.")
@click.option("--order", "orders", multiple=True, metavar="FILE|NAME|WORDS", help=ORDER_HELP)
@click.option("--select", multiple=True, metavar="ID", help="Which drafts are selected.  [default: all]")
@click.option("--patient", "patient_id", metavar="ID", help="Which Patient, when BUNDLE holds several.")
@click.option("--card", "topics", multiple=True, metavar="TOPIC", help="Only this card; may be given again.")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="The day on which all this happens.")
@click.option("--cards", metavar="DIR", help="The cards folder.  [default: the ones shipped]")
@click.option("--site", metavar="FILE", help="A site file with other cut-offs and numbers.")
@click.option("--json", "as_json", is_flag=True, help="Print the trace as JSON.")
def command(bundle, hook, orders, select, patient_id, topics, today, cards, site, as_json):
    """Say of every card why it fired, stayed silent, or could not tell.

    BUNDLE is what `cdshooks fire` takes: a patient Bundle, or the name of a fixture request or patient.
    """
    from cdshooks.cli.print_cards import clean
    from cdshooks.cli.warn import warn, warn_of_days
    from cdshooks.config import clock, read_settings
    from cdshooks.content.load import load_library
    from cdshooks.ehr.visit import open_visit
    from cdshooks.protocol.trace import as_data
    from cdshooks.review.find import card_called
    from cdshooks.review.trace import as_text, judged

    settings = read_settings({"today": today and today.date(), "cards": cards, "site": site})
    now = clock(settings)
    library = load_library(settings.cards, settings.site)
    wanted = {card_called(topic, library).topic for topic in topics}
    visit = open_visit(bundle, now.today, hook, orders, select, patient_id, lambda: library.concepts, warn)
    warn_of_days(visit, now.today)
    response = judged(library, visit, settings, now)
    decisions = [d for d in response.decisions if not topics or d.card.topic in wanted]
    if as_json:
        import json

        click.echo(json.dumps(as_data(decisions, response.chart), indent=2, ensure_ascii=False))
    else:
        for line in as_text(decisions, response.chart):
            click.echo(clean(line))
