"""What a command says beside its answer: one line on stderr."""

import click


def warn(line: str) -> None:
    """A line that a terminal cannot be made to obey, whatever it quotes."""
    from cdshooks.cli.print_cards import clean

    click.echo(clean(line), err=True)


def warn_of_days(visit, day) -> None:
    """Says when the chart goes on after the day of the service: then 'No cards.' may mean that it looked too early."""
    from cdshooks.ehr.patients import HAPPENED, last_day

    newest = last_day(visit.record, HAPPENED)
    if newest > day:
        warn(
            f"this chart has entries up to {newest}, and the day of the service is {day}: what is later does not count "
            f"there; fire with --today {newest}, at a service whose day that is"
        )
