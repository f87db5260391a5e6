"""The manual of the question language, read off the verbs and off the questions that our own cards ask.

    python -m cdshooks.review.manual > docs/language.md
"""

import inspect
from collections.abc import Iterator

from cdshooks.content.library import Library
from cdshooks.rules.logic import leaves
from cdshooks.rules.verbs import VERBS
from cdshooks.rules.verbs.notion import NotionIs

OPENING = """# The question language

*This page is generated: `python -m cdshooks.review.manual > docs/language.md`.*

A criterion is a sentence that a clinician signs (`say`) beside a question that the machine asks (`ask`). Questions
are made of the verbs below, of notions (questions that have a name), and of these words:

| word | yes when | no when | cannot tell when |
| --- | --- | --- | --- |
| `A and B` | both are yes | one is no | otherwise |
| `A or B` | one is yes | both are no | otherwise |
| `not A` | A is no | A is yes | A cannot be told |
| `surely A` | A is yes | A is no or cannot be told | never |
| `possibly A` | A is yes or cannot be told | A is no | never |

To mix `and` and `or`, put brackets around what belongs together. Numbers are exact decimals; a unit must be one that
the analyte has; "within N days" counts today as 0 and includes day N; months are calendar months.

**A criterion holds only when its answer is yes.** "Cannot tell" has three reasons: *not provided* (nobody looked; the
card stays open until it is known, or is told as "could not check"), *not recorded* (looked, nothing there), and *not
understood* (an odd unit, words without a code).
"""


def manual(library: Library) -> str:
    """The whole page."""
    parts = [OPENING, "## Verbs"]
    for verb in (*VERBS, NotionIs):
        parts.append(f"### {_name(verb)}")
        parts.append("\n".join(f"    {form}" for form in verb.FORMS))
        parts.append(inspect.cleandoc(verb.__doc__))
        parts += [f"In use: `{words}`" for words in _in_use(verb, library)]
    parts.append("## Names\n")
    parts += [_names(kind, library) for kind in ("result", "results", "status", "drug", "problem")]
    parts.append("**notion**: " + ", ".join(f"`{name}`" for name in sorted(library.notions)))
    return "\n\n".join(parts) + "\n"


def _name(verb: type) -> str:
    return verb.OPENINGS[0] if hasattr(verb, "OPENINGS") else "a notion's name"


def _questions(library: Library) -> Iterator:
    for card in library.cards:
        yield from card.questions
    for notion in library.notions.values():
        yield from notion.questions


def _in_use(verb: type, library: Library) -> list[str]:
    """The longest question of our own cards that uses this verb, as an example."""
    found = {leaf.words() for question in _questions(library) for leaf in leaves(question) if type(leaf) is verb}
    return sorted(found, key=lambda words: (-len(words), words))[:1]


def _names(kind: str, library: Library) -> str:
    names = []
    for name, concept in sorted(library.concepts.by_name.items()):
        if concept.kind == kind:
            members = [library.concepts.by_name[m] for m in concept.members] or [concept]
            classes = f" ({', '.join(members[0].classes)})" if members[0].classes else ""
            names.append(f"`{name}`{classes}")
    return f"**{kind}**: " + ", ".join(names)


if __name__ == "__main__":
    from cdshooks.content.load import load_library

    print(manual(load_library()), end="")
