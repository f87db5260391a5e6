"""The service itself: which URL does what, and every step of a call in the order in which it is taken."""

import json

from . import advice, check, discovery
from .data import Gatherer
from .wire import Answer, Call, Refused

METHODS = "GET, POST, OPTIONS"


class Reference:
    """A CDS Hooks service for one release of the standard.

    `spec` is "1.0", "2.0" or "3.0"; `crd` adds what Da Vinci CRD asks for; `guard` (see tokens.py) checks who calls;
    `origins` are the web pages that may call from a browser, "*" for all of them.
    """

    gatherer = Gatherer

    def __init__(self, spec="2.0", crd=False, guard=None, origins=("*",)):
        self.spec, self.crd, self.guard, self.origins = spec, crd, guard, origins
        self.services = discovery.services(spec, crd)
        self.feedback = []
        self.base = ""  # our own address, known once the socket is open

    def answer(self, call: Call) -> Answer:
        try:
            answer = self.route(call)
        except Refused as refusal:
            answer = refusal.answer()
        except Exception as error:  # an error must never look like "nothing to worry about"
            answer = Refused(500, f"the service failed: {type(error).__name__}").answer()
        answer.headers |= self.cors(call)
        return answer

    def route(self, call: Call) -> Answer:
        match [part for part in call.path.split("?")[0].split("/") if part]:
            case ["cds-services"]:
                return self.only("GET", call) or self.discover(call)
            case ["cds-services", service_id] if self.entries(service_id):
                return self.only("POST", call) or self.call_service(service_id, call)
            case ["cds-services", service_id, "feedback"] if self.entries(service_id):
                return self.only("POST", call) or self.take_feedback(call)
        raise Refused(404, f"nothing is here: {call.path}; GET /cds-services lists what is")

    def entries(self, service_id: str) -> dict[str, dict]:
        """The services listed under this id, by hook; one id may stand for several hooks."""
        return {service["hook"]: service for service in self.services if service["id"] == service_id}

    def only(self, method: str, call: Call) -> Answer | None:
        """The answer to a preflight; None where the method is the right one, else 405."""
        if call.method == "OPTIONS":
            return Answer(204)
        if call.method != method:
            raise Refused(405, f"{call.method} is not for this URL; use {method}", headers={"Allow": method})
        self.authenticate(call)
        return None

    def authenticate(self, call: Call):
        if self.guard:
            self.guard.check(call.headers.get("Authorization", ""), self.base + call.path)

    def cors(self, call: Call) -> dict[str, str]:
        origin = call.headers.get("Origin")
        if not origin or ("*" not in self.origins and origin not in self.origins):
            return {}
        return {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Methods": METHODS,
            "Access-Control-Allow-Headers": "Authorization, Content-Type",
            "Vary": "Origin",
        }

    def discover(self, call: Call) -> Answer:
        return Answer(body={"services": self.services})

    def call_service(self, service_id: str, call: Call) -> Answer:
        request = self.read(call)
        self.check_request(request)
        service = self.entries(service_id).get(request["hook"])
        if not service:
            raise Refused(400, f"hook: {service_id} is not listed for {request['hook']!r}")
        self.check_context(request)
        found = self.gather(service, request)
        return Answer(body=self.advise(request, found))

    def take_feedback(self, call: Call) -> Answer:
        body = self.read(call)
        self.check_feedback(body)
        self.feedback += body["feedback"]
        return Answer(200)

    def read(self, call: Call) -> object:
        """The JSON of the body; 413, 415 or 400 where there is none to be had."""
        if call.body is None:
            raise Refused(413, "the body is larger than this service takes")
        if call.headers.get_content_type() != "application/json" or "Content-Type" not in call.headers:
            raise Refused(415, "Content-Type must be application/json")
        try:
            return json.loads(call.body, parse_constant=_not_json)
        except (ValueError, RecursionError) as error:
            raise Refused(400, f"the body is not JSON: {type(error).__name__}") from None

    def check_request(self, request: object):
        self.refuse(400, check.request(request))

    def check_context(self, request: dict):
        self.refuse(422, check.context(request["hook"], request["context"]))

    def check_feedback(self, body: object):
        self.refuse(400, check.feedback(body))

    def refuse(self, status: int, faults: list[str]):
        if faults:
            raise Refused(status, *faults)

    def gather(self, service: dict, request: dict) -> dict[str, object]:
        return self.gatherer(service.get("prefetch", {}), request).everything()

    def advise(self, request: dict, found: dict) -> dict:
        return advice.answer(request, found, self.spec, self.crd)


def _not_json(word):
    raise ValueError(f"{word} is not JSON")
