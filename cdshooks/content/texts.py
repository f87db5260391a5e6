"""`text.md`: sections of prescriber's text, their placeholders, and how long a summary can become."""

import re
from dataclasses import dataclass

from cdshooks.content.faults import Faults

LONGEST_SUMMARY = 139
# A list under its heading: **Do** or **Do not**, then items.
_LIST = re.compile(r"(?m)^\*\*(Do|Do not)\*\*\n\n((?:(?:- |  ).*\n?)+)")
_FORBIDS = re.compile(r"\**(Do not|Never)\b")
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)(?:\.(value|date))?\}")
# Room for a filled placeholder of a summary; rendering cuts what is longer.
ROOM = {"value": 24, "date": 10}


@dataclass(frozen=True)
class Section:
    """A section: its first line is the summary where it is used as a text, all of it where it is added.

    `detail` is the advice, which comes first; `why`, below a line `### Why`, what explains it.
    """

    name: str
    summary: str
    detail: str
    why: str = ""

    @property
    def whole(self) -> str:
        return "\n\n".join(part for part in (self.summary, self.detail, self.why) if part)

    @property
    def placeholders(self) -> set[str]:
        return {match.group(1) for match in PLACEHOLDER.finditer(self.whole)}


def read_sections(text: str, place: str, faults: Faults) -> dict[str, Section]:
    """The sections of a text.md: `## name`, a line, then paragraphs of Markdown."""
    before, *parts = re.split(r"(?m)^## +", text)
    if re.sub(r"(?m)^# .*$", "", before).strip():
        faults.add(place, "text before the first '## name' belongs to no section")
    sections: dict[str, Section] = {}
    for part in parts:
        name, _, body = part.partition("\n")
        name, lines = name.strip(), body.strip().split("\n", 1)
        if name in sections:
            faults.add(place, f"the section '{name}' stands here twice")
        advice, _, why = (lines[1] if len(lines) > 1 else "").partition("### Why\n")
        sections[name] = Section(name, lines[0].strip(), advice.strip(), why.strip())
    return sections


def longest(summary: str) -> int:
    """How long a summary can become when its placeholders are filled."""
    return len(PLACEHOLDER.sub(lambda m: "x" * ROOM.get(m.group(2), 0), summary))


def check_section(section: Section, asked: set[str], is_text: bool, place: str, faults: Faults) -> None:
    """Placeholders name what the rule asks about; a summary is short and holds no free text of a client."""
    where = f"{place}, ## {section.name}"
    for name in sorted(section.placeholders - asked):
        faults.add(where, f"{{{name}}}: the rule never asks about '{name}'")
    for stray in re.findall(r"[{}]", PLACEHOLDER.sub("", section.whole)):
        faults.add(where, f"a lone '{stray}'; placeholders look like {{name}}, {{name.value}} or {{name.date}}")
    list_faults(section, place, faults)
    if not is_text:
        return
    if not section.summary:
        faults.add(where, "the summary (the line below the heading) is missing")
    if longest(section.summary) > LONGEST_SUMMARY:
        faults.add(
            where, f"the summary can have {longest(section.summary)} characters; at most {LONGEST_SUMMARY} are allowed"
        )
    if any(not part for _, part in PLACEHOLDER.findall(section.summary)):
        faults.add(where, "a summary may hold {name.value} and {name.date}, but not {name}: that can be of any length")


def list_faults(section: Section, place: str, faults: Faults) -> None:
    """Under "Do" nothing is forbidden, and under "Do not" each item says so itself: a *not* cannot slip in or out."""
    for heading, items in _LIST.findall(section.detail + "\n"):
        for item in re.findall(r"(?m)^- (.*)$", items):
            forbids = bool(_FORBIDS.match(item))
            if forbids and heading == "Do":
                faults.add(f"{place}, ## {section.name}", f"'{item}' stands under **Do**")
            elif not forbids and heading == "Do not":
                faults.add(f"{place}, ## {section.name}", f"'{item}' stands under **Do not**; begin it with 'Do not'")
