"""`cdshooks sign CARD`: a clinician's signature under a card as it is now, or its withdrawal."""

import click


@click.command("sign", short_help="Sign a card as it is now, or withdraw a signature.")
@click.argument("card")
@click.option("--as", "who", metavar='"NAME, ROLE"', required=True, help="Who signs.")
@click.option("--withdraw", is_flag=True, help="Take the signature of this person away instead.")
@click.option(
    "--cards", "path", type=click.Path(file_okay=False), help="The cards folder.  [default: the ones shipped]"
)
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="The day of the signature.")
def command(card, who, withdraw, path, today):
    """Write into the card's folder who signs it, when, and a digest of all that is read on its page (`cdshooks show`).

    From then on `check` and `show` say whether the card is still what was signed, and if not, what has changed. A
    second signature of the same person replaces the first; others stay. Nothing proves here who typed the name: that
    is for the history in which the file is kept.
    """
    from cdshooks.config import clock, read_settings
    from cdshooks.content.load import load_library
    from cdshooks.errors import BadInput
    from cdshooks.review.find import card_called
    from cdshooks.review.sign import sign, withdraw_signature

    name, _, role = who.partition(",")
    if not (name.strip() and role.strip()):
        raise BadInput(f"--as '{who}': write the name and the role, as in --as \"Ada Example, haematologist\"")
    library = load_library(path)
    found = card_called(card, library)
    who = f"{name.strip()}, {role.strip()}"
    if withdraw:
        withdraw_signature(found, who)
        click.echo(f"{found.topic}: the signature of {who} is withdrawn")
    else:
        day = clock(read_settings({"today": today and today.date()})).today
        sign(found, library, who, day)
        click.echo(f"{found.topic}: signed by {who} on {day}")
