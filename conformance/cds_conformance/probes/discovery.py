"""Asks what is there: the discovery, and what it costs the rest of the run when there is none."""

from cds_conformance.client import Client
from cds_conformance.evidence import Evidence


def discover(client: Client, evidence: Evidence) -> None:
    """GETs the discovery; `evidence.problem` says why the service cannot be judged, where it cannot."""
    answer = client.send("discovery", "GET", "/cds-services")
    if answer.fault:
        evidence.problem = f"{answer.url}: {answer.fault}"
    elif answer.status == 401 and "Authorization" not in answer.headers:
        evidence.problem = f"{answer.url} asks for a token (401); give --token-key, or --issuer and --jku"
    elif answer.status != 200:
        evidence.problem = f"{answer.url} answers {answer.status}; a discovery answers 200"
    elif not isinstance(answer.json, dict) or not isinstance(answer.json.get("services"), list):
        evidence.problem = f"{answer.url} holds no object with an array `services`"
