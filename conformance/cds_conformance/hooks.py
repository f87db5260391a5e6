"""The hooks of the CDS Hooks Library, read from hooks.toml: their context fields, versions and users."""

import tomllib
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True)
class Field:
    """One field of a hook's context: its JSON type, whether it is required, whether it may be a prefetch token."""

    type: str
    required: bool
    token: bool


@dataclass(frozen=True)
class Hook:
    """One published hook."""

    name: str
    versions: tuple[str, ...]
    users: tuple[str, ...]
    context: dict[str, Field]
    deprecated: bool = False


def _read() -> dict[str, Hook]:
    found = tomllib.loads(resources.files("cds_conformance").joinpath("hooks.toml").read_text("utf-8"))
    return {name: _hook(name, entry) for name, entry in found.items()}


def _hook(name: str, entry: dict) -> Hook:
    fields = {key: Field(*value) for key, value in entry["context"].items()}
    return Hook(name, tuple(entry["versions"]), tuple(entry["users"]), fields, entry.get("deprecated", False))


HOOKS = _read()
