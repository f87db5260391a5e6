"""What was sent and what came back: the only thing that checks look at, live or from a record."""

import shlex
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from operator import itemgetter

from cds_conformance.reading import NO_JSON, Reading, read


@dataclass
class Exchange:
    """One request, its answer or what went wrong (`fault`), and what our own servers heard meanwhile.

    `probe` names the kind of request (good, null, unknown-hook, ...); `detail` says what was varied in it.
    """

    number: int
    probe: str
    method: str
    url: str
    headers: dict[str, str]
    body: bytes = b""
    service: str = ""
    hook: str = ""
    detail: dict = field(default_factory=dict)
    status: int | None = None
    answer_headers: dict[str, str] = field(default_factory=dict)
    answer: bytes = b""
    ms: float = 0.0
    fault: str = ""
    heard: list[dict] = field(default_factory=list)
    busy: bool = False

    @cached_property
    def reading(self) -> Reading:
        return read(self.answer)

    @property
    def late(self) -> bool:
        """Whether no answer came in time."""
        return self.fault.startswith("no answer within")

    @property
    def untried(self) -> bool:
        """Whether nothing can be said from it: it was not sent, or what came back was not kept."""
        return self.fault.startswith(("not sent", "not judged"))

    @property
    def json(self) -> object:
        """What the answer holds; NO_JSON where it cannot be read or never came."""
        return NO_JSON if self.fault else self.reading.value

    @cached_property
    def sent(self) -> object:
        """What the request's body holds, as JSON."""
        return read(self.body).value

    @property
    def ok(self) -> bool:
        return not self.fault and self.status == 200

    @property
    def taken(self) -> bool:
        return not self.fault and 200 <= (self.status or 0) < 300

    @property
    def refused(self) -> bool:
        """A 4xx: the service says that the request is at fault."""
        return not self.fault and 400 <= (self.status or 0) < 500

    @property
    def outcome(self) -> str:
        """The answer in a few words: `200`, `500`, where a redirect leads, or what went wrong."""
        leads = self.answer_headers.get("location", "")[:120] if 300 <= (self.status or 0) < 400 else ""
        return self.fault or f"{self.status}" + (f", a redirect to {leads}; clients follow none" if leads else "")

    @property
    def where(self) -> str:
        return f"{self.hook or '?'} {self.service}" if self.service else self.url_path

    @property
    def url_path(self) -> str:
        return "/" + self.url.split("://", 1)[-1].partition("/")[2]

    def cards(self) -> list[dict] | None:
        """The cards of a 200; None where there is no readable list of cards."""
        held = self.json
        if not self.ok or not isinstance(held, dict) or not isinstance(held.get("cards"), list):
            return None
        return [card for card in held["cards"] if isinstance(card, dict)]

    def as_curl(self, body_file: str | None = None) -> str:
        """A line for a shell that sends this request again; a long body comes from a file."""
        parts = ["curl", "-i", "-X", self.method, shlex.quote(self.url)]
        for name, value in self.headers.items():
            parts += ["-H", shlex.quote(f"{name}: {value}")]
        if self.body:
            parts += ["-d", f"@{body_file}" if body_file else shlex.quote(self.body.decode("utf-8", "replace"))]
        return " ".join(parts)


@dataclass
class Evidence:
    """All exchanges with one service, in order, with what the checks must know about how they were made."""

    url: str
    started: str
    exchanges: list[Exchange] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problem: str = ""
    facts: dict = field(default_factory=dict)

    def of(self, *probes: str, service: str | None = None, hook: str | None = None) -> list[Exchange]:
        """The exchanges of these kinds, for one service entry where it is given."""
        return [
            e
            for e in self.exchanges
            if e.probe in probes and (service is None or e.service == service) and (hook is None or e.hook == hook)
        ]

    def first(self, probe: str, **which) -> Exchange | None:
        return next(iter(self.of(probe, **which)), None)

    @property
    def services(self) -> list[dict]:
        """The entries of the discovery that could be called: objects with a string id and a string hook."""
        answer = self.first("discovery")
        held = answer.json if answer else None
        listed = held.get("services") if isinstance(held, dict) else None
        found = [s for s in listed if isinstance(s, dict)] if isinstance(listed, list) else []
        return [s for s in found if all(isinstance(s.get(k), str) and s[k] for k in ("id", "hook"))]


class Settled(Evidence):
    """The evidence of a run that is over: exchanges are found by kind at once, as checks ask for them often."""

    @classmethod
    def settle(cls, run: Evidence) -> "Settled":
        return cls(**{part.name: getattr(run, part.name) for part in fields(run)})

    @cached_property
    def _by_probe(self) -> dict[str, list[tuple[int, Exchange]]]:
        found: dict[str, list[tuple[int, Exchange]]] = {}
        for place, exchange in enumerate(self.exchanges):
            found.setdefault(exchange.probe, []).append((place, exchange))
        return found

    def of(self, *probes: str, service: str | None = None, hook: str | None = None) -> list[Exchange]:
        held = [one for probe in set(probes) for one in self._by_probe.get(probe, ())]
        return [
            e
            for _, e in sorted(held, key=itemgetter(0))
            if (service is None or e.service == service) and (hook is None or e.hook == hook)
        ]


def plain(exchange: Exchange) -> dict:
    """An exchange as plain data; bodies stay bytes."""
    return asdict(exchange)
