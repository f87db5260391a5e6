"""What can be set: each setting with its default, how it is read from text, and what it means."""

import re
from collections.abc import Callable
from dataclasses import Field, dataclass
from datetime import date
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from cdshooks.reach.addresses import Network, network
from cdshooks.reach.urls import base_url
from cdshooks.reading.spellings import Version


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


def _there(value):
    if not Path(value).exists():
        raise ValueError("there is no such file or folder")
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


def _version(value):
    try:
        return Version[value.upper()]
    except KeyError:
        raise ValueError(f"give one of {', '.join(Version)}; or leave it out, to find out") from None


def _yes_or_no(value):
    try:
        return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[value.lower()]
    except KeyError:
        raise ValueError("give yes or no") from None


def _each(read: Callable[[str], object]) -> Callable[[str], tuple]:
    """Several values, separated by spaces; the one that will not do is named where there are more."""

    def read_each(value):
        found = []
        for text in value.split():
            try:
                found.append(read(text))
            except ValueError as fault:
                raise ValueError(str(fault) if text == value else f"{text}: {fault}") from None
        return tuple(dict.fromkeys(found))

    return read_each


def _database(value):
    if value in ("sqlite", "none") or Path(value).is_absolute() or re.match(r"(sqlite:///|postgres(ql)?://)\S", value):
        return value
    raise ValueError("give sqlite, none, the path of a file from / on, or postgresql://USER@HOST/NAME")


def _base(value):
    """The part of our addresses before /cds-services."""
    base = base_url(value)
    if "cds-services" in base.split("/"):
        raise ValueError("give only what stands before /cds-services, such as https://cds.example.org")
    return base


def in_full(text: str) -> str:
    return text


def hidden(text: str) -> str:
    """How a secret is shown."""
    return "(hidden)" if text else ""


def without_password(url: str) -> str:
    """
    >>> without_password("postgresql://cds:s3cr:e@t@db/cds?password=x&sslmode=require")
    'postgresql://cds:(hidden)@db/cds?password=(hidden)&sslmode=require'
    """
    return re.sub(r"(?<=://)([^/:@]*):[^/]*@|(password=)[^&]*", _mask, url, flags=re.IGNORECASE)


def _mask(match):
    return f"{match[2]}(hidden)" if match[2] else f"{match[1]}:(hidden)@"


@dataclass(frozen=True, slots=True)
class Said:
    """How a setting is written down: what turns the text into its value, what it means, and how it may be shown.

    `read` raises ValueError with what to do instead. A setting whose text may hold a secret is not shown `in_full`:
    neither in a listing nor in a fault; its variable may also be given as `..._FILE`, the path of a file that holds it.
    """

    read: Callable[[str], object]
    help: str
    shown: Callable[[str], str] = in_full

    @property
    def is_secret(self) -> bool:
        return self.shown is not in_full


def _one_of(*words: str) -> Callable[[str], str]:
    def read(value):
        if value.lower() not in words:
            raise ValueError(f"give {', '.join(words[:-1])} or {words[-1]}")
        return value.lower()

    return read


def _metrics(value):
    host, colon, port = value.rpartition(":")
    if value.lower() in ("on", "off"):
        return value.lower()
    if not (host and colon and port.isascii() and port.isdigit() and 0 < int(port[:9]) < 65536):
        raise ValueError("give off, an address for them alone such as 127.0.0.1:9464, or on: beside the cards")
    return value


