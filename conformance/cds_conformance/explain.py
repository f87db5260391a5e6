"""Explains a statement: what is expected, why it matters, a good and a bad answer, how to mend it in frameworks."""

import tomllib
from functools import cache
from importlib import resources

from cds_conformance.checks import CHECKS
from cds_conformance.errors import BadOption
from cds_conformance.statements import load_statements


@cache
def topics() -> tuple[dict, ...]:
    text = resources.files("cds_conformance").joinpath("mend.toml").read_text("utf-8")
    return tuple(tomllib.loads(text)["topic"])


def topic_of(statement: str) -> dict:
    """The topic of mend.toml that fits a statement; empty where none does."""
    fits = (
        t
        for t in topics()
        if any(statement == one or (one.endswith("-") and statement.startswith(one)) for one in t["of"])
    )
    return next(fits, {})


@cache
def page_of(statement: str) -> dict[str, str]:
    """What the page of a statement's first check says (what, why, good, bad, mend), and `patient`; for reports."""
    pages = [check.page for check in CHECKS if statement in check.statements]
    told = {name: " ".join(text.split()) for name, text in (pages[0] if pages else {}).items()}
    return told | {"patient": topic_of(statement).get("patient", "")}


def frameworks(statement: str) -> dict[str, str]:
    """By framework, how it is mended there."""
    return {name: text for name, text in topic_of(statement).items() if name not in ("of", "patient")}


def explain(statement: str, width: int = 100) -> str:
    """The whole page of a statement as plain text; raises BadOption for an id that is not known."""
    known = load_statements("3.0", "crd")
    if statement not in known:
        near = ", ".join(name for name in known if name.split("-")[0] == statement.split("-")[0]) or ", ".join(known)
        raise BadOption(f"there is no statement {statement[:40]!r}; there are {near}")
    of = known[statement]
    lines = [f"{of.id}  {of.says}", f"{of.level}, since CDS Hooks {of.since}; section {of.section}"]
    lines += [f"Our reading: {of.ours}."] if of.ours else []
    lines += [f"It cannot be seen from outside: {of.unseen}."] if of.unseen else []
    for check in CHECKS:
        if statement in check.statements:
            lines += _check(check)
    topic = topic_of(statement)
    lines += ["", "For the patient", f"  {topic['patient']}"] if topic else []
    lines += ["", "To mend it in"] if frameworks(statement) else []
    for name, text in frameworks(statement).items():
        lines += [f"  {name}", f"    {text}"]
    return "\n".join(_wrapped(lines, width)) + "\n"


TITLES = {"why": "Why", "good": "A good sample", "bad": "A bad one", "mend": "To mend it"}


def _check(check) -> list[str]:
    lines = ["", f"Expected: {' '.join(check.page['what'].split())}"]
    for name, title in TITLES.items():
        if check.page.get(name):
            lines += [title, *(f"  {line}" for line in check.page[name].splitlines())]
    return lines


def _wrapped(lines: list[str], width: int):
    """Prose is wrapped; samples stay as they are."""
    import textwrap

    for line in lines:
        sample = line.lstrip().startswith(("{", "GET ", "POST "))
        indent = " " * (len(line) - len(line.lstrip()))
        yield from [line] if sample or not line.strip() else textwrap.wrap(line, width, subsequent_indent=indent)
