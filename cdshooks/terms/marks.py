"""How a code system marks a diagnosis as certain, doubted or denied: by an extension, or by a letter after the code."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Marks:
    """The letters of one system, and the extension of the coding in which they stand. Which these are is content."""

    extension: str
    certain: frozenset[str]
    doubted: frozenset[str]
    denied: frozenset[str]

    def letter(self, coding: Mapping) -> str:
        """The letter with which a coding is marked; empty where there is none.

        >>> german = Marks("urn:x", frozenset("G"), frozenset("VZ"), frozenset("A"))
        >>> german.letter({"code": "D51.0 V"}), german.letter({"code": "D51.0"})
        ('V', '')
        >>> german.letter({"code": "D51.0", "extension": [{"url": "urn:x", "valueCoding": {"code": "A"}}]})
        'A'
        """
        told = coding.get("extension")
        for one in told if isinstance(told, list) else ():
            if isinstance(one, dict) and one.get("url") == self.extension:
                value = one.get("valueCoding", one.get("valueCode"))
                letter = value.get("code") if isinstance(value, dict) else value
                if isinstance(letter, str) and letter in self._all:
                    return letter
        code = coding.get("code")
        return code[-1] if isinstance(code, str) and self.unmarked(code) != code else ""

    def unmarked(self, code: str) -> str:
        """The code without a letter after it."""
        return code[:-1].rstrip() if len(code) > 3 and code[-1] in self._all and code[1].isdigit() else code

    @property
    def _all(self) -> frozenset[str]:
        return self.certain | self.doubted | self.denied
