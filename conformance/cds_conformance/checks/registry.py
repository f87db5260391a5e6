"""How a check is registered: the statements that it sees, the part of the answers that it looks at, and its page."""

import re
from collections.abc import Callable
from dataclasses import dataclass

# What a check is called with, and what is said where there was none.
SCOPES = {
    "evidence": ("the whole run", "nothing was sent"),
    "body": ("each answer that has a body", "no answer had a body"),
    "discovery": ("the answer to discovery", "discovery was not asked"),
    "listed": ("each entry of the discovery", "no service is listed"),
    "template": ("each prefetch template", "no service has a prefetch template"),
    "service": ("all calls of one service", "no service could be called"),
    "answer": ("each answer to a call", "no call was answered with 200"),
    "card": ("each card", "no card was seen"),
    "source": ("the source of each card", "no card with a source was seen"),
    "suggestion": ("each suggestion", "no suggestion was seen"),
    "action": ("each action, in suggestions and systemActions", "no action was seen"),
    "link": ("each link of a card", "no link was seen"),
    "extension": ("each extension in an answer", "no extension was seen"),
}
PARTS = ("why", "good", "bad", "mend")


@dataclass(frozen=True)
class Check:
    """One registered check. Its page is its docstring: what is checked, why, a good and a bad sample, how to mend."""

    function: Callable
    statements: tuple[str, ...]
    each: str

    @property
    def name(self) -> str:
        return self.function.__name__

    @property
    def page(self) -> dict[str, str]:
        return sections(self.function.__doc__ or "")


CHECKS: list[Check] = []


def check(*statements: str, each: str):
    """Registers a function as the check of these statements."""
    if each not in SCOPES:
        raise ValueError(f"{each!r} is no scope; one of {', '.join(SCOPES)}")

    def register(function):
        CHECKS.append(Check(function, statements, each))
        return function

    return register


@dataclass(frozen=True)
class NotTried:
    """What a check yields where it could not look: neither pass nor fail, and the reason."""

    why: str


def sections(docstring: str) -> dict[str, str]:
    """The parts of a check's docstring; the first paragraph is `what`."""
    lines = re.sub(r"(?m)^    ", "", docstring).strip().split("\n")
    parts, current = {"what": []}, "what"
    for line in lines:
        found = re.match(rf"({'|'.join(PARTS)}):\s?(.*)", line)
        if found:
            current = found.group(1)
            parts[current] = [found.group(2)]
        else:
            parts[current].append(line)
    return {name: "\n".join(text).strip() for name, text in parts.items()}
