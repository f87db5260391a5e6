"""What the caller may choose: the release, the profile, the patients, the keys, the bounds."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cds_conformance.errors import BadOption
from cds_conformance.statements import FILES, RELEASES


@dataclass(frozen=True)
class Options:
    """All options of `judge`; the same words are the flags of `cds-conformance`.

    token_key: a private key (PEM or JWK file) that the service knows; without it, but with an issuer and a jku on
    loopback, a throw-away key is made and its JWK Set served at that jku while the judge runs.
    patients: a folder of FHIR Bundles instead of the synthetic ones. context: a JSON file, hook name to context.
    timeout: seconds for one request; budget: seconds for all. fhir_port: where our own FHIR server listens (0: any).
    fetches: the service may ask our FHIR server; that it never does is a finding then.
    show_data: put tokens and bodies into the report.
    """

    spec: str = "2.0"
    profile: str | None = None
    token_key: Path | None = None
    issuer: str | None = None
    jku: str | None = None
    kid: str | None = None
    patients: Path | None = None
    context: Path | dict | None = None
    timeout: float = 10.0
    budget: float = 180.0
    fhir_port: int = 0
    fetches: bool = False
    show_data: bool = False
    record: Path | None = None
    progress: Callable | None = None

    def __post_init__(self):
        if self.spec not in RELEASES:
            raise BadOption(f"--spec {self.spec!r} is no release of CDS Hooks; give one of {', '.join(RELEASES)}")
        if self.profile not in FILES:
            raise BadOption(f"--profile {self.profile!r} is not known; give crd, or leave it out")
