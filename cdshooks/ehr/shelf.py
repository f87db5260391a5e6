"""The project's own fixtures by name: patients, draft orders and requests, in a checkout or an installed wheel."""

import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from cdshooks.ehr.drafts import open_draft
from cdshooks.ehr.patients import Record, open_record
from cdshooks.errors import BadInput

PACKAGE = Path(__file__).parents[1]
PLACES = (PACKAGE / "_fixtures", PACKAGE.parent / "fixtures")


@dataclass(frozen=True)
class Story:
    """A request of the index: who, at which hook, with which drafts, and which cards come (topic, indicator)."""

    name: str
    patient: str
    hook: str
    drafts: tuple[str, ...]
    shows: str
    expected: tuple[tuple[str, str], ...]
    select: tuple[str, ...] | None = None


def folder() -> Path:
    """Where the fixtures are."""
    for place in PLACES:
        if (place / "requests" / "index.toml").is_file():
            return place
    raise BadInput(f"{PLACES[-1]}: the fixtures are not there; install cdshooks again or name a file")


def synthea_module() -> Path:
    """The module of Synthea's framework that is shipped."""
    return next(iter(sorted((folder() / "synthea").glob("*.json"))))


def names(kind: str) -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in (folder() / kind).glob("*.json")))


def patient_names() -> tuple[str, ...]:
    return names("patients")


def draft_names() -> tuple[str, ...]:
    return names("drafts")


def request_names() -> tuple[str, ...]:
    """In the order in which a newcomer should try them."""
    return tuple(story.name for story in stories())


def first_request_name() -> str:
    return request_names()[0]


def stories() -> tuple[Story, ...]:
    """The index of requests, as written."""
    return read_index(folder() / "requests" / "index.toml")


@cache
def read_index(path: Path) -> tuple[Story, ...]:
    """The rows of an index file, read once."""
    return tuple(
        Story(
            row["name"],
            row["patient"],
            row["hook"],
            tuple(row.get("drafts", ())),
            row["shows"],
            tuple((card["topic"], card["indicator"]) for card in row["expected"]),
            tuple(row["select"]) if "select" in row else None,
        )
        for row in tomllib.loads(path.read_text("utf-8"))["request"]
    )


def story(name: str) -> Story:
    return next(row for row in stories() if row.name == known(name, request_names(), "request"))


def open_patient(name: str) -> Record:
    return open_record(folder() / "patients" / f"{known(name, patient_names(), 'patient')}.json")


def open_named_draft(name: str) -> tuple[dict, ...]:
    return open_draft(folder() / "drafts" / f"{known(name, draft_names(), 'draft order')}.json")


def known(name: str, among: tuple[str, ...], kind: str) -> str:
    """The name itself when it is there; else an error with the nearest one."""
    if name in among:
        return name
    near = get_close_matches(name, among, 1)
    hint = f"did you mean '{near[0]}'?" if near else f"try '{among[0]}' or another of fixtures/README.md"
    raise BadInput(f"{name}: no file, and no {kind} of the fixtures has this name; {hint}")
