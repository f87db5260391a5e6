"""Good calls, and what prefetch can look like: null, absent, an OperationOutcome, empty."""

import re

from cds_conformance.checks.compare import advice
from cds_conformance.ehr.contexts import smaller
from cds_conformance.ehr.search import bundle
from cds_conformance.ehr.server import Scene, outcome
from cds_conformance.ehr.shelf import Chart
from cds_conformance.evidence import Exchange
from cds_conformance.probes.caller import Caller

MOST_KEYS = 4


def good_calls(caller: Caller) -> list[Exchange]:
    """A good call for each patient; where all of them miss data, once more with a FHIR server."""
    found = [_good(caller, chart) for chart in caller.desk.charts]
    if any(e.refused for e in found) and not any(e.ok or e.status in (401, 403, 404) for e in found):
        caller.served = True
        served = [_good(caller, chart) for chart in caller.desk.charts]
        if any(e.ok for e in served):
            for exchange in found:
                exchange.probe = "prefetch-alone"
            return served
        caller.served = False
        for exchange in served:
            exchange.probe = "served"
    if not any(e.ok or e.status in (401, 403, 404, 412) or e.fault for e in found) and not caller.own_context:
        return _with_less(caller, found) or found
    return found


def _with_less(caller: Caller, found: list[Exchange]) -> list[Exchange]:
    """Good calls with a smaller context, where a service takes those only; the whole ones are variants of it then."""
    chart = caller.desk.charts[0]
    for what, cut in smaller(caller.hook, caller.context(chart) or {}):
        caller.ask_for_less(cut)
        first = _good(caller, chart)
        if first.ok:
            for exchange in found:
                exchange.probe, exchange.detail["what"] = "variant", what
            return [first, *(_good(caller, one) for one in caller.desk.charts[1:])]
        first.probe = "smaller"
    caller.ask_for_less(None)
    return []


def _good(caller: Caller, chart: Chart) -> Exchange:
    filled = caller.prefetch(chart)
    unfilled = [key for key in caller.templates if key not in filled]
    return caller.call("good", caller.body(chart), patient=chart.name, unfilled=unfilled, own=caller.own_context)


def odd_prefetch(caller: Caller, chart: Chart) -> None:
    """The same call again, then with keys absent, failed or empty, one by one and all together."""
    full = caller.prefetch(chart)
    detail = {"patient": chart.name}
    caller.call("again", caller.body(chart), **detail)
    if not full:
        return
    keys = caller.searches()
    caller.call("absent", plain(caller, chart, {}), keys=list(full), **detail)
    for key in sorted(full, key=lambda key: key not in caller.deciding)[:MOST_KEYS] if len(full) > 1 else []:
        caller.call("absent", plain(caller, chart, {k: v for k, v in full.items() if k != key}), keys=[key], **detail)
    failed = outcome("exception", "the record system did not answer")
    if reads := [key for key in caller.deciding if key in caller.reads() and full.get(key) is not None]:
        caller.call("failed", caller.body(chart, prefetch=full | dict.fromkeys(reads, failed)), keys=reads, **detail)
    if keys:
        _odd_searches(caller, chart, full, keys, failed)


def _odd_searches(caller: Caller, chart: Chart, full: dict, keys: list[str], failed: dict) -> None:
    """What searches find, failed in every form, half, null and empty."""
    detail = {"patient": chart.name}
    caller.call("failed", caller.body(chart, prefetch=full | dict.fromkeys(keys, failed)), keys=keys, **detail)
    inside = bundle([]) | {"entry": [{"resource": failed, "search": {"mode": "outcome"}}]}
    caller.call(
        "failed", caller.body(chart, prefetch=full | dict.fromkeys(keys, inside)), keys=keys, inside=1, **detail
    )
    two = inside | {"entry": inside["entry"] * 2}
    caller.call("failed", caller.body(chart, prefetch=full | dict.fromkeys(keys, two)), keys=keys, inside=2, **detail)
    for half in (0, 1):
        some = {key: _half(full[key], half, failed) for key in keys if _entries(full.get(key)) > 1}
        if some:
            caller.call("failed", caller.body(chart, prefetch=full | some), keys=list(some), inside="half", **detail)
    for key in keys[:MOST_KEYS] if len(keys) > 1 else []:
        if key not in caller.nulled:
            caller.call("null", caller.body(chart, prefetch=full | {key: None}), keys=[key], **detail)
        caller.call("failed", caller.body(chart, prefetch=full | {key: failed}), keys=[key], **detail)
    caller.call("empty", caller.body(chart, prefetch=full | dict.fromkeys(keys, bundle([]))), keys=keys, **detail)


def _entries(held) -> int:
    return len(held.get("entry", [])) if isinstance(held, dict) else 0


