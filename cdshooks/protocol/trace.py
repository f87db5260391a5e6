"""The trace of a call as JSON, and how a client asks for it: what every card asked, saw and decided."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from cdshooks.chart.chart import Chart
from cdshooks.protocol.request import HookRequest
from cdshooks.reading.facts import Oddity
from cdshooks.rules.decide import Decision
from cdshooks.rules.explain import explain, outcome

# In the `extension` of a request, true asks for it; in that of the response it is the trace.
EXTENSION = "dev.cdshooks.trace"


def is_asked_for(request: HookRequest) -> bool:
    return request.extension.get(EXTENSION) is True


def as_data(decisions: Iterable[Decision], chart: Chart, quiet: Mapping[str, datetime] | None = None) -> dict:
    """The trace as `trace.schema.json` has it: what is empty is left out, as CDS Hooks wants its JSON."""
    told = [_decision(decision, (quiet or {}).get(decision.card.topic)) for decision in decisions]
    return _full(
        {"decisions": told, "notUnderstood": _told(chart.not_understood), "setAside": _told(chart.oddities)}
    )


def _told(oddities: Iterable[Oddity]) -> list[dict]:
    return [{"resource": o.ref, "reason": o.says} for o in dict.fromkeys(oddities)]


def _decision(decision: Decision, quiet_until: datetime | None) -> dict:
    return _full(
        {
            "topic": decision.card.topic,
            "version": decision.card.page.version,
            "outcome": outcome(decision),
            "quietUntil": quiet_until.isoformat(timespec="seconds") if quiet_until else "",
            "possible": [_full({"indicator": p.level.word, "decidedBy": p.by}) for p in decision.possible],
            "notProvided": sorted(decision.missing),
            "trace": [
                _full(
                    {"depth": t.depth, "verdict": t.verdict, "says": t.says, "saw": t.saw, "resources": list(t.refs)}
                )
                for t in explain(decision)
            ],
        }
    )


def _full(told: dict) -> dict:
    return {name: value for name, value in told.items() if value not in ("", [])}
