"""A chart opened from a FHIR server that this service may ask: all that its services would fetch, as one record."""

from uuid import uuid4

from flask import Blueprint, redirect, request

from cdshooks.ehr.request import USER
from cdshooks.errors import BadInput, DataNotAvailable
from cdshooks.page.house import House
from cdshooks.page.play import PATH, open_chart, shown
from cdshooks.page.state import State
from cdshooks.protocol.request import parse_request
from cdshooks.protocol.wire import encode

_HOOK = "patient-view"  # needs nothing but the patient
_SECONDS = 5.0  # for the templates of one service: a person waits


def add(page: Blueprint, house: House) -> None:
    def fetch():
        server, patient = request.form.get("server", ""), request.form.get("id", "").strip()
        if server not in house.settings.fhir_servers:
            raise BadInput("server: none that this service may ask; its operator lists them with --fhir-servers")
        if not patient or len(patient) > 64:
            raise BadInput("id: give the id of a Patient on that server")
        record = encode(fetched(house, server, patient))
        return shown(house, open_chart(house, State(record=record, who=patient)))

    page.add_url_rule("/fetch", "fetch", fetch, methods=["POST"])
    page.add_url_rule("/fetch", "fetched", lambda: redirect(PATH), methods=["GET"])


def fetched(house: House, server: str, patient: str) -> list[dict]:
    """The rows that the prefetch templates of all services name; raises DataNotAvailable with what could not be had."""
    # With threads and connections, which a page without a FHIR server does without.
    from cdshooks.protocol.fetch import Fetcher
    from cdshooks.reach.connect import Guard
    from cdshooks.reach.get import Reach

    settings = house.settings
    fetcher = Fetcher(Reach(Guard(settings.fhir_networks)), _SECONDS, settings.fetch_max_bytes)
    rows: dict[tuple, dict] = {}
    why: dict[str, str] = {}
    body = {"hook": _HOOK, "hookInstance": str(uuid4()), "fhirServer": server}
    asked = parse_request(body | {"context": {"userId": USER, "patientId": patient}}, _HOOK)
    for hook in house.library.hooks:
        service = house.service(hook)
        start = fetcher.start(settings.fhir_servers, service, asked, house.clock(), settings.fhir_version)
        got = start(set(service.prefetch))
        why |= got.why
        for value in got.values.values():
            for row in _rows(value):
                rows[row.get("resourceType"), row.get("id")] = row
    if not any(kind == "Patient" for kind, _ in rows):
        raise DataNotAvailable(*(f"{key}: {reason}" for key, reason in why.items()), f"{server}: no Patient was found")
    return list(rows.values())


def _rows(value: object) -> list[dict]:
    """The resources of a Bundle, or the one resource."""
    if not isinstance(value, dict):
        return []
    if value.get("resourceType") != "Bundle":
        return [value]
    entries = value.get("entry")
    found = [one.get("resource") for one in entries if isinstance(one, dict)] if isinstance(entries, list) else []
    return [row for row in found if isinstance(row, dict)]
