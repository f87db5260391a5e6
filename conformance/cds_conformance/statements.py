"""The statements that a service is judged by, read from statements.toml for one release of CDS Hooks."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

RELEASES = ("1.0", "2.0", "3.0")
FILES = {None: ("statements.toml",), "crd": ("statements.toml", "statements_crd.toml")}


@dataclass(frozen=True)
class Statement:
    """One statement, as it stands in the release judged by; `advice` where only a later release has it."""

    id: str
    since: str
    level: str
    section: str
    says: str
    seen: str
    unseen: str = ""
    ours: str = ""
    advice: bool = False


@cache
def entries(name: str) -> tuple[dict, ...]:
    """The entries of one data file, as written there."""
    text = resources.files("cds_conformance").joinpath(name).read_text("utf-8")
    return tuple(tomllib.loads(text)["statement"])


def load_statements(spec: str = "2.0", profile: str | None = None) -> dict[str, Statement]:
    """Every statement by id, in the order of the files, with its level in that release."""
    return {e["id"]: _as_of(e, spec) for name in FILES[profile] for e in entries(name)}


def _as_of(entry: dict, spec: str) -> Statement:
    """One entry as it stands in a release: the level of that time, and whether it is in force."""
    fields = {name: entry[name] for name in ("id", "since", "section", "says", "seen")}
    fields |= {name: entry[name] for name in ("unseen", "ours") if name in entry}
    level = entry.get("levels", {}).get(spec, entry["level"])
    return Statement(**fields, level=level, advice=RELEASES.index(entry["since"]) > RELEASES.index(spec))
