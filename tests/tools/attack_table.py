"""Makes every attack of `tests/attacks` and writes what became of it into docs/trust.md.

    python -m tests.tools.attack_table
"""

import os
import re
import sys
from collections import Counter
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

PAGE = Path(__file__).parents[2] / "docs" / "trust.md"
COMMAND = "python -m tests.tools.attack_table"
BEGIN, END = f"<!-- written by `{COMMAND}` -->\n", "<!-- until here -->\n"


def table(world) -> str:
    """All attacks made on this service: how many, and for each what the caller got and the log says."""
    from attacks.cases import ATTACKS

    rows = [(attack.group, attack.name, *_become_of(attack, world)) for attack in ATTACKS]
    statuses = Counter(status for _, _, status, _ in rows)
    told = ", ".join(f"{number} × {status}" for status, number in sorted(statuses.items()))
    parts = [f"{len(rows)} attacks, {statuses[200]} accepted ({told}).", ""]
    for group, of_group in groupby(rows, key=lambda row: row[0]):
        parts += [f"### {group.capitalize()}", "", "| attack | the log says |", "| --- | --- |"]
        for why, alike in groupby(of_group, key=lambda row: row[3]):
            parts.append(f"| {'; '.join(_cell(name) for _, name, _, _ in alike)} | {_cell(why)} |")
        parts.append("")
    return "\n".join(parts)


def _become_of(attack, world) -> tuple[int, str]:
    told = world.send(attack.headers(world), attack.query())
    (line,) = [line for line in told.log if line.startswith("refused ")] or ["-"]
    return told.status, re.sub(r"^refused .*?: | \((no trusted client|client '.*)\)$", "", line)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;")


def page(text: str, table: str) -> str:
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n{table}\n{END}{rest.partition(END)[2]}"


def main() -> None:
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from attacks.world import World

    with TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = folder
        world = World(Path(folder))
        world.publish_carelessly()
        PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), table(world)), encoding="utf-8")


if __name__ == "__main__":
    main()
