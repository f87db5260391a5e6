"""Traces for people and for programs: one visit judged, every card with what it asked and saw."""

from collections.abc import Iterable, Iterator

from cdshooks.chart.chart import Chart
from cdshooks.content.library import Library
from cdshooks.protocol.discovery import services
from cdshooks.protocol.request import parse_request
from cdshooks.respond import Response, judge
from cdshooks.rules.decide import Decision
from cdshooks.rules.explain import Line, explain, outcome
from cdshooks.terms.dates import Clock

WIDTH = 118


def judged(library: Library, visit, settings, clock: Clock) -> Response:
    """The visit through the same path as a call over HTTP, without the refusal when data lack."""
    service = next(s for group in services(library, settings).values() for s in group if s.hook == visit.hook)
    request = parse_request(visit.request(service.prefetch), visit.hook)
    return judge(library, service, request, clock)


def as_text(decisions: Iterable[Decision], chart: Chart) -> Iterator[str]:
    """The traces as lines: the loudest first."""
    for decision in sorted(decisions, key=lambda d: (-max(p.level for p in d.possible), d.card.topic)):
        yield f"{decision.card.topic}   {outcome(decision)}"
        for line in explain(decision):
            yield from _wrapped(line)
        yield ""
    for title, oddities in (("not understood", chart.not_understood), ("set aside", chart.oddities)):
        if oddities:
            yield title
            yield from (f"  {oddity.ref}: {oddity.says}" for oddity in dict.fromkeys(oddities))


def _wrapped(line: Line) -> Iterator[str]:
    from textwrap import wrap

    lead = "  " + "  " * line.depth + f"{line.verdict:<11} "
    text = f"{line.says}: {line.saw}" if line.saw else line.says
    first, *rest = wrap(text, max(40, WIDTH - len(lead))) or [""]
    yield lead + first
    yield from (" " * len(lead) + part for part in rest)
