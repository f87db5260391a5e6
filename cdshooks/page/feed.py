"""Feed: what somebody's data hold that matters to the cards, how it is understood, and a draft for what is not."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from flask import Blueprint, Request, render_template, request

from cdshooks.ehr import shelf
from cdshooks.ehr.files import unpacked
from cdshooks.errors import BadInput
from cdshooks.feed.count import Counts, as_data
from cdshooks.feed.draft import draft
from cdshooks.feed.files import files_of, resources_in_text, resources_of
from cdshooks.feed.seen import Fate
from cdshooks.feed.survey import asked_about, medications, survey
from cdshooks.page.house import House
from cdshooks.page.state import LARGEST
from cdshooks.protocol.measure import values_in

ROWS = 100  # of a table; the command lists all
_COHORT = 100_000_000  # bytes of a cohort that a page is waited for; `cdshooks survey` takes any
_TOLD = 20  # lines that could not be read
Rows = Callable[[], Iterable[Mapping]]


@dataclass(frozen=True)
class Survey:
    """What came out: of which feed, the counts, the same as data, the draft of a site file, what could not be read."""

    of: str
    counts: Counts
    told: dict
    draft: str
    passed_over: list[str] = field(default_factory=list)


def add(page: Blueprint, house: House) -> None:
    def feed():
        of = request.args.get("of", "") if request.method == "GET" else "upload"
        found = surveyed(house, of) if of else None
        return render_template("page/feed.html", found=found, of=of, rows=ROWS, cohort=house.settings.cohort)

    page.add_url_rule("/feed", "feed", feed, methods=["GET", "POST"])


def surveyed(house: House, of: str) -> Survey:
    """The survey of what was uploaded or pasted, of the bundled patients, or of the cohort; raises BadInput."""
    told: list[str] = []
    tell = told.append
    match of:
        case "upload":
            name, rows = _came(_texts(request), tell)
        case "bundled":
            name, rows = "the bundled patients", _in_files(shelf.folder() / "patients", tell)
        case "cohort" if house.settings.cohort:
            name, rows = "your cohort", _in_files(house.settings.cohort, tell)
        case _:
            raise BadInput(f"of: {of[:20]!r} is no feed; there are bundled and cohort, or upload one")
    drugs = medications(rows())
    told.clear()  # the second reading tells it again
    counts = survey(rows(), drugs, house.library.concepts)
    if not counts.resources:
        raise BadInput("no FHIR resource was found; give Bundles, NDJSON, lists or hook requests", *told[:_TOLD])
    data = as_data(counts, asked_about(house.library))
    return Survey(name, counts, data, draft(counts.of(Fate.NOT_UNDERSTOOD)), told)


def _texts(asked: Request) -> list[tuple[str, bytes]]:
    """What was uploaded and pasted, each with what it is called here: a file may be called after its patient."""
    files = [file for file in asked.files.getlist("file") if file.filename]
    found = [(f"file {n}", unpacked(f.stream.read(), f"file {n}", LARGEST)) for n, f in enumerate(files, 1)]
    pasted = asked.form.get("text", "").strip()
    found += [("what was pasted", pasted.encode())] if pasted else []
    if not found:
        raise BadInput("choose a file, or paste a Bundle, NDJSON or a hook request")
    if sum(len(text) for _, text in found) > LARGEST:
        raise BadInput(f"these are more than {LARGEST // 1_000_000} MB; for more there is `cdshooks survey FOLDER`")
    asked.will_read(max(values_in(text) for _, text in found))
    return found


def _came(texts: list[tuple[str, bytes]], tell) -> tuple[str, Rows]:
    def rows() -> Iterator[Mapping]:
        for name, text in texts:
            yield from resources_in_text(text, name, tell)

    return f"{len(texts)} file{'' if len(texts) == 1 else 's'} of yours", rows


def _in_files(place: Path, tell) -> Rows:
    paths = files_of(place)
    if sum(path.stat().st_size for path in paths) > _COHORT:
        raise BadInput("the cohort is too large to be waited for here; run `cdshooks survey` on its folder")

    def nameless(line: str) -> None:
        tell(line.replace(f"{place}/", ""))

    return lambda: (row for path in paths for row in resources_of(path, nameless))
