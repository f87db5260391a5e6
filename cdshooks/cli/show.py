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
    from difflib import get_close_matches

    from cdshooks.config import read_settings
    from cdshooks.content.load import load_library
    from cdshooks.errors import BadInput
    from cdshooks.review.page import page

    library = load_library(path, read_settings({"site": site}).site)
    names = {name: c for c in library.cards for name in (c.topic, c.page.folder.name)}
    if card is None:
        for one in library.cards:
            click.echo(f"{one.topic:<28} {one.title}{'' if one.page.signed_by else ' (not clinically signed)'}")
    elif card in names:
        click.echo(page(names[card], library))
    else:
        near = get_close_matches(card, list(names), n=1)
        raise BadInput(
            f"no card is called '{card}'" + (f"; did you mean '{near[0]}'?" if near else "; try `cdshooks show`")
        )
