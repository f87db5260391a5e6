"""Asks what is there: the discovery, and what it costs the rest of the run when there is none."""

from cds_conformance.client import Client
from cds_conformance.evidence import Evidence
from cds_conformance.trust import Signer


def discover(client: Client, evidence: Evidence, signer: Signer | None = None) -> None:
    """GETs the discovery; `evidence.problem` says why the service cannot be judged, where it cannot.

    Where the token is refused and there is a second key of another algorithm, that is the one to go on with.
    """
    answer = client.send("discovery", "GET", "/cds-services")
    if answer.status == 401 and signer and signer.second:
        answer.probe = "discovery-refused"
        signer.key, signer.second = signer.second, signer.key
        answer = client.send("discovery", "GET", "/cds-services")
    if answer.fault:
        evidence.problem = f"{answer.url}: {answer.fault}"
    elif answer.status == 401 and "Authorization" not in answer.headers:
        evidence.problem = f"{answer.url} asks for a token (401); give --token-key, or --issuer and --jku"
    elif answer.status in (401, 403):
        evidence.problem = f"{answer.url} refuses the token that we signed ({answer.status})"
    elif answer.status != 200:
        evidence.problem = f"{answer.url} answers {answer.status}; a discovery answers 200"
    elif not isinstance(answer.json, dict) or not isinstance(answer.json.get("services"), list):
        evidence.problem = f"{answer.url} holds no object with an array `services`"
