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


def read_authorization(told: Mapping | None) -> FhirAuthorization | None:
    """From JSON that was found sound."""
    if told is None:
        return None
    return FhirAuthorization(
        told["access_token"], told["expires_in"], told["scope"], told["subject"], told.get("patient")
    )


def unusable(authorization: FhirAuthorization | None, patient_id: str) -> str:
    """Why nothing can be read with this access; empty where it can be tried."""
    if authorization is None:
        return ""  # an open server may answer
    if authorization.expires_in <= 0:
        return "the access token of the request has expired"
    if authorization.patient not in (None, patient_id):
        return "the access token of the request is for another patient"
    if not _sendable(authorization.access_token):
        return "the access token of the request holds characters that no header can carry"
    return ""


def _sendable(token: str) -> bool:
    return all("!" <= character <= "~" for character in token)
