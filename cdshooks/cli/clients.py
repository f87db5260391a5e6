"""`cdshooks clients`: whether a clients file is right, why a token is not accepted, and a new key to try it with."""

import click


@click.group("clients", short_help="Check who is trusted, and why a token is not; make a key.")
def command():
    """Set up the clients that `cdshooks serve --clients FILE` trusts."""


@command.command("check")
@click.argument("path", metavar="FILE", type=click.Path(dir_okay=False))
@click.option("--token", metavar="FILE|-", help="Also try this token (a file, or - for what is piped in).")
@click.option("--endpoint", metavar="URL", help="The URL that is called with the token, which its aud must name.")
def check(path, token, endpoint):
    """Say what is wrong with a clients file, or why a token would not be accepted.

    Reads each client's JWK Set, from its file or from its jku, and lists its keys. With --token it answers every
    question that the service would ask; the token itself is not shown and not used up.

    Ends with 11 when the file is wrong or no key of a client can be used, with 17 when the token would be refused.
    """
    from pathlib import Path

    from cdshooks.trust.admission import known_clients
    from cdshooks.trust.clients import load_clients

    clients, fetch = load_clients(Path(path)), _fetch()
    lacking = [client for client in clients if not _tell(client, fetch)]
    if token:
        _try(_text(token), known_clients(clients, fetch), endpoint)
    click.get_current_context().exit(11 if lacking else 0)


@command.command("new-key")
@click.argument("path", metavar="FILE", type=click.Path(dir_okay=False))
@click.option("--alg", type=click.Choice(["ES384", "RS384", "ES256", "EdDSA"]), default="ES384", show_default=True)
@click.option("--kid", help="Id of the key.  [default: a new UUID]")
def new_key(path, alg, kid):
    """Make a key: the private JWK goes into FILE, the JWK Set with its public half to stdout.

    For trials, and for clients without a tool of their own; the private key belongs to the client alone.
    """
    import json
    import os
    from uuid import uuid4

    from cdshooks.ehr import badge
    from cdshooks.errors import BadInput

    private, public = badge.new_key(alg, kid or str(uuid4()))
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(private, file, indent=2)
    except OSError as fault:
        raise BadInput(f"{path}: cannot be written ({fault.strerror}); name a file that is not there yet") from None
    click.echo(json.dumps(public, indent=2))


def _tell(client, fetch) -> bool:
    """A client and its keys, printed; has it any that can be used?"""
    from cdshooks.cli.print_cards import clean
    from cdshooks.trust.admission import readers_of

    click.echo(f"{clean(client.name)}  ({clean(client.issuer)})")
    usable = [_tell_keys(client, place, read) for place, read in readers_of(client, fetch).items()]
    click.echo(f"  tenants: {', '.join(map(clean, client.tenants)) or 'not looked at'}")
    click.echo(f"  may be asked for data: {', '.join(client.fhir_servers) or 'no FHIR server'}")
    for aud in client.aud:
        click.echo(f"  on trial: a token whose aud is {clean(aud)} is good for every endpoint")
    if client.lenient:
        click.echo("  on trial: a hookInstance that is no UUID and a missing userId are let pass")
    return any(usable)


def _tell_keys(client, place, read) -> bool:
    """One JWK Set, printed; has it a key that can be used?"""
    from cdshooks.cli.print_cards import clean
    from cdshooks.trust.keys import BadKeys, Keys, read_keys

    try:
        keys = read_keys(read())
    except BadKeys as fault:
        keys = Keys(faults=(str(fault),))
    except Exception as fault:  # whatever the network or the disk says: it is told, and the next client is looked at
        keys = Keys(faults=(str(fault) or type(fault).__name__,))
    usable = [key for key in keys.usable if set(key.algorithms) & set(client.algorithms)]
    click.echo(f"  keys from {clean(place)}: {len(usable)} that it may sign with")
    for key in keys.usable:
        fits = [alg for alg in key.algorithms if alg in client.algorithms]
        click.echo(f"  {'yes' if fits else 'no '}  {clean(key.kid)} ({', '.join(fits or key.algorithms)})")
    for fault in (*keys.faults, *keys.ambiguous()):
        click.echo(f"  no   {clean(fault)}")
    return bool(usable)


def _try(text: str, known, endpoint) -> None:
    import time

    from cdshooks.cli.print_cards import clean
    from cdshooks.errors import NotTrusted
    from cdshooks.trust.trial import try_token

    answers = try_token(text, known, endpoint, time.time())
    click.echo("The token:")
    for answer in answers:
        word = {True: "yes", False: "no ", None: "?  "}[answer.holds]
        click.echo(f"  {word}  {answer.check}{': ' if answer.why else ''}{clean(answer.why)[:500]}")
    wrong = [answer for answer in answers if answer.holds is False]
    if wrong:
        raise NotTrusted(f"the token would be refused: {len(wrong)} of {len(answers)} checks do not hold")


def _text(token: str) -> str:
    import sys
    from pathlib import Path

    from cdshooks.errors import BadInput

    try:
        return sys.stdin.read() if token == "-" else Path(token).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise BadInput(f"{token}: cannot be read ({fault}); name a file that holds the token, or -") from None


def _fetch():
    from cdshooks.config import read_settings
    from cdshooks.reach.connect import Guard
    from cdshooks.reach.get import Reach
    from cdshooks.trust.fetch import key_fetcher

    return key_fetcher(Reach(Guard(read_settings().fhir_networks)))