def _half(found: dict, half: int, failed: dict) -> dict:
    """One half of what was found, and the error that kept the other half away."""
    middle = len(found["entry"]) // 2
    kept = found["entry"][middle:] if half else found["entry"][:middle]
    return found | {"entry": [*kept, {"resource": failed, "search": {"mode": "outcome"}}]}


def plain(caller: Caller, chart: Chart, prefetch: dict) -> dict:
    """A request without a FHIR server, whatever the service usually needs."""
    body = caller.body(chart, prefetch=prefetch)
    return {name: held for name, held in body.items() if name not in ("fhirServer", "fhirAuthorization")} | (
        {"prefetch": prefetch} if prefetch else {}
    )


def fetching(caller: Caller, chart: Chart) -> None:
    """Calls with a FHIR server of ours: for all, for a part, for nothing, for more pages."""
    full, detail = caller.prefetch(chart), {"patient": chart.name}
    keys = caller.searches()
    body = caller.body(chart, scene=Scene(chart))
    both = caller.call("both", body, **detail)
    if not both.ok:
        caller.call("server-only", {name: held for name, held in body.items() if name != "fhirAuthorization"}, **detail)
    alone = _fetched(caller, "alone", Scene(chart), both, keys=list(full), **detail)
    if full and keys:
        nothing = full | dict.fromkeys(keys)
        types = sorted(_types(caller, keys) - _types(caller, [k for k in caller.entry["prefetch"] if k not in full]))
        body = caller.body(chart, prefetch=nothing, scene=Scene(chart))
        caller.call("null-served", body, keys=keys, types=types, **detail)
        for key in keys[:MOST_KEYS] if len(full) > 1 else []:
            some = {name: held for name, held in full.items() if name != key}
            _fetched(caller, "partly", Scene(chart), both, some, keys=[key], **detail)
        _paged(caller, chart, full, keys)
    if any(one["server"] == "fhir" for one in alone.heard):
        _fetched(caller, "pages-alone", Scene(chart, page=2), alone, **detail)


def _fetched(caller: Caller, probe: str, scene: Scene, like: Exchange, has: dict | None = None, **detail) -> Exchange:
    """A call that has some prefetch, or none, and must fetch the rest.

    It is made again in quiet where the advice is other, as a busy machine may be late; late in quiet as well is told.
    """
    quiet = caller.desk.client.metronome.wait_for_quiet
    said = caller.call(probe, caller.body(scene.chart, prefetch=has or {}, scene=scene), **detail)
    caller.asks |= bool(said.heard)
    for again in range(3):
        if not caller.asks or advice(said) == advice(like) or (again and not said.busy):
            return said
        said.probe = f"{probe}-first"
        quiet(2.0)
        said = caller.call(probe, caller.body(scene.chart, prefetch=has or {}, scene=scene), **detail)
    if said.busy and advice(said) != advice(like):
        said.probe = f"{probe}-busy"
    return said


def failing_server(caller: Caller, chart: Chart, slow: bool) -> None:
    """The same with a server that fails. Sent last of all: a service may well leave such a server alone for a while."""
    if not any(one["server"] == "fhir" for e in caller.desk.client.evidence.of("alone") for one in e.heard):
        return
    quick = ("redirects", "sends nonsense", "forbids", "answers errors with 200", "fails halfway", "fails")
    for fault in (*quick, *(["is slow", "hangs"] if slow else [])):
        body = caller.body(chart, prefetch={}, scene=Scene(chart, fault=fault))
        caller.call("server-fault", body, fault=fault, patient=chart.name)


def _types(caller: Caller, keys: list[str]) -> set[str]:
    """The kinds of resource that these keys ask for."""
    return {re.split(r"[?/]", str(caller.entry["prefetch"][key]))[0] for key in keys}


def _paged(caller: Caller, chart: Chart, full: dict, keys: list[str]) -> None:
    """First pages whose next page is on our server, and then on a stranger's."""
    fhir = caller.desk.fhir
    long = [key for key in keys if isinstance(full.get(key), dict) and len(full[key].get("entry", [])) > 1]
    if not long:
        return
    for probe, base in (("paged", fhir.base), ("paged-elsewhere", f"{fhir.stranger.url}/fhir")):
        pages = {key: _first_page(full[key], f"{base}/{_query(caller, chart, key)}") for key in long}
        body = caller.body(chart, prefetch=full | pages, scene=Scene(chart))
        caller.call(probe, body, patient=chart.name, keys=long)


def _query(caller: Caller, chart: Chart, key: str) -> str:
    from cds_conformance.ehr.tokens import Filler

    return Filler(caller.context(chart) or {}, caller.desk.today, lambda reference: None).fill(caller.templates[key])


def _first_page(found: dict, query: str) -> dict:
    links = [{"relation": "self", "url": query}, {"relation": "next", "url": f"{query}&_from=1"}]
    return found | {"link": links, "entry": found["entry"][:1]}
