"""Faults of content, collected: file, place, what is wrong, what to do."""

from dataclasses import dataclass, field

from cdshooks.errors import CardError
from cdshooks.rules.words import LanguageError


@dataclass
class Faults:
    """All that is wrong with the content so far; nothing stops before everything was looked at."""

    found: list[str] = field(default_factory=list)

    def add(self, place: str, says: str) -> None:
        self.found.append(f"{place}: {says}")

    def add_question(self, place: str, text: str, error: LanguageError) -> None:
        """A question that cannot be read, with a mark under the word at fault."""
        self.found.append(f"{place}:\n    {text}\n    {' ' * error.column}^ {error.says}")

    def stop(self) -> None:
        if self.found:
            raise CardError(*dict.fromkeys(self.found))
