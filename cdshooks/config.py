"""Settings, from flags over environment over defaults; and the one place that asks the real clock."""

import os
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, fields
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from cdshooks.chart.dates import Clock
from cdshooks.errors import SettingsError

PREFIX = "CDSHOOKS_"


def _text(value):
    if not value.strip():
        raise ValueError("give it a value, or leave it out")
    return value.strip()


def _whole(lowest: int, highest: int) -> Callable[[str], int]:
    def read(value):
        if not (value.isascii() and value.isdigit() and lowest <= int(value[:20]) <= highest):
            raise ValueError(f"give a whole number from {lowest} to {highest}")
        return int(value)

    return read


def _folder(value):
    if not Path(value).is_dir():
        raise ValueError("there is no such folder; give the folder that holds the cards")
    return Path(value)


def _file(value):
    if not Path(value).is_file():
        raise ValueError("there is no such file")
    return Path(value)


def _day(value):
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("give a day such as 2026-01-15") from None


def _zone(value):
    try:
        return ZoneInfo(value).key
    except (LookupError, ValueError, OSError):  # an unknown name, one that escapes the folder, the name of a folder
        raise ValueError("give a time zone of the IANA list, such as Europe/London") from None


def _yes_or_no(value):
    try:
        return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[value.lower()]
    except KeyError:
        raise ValueError("give yes or no") from None


@dataclass(frozen=True, slots=True)
class Said:
    """How a setting is written down: what turns the text into its value, and what it means."""

    read: Callable[[str], object]
    help: str


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set, each with how it is read and what it means; the flags of `serve` are made from this."""

    host: Annotated[str, Said(_text, "Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Said(_whole(0, 65535), "Port to listen on; 0 takes a free one.")] = 8000
    workers: Annotated[int, Said(_whole(1, 256), "Worker processes.")] = 2
    cards: Annotated[Path | None, Said(_folder, "Folder of cards, instead of those that come with the program.")] = None
    today: Annotated[date | None, Said(_day, "Answer as if it were this day.")] = None
    timezone: Annotated[str, Said(_zone, "IANA time zone that says which day is today.")] = "UTC"
    one_id: Annotated[bool, Said(_yes_or_no, "One service id for all hooks.")] = False
    plain_prefetch: Annotated[bool, Said(_yes_or_no, "Prefetch templates without dates.")] = False
    max_body: Annotated[int, Said(_whole(1_000, 2_000_000_000), "Largest request body, in bytes.")] = 20_000_000
    cors_origins: Annotated[str, Said(_text, "Origins of browser clients, separated by spaces; * for any.")] = "*"
    site: Annotated[Path | None, Said(_file, "Site file: other cut-offs and other numbers.")] = None


def said(setting: Field) -> Said:
    return setting.type.__metadata__[0]


def read_settings(flags: Mapping[str, object] | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings that hold: a flag that was given, else the environment, else the default; all faults at once."""
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    values, faults = {}, _misspelt(environ)
    for setting in fields(Settings):
        variable = PREFIX + setting.name.upper()
        if setting.name in given:
            name, value = "--" + setting.name.replace("_", "-"), str(given[setting.name])
        elif variable in environ:
            name, value = variable, environ[variable]
        else:
            continue
        try:
            values[setting.name] = said(setting).read(value)
        except ValueError as fault:
            faults.append(f"{name}: {value!r} will not do; {fault}")
    if faults:
        raise SettingsError(*faults)
    return Settings(**values)


def _misspelt(environ) -> list[str]:
    """Variables that all but name a setting. Others may share our prefix: container platforms add their own."""
    known = [PREFIX + setting.name.upper() for setting in fields(Settings)]
    ours = sorted(name for name in environ if name.startswith(PREFIX) and name not in known)
    near = {name: get_close_matches(name, known, 1, cutoff=0.85) for name in ours}
    return [f"{name}: there is no such setting; did you mean {close[0]}?" for name, close in near.items() if close]


def clock(settings: Settings) -> Clock:
    """Today in the configured time zone: the frozen day, or the real one, read anew at each call."""
    zone = ZoneInfo(settings.timezone)
    return Clock(settings.today or datetime.now(zone).date(), zone)
