"""Code systems under every spelling that feeds use for them; which systems there are is content."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cdshooks.terms.marks import Marks

_MOST_REMEMBERED = 4096
_GONE = dict.fromkeys(map(ord, " .-\u2010\u2011\u2012\u2013\u2212\t\n\r\u00a0"))  # dots, blanks, hyphens
_LONGEST = 300  # a longer text names no system


@dataclass(frozen=True, slots=True)
class System:
    """One code system. Systems of one `family` share their codes; `dotless` codes need no dots and hyphens.

    A code of a system that is `telling` is recognised, though never for certain, where no system stands beside it. Of a
    `partial` one so few codes are known here that another one may mean the same. `before` is the letter that it puts
    before the codes of its family. A code of one of the lengths in `classes` is a class: it may mean what it holds.
    """

    name: str
    uri: str
    also: tuple[str, ...] = ()
    family: str = ""
    dotless: bool = False
    telling: bool = False
    diagnoses_only: bool = False
    partial: bool = False
    marks: Marks | None = None
    before: str = ""
    classes: tuple[int, ...] = ()

    def within(self, bare: str) -> str:
        """A code as its family writes it, without the letter that this system puts before it.

        >>> System("SKS", "urn:oid:1.2.208.176.2.4", before="D").within("DE11"), System("ICD-10", "x").within("D50")
        ('E11', 'D50')
        """
        rest = bare.removeprefix(self.before)
        return rest if rest[:1].isalpha() else bare

    @property
    def key(self) -> str:
        """Under what its codes are kept: its family's name, else its own."""
        return self.family or self.name


class Systems:
    """All systems by name, and by any spelling of their address."""

    def __init__(self, systems: Iterable[System]):
        self.by_name: Mapping[str, System] = {system.name: system for system in systems}
        self._spelled = {spelling(text): s for s in self.by_name.values() for text in (s.uri, *s.also, s.name)}
        self._dotless = {system.key for system in self.by_name.values() if system.dotless}
        self.telling = {system.key for system in self.by_name.values() if system.telling}
        self._remembered: dict[str, System] = {}  # only what names a system, so nothing of a patient

    def of(self, text: object) -> System | None:
        """The system that an address, an OID or a short name means; None where it is not known.

        Scheme, case, a slash at the end, a version after `|` and an edition below the address make no difference.
        """
        if not isinstance(text, str) or len(text) > _LONGEST:
            return None
        found = self._remembered.get(text)
        if found is None:
            found = self._find(spelling(text))
            if found and len(self._remembered) < _MOST_REMEMBERED:
                self._remembered[text] = found
        return found

    def canonical(self, text: str) -> str:
        """The address by which content names the system; what is not known stays as it is."""
        known = self.of(text)
        return known.uri if known else text

    def _find(self, plain: str) -> System | None:
        while plain:
            if plain in self._spelled:
                return self._spelled[plain]
            plain = plain.rpartition("/")[0]  # http://snomed.info/sct/900000000000207008/version/20250101
        return None

    def bare(self, key: str, code: str) -> str:
        """A code as it is compared within a family: of dotless ones without dots, hyphens, case, marks at the end."""
        if key not in self._dotless:
            return code.strip()
        return code.translate(_GONE).rstrip("+*!\u2020").upper()


def spelling(text: str) -> str:
    """How addresses of systems are compared.

    >>> spelling("https://LOINC.org/"), spelling("urn:oid:1.2.3"), spelling("http://www.whocc.no/atc|2024")
    ('loinc.org', '1.2.3', 'whocc.no/atc')
    """
    plain = text.partition("|")[0].strip().casefold().rstrip("/")
    for prefix in ("urn:oid:", "https://", "http://", "www."):
        plain = plain.removeprefix(prefix)
    return plain
