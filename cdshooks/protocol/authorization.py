"""The access to the client's FHIR server that one request lends us: used for this request, shown to nobody."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FhirAuthorization:
    """`fhirAuthorization` of a request; its repr holds neither the token nor whom it is about.

    https://cds-hooks.hl7.org/3.0.0-ballot/#passing-the-access-token-to-the-cds-service
    """

    access_token: str = field(repr=False)
    expires_in: int
    scope: str
    subject: str = field(repr=False)
    patient: str | None = field(default=None, repr=False)
    fault: str = ""


def read_authorization(told: Mapping | None) -> FhirAuthorization | None:
    """What was lent; what is wrong with it costs only the fetching, and `fault` says what it is."""
    if told is None:
        return None
    if fault := _fault(told):
        return FhirAuthorization("", 0, "", "", None, fault)
    return FhirAuthorization(
        told["access_token"], told["expires_in"], told["scope"], told["subject"], told.get("patient")
    )


def _fault(told: Mapping) -> str:
    """What the standard requires of it and is not there; nothing of what was sent is repeated."""
    wrong = [name for name in ("access_token", "scope", "subject") if not isinstance(told.get(name), str)]
    wrong += ["access_token"] if told.get("access_token") == "" else []
    wrong += ["expires_in"] if type(told.get("expires_in")) is not int else []
    wrong += ["patient"] if not isinstance(told.get("patient", ""), str) else []
    if wrong:
        return f"fhirAuthorization of the request has no {' and no '.join(wrong)} that can be used"
    if told.get("token_type") != "Bearer":
        return "token_type in fhirAuthorization of the request is not 'Bearer'"
    return ""


def unusable(authorization: FhirAuthorization | None, patient_id: str) -> str:
    """Why nothing can be read with this access; empty where it can be tried."""
    if authorization is None:
        return ""  # an open server may answer
    if authorization.fault:
        return authorization.fault
    if authorization.expires_in <= 0:
        return "the access token of the request has expired"
    if authorization.patient not in (None, patient_id):
        return "the access token of the request is for another patient"
    if not _sendable(authorization.access_token):
        return "the access token of the request holds characters that no header can carry"
    return ""


def _sendable(token: str) -> bool:
    return all("!" <= character <= "~" for character in token)
