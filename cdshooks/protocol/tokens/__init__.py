"""Prefetch tokens of CDS Hooks 3.0: read, checked before a service is offered, and filled in for a call."""

from cdshooks.protocol.tokens.check import faults
from cdshooks.protocol.tokens.fill import Resolved, resolve

__all__ = ["Resolved", "faults", "resolve"]
