"""The order in which everything is asked, and what is left out when an answer makes it senseless."""

import datetime as dt
from pathlib import Path

from cds_conformance.client import Client
from cds_conformance.ehr.contexts import load_contexts
from cds_conformance.ehr.server import FhirServer
from cds_conformance.ehr.shelf import Chart, charts_from, own_charts
from cds_conformance.errors import BadOption
from cds_conformance.evidence import Evidence
from cds_conformance.options import Options
from cds_conformance.patience import TOO_MANY
from cds_conformance.probes import security
from cds_conformance.probes.caller import Caller, Desk
from cds_conformance.probes.discovery import discover
from cds_conformance.probes.feedback import feedback
from cds_conformance.probes.memory import what_it_remembers
from cds_conformance.probes.others import other_patients
from cds_conformance.probes.pairs import Search, find_talker
from cds_conformance.probes.prefetch import failing_server, fetching, good_calls, odd_prefetch
from cds_conformance.probes.variants import bad_calls, good_variants, unknown_id
from cds_conformance.report.model import printable
from cds_conformance.trust import Signer, signer_for

MOST_SERVICES = 12
MOST_LISTED = 200
LONGEST_ID = 1_000  # characters; longer addresses are refused by most servers


def ask_everything(client: Client, evidence: Evidence, options: Options) -> None:
    """Sends all probes to one service; what comes back is in the evidence."""
    today = dt.datetime.now(dt.UTC).date()
    charts = charts_from(Path(options.patients), today) if options.patients else own_charts(today)
    contexts = load_contexts(options.context)
    signer = signer_for(options)
    fhir = FhirServer(options.fhir_port, options.fhir_https)
    try:
        client.listeners = fhir.logs + ([signer.served.log] if signer and signer.served else [])
        if signer:
            client.authorise = signer.authorise
        _note_keys(evidence, signer)
        evidence.facts["fetches"] = options.fetches
        discover(client, evidence, signer)
        _ask(
            Desk(client, charts, today, fhir, bool(options.patients), options.origin, contexts),
            evidence,
            signer,
            options,
        )
        _note_put_off(evidence)
        if fhir.loop.http.distrusted:
            says = f"the certificate of our FHIR server is not trusted by who connected to it: {options.fhir_https}"
            evidence.notes.append(f"{says} is to be trusted, by many services before they start")
    finally:
        fhir.close()
        if signer and signer.served:
            signer.served.close()


def _note_put_off(evidence: Evidence):
    """How often the service was too busy for us, and when asked again was not."""
    held = [e for e in evidence.exchanges if e.probe.endswith("-put-off")]
    if held:
        kinds = ", ".join(sorted({str(e.status) for e in held}))
        says = f"{len(held)} requests got {kinds} at first, and were sent again after the wait that was asked for"
        evidence.notes.append(says)


def _note_keys(evidence: Evidence, signer: Signer | None):
    evidence.facts["signs"] = bool(signer)
    evidence.facts["algorithms"] = [k.alg for k in (signer.key, signer.second) if k] if signer else []
    evidence.facts["serves_keys"] = bool(signer and signer.served)


def _ask(desk: Desk, evidence: Evidence, signer: Signer | None, options: Options):
    callers = _callers(desk, evidence, options.service)
    asked = [(c, _ask_service(c, _other_hook(c, callers), evidence, first=c is callers[0])) for c in callers]
    if not evidence.exchanges[0].fault:
        security.preflights(desk.client, callers[0] if callers else None, desk.origin)
    if callers:
        _ask_about_tokens(desk, callers, signer)
    for i, (caller, chart) in enumerate((c, chart) for c, chart in asked if chart):
        failing_server(caller, chart, slow=i == 0)


