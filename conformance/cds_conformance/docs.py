"""Writes the pages of the docs that the checks and statements tell themselves: `python -m cds_conformance.docs DIR`."""

import sys
from pathlib import Path

from cds_conformance.checks import CHECKS
from cds_conformance.checks.registry import SCOPES, Check
from cds_conformance.hooks import HOOKS
from cds_conformance.statements import Statement, load_statements

ORIGIN = "<!-- Written by `python -m cds_conformance.docs conformance/docs`; change the source, not this page. -->\n"


def pages() -> dict[str, str]:
    """Every page by its path within the docs: one a statement, the list of all, the CRD profile, the hooks."""
    statements = load_statements("2.0")
    found = {"statements.md": _list(statements), "crd.md": _crd(), "hooks.md": _hooks()}
    for statement in statements.values():
        found[f"checks/{statement.id}.md"] = _page(statement, checks_of(statement.id))
    return found


def checks_of(statement: str) -> list[Check]:
    return [check for check in CHECKS if statement in check.statements]


def row(*cells) -> str:
    """One row of a table in Markdown."""
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |\n"


def table(*heads) -> str:
    return "\n" + row(*heads) + row(*["---"] * len(heads))


def fenced(sample: str) -> str:
    return f"\n```\n{sample}\n```\n"


def _page(statement: Statement, checks: list[Check]) -> str:
    head = f"{ORIGIN}\n# {statement.id}\n\n{statement.says}\n"
    head += table("level", "since", "section") + row(statement.level, statement.since, statement.section)
    if statement.ours:
        head += f"\nThis is our reading: {statement.ours}.\n"
    if statement.seen == "never":
        return f"{head}\nIt cannot be seen from outside: {statement.unseen}. Every report says so.\n"
    return head + "".join(_check(check) for check in checks)


def _check(check: Check) -> str:
    page, title = check.page, check.name.replace("_", " ").capitalize()
    text = f"\n## {title}\n\n{page['what']}\n\nLooked at: {SCOPES[check.each][0]}.\n"
    if "why" in page:
        text += f"\n**Why.** {page['why']}\n"
        text += f"\n**Good**\n{fenced(page['good'])}\n**Bad**\n{fenced(page['bad'])}"
        text += f"\n**To mend it.** {page['mend']}\n"
    return text


def _list(statements: dict[str, Statement]) -> str:
    text = f"{ORIGIN}\n# What is judged\n\n"
    text += "Each statement has a page: what is checked, why, a good and a bad sample, how to mend.\n"
    text += "Levels: SHALL fails, SHOULD warns, MAY informs. From 2.0 on, statements of a later release are told "
    text += "as advice.\n"
    text += table("statement", "says", "level", "since", "seen in")
    seen = {"answer": "answers", "behaviour": "behaviour", "never": "not from outside"}
    for one in statements.values():
        level = one.level + ("\\*" if one.ours else "")
        text += row(f"[{one.id}](checks/{one.id}.md)", one.says, level, one.since, seen[one.seen])
    return text + "\n\\* our reading; the page says why.\n"


def _crd() -> str:
    base, text = load_statements("2.0"), f"{ORIGIN}\n# The CRD profile\n\n"
    text += (
        "`--profile crd` also judges by what Inferno's Da Vinci CRD test kit asserts about a server, and names the\n"
    )
    text += (
        "test that asserts it: by its id in the suite for CRD 2.0.1. Inferno also tests the requests that its user\n"
    )
    text += "gives (`crd_v201_service_request_*`); here they are the judge's own.\n"
    text += "An empty `systemActions` is then no fault (json-2): CRD asks for it on three hooks.\n"
    text += table("statement", "says", "level", "Inferno's test", "how it is looked at")
    for one in load_statements("2.0", "crd").values():
        if one.id not in base:
            how = " ".join(c.page["what"].replace("\n", " ") for c in checks_of(one.id))
            tests = one.section.removeprefix("Inferno CRD: ")
            text += row(one.id, one.says, one.level, tests, how or f"not at all: {one.unseen}")
    return text


def _hooks() -> str:
    text = f"{ORIGIN}\n# The hooks that are known\n\nFor any other hook give a context: `--context FILE`.\n"
    for hook in HOOKS.values():
        old = " (deprecated)" if hook.deprecated else ""
        text += f"\n## {hook.name}{old}\n\n"
        text += f"Versions {', '.join(hook.versions)}; users {', '.join(hook.users) or 'none'}.\n"
        text += table("field", "type", "required", "prefetch token")
        for name, field in hook.context.items():
            text += row(name, field.type, *("yes" if flag else "no" for flag in (field.required, field.token)))
    return text


def main(folder: str) -> None:
    for name, text in pages().items():
        file = Path(folder) / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
