"""Faults of content, collected: file, place, what is wrong, what to do."""

import re
from dataclasses import dataclass, field

from cdshooks.errors import CardError
from cdshooks.rules.words import LanguageError

_UNKNOWN = re.compile(r"no [\w, ]+ is called '(\w+)'|the rule never asks about '(\w+)'")


@dataclass
class Faults:
    """All that is wrong with the content so far; nothing stops before everything was looked at."""

    found: list[str] = field(default_factory=list)
    # Names of shared tables that are wrong in themselves; and whether a file of them cannot be read at all.
    broken: set[str] = field(default_factory=set)
    unreadable: bool = False
    # These very bytes have passed these very checks before (content/passed.py): they are only read.
    passed: bool = False

    def add(self, place: str, says: str) -> None:
        self.found.append(f"{place}: {says}")

    def add_question(self, place: str, text: str, error: LanguageError) -> None:
        """A question that cannot be read, with a mark under the word at fault."""
        self.found.append(f"{place}:\n    {text}\n    {' ' * error.column}^ {error.says}")

    def stop(self) -> None:
        told = [fault for fault in dict.fromkeys(self.found) if not self._follows(fault)]
        if told:
            raise CardError(*told)

    def _follows(self, fault: str) -> bool:
        """Does it only miss a name that is there, but is wrong in itself or in a file that cannot be read?"""
        unknown = _UNKNOWN.search(fault)
        return bool(unknown and (self.unreadable or (unknown.group(1) or unknown.group(2)) in self.broken))
