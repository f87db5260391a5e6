"""What a broken service does otherwise: a short function for each way, in place of one step of the reference."""

from . import callers, data, feedback, fhir_token, requests
from .register import BEHAVIOURS, Behaviour

__all__ = ["BEHAVIOURS", "Behaviour", "callers", "data", "feedback", "fhir_token", "requests"]
