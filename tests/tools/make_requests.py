"""Writes what is derived in `fixtures/`: the complete requests, and the tables of the README."""

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cdshooks import create_app
from cdshooks.cli.print_cards import as_json
from cdshooks.config import Settings
from cdshooks.ehr import shelf
from cdshooks.ehr.client import Client, in_process
from cdshooks.ehr.visit import named_visit

COMMAND = "python -m tests.tools.make_requests"
MARK = f"<!-- Written by `{COMMAND}`; change about.toml or requests/index.toml instead. -->\n"


def main() -> None:
    """Writes every page that is stale and says which; with --check it only says, and fails."""
    stale = [(path, text) for path, text in pages() if not path.exists() or path.read_text("utf-8") != text]
    for path, text in stale:
        print(f"{path.relative_to(shelf.folder())} is {'stale' if '--check' in sys.argv else 'written'}")
        if "--check" not in sys.argv:
            path.write_text(text, "utf-8")
    sys.exit(1 if stale and "--check" in sys.argv else 0)


def pages() -> Iterator[tuple[Path, str]]:
    """Every derived file of the fixtures, and what should stand in it."""
    clients = {}
    for story in shelf.stories():
        day = shelf.open_patient(story.patient).told
        if day not in clients:
            clients[day] = in_process(create_app(Settings(today=day)))
        yield shelf.folder() / "requests" / f"{story.name}.json", request_text(story, day, clients[day])
    readme = shelf.folder() / "README.md"
    yield readme, readme.read_text("utf-8").partition(MARK)[0] + MARK + tables()


def request_text(story: shelf.Story, day, client: Client) -> str:
    """The request of a story on the day that its patient is told of; the same at each run."""
    visit = named_visit(story.name, day)
    instance = str(uuid5(NAMESPACE_URL, f"urn:cdshooks:fixtures:{story.name}"))
    templates = client.service_for(visit.hook).get("prefetch", {})
    return as_json(visit.request(templates, instance, tell=refuse)) + "\n"


def refuse(line: str) -> None:
    raise SystemExit(f"{line}: the EHR in a box must answer every template of ours")


def tables() -> str:
    """The three tables of the README."""
    about = tomllib.loads((shelf.folder() / "about.toml").read_text("utf-8"))
    requests = [
        (f"`{story.name}`", story.hook, f"`{story.patient}`", code(story.drafts), story.shows, expected(story))
        for story in shelf.stories()
    ]
    patients = [(f"`{name}`", row["shows"], code(row["topics"])) for name, row in sorted(about["patients"].items())]
    drafts = [(f"`{name}`", shows) for name, shows in sorted(about["drafts"].items())]
    return "\n".join(
        [
            table("Requests", ("name", "hook", "patient", "drafts", "shows", "cards"), requests),
            table("Patients", ("name", "shows", "made for"), patients),
            table("Draft orders", ("name", "order"), drafts),
        ]
    )


def code(names) -> str:
    return ", ".join(f"`{name}`" for name in names)


def expected(story: shelf.Story) -> str:
    return ", ".join(f"{topic} ({indicator})" for topic, indicator in story.expected) or "none"


def table(title: str, heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """One table of GitHub Flavored Markdown under its title."""
    lines = ["| " + " | ".join(cells) + " |" for cells in [heads, ("---",) * len(heads), *rows]]
    return f"\n## {title}\n\n" + "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
