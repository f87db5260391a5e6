"""`cdshooks fire`: an EHR in the shell, that opens a chart, calls a CDS service and shows its cards."""

import click

from cdshooks.cli.fire_one import fire_one
from cdshooks.cli.options import ORDER_HELP
from cdshooks.cli.warn import warn, warn_of_days


@click.command("fire", short_help="Open a patient's chart, call the service, show the cards.")
@click.argument("bundle", metavar="BUNDLE|NAME")
@click.option(
    "--hook", help="patient-view, order-select or order-sign.  [default: order-select with --order, else patient-view]"
)
@click.option("--order", "orders", multiple=True, metavar="FILE|NAME|WORDS", help=ORDER_HELP)
@click.option("--select", multiple=True, metavar="ID", help="Which drafts are selected (draft-1, ...).  [default: all]")
@click.option("--patient", "patient_id", metavar="ID", help="Which Patient, when BUNDLE holds several.")
@click.option("--url", help="A running service.  [default: ours, in this process]")
@click.option("--token-key", metavar="FILE", help="Private key (JWK or PEM) that signs a token for each call.")
@click.option("--token-kid", metavar="KID", help="Id of that key in the JWK Set.  [default: the JWK's kid]")
@click.option("--issuer", metavar="ISS", help="Who calls, as the service knows it; goes with --token-key.")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="The day on which all this happens.")
@click.option("--cards", metavar="DIR", help="The cards folder of our service.  [default: the ones shipped]")
@click.option("--site", metavar="FILE", help="A site file for our service, with other cut-offs and numbers.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.option("--print-request", is_flag=True, help="Print the request, and send nothing.")
def command(bundle, hook, orders, select, patient_id, url, today, cards, site, as_json, print_request, **token):
    """Open a chart as an EHR does, call a CDS service, and show its cards.

    BUNDLE is a patient Bundle (.json or .json.gz; Synthea's will do), a folder of them, or the name of a
    fixture request or patient. A fixture is told as of its own day and moved to --today (or the real today);
    a file is taken as it is.
    """
    from pathlib import Path

    from cdshooks.config import clock, read_settings
    from cdshooks.ehr.request import silent
    from cdshooks.ehr.visit import gathered, open_visit

    if url and (cards or site):
        raise click.UsageError("--cards and --site are of our own service; the one at --url has its own")
    badge = badge_of(url, **token)
    settings = read_settings({"today": today and today.date(), "cards": cards, "site": site})
    day = clock(settings).today
    client = service_at(url, settings, day, badge)
    theirs = day_of(client, day)
    concepts = concepts_of(settings)

    def visit(path: str, tell=silent):
        opened = open_visit(path, day, hook, orders, select, patient_id, concepts, tell)
        warn_of_days(opened, theirs)
        return opened

    if Path(bundle).is_dir():
        from cdshooks.cli.fire_folder import fire_folder

        if print_request:
            raise click.UsageError("--print-request needs one patient, not a folder")
        gathered(orders, concepts, warn)  # a wrong order is wrong for every patient: once is enough
        code = fire_folder(Path(bundle), client, visit, as_json)
    else:
        code = fire_one(visit(bundle, warn), client, as_json, print_request)
    click.get_current_context().exit(code)


def badge_of(url, token_key, token_kid, issuer):
    """What shows a service who calls; None where nobody asked for it."""
    if not (token_key or token_kid or issuer):
        return None
    if not (token_key and issuer and url):
        raise click.UsageError("--token-key, --issuer and --url go together: a token says who calls whom")
    from pathlib import Path

    from cdshooks.ehr.badge import badge

    return badge(Path(token_key), issuer, token_kid)


def service_at(url, settings, day, badge=None):
    """The service behind the URL, or our own app in this process: same day, open to us, and it keeps nothing."""
    from cdshooks.ehr.client import in_process, over_http

    if url:
        return over_http(url, badge)
    from dataclasses import replace

    from cdshooks import create_app

    return in_process(create_app(replace(settings, today=day, database="none", clients=None)))


def concepts_of(settings):
    """What reads the drugs of orders in words: our content, loaded once and only when it is needed."""
    from functools import cache

    from cdshooks.content.load import load_library

    return cache(lambda: load_library(settings.cards, settings.site).concepts)


def day_of(client, otherwise):
    """The day on which the service answers, where it says so: ours does, and it may be frozen."""
    from datetime import date

    from cdshooks.errors import CdsError

    try:
        _, body = client.exchange("GET", "/readyz")
        return date.fromisoformat(body["today"])
    except (CdsError, TypeError, KeyError, ValueError):  # another service, or one whose proxy keeps this to itself
        return otherwise
