"""The way of a run: discover, probe, weigh, report; and the same without sending, from a record."""

import datetime as dt
import time
from urllib.parse import urlsplit

from cds_conformance.client import Client
from cds_conformance.errors import BadOption
from cds_conformance.evidence import Evidence
from cds_conformance.options import Options
from cds_conformance.probes.run import ask_everything
from cds_conformance.record import load, save
from cds_conformance.report.model import Report, printable
from cds_conformance.report.shown import shown
from cds_conformance.weigh import weigh


def judge(url: str, **options) -> Report:
    """Judges the service at `url` (its base, with or without /cds-services); options are the fields of `Options`.

    Never raises for what the service does: a service that cannot be judged gives a report whose `problem` says why.
    Raises BadOption where an option cannot be used.
    """
    chosen = Options(**options)
    started = time.monotonic()
    evidence = collect(base_of(url), chosen)
    evidence.facts["seconds"] = round(time.monotonic() - started, 3)
    if chosen.record:
        save(evidence, chosen.record)
    return report_on(evidence, chosen)


def judge_again(record, **options) -> Report:
    """Judges a recorded run, sending nothing; the release and the profile may be others than then."""
    return report_on(load(record), Options(**options))


def base_of(url: str) -> str:
    """The base URL of a service.

    >>> base_of("http://localhost:8000/cds-services/")
    'http://localhost:8000'
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise BadOption(f"{url!r} is not the URL of a service; give http(s)://host[:port][/path], without a password")
    return url.split("?")[0].split("#")[0].rstrip("/").removesuffix("/cds-services")


def collect(base: str, options: Options) -> Evidence:
    """Everything that the service answers to our requests."""
    evidence = Evidence(base, dt.datetime.now(dt.UTC).isoformat(timespec="seconds"))
    client = Client(base, evidence, timeout=options.timeout, budget=options.budget, progress=options.progress)
    ask_everything(client, evidence, options)
    return evidence


def report_on(evidence: Evidence, options: Options) -> Report:
    """The report of one run's evidence."""
    return Report(
        service=evidence.url,
        spec=options.spec,
        profile=options.profile,
        started=evidence.started,
        statements=weigh(evidence, options.spec, options.profile),
        exchanges=tuple(shown(exchange, options.show_data) for exchange in evidence.exchanges),
        problem=printable(evidence.problem),
        notes=tuple(printable(note) for note in evidence.notes),
        seconds=evidence.facts.get("seconds", 0.0),
    )
