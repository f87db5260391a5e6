"""`cdshooks show CARD`: a card's folder as one page."""

import click


@click.command("show", short_help="Show a card as one page.")
@click.argument("card", required=False)
@click.option(
    "--cards", "path", type=click.Path(file_okay=False), help="The cards folder.  [default: the ones shipped]"
)
@click.option("--site", metavar="FILE", help="A site file with other cut-offs and numbers.")
def command(card, path, site):
    """Show a card's rule, text, evidence and vignettes on one page, as Markdown. Without CARD, list the cards."""
    from cdshooks.config import read_settings
    from cdshooks.content.load import load_library
    from cdshooks.content.signing import standings
    from cdshooks.review.find import card_called
    from cdshooks.review.page import page

    library = load_library(path, read_settings({"site": site}).site)
    if card is not None:
        click.echo(page(card_called(card, library), library))
        return
    for one in library.cards:
        signed = standings(one, library)
        holds = any(standing.holds for standing in signed)
        told = "" if holds else " (changed since it was signed)" if signed else " (not clinically signed)"
        click.echo(f"{one.topic:<28} {one.title}{told}")
