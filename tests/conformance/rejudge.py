"""Judges a mutant that only sends otherwise without calling it: the good service's recorded run, its answers edited."""

from dataclasses import replace
from email.message import Message
from functools import cache

from cds_conformance.evidence import Evidence, Exchange
from cds_conformance.judge import report_on
from cds_conformance.options import Options
from cds_conformance.reading import NO_JSON
from mutate import Mutant, changed
from proving import evidence_of, the_good_service
from reference.wire import Answer, Call

# What a client shows to people and does not call by.
WORDS = ("description", "title", "usageRequirements")


@cache
def good_run(spec: str, auth: bool, profile: str) -> Evidence:
    """The run of the good service in these settings, made once."""
    return evidence_of(the_good_service(spec, auth, profile))


def the_good_report(spec: str, auth: bool, profile: str):
    """What the judge says of the good service in these settings, of the run from which mutants are judged."""
    return report_on(good_run(spec, auth, profile), Options(spec=spec, profile=profile or None))


def can_be_rejudged(mutant: Mutant) -> bool:
    """Whether it only says something else: what it does otherwise, or how it is called otherwise, must be called."""
    return bool(mutant.change) and all(map(_only_words, mutant.change))


def _only_words(change: dict) -> bool:
    listed, another_status = change["in"] == "discovery", "status" in change and change["in"] == "advice"
    return not another_status and (not listed or change.get("at", "").endswith(WORDS))


def rejudged(mutant: Mutant):
    """The judge's report on the good service's run as this mutant would have answered."""
    return report_on(evidence_as(mutant), Options(spec=mutant.spec, profile=mutant.profile or None))


def evidence_as(mutant: Mutant) -> Evidence:
    """The good service's run as this mutant would have answered."""
    good = good_run(mutant.spec, mutant.auth, mutant.profile)
    exchanges = [_as_mutant(exchange, mutant) for exchange in good.exchanges]
    return Evidence(good.url, good.started, exchanges, list(good.notes), good.problem, good.facts)


def _as_mutant(exchange: Exchange, mutant: Mutant) -> Exchange:
    if exchange.fault or exchange.status is None:
        return exchange
    headers = Message()
    for name, value in exchange.headers.items():
        headers[name] = value
    call = Call(exchange.method, exchange.url_path, headers, exchange.body)
    held = exchange.json
    before = Answer(exchange.status, None if held is NO_JSON else held, dict(exchange.answer_headers), None)
    after = changed(before, call, mutant.change)
    if after is before:
        return exchange
    kinds = {name.lower(): value for name, value in after.headers.items()}
    edited = replace(exchange, status=after.status, answer=after.content(), answer_headers=kinds)
    edited.__dict__["sent"] = exchange.sent  # read once for all mutants: the request is the same
    return edited
