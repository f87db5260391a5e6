"""Flags that are settings: made from the settings themselves, so that they read and mean the same everywhere."""

from dataclasses import fields

import click

from cdshooks.config import Settings, said

# What is set once for good, or rarely, has a variable and a key of the settings file but no flag.
_FLAGS = (
    "config", "host", "port", "workers", "cards", "site", "today", "timezone", "one_id", "dated_prefetch",
    "plain_prefetch", "watch",
    "fhir_servers", "database", "metrics", "log_format", "log_level",
    "clients", "public_url", "insecure", "page", "cohort",
)  # fmt: skip


ORDER_HELP = 'A draft order, or one in words ("NAME 20 mg daily"); may be given again.'


def settings_options(command):
    """A flag for each of these settings; what is given is read and judged together with environment and file."""
    return _with_flags(command, _FLAGS)


def database_options(command):
    """The flags of commands that work on what is kept."""
    return _with_flags(command, ("config", "database"))


def _with_flags(command, names):
    for setting in reversed([setting for setting in fields(Settings) if setting.name in names]):
        default = f"  [default: {setting.default}]" if setting.default not in (None, False, ()) else ""
        kind = {"is_flag": True} if isinstance(setting.default, bool) else {"metavar": setting.name.upper()}
        flag = "--" + setting.name.replace("_", "-")
        command = click.option(flag, setting.name, default=None, help=said(setting).help + default, **kind)(command)
    return command
