"""The way of a run: discover, probe, weigh, report; and the same without sending, from a record."""

import datetime as dt
import ssl
import time
from dataclasses import replace
from urllib.parse import urlsplit

from cds_conformance.client import Client
from cds_conformance.errors import BadOption
from cds_conformance.evidence import Evidence
from cds_conformance.options import Options
from cds_conformance.probes.run import ask_everything
from cds_conformance.record import load, save
from cds_conformance.release import others as others_say
from cds_conformance.release import release_of
from cds_conformance.report.earlier import compared, known_in, load_earlier
from cds_conformance.report.model import Report, printable
from cds_conformance.report.shown import shown
from cds_conformance.weigh import weigh

WELL_KNOWN = "/.well-known"
FOR_REQUESTS = 0.8  # of the budget; the rest is for judging


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
    return report_on(evidence, chosen, started + chosen.budget)


def judge_again(record, **options) -> Report:
    """Judges a recorded run, sending nothing; the release and the profile may be others than then."""
    chosen = Options(**options)
    if chosen.service:
        raise BadOption("--service chooses what is called; a recorded run is judged whole, so leave it out")
    return report_on(load(record), chosen)


def base_of(url: str) -> str:
    """The base URL of a service.

    >>> base_of("http://localhost:8000/cds-services/")
    'http://localhost:8000'
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise BadOption(f"{url!r} is not the URL of a service; give http(s)://host[:port][/path], without a password")
    return url.split("?")[0].split("#")[0].rstrip("/").removesuffix("/cds-services")


def mounted(base: str, discovery: str) -> tuple[str, str]:
    """Where services are called, and the discovery below that: they stand beside it, whatever its name.

    In drafts of the standard the discovery alone stood in /.well-known. A slash at the end is the caller's wish.

    >>> mounted("http://localhost:8000", "/api/cds/cds-services")
    ('http://localhost:8000/api/cds', '/cds-services')
    """
    folder, _, name = discovery.rstrip("/").rpartition("/")
    hidden, ending = WELL_KNOWN if folder.endswith(WELL_KNOWN) else "", "/" * discovery.endswith("/")
    return base + folder.removesuffix(WELL_KNOWN), f"{hidden}/{name}{ending}"


def collect(base: str, options: Options) -> Evidence:
    """Everything that the service answers to our requests."""
    evidence = Evidence(base, dt.datetime.now(dt.UTC).isoformat(timespec="seconds"))
    base, discovery = mounted(base, options.discovery)
    evidence.url = base
    client = Client(
        base, evidence, timeout=options.timeout, budget=options.budget * FOR_REQUESTS, progress=options.progress,
        headers=options.own_headers, context=context_of(base, options), discovery=discovery,
    )  # fmt: skip
    try:
        ask_everything(client, evidence, options)
    finally:
        client.close()
    if any(e.detail.get("packed") for e in evidence.exchanges):
        evidence.notes.append("answers come packed (Content-Encoding), though our requests do not ask for it")
    if options.insecure_tls:
        evidence.notes.append("certificates were not checked (--insecure-tls)")
    if options.own_headers:
        evidence.notes.append(
            f"every request also had {', '.join(options.own_headers)} (--header), which is told nowhere"
        )
    return evidence


def context_of(base: str, options: Options) -> ssl.SSLContext | None:
    """How certificates are checked: by the system's authorities, those of --ca, or not at all; None for plain http."""
    if base.startswith("http:") and not options.ca:
        return None
    try:
        context = ssl.create_default_context(cafile=str(options.ca) if options.ca else None)
    except (OSError, ssl.SSLError) as trouble:
        raise BadOption(f"--ca {options.ca}: holds no certificate in PEM form: {trouble}") from trouble
    if options.insecure_tls:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def report_on(evidence: Evidence, options: Options, ends: float | None = None) -> Report:
    """The report of one run's evidence, made until `ends` (of time.monotonic())."""
    ends = ends or time.monotonic() + options.budget
    spec, why = (options.spec, ["asked for"]) if options.spec else release_of(evidence)
    verdicts = weigh(evidence, spec, options.profile, ends, options)
    seen = options.spec is None and not evidence.problem
    others = others_say(evidence, verdicts, spec, options, ends) if seen else {}
    report = Report(
        service=evidence.url,
        spec=spec,
        profile=options.profile,
        started=evidence.started,
        statements=verdicts,
        release={"why": why, "others": others},
        pairs=tuple(evidence.facts.get("pairs", ())),
        unjudged=tuple(evidence.facts.get("unjudged", ())),
        exchanges=tuple(shown(exchange, options.show_data) for exchange in evidence.exchanges),
        problem=printable(evidence.problem, 2000),
        notes=tuple(printable(note) for note in [*evidence.notes, *_cuts(evidence)]),
        seconds=evidence.facts.get("seconds", 0.0),
    )
    return _with_earlier(report, options)


def _cuts(evidence: Evidence) -> list[str]:
    """What was so long that only its beginning was looked at, each told once."""
    told = {f"{e.where}: {cut}" for e in evidence.exchanges if e.answer and not e.fault for cut in e.reading.cut}
    return [f"only the beginning was looked at: {one}" for one in sorted(told)[:5]]


def _with_earlier(report: Report, options: Options) -> Report:
    """The report with what --baseline knows and --compare tells."""
    if options.baseline:
        report = replace(report, known=frozenset(known_in(report, load_earlier(options.baseline, "--baseline"))))
    if options.compare:
        report = replace(report, compared=tuple(compared(report, load_earlier(options.compare, "--compare"))))
    return report