def _callers(desk: Desk, evidence: Evidence, wanted: tuple[str, ...]) -> list[Caller]:
    """The entries that can be called: each id and hook once, with a hook whose context is known."""
    found = {}
    missing = set(wanted) - {entry["id"] for entry in evidence.services}
    if missing and evidence.services:
        raise BadOption(f"--service {sorted(missing)[0]}: is not listed by the discovery")
    for entry in [e for e in evidence.services if not wanted or e["id"] in wanted][:MOST_LISTED]:
        caller = Caller(desk, entry)
        if len(caller.id) > LONGEST_ID or len(caller.hook) > LONGEST_ID:
            name, long = printable(caller.id, 60), max(len(caller.id), len(caller.hook))
            evidence.notes.append(f"{name}: an id or hook of {long:,} characters is not called")
        elif caller.context(desk.charts[0]) is None:
            evidence.notes.append(f"{caller.hook} {caller.id}: this hook is not in the library; give --context FILE")
        else:
            found.setdefault((caller.id, caller.hook), caller)
    for caller in found.values():
        if caller.left_out:
            filled = len(caller.templates)
            says = f"only the first {filled} of {filled + caller.left_out} templates were filled"
            evidence.notes.append(f"{caller.hook} {caller.id}: {says}")
    if len(found) > MOST_SERVICES:
        evidence.notes.append(f"only the first {MOST_SERVICES} of {len(found)} services were called")
    return list(found.values())[:MOST_SERVICES]


def _other_hook(caller: Caller, callers: list[Caller]) -> str | None:
    """A hook that is listed, but not for this id."""
    own = {c.hook for c in callers if c.id == caller.id}
    return next((c.hook for c in callers if c.hook not in own), None)


def _ask_service(caller: Caller, other: str | None, evidence: Evidence, first: bool) -> Chart | None:
    """All calls of one service; the patient about whom it says most, None where it takes no good call."""
    goods = good_calls(caller)
    if all(e.status in (401, 403) for e in goods):
        evidence.notes.append(f"{caller.hook} {caller.id}: asks for a token that it takes; the calls were not tried")
        return None
    if not any(e.ok for e in goods):
        why = f"no good call was answered with 200 (the last: {goods[-1].outcome})"
        evidence.notes.append(f"{caller.hook} {caller.id}: {why}{_unasked(caller)}; the rest was not tried")
        if all(e.untried for e in goods) and any(e.busy or e.status == TOO_MANY for e in goods):
            evidence.facts.setdefault("unjudged", []).append(caller.id)
        return None
    goods = [e for e in goods if e.ok]
    search = Search(caller, goods)
    chart = find_talker(caller, search)
    odd_prefetch(caller, chart)
    if set(caller.deciding) & set(caller.searches()):
        other_patients(caller, search)
    fetching(caller, chart)
    what_it_remembers(caller, search)
    good_variants(caller, chart)
    feedback(caller)
    security.from_a_browser(caller, chart)
    bad_calls(caller, chart, other, monstrous=first)
    if first:
        unknown_id(caller, chart)
    return chart


def _unasked(caller: Caller) -> str:
    """What helps where our FHIR server was offered and not asked, and the call refused all the same."""
    offered = caller.desk.client.evidence.of("served", service=caller.id, hook=caller.hook)
    if not offered or any(e.heard for e in offered):
        return ""
    helps = "--fhir-https FILE where it asks over https only, --fhir-port N where it asks listed servers only"
    return f", and our FHIR server was not asked; give {helps}"


def _ask_about_tokens(desk: Desk, callers: list[Caller], signer: Signer | None):
    """Without a token everywhere; with odd tokens at the first service."""
    caller, chart, stranger = callers[0], desk.charts[0], desk.fhir.stranger.url
    desk.client.send("no-token", "GET", desk.client.discovery, token=False, detail={"what": "discovery"})
    asks = [security.without_token(one, chart) for one in callers]
    if not any(asks):
        security.nonsense_token(caller, chart)
        return
    caller = callers[asks.index(True)]
    security.forged_tokens(caller, chart, signer, stranger)
    if signer and any(e.ok for e in desk.client.evidence.of("good", service=caller.id)):
        security.faulty_tokens(caller, chart, signer, stranger)
        security.rotated_key(caller, chart, signer)
