"""What the caller may choose: the release, the profile, the patients, the keys, the bounds."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cds_conformance.errors import BadOption
from cds_conformance.statements import FILES, RELEASES


@dataclass(frozen=True)
class Options:
    """All options of `judge`; the same words are the flags of `cds-conformance`.

    spec: the release to judge by; without it, the one that the service speaks.

    token_key: a private key (PEM or JWK file) that the service knows; without it, but with an issuer and a jku on
    loopback, a throw-away key is made and its JWK Set served at that jku while the judge runs.
    patients: a folder of FHIR Bundles instead of the synthetic ones. context: a JSON file, hook name to context.
    timeout: seconds for one request; budget: seconds for all. fhir_port: where our own FHIR server listens (0: any).
    fetches: the service may ask our FHIR server; that it never does is a finding then.
    show_data: put tokens and bodies into the report.
    discovery: where the discovery is, below the base; services are called beside it.
    header: lines "Name: value" for every request, told nowhere.
    ca: a PEM file of certificates to trust; insecure_tls: check none. origin: what the judge says as a browser.
    service: ids to call, all others are left alone. only, leave_out: statements (or pre-, card-) to judge, or not.
    baseline: a JSON report whose findings do not fail; compare: one to tell the differences from.
    fhir_https: a file for the certificate of our FHIR server, which then speaks https; the service must trust it.
    """

    spec: str | None = None
    profile: str | None = None
    token_key: Path | None = None
    issuer: str | None = None
    jku: str | None = None
    kid: str | None = None
    patients: Path | None = None
    context: Path | dict | tuple | None = None
    timeout: float = 10.0
    budget: float = 180.0
    fhir_port: int = 0
    fetches: bool = False
    show_data: bool = False
    record: Path | None = None
    discovery: str = "/cds-services"
    header: tuple[str, ...] = ()
    ca: Path | None = None
    insecure_tls: bool = False
    origin: str = "https://cds-conformance.example"
    service: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    baseline: Path | None = None
    compare: Path | None = None
    fhir_https: Path | None = None
    progress: Callable | None = None

    def __post_init__(self):
        if self.spec is not None and self.spec not in RELEASES:
            raise BadOption(f"--spec {self.spec!r} is no release of CDS Hooks; give one of {', '.join(RELEASES)}")
        if self.profile not in FILES:
            raise BadOption(f"--profile {self.profile!r} is not known; give crd, or leave it out")
        if not self.discovery.startswith("/"):
            raise BadOption(f"--discovery {self.discovery!r} is no path below the base; begin it with /")
        for line in self.header:
            if not re.fullmatch(r"[\w!#$%&'*+.^`|~-]+:[^\r\n]+", line):
                raise BadOption("--header is not of the form 'Name: value'")

    @property
    def own_headers(self) -> dict[str, str]:
        """The lines of `header` by name."""
        return {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in self.header)}
