"""The checks: each file holds those of one part of the standard; importing this package registers them all."""

from cds_conformance.checks import (  # noqa: F401
    answers,
    calls,
    cards,
    crd,
    crd_coverage,
    crd_parts,
    discovery,
    extensions,
    feedback,
    fetching,
    json_form,
    memory,
    prefetch,
    security,
    suggestions,
    templates,
)
from cds_conformance.checks.registry import CHECKS, Check, NotTried, check

__all__ = ["CHECKS", "Check", "NotTried", "check"]
