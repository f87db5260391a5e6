"""`cdshooks check`: load the cards and run their vignettes."""

import click


@click.command("check", short_help="Load the cards and run their vignettes.")
@click.option(
    "--cards", "path", type=click.Path(file_okay=False), help="The cards folder.  [default: the ones shipped]"
)
@click.option("--verbose", is_flag=True, help="Name every vignette, not only those that fail.")
def command(path, verbose):
    """Load every card and run every vignette; list all that is wrong.

    A card that cannot be loaded ends with exit code 10 and every fault; a vignette that does not come out as told,
    with exit code 1.
    """
    from cdshooks.content.load import load_library
    from cdshooks.review.vignettes import run_all

    library = load_library(path)
    total = sum(len(card.page.vignettes) for card in library.cards)
    failed = 0
    with click.progressbar(
        run_all(library), length=total, label="Vignettes", file=click.get_text_stream("stderr")
    ) as run:
        for verdict in run:
            failed += bool(verdict.fault)
            if verdict.fault:
                click.echo(f"{verdict.card.topic}: '{verdict.name}': {verdict.fault}")
            elif verbose:
                click.echo(f"{verdict.card.topic}: '{verdict.name}': as told")
    unsigned = [card.topic for card in library.cards if not card.page.signed_by]
    click.echo(f"{len(library.cards)} cards, {total} vignettes, {failed} not as told")
    click.echo(f"not clinically signed: {', '.join(unsigned) or 'none'}")
    click.get_current_context().exit(1 if failed else 0)
