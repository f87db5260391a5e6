"""One call of an opened chart, printed: its cards, or why there are none; what a folder of charts does for each."""

import click

from cdshooks.cli.warn import warn


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


def exit_code(status: int) -> int:
    """The exit code that belongs to an HTTP status, read off the tree of errors."""
    from cdshooks import errors

    kinds = (errors.BadInput, errors.NotTrusted, errors.UnknownService, errors.DataNotAvailable)
    by_status = {kind.status: kind.exit_code for kind in kinds}
    by_status |= {200: 0, errors.BadRequest.status: errors.BadRequest.exit_code}
    return by_status.get(status, errors.CdsError.exit_code)
