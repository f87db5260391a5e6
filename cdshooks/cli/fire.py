"""`cdshooks fire`: an EHR in the shell, that opens a chart, calls a CDS service and shows its cards."""

import click


@click.command("fire", short_help="Open a patient's chart, call the service, show the cards.")
@click.argument("bundle", metavar="BUNDLE|NAME")
@click.option(
    "--hook", help="patient-view, order-select or order-sign.  [default: order-select with --order, else patient-view]"
)
@click.option("--order", "orders", multiple=True, metavar="FILE|NAME", help="A draft order; may be given again.")
@click.option("--select", multiple=True, metavar="ID", help="Which drafts are selected (draft-1, ...).  [default: all]")
@click.option("--patient", "patient_id", metavar="ID", help="Which Patient, when BUNDLE holds several.")
@click.option("--url", help="A running service.  [default: ours, in this process]")
@click.option("--token-key", metavar="FILE", help="Private key (JWK or PEM) that signs a token for each call.")
@click.option("--token-kid", metavar="KID", help="Id of that key in the JWK Set.  [default: the JWK's kid]")
@click.option("--issuer", metavar="ISS", help="Who calls, as the service knows it; goes with --token-key.")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="The day on which all this happens.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.option("--print-request", is_flag=True, help="Print the request, and send nothing.")
def command(bundle, hook, orders, select, patient_id, url, today, as_json, print_request, **token):
    """Open a chart as an EHR does, call a CDS service, and show its cards.

    BUNDLE is a patient Bundle (.json or .json.gz; Synthea's will do), a folder of them, or the name of a
    fixture request or patient. A fixture is told as of its own day and moved to --today (or the real today);
    a file is taken as it is.
    """
    from pathlib import Path

    from cdshooks.config import clock, read_settings
    from cdshooks.ehr.visit import gathered, open_visit

    badge = badge_of(url, **token)
    settings = read_settings({"today": today and today.date()})
    day = clock(settings).today

    def visit(path: str):
        return open_visit(path, day, hook, orders, select, patient_id)

    if Path(bundle).is_dir():
        from cdshooks.cli.fire_folder import fire_folder

        if print_request:
            raise click.UsageError("--print-request needs one patient, not a folder")
        gathered(orders)  # a wrong order is wrong for every patient: once is enough
        code = fire_folder(Path(bundle), service_at(url, settings, day, badge), visit, as_json)
    else:
        opened = visit(bundle)
        code = fire_one(opened, service_at(url, settings, day, badge), as_json, print_request)
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


def fire_one(visit, client, as_json, print_request) -> int:
    """One call, printed; the exit code."""
    from cdshooks.cli.print_cards import as_json as json_text

    service = client.service_for(visit.hook)
    request = visit.request(templates(service), tell=warn)
    if print_request:
        click.echo(json_text(request))
        return 0
    status, body = client.call(service["id"], request)
    if as_json:
        click.echo(json_text(body))
    else:
        show(status, body)
    return exit_code(status)


def show(status, body) -> None:
    """Cards, or why there are none."""
    from rich.console import Console

    from cdshooks.cli.print_cards import print_cards, print_refusal

    console = Console(soft_wrap=False)
    if status == 200:
        print_cards(cards_of(body), console)
    else:
        print_refusal(status, body, console)


def cards_of(body) -> list[dict]:
    """The cards of a response; an answer that has no list of cards is never taken for 'no cards'."""
    from cdshooks.errors import BadInput

    cards = body.get("cards") if isinstance(body, dict) else None
    if not isinstance(cards, list) or not all(isinstance(card, dict) for card in cards):
        raise BadInput("the service answered 200 without a list of cards; its operator should look at it")
    return cards


def templates(service) -> dict[str, str]:
    """The prefetch templates of a discovered service; whatever else stands there is no template."""
    prefetch = service.get("prefetch")
    pairs = prefetch.items() if isinstance(prefetch, dict) else ()
    return {key: template for key, template in pairs if isinstance(template, str)}


def warn(line: str) -> None:
    from cdshooks.cli.print_cards import clean

    click.echo(clean(line), err=True)


def exit_code(status: int) -> int:
    """The exit code that belongs to an HTTP status, read off the tree of errors."""
    from cdshooks import errors

    kinds = (errors.BadInput, errors.NotTrusted, errors.UnknownService, errors.DataNotAvailable)
    by_status = {kind.status: kind.exit_code for kind in kinds}
    by_status |= {200: 0, errors.BadRequest.status: errors.BadRequest.exit_code}
    return by_status.get(status, errors.CdsError.exit_code)
