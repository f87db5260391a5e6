"""`cdshooks db`: whether the database can be used, and how its tables come to be those of this version."""

import click

from cdshooks.cli.options import database_options


@click.group("db", short_help="Look at the database, and bring its tables up to date.")
def command():
    """Look at the database, and bring its tables up to date.

    A SQLite file needs none of this: `serve` makes and upgrades it. A PostgreSQL database is upgraded only here.
    """


@command.command("upgrade", short_help="Make the tables, or bring them to this version.")
@database_options
def upgrade(**flags):
    """Make the tables, or bring them to this version. Make a backup first; other instances may go on meanwhile."""
    from cdshooks.store.schema import upgrade

    before, after = _with_engine(flags, upgrade)
    if before == after:
        click.echo(f"Nothing to do: the tables have version {after}.")
    else:
        click.echo(f"The tables have version {after} now (before: {before or 'none'}).")


@command.command("check", short_help="Say whether the database answers and has our tables.")
@database_options
def check(**flags):
    """Say whether the database answers and has our tables; if not, the exit code is 18 or 19."""
    from cdshooks.store.schema import HEAD, check

    _with_engine(flags, check)
    click.echo(f"All is well: the tables have version {HEAD}.")


def _with_engine(flags, work):
    """What `work` says of the database that is set; its failures as our errors."""
    from cdshooks.config import read_settings
    from cdshooks.errors import SettingsError
    from cdshooks.store.database import make, open_engine, told
    from cdshooks.store.place import place

    where = place(read_settings(flags).database)
    if where is None:
        raise SettingsError("database: it is none; there is nothing to look at")
    if where.file and work.__name__ == "upgrade":
        make(where.file)
    engine = open_engine(where)
    try:
        with told(where):
            return work(engine)
    finally:
        engine.dispose()
