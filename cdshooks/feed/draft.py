"""A draft of the site file's `[[map]]` for what a feed sends and nobody here could place: for people to complete."""

import json
from collections.abc import Iterable, Iterator

from cdshooks.feed.seen import Seen

MAPPED = ("result", "drug", "problem", "procedure", "allergy")
HEAD = """# A draft, written by `cdshooks survey`: what the feed sends and nobody here could place, most frequent first.
# Nothing in it counts before somebody who knows the codes has looked at each entry: keep those that mean the same as
# the concept, take the others out, and say who decided it, why, and since when. `cdshooks concepts` lists them.
"""


def draft(rows: Iterable[tuple[Seen, int]]) -> str:
    """The entries as TOML, all commented out but for those whose concept the words already suggest."""
    return HEAD + "".join("\n" + "\n".join(_entry(seen, number)) + "\n" for seen, number in rows if _is_mapped(seen))


def _is_mapped(seen: Seen) -> bool:
    return (seen.kind in MAPPED and bool(seen.code or seen.text)) or (seen.kind == "unit" and bool(seen.unit))


def _entry(seen: Seen, number: int) -> Iterator[str]:
    yield f"# {number} times, {seen.kind}: {_one_line(seen.text or seen.unit)} ({_one_line(seen.reason)})"
    lines = ["[[map]]", f"concept = {_text(seen.concept or 'NAME-OF-A-CONCEPT')}"]
    if seen.kind == "unit":
        lines += [f"unit = {_text(seen.unit)}", 'means = "A-UNIT-THAT-IS-ACCEPTED"']
    elif seen.code:
        lines += [f"system = {_text(seen.system)}"] if seen.system else []
        lines += [f"code = {_text(seen.code)}", *([f"display = {_text(seen.text)}"] if seen.text else [])]
    else:
        lines += [f"words = [{_text(seen.text)}]"]
    lines += ['who = ""', 'why = ""', "# since = 2026-01-01"]
    yield from (f"# {line}" for line in lines)


def _text(text: str) -> str:
    """A TOML basic string: JSON's, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _one_line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
