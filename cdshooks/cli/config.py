"""`cdshooks config`: what is set, where each value came from, and whether the service could start with it."""

import click

from cdshooks.cli.options import settings_options


@click.command("config", short_help="List what is set, and where each value came from.")
@click.option("--check", is_flag=True, help="Only try whether the service could start with all this.")
@click.option("--json", "as_json", is_flag=True, help="Print the settings as JSON.")
@click.option("--example", is_flag=True, help="Print a settings file with every setting and its meaning.")
@settings_options
def command(check, as_json, example, **flags):
    """List every setting that holds and where it came from, and what the site file changes.

    Takes the flags of `cdshooks serve`, and reads the same environment and settings file. Secrets are not shown.
    Everything that is wrong is told at once; the exit code is then 11 for settings, 10 for cards or site file.
    """
    from cdshooks.config import held

    if example:
        click.echo(as_example())
    elif as_json:
        click.echo(as_data(held(flags)))
    elif check:
        click.echo(f"All is well: {len(_load(held(flags)).cards)} cards.")
    else:
        rows = held(flags)
        click.echo(as_text(rows))
        click.echo(site_text(_load(rows)))


def _load(rows):
    from cdshooks.config import Settings
    from cdshooks.content.load import load_library
    from cdshooks.web.trusted import clients_of

    settings = Settings(**{row.name: row.value for row in rows})
    clients_of(settings)
    return load_library(settings.cards, settings.site)


def as_text(rows) -> str:
    """A line a setting: name, value, origin; what nobody set says so."""
    shown = [(row.name, row.shown() or "none", row.origin or "default") for row in rows]
    name, value = (max(len(row[column]) for row in shown) for column in (0, 1))
    return "\n".join(f"{row[0]:<{name}}  {row[1]:<{min(value, 40)}}  {row[2]}" for row in shown)


def as_data(rows) -> str:
    import json

    found = {row.name: {"value": row.shown(), "from": row.origin or "default"} for row in rows}
    return json.dumps(found, indent=2, ensure_ascii=False)


def as_example() -> str:
    """A settings file in which every setting stands, commented out, with its default."""
    from dataclasses import fields

    from cdshooks.config import Held, Settings, said

    lines = [
        "# Settings of cdshooks. Flags and the environment (CDSHOOKS_PORT for port) win over this file;",
        "# a relative path is meant from where this file lies. What stands here commented out is the default.",
    ]
    for setting in fields(Settings):
        if setting.name != "config":
            value = "" if setting.default is None else Held(setting.name, setting.default).shown()
            lines += ["", f"# {said(setting).help}", f"# {setting.name} = {_as_toml(setting.default, value)}"]
    return "\n".join(lines)


def _as_toml(default, shown: str) -> str:
    if isinstance(default, bool):
        return "true" if default else "false"
    return shown if isinstance(default, int) else f'"{shown}"'


def site_text(library) -> str:
    """What the site file has otherwise: cut-offs and numbers, with who, why and since."""
    if not library.changes:
        return "\nCut-offs and numbers: as shipped with the cards."
    lines = ["", "The site file changes:"]
    for change in library.changes:
        where = f", {change.where}" if change.where else ""
        lines += [
            f"  {change.kind} {change.name}{where}: {change.now}",
            f"    was: {change.was}",
            f"    since {change.since}, by {change.who}: {change.why}",
        ]
    return "\n".join(lines)
