"""What goes out: JSON, in the one way in which this service writes it."""

from flask import Response

from cdshooks.protocol import wire


def as_json(body: object, status: int = 200) -> Response:
    return Response(wire.encode(body), status, content_type="application/json")


def outcome(status: int, code: str, *issues: str) -> Response:
    """A FHIR OperationOutcome: every answer that is not a success has this form."""
    told = [{"severity": "error", "code": code, "diagnostics": issue} for issue in issues]
    return as_json({"resourceType": "OperationOutcome", "issue": told}, status)
