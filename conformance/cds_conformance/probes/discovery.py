"""Asks what is there, looks elsewhere where nothing is, and says why a service cannot be judged where it cannot."""

from urllib.parse import urlsplit

from cds_conformance.client import Client
from cds_conformance.evidence import Evidence, Exchange
from cds_conformance.trust import Signer

USUAL = "/cds-services"
# Where services are mounted, below the address or the site that was given; and names that some give their discovery.
MOUNTS = ("", "/cds", "/api", "/fhir", "/r4", "/cds-hooks", "/hooks", "/v1", "/api/v1", "/api/cds")
NAMES = (USUAL, "/cds-discovery", "/discovery")
DRAFTS = "/.well-known/cds-services"  # where the drafts of 2016 had the discovery, and the discovery only
MOST = 24


def discover(client: Client, evidence: Evidence, signer: Signer | None = None) -> None:
    """GETs the discovery; `evidence.problem` says why the service cannot be judged, where it cannot.

    Where the token is refused and there is a second key of another algorithm, that is the one to go on with. Where
    there is nothing at the usual place, other places are tried; the one that is found is judged, and told.
    """
    answer = client.send("discovery", "GET", client.discovery)
    if answer.status == 401 and signer and signer.second:
        answer.probe = "discovery-refused"
        signer.key, signer.second = signer.second, signer.key
        answer = client.send("discovery", "GET", client.discovery)
    if answer.status == 404 and client.discovery == USUAL:
        answer, looked = look_elsewhere(client, evidence, answer)
        if answer.status == 404:
            elsewhere = "where it is elsewhere, give that address, or --discovery PATH"
            evidence.problem = f"{answer.url} answers 404; nor is there a discovery at {', '.join(looked)}; {elsewhere}"
            return
    evidence.problem = _problem(answer)


def _problem(answer: Exchange) -> str:
    if answer.fault:
        return f"{answer.url}: {answer.fault}"
    if answer.status == 401 and "Authorization" not in answer.headers:
        helps = "give --token-key, or --issuer and --jku; a key of another kind with --header"
        return f"{answer.url} asks for a token (401); {helps}"
    if answer.status in (401, 403):
        return f"{answer.url} refuses the token that we signed ({answer.status})"
    if answer.status != 200:
        leads = answer.answer_headers.get("location", "")[:120] if answer.status < 400 else ""
        helps = f"; it leads to {leads}: if that is the service, give its address, or --discovery PATH"
        return f"{answer.url} answers {answer.status}; a discovery answers 200" + (helps if leads else "")
    return "" if lists_services(answer) else f"{answer.url} holds no object with an array `services`"


def lists_services(answer: Exchange) -> bool:
    return answer.ok and isinstance(answer.json, dict) and isinstance(answer.json.get("services"), list)


def places(base: str) -> list[tuple[str, str]]:
    """Bases and names to try for a service that is not at the base given: below it, above it, below its site."""
    parts = urlsplit(base)
    site = f"{parts.scheme}://{parts.netloc}"
    steps = [step for step in parts.path.split("/") if step]
    above = [site + "".join(f"/{step}" for step in steps[:i]) for i in range(len(steps) - 1, -1, -1)]
    bases = dict.fromkeys([*above, *(f"{base}{mount}" for mount in MOUNTS), *(f"{site}{mount}" for mount in MOUNTS)])
    tries = [(base, DRAFTS), *((where, name) for name in NAMES for where in bases)]
    return [one for one in tries if one != (base, USUAL)][:MOST]


def look_elsewhere(client: Client, evidence: Evidence, first: Exchange) -> tuple[Exchange, list[str]]:
    """The discovery where it is found, the client's base moved there; else the first answer. And where we looked."""
    looked = []
    for base, name in places(client.base):
        answer = client.send("looked-for", "GET", f"{base}{name}")
        looked.append(urlsplit(answer.url).path)
        if lists_services(answer):
            first.probe, answer.probe = "looked-for", "discovery"
            evidence.notes.append(f"{first.url} answers 404; the service was found at {answer.url} and judged there")
            client.base, client.discovery, evidence.url = base, name, base
            return answer, looked
    return first, looked
