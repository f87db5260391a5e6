"""The command line: which commands there are; each lives in its own file, read only when it is wanted."""

from importlib import import_module

import click

from cdshooks import __version__
from cdshooks.errors import CdsError

# Kept here so that `--help` need not import what the commands need; a test holds it to the commands.
SUMMARIES = {
    "serve": "Start the service.",
    "fire": "Open a patient's chart, call the service, show the cards.",
    "survey": "Say what a feed sends, and how it is understood.",
    "explain": "The same, with the reason for each card that came or not.",
    "plot": "Draw a patient's results and treatment over time.",
    "check": "Load the cards and run their vignettes.",
    "show": "Show a card as one page.",
    "sign": "Sign a card as it is now, or withdraw a signature.",
    "burden": "Count the cards that a folder of patients gets.",
    "concepts": "List the concepts of the cards, or write them as FHIR.",
    "screen": "Tell who of a register would get which card, and why.",
    "compare": "Tell who of a register gains or loses a card by a change.",
    "bulk": "Fetch a Bulk Data export, to screen it.",
    "make-patients": "Make synthetic patients from a Synthea module.",
    "docs": "Write the manual's generated pages, or say which are stale.",
    "feedback": "Say what became of the cards; throw old entries away.",
    "db": "Look at the database, and bring its tables up to date.",
    "clients": "Check who is trusted, and why a token is not; make a key.",
    "config": "List what is set, and where each value came from.",
}


class Commands(click.Group):
    """Commands by name; a fault that the caller can mend is printed line by line, without a traceback."""

    def list_commands(self, ctx):
        return list(SUMMARIES)

    def get_command(self, ctx, name):
        return import_module(f"cdshooks.cli.{name.replace('-', '_')}").command if name in SUMMARIES else None

    def format_commands(self, ctx, formatter):
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARIES.items()))

    def invoke(self, ctx):
        try:
            return super().invoke(ctx)
        except CdsError as error:
            for issue in error.issues:
                click.echo(issue, err=True)
            ctx.exit(error.exit_code)


def _exit_codes() -> str:
    """The codes, read off the tree of errors."""
    found = {0: "Done.", 1: "Something unforeseen happened.", 2: "The command line cannot be understood."}
    kinds = [CdsError]
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        if kind is not CdsError:
            # A refinement may share its parent's code; the parent's words are the wider ones.
            found.setdefault(kind.exit_code, kind.__doc__.splitlines()[0])
    return "\n".join(["\b\nExit codes:", *(f"  {code:>2}  {words}" for code, words in sorted(found.items()))])


@click.group(cls=Commands, epilog=_exit_codes(), context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cdshooks")
def main():
    """A CDS Hooks service whose every card can say why it is there."""
