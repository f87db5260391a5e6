"""Builds and sends the calls of one service: good ones, and the same with one thing changed."""

import datetime as dt
import json
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

from cds_conformance.client import Client
from cds_conformance.ehr.contexts import context_for
from cds_conformance.ehr.search import answer
from cds_conformance.ehr.server import FhirServer, Scene
from cds_conformance.ehr.shelf import Chart
from cds_conformance.ehr.tokens import TOKEN, CannotFill, Filler
from cds_conformance.evidence import Exchange

SAFE = "/:@!$&'()*+,;=-._~"
MOST_TEMPLATES = 60  # of one service; more would make every request megabytes long
JSON = {"Content-Type": "application/json"}


@dataclass
class Desk:
    """What every call needs: the sender, the patients, our FHIR server, the caller's own contexts."""

    client: Client
    charts: list[Chart]
    today: dt.date
    fhir: FhirServer
    own_patients: bool = False
    origin: str = ""
    contexts: dict[str, dict] = field(default_factory=dict)


class Caller:
    """One entry of the discovery, and how it is called.

    `served`: good calls carry a FHIR server too; `asks`: it was seen to ask that server; `deciding`: the keys on which
    its advice about one patient was seen to depend; `nulled`: those that were tried as null one by one; `cut`: makes a
    context smaller, for a service that takes no whole one.
    """

    def __init__(self, desk: Desk, entry: dict):
        self.desk, self.entry = desk, entry
        self.id, self.hook = entry["id"], entry["hook"]
        self.served = self.asks = False
        self.cut: Callable[[dict], dict] | None = None
        self.deciding: list[str] = []
        self.nulled: list[str] = []
        self.full: dict[str, dict] = {}
        self.contexts: dict[str, str] = {}  # by patient, as JSON
        held = entry.get("prefetch")
        found = {k: v for k, v in held.items() if isinstance(v, str)} if isinstance(held, dict) else {}
        self.templates = dict(list(found.items())[:MOST_TEMPLATES])
        self.left_out = len(found) - len(self.templates)

    @property
    def path(self) -> str:
        return f"/cds-services/{quote(self.id, safe=SAFE)}"

    @property
    def own_patients(self) -> bool:
        """Whether the caller gave patients; then no others are made."""
        return self.desk.own_patients

    @property
    def own_context(self) -> bool:
        return self.hook in self.desk.contexts

    def context(self, chart: Chart) -> dict | None:
        """A new one each time, for the caller to change; worked out once."""
        if chart.name not in self.contexts:
            context = context_for(self.hook, chart, self.desk.today, self.desk.contexts)
            self.contexts[chart.name] = json.dumps(self.cut(context) if self.cut and context else context)
        return json.loads(self.contexts[chart.name])

    def ask_for_less(self, cut: Callable[[dict], dict] | None) -> None:
        """From now on all contexts are cut like this."""
        self.cut = cut
        self.contexts.clear(), self.full.clear()

    def prefetch(self, chart: Chart) -> dict:
        """The answers to the service's templates; a key that cannot be filled is left out."""
        context = self.context(chart) or {}
        held = (context.get(name) for name in ("draftOrders", "appointments", "orders"))
        drafts = [e["resource"] for b in held if isinstance(b, dict) for e in b.get("entry", [])]
        filler = Filler(context, self.desk.today, lambda reference: _resolve(reference, chart, drafts))
        for key, template in self.templates.items():
            try:
                filler.earlier[key] = answer(filler.fill(template), chart)
            except (CannotFill, ValueError, KeyError, TypeError):
                continue
        return filler.earlier

    def _filled(self, chart: Chart) -> dict:
        """The same, kept: most calls of a service bring it."""
        if chart.name not in self.full:
            self.full[chart.name] = self.prefetch(chart)
        return self.full[chart.name]

    def searches(self) -> list[str]:
        """The keys of searches: a search may come back empty, a read of the patient hardly."""
        found = [key for key, template in self.templates.items() if "?" in TOKEN.sub("", template)]
        return sorted(found, key=lambda key: key not in self.deciding)

    def reads(self) -> list[str]:
        """The keys of reads, the patient's for one; null is no answer that a client gives to them."""
        return [key for key in self.templates if key not in self.searches()]

    def body(self, chart: Chart, *, prefetch: dict | None = None, scene: Scene | None = None, **changes) -> dict:
        """A complete request; `prefetch` instead of the full one, `scene` for a FHIR server of ours."""
        filled = self._filled(chart) if prefetch is None else prefetch
        made = {"hook": self.hook, "hookInstance": str(uuid.uuid4()), "context": self.context(chart)}
        made |= {"prefetch": filled} if filled else {}
        scene = scene or (Scene(chart) if self.served else None)
        return made | (self.server(scene) if scene else {}) | changes

    def server(self, scene: Scene) -> dict:
        """fhirServer and a complete fhirAuthorization, whose token opens this scene."""
        token = f"judge-{secrets.token_hex(16)}"
        self.desk.fhir.scenes[token] = scene
        granted = {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": "patient/*.read user/*.read",
            "subject": "cds-conformance",
            "patient": scene.chart.patient_id,
        }
        return {"fhirServer": self.desk.fhir.base, "fhirAuthorization": granted}

    def call(self, probe: str, body: dict | bytes, *, headers=None, path=None, token=True, **detail) -> Exchange:
        """POSTs one request to the service."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.desk.client.send(
            probe, "POST", path or self.path, body=data, headers=JSON | (headers or {}),
            service=self.id, hook=self.hook, detail=detail, token=token,
        )  # fmt: skip


def _resolve(reference: str, chart: Chart, drafts: list[dict]) -> dict | None:
    kind, _, id_ = str(reference).rpartition("/")
    kind = kind.rpartition("/")[2]
    found = next((r for r in drafts if (r["resourceType"], r.get("id")) == (kind, id_)), None)
    return found or chart.find(kind, id_)
