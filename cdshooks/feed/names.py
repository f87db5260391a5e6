"""Words of patients' names, so that what people wrote where a code belongs can be told without them."""

import re
from collections.abc import Mapping

from cdshooks.reading.read import as_dict, as_list, as_text

MOST = 500_000
_WORD = re.compile(r"[^\W\d_]{2,}")


class Names:
    """Kept while a survey runs, and forgotten with it."""

    def __init__(self):
        self._words: set[str] = set()

    def add(self, row: Mapping) -> None:
        """Remember how a patient is called."""
        for name in map(as_dict, as_list(row.get("name")) if row.get("resourceType") == "Patient" else ()):
            told = [as_text(name.get("text")), as_text(name.get("family")), *map(as_text, as_list(name.get("given")))]
            if len(self._words) < MOST:
                self._words |= {word.casefold() for text in told for word in _WORD.findall(text)}

    def hidden(self, text: str) -> str:
        """The text with every word that is somebody's name taken out."""
        return _WORD.sub(lambda match: "..." if match[0].casefold() in self._words else match[0], text)