_ORIGINS = "Origins of browser clients, separated by spaces; * for any.  [default: *, with --clients none]"


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set, each with how it is read and what it means; flags, variables, file keys are made from this."""

    config: Annotated[Path | None, Said(_file, "Settings file (TOML); flags and environment win over it.")] = None
    host: Annotated[str, Said(_text, "Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Said(_whole(0, 65535), "Port to listen on; 0 takes a free one.")] = 8000
    workers: Annotated[int, Said(_whole(1, 256), "Worker processes.")] = 2
    cards: Annotated[Path | None, Said(_folder, "Folder of cards, instead of those that come with the program.")] = None
    today: Annotated[date | None, Said(_day, "Answer as if it were this day.")] = None
    timezone: Annotated[str, Said(_zone, "IANA time zone that says which day is today.")] = "UTC"
    one_id: Annotated[bool, Said(_yes_or_no, "One service id for all hooks.")] = False
    dated_prefetch: Annotated[
        bool, Said(_yes_or_no, "Prefetch templates with today(), for clients that can fill it in (CDS Hooks 3.0).")
    ] = False
    plain_prefetch: Annotated[
        bool, Said(_yes_or_no, "Never prefetch templates with today(): the default, whatever else says otherwise.")
    ] = False
    fhir_version: Annotated[
        Version | None, Said(_version, "FHIR version of the clients (DSTU2, STU3, R4, R4B, R5); none: find out.")
    ] = None
    max_body: Annotated[int, Said(_whole(1_000, 2_000_000_000), "Largest request body, in bytes.")] = 8_000_000
    max_values: Annotated[
        int, Said(_whole(1_000, 100_000_000), "Most JSON values in a body; about 150 bytes of memory each.")
    ] = 200_000
    max_rows: Annotated[int, Said(_whole(10, 10_000_000), "Most resources in the prefetch of a call.")] = 10_000
    max_drafts: Annotated[int, Said(_whole(1, 1_000_000), "Most draft orders in a call.")] = 1_000
    max_codings: Annotated[int, Said(_whole(10, 10_000_000), "Most codings in a call.")] = 50_000
    max_dosages: Annotated[int, Said(_whole(1, 1_000_000), "Most dosage entries in a call.")] = 10_000
    judge_deadline_ms: Annotated[
        int, Said(_whole(50, 600_000), "Milliseconds after which judging is given up (503); fetching has its own.")
    ] = 5_000
    cors_origins: Annotated[str | None, Said(_text, _ORIGINS)] = None
    site: Annotated[Path | None, Said(_file, "Site file: other cut-offs and other numbers.")] = None
    watch: Annotated[bool, Said(_yes_or_no, "Reload cards and site file when they change, not only at SIGHUP.")] = False
    fhir_servers: Annotated[
        tuple[str, ...],
        Said(_each(base_url), "FHIR servers that may be asked for what a request lacks: base URLs, with spaces."),
    ] = ()
    fhir_networks: Annotated[
        tuple[Network, ...],
        Said(_each(network), "Networks beyond the public ones in which FHIR servers may be, such as 10.20.0.0/16."),
    ] = ()
    fetch_deadline_ms: Annotated[
        int, Said(_whole(50, 60_000), "Milliseconds that fetching may take, for all queries of a call together.")
    ] = 400
    fetch_max_bytes: Annotated[
        int, Said(_whole(10_000, 2_000_000_000), "Largest answer of a FHIR server, in bytes; a call takes four times.")
    ] = 5_000_000
    database: Annotated[
        str,
        Said(
            _database,
            "Where feedback is kept: sqlite (a file among the user's state files), a file, postgresql://..., none.",
            without_password,
        ),
    ] = "sqlite"
    keep_comments: Annotated[bool, Said(_yes_or_no, "Keep the free text of feedback, too.")] = False
    quiet_key: Annotated[Path | None, Said(_file, "File with a secret; it lets cards keep quiet periods.")] = None
    metrics: Annotated[
        str, Said(_metrics, "Where /metrics is answered: off, HOST:PORT (there alone), or on (beside the cards).")
    ] = "off"
    log_format: Annotated[
        str, Said(_one_of("auto", "text", "json"), "How the log is written; auto: text on a terminal, else json.")
    ] = "auto"
    log_level: Annotated[
        str, Said(_one_of("debug", "info", "warning", "error"), "What the log tells: this and what is more serious.")
    ] = "info"
    access_log: Annotated[bool, Said(_yes_or_no, "A line in the log for each request.")] = True
    otel: Annotated[bool, Said(_yes_or_no, "Send spans to an OpenTelemetry collector (OTEL_EXPORTER_...).")] = False
    clients: Annotated[Path | None, Said(_file, "Trusted clients (TOML); nobody else is answered then.")] = None
    public_url: Annotated[str | None, Said(_base, "Address that clients call, as their tokens must say it.")] = None
    insecure: Annotated[bool, Said(_yes_or_no, "Answer anyone, on any network.")] = False
    page: Annotated[
        str, Said(_one_of("auto", "on", "off"), "The web page at /: on, off, or auto: where only this machine calls.")
    ] = "auto"
    cohort: Annotated[
        Path | None, Said(_there, "Patients for the page: Bundles, or a register in NDJSON; a file or a folder.")
    ] = None


def said(setting: Field) -> Said:
    return setting.type.__metadata__[0]
