"""HTTP for the rules that fhir-mcp brings for use without a network; the package itself calls them as functions.

The discovery is made of its table of hooks, the templates of the prefetch keys that its rules read.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from fhir_mcp.cds_hooks.mock_service import MOCK_HOOKS, mock_invoke

PREFETCH = {
    "patient-view": {
        "observations": "Observation?patient={{context.patientId}}",
        "medications": "MedicationRequest?patient={{context.patientId}}",
    },
    "medication-prescribe": {
        "medications": "MedicationRequest?patient={{context.patientId}}",
        "allergies": "AllergyIntolerance?patient={{context.patientId}}",
    },
}
SERVICES = [
    {"hook": hook, "id": hook, **about} | ({"prefetch": PREFETCH[hook]} if hook in PREFETCH else {})
    for hook, about in MOCK_HOOKS.items()
]


class Host(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(200, {"services": SERVICES}) if self.path == "/cds-services" else self.answer(404, {})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path.removeprefix("/cds-services/") not in MOCK_HOOKS:
            return self.answer(404, {})
        try:
            sent = json.loads(body)
            return self.answer(200, mock_invoke(sent["hook"], sent["context"], sent.get("prefetch")))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as trouble:
            return self.answer(500, {"error": type(trouble).__name__})

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        """The judge tells what was asked."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Host).serve_forever()
