"""Which of the orders that came with us fhir.resources has found sound, by digest: unchanged, they need no models.

These are 14 MB in each worker, and a third of a second at each start. What is not in the list is validated when it is
loaded; tests hold the list against the models. Write it anew with `python -m cdshooks.content.validate`.
"""

import hashlib
import json
from functools import cache
from pathlib import Path

LIST = Path(__file__).with_name("validated.txt")


@cache
def _sound() -> frozenset[str]:
    return frozenset(LIST.read_text(encoding="ascii").split()) if LIST.is_file() else frozenset()


def digest(resource: dict) -> str:
    """Of a whole resource: two that differ in anything have different ones."""
    return hashlib.sha256(json.dumps(resource, sort_keys=True, default=repr).encode()).hexdigest()


def is_known_to_be_sound(resource: dict) -> bool:
    """Exactly this resource was validated before it came with us."""
    return digest(resource) in _sound()
