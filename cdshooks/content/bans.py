"""`_bans.toml`: what must not become advice, and the cards held against it."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cdshooks.content.faults import Faults
from cdshooks.content.files import faults_of_shape, read_toml
from cdshooks.content.systems import uri_of
from cdshooks.rules.cards import Card
from cdshooks.shape import nth
from cdshooks.terms.concepts import Concept
from cdshooks.terms.systems import Systems

PLACE = "cards/_bans.toml"
# A sentence ends with its mark, a paragraph, or an item of a list.
_SENTENCE_ENDS = re.compile(r"(?<=[.!?:;])\s+|\n\s*\n|\n\s*[-*#]+\s+")
# What the schema of vignettes asks for beside the patient; a ban says it once for all of its patients.
_TOLD = {"expect": "silent", "by": "ban", "because": "ban"}


@dataclass(frozen=True)
class Phrase:
    """One phrase, or several that may not stand together in one sentence; a star at the end is any ending."""

    words: tuple[str, ...]

    def stands_in(self, sentences: str) -> bool:
        """Is it said in this text, as `as_sentences` gives it?

        >>> Phrase(("10-40 %",)).stands_in("seen in 10-40% of people"), Phrase(("4 mg",)).stands_in("2.4 mg")
        (True, False)
        """
        if not all(_core(words) in sentences for words in self.words):
            return False
        patterns = [_pattern(words) for words in self.words]
        return any(all(p.search(sentence) for p in patterns) for sentence in sentences.splitlines())

    def __str__(self) -> str:
        return " ... ".join(f"'{words}'" for words in self.words)


@dataclass(frozen=True)
class BannedCode:
    """A problem's code that must make no difference; `used_for` says why a concept may nevertheless hold it."""

    system: str
    code: str
    display: str
    below: bool = False
    used_for: str = ""

    def holds(self, system: str, code: str) -> bool:
        return system == self.system and (code == self.code or (self.below and code.startswith(self.code)))


@dataclass(frozen=True)
class Ban:
    """A statement that must not become advice, with the reason."""

    id: str
    statement: str
    reason: str
    phrases: tuple[Phrase, ...] = ()
    codes: tuple[BannedCode, ...] = ()
    patients: tuple[Mapping, ...] = ()


@dataclass(frozen=True)
class Bans:
    """All bans, and the patients to whom the problems of all bans make no difference."""

    bans: tuple[Ban, ...] = ()
    patients: tuple[Mapping, ...] = ()


def plain(text: str) -> str:
    """A text as it is compared: one kind of dash, no marks of Markdown, single blanks, none before a per cent."""
    folded = re.sub(r"[\u2010-\u2015\u2212]", "-", unicodedata.normalize("NFKC", text).casefold())
    return re.sub(r"\s+", " ", re.sub(r"[*_`]", "", folded)).replace(" %", "%").strip()


def as_sentences(text: str) -> str:
    """A text as it is compared, a sentence on each line."""
    return "\n".join(map(plain, _SENTENCE_ENDS.split(text)))


@cache
def _core(words: str) -> str:
    return plain(words.removesuffix("*"))


@cache
def _pattern(words: str) -> re.Pattern:
    end = "" if words.endswith("*") else r"(?!\w)"
    return re.compile(rf"(?<![\w.,]){re.escape(_core(words))}{end}")


def read_bans(folder: Path, sources: Iterable[str], systems: Systems, faults: Faults) -> Bans:
    """The bans of a cards folder; none where it has no such file."""
    if not (folder / "_bans.toml").exists():
        return Bans()
    content = read_toml(folder / "_bans.toml", "bans", PLACE, faults)
    rows = content.get("ban", ())
    found = tuple(_ban(row, f"{PLACE}, {nth(i)} [[ban]]", sources, systems, faults) for i, row in enumerate(rows))
    for name in sorted({ban.id for ban in found if sum(other.id == ban.id for other in found) > 1}):
        faults.add(PLACE, f"two bans have the id '{name}'")
    return Bans(found, _patients(content, PLACE, faults))


def _ban(row: Mapping, place: str, sources: Iterable[str], systems: Systems, faults: Faults) -> Ban:
    for name in row["source"]:
        if name not in sources:
            faults.add(place, f"no source is called '{name}'")
    return Ban(
        id=row["id"],
        statement=row["statement"],
        reason=row["reason"],
        phrases=tuple(Phrase((w,) if isinstance(w, str) else tuple(w)) for w in row.get("words", ())),
        codes=tuple(_codes(row, place, systems, faults)),
        patients=_patients(row, place, faults),
    )


def _codes(row: Mapping, place: str, systems: Systems, faults: Faults) -> Iterator[BannedCode]:
    for index, code in enumerate(row.get("codes", ())):
        more = code.get("below", False), code.get("used_for", "")
        uri = uri_of(code["system"], systems, f"{place}, {nth(index)} code", faults)
        yield BannedCode(uri, code["code"], code["display"], *more)


def _patients(row: Mapping, place: str, faults: Faults) -> tuple[Mapping, ...]:
    for index, patient in enumerate(row.get("patient", ()) if not faults.passed else ()):
        for path, says in faults_of_shape({"vignette": [{**_TOLD, **patient}]}, "vignettes"):
            inside = "".join(f", {step}" for step in path[2:])
            faults.add(f"{place}, {nth(index)} [[patient]]{inside}", says)
    return tuple(row.get("patient", ()))


def check_bans(bans: Bans, cards: Iterable[Card], concepts: Iterable[Concept], faults: Faults) -> None:
    """No card says what is banned, no concept holds a code that is."""
    told = [(place, as_sentences(text)) for card in cards for place, text in texts_of(card)]
    all_of_it = "\n".join(text for _, text in told)
    for ban in bans.bans:
        for phrase in filter(lambda phrase: phrase.stands_in(all_of_it), ban.phrases):  # of ours none does: one look
            for place, text in told:
                if phrase.stands_in(text):
                    faults.add(place, f"{phrase} must not be said: {ban.reason} ({PLACE}, {ban.id})")
    held = [(concept, code) for concept in concepts for code in concept.codes]
    for ban in bans.bans:
        for concept, code in held:
            if concept.kind == "problem" and any(b.holds(code.system, code.code) for b in ban.codes if not b.used_for):
                says = f"the code {code.code} must not be a reason for a card: {ban.reason} ({PLACE}, {ban.id})"
                faults.add(f"cards/_concepts, [problem.{concept.name}]", says)


def texts_of(card: Card) -> Iterator[tuple[str, str]]:
    """Every text of a card that a prescriber or a clinician reads, with its place."""
    rule, page = f"cards/{card.page.folder.name}/rule.toml", card.page
    yield f"{rule}, title", card.title
    for row in (*card.criteria, *card.rows, *card.modifiers):
        yield f"{rule}, '{row.id}'", row.say
    for suggestion in page.suggestions:
        yield f"{rule}, suggestion '{suggestion.title}'", suggestion.title
        for order in (template for each in suggestion.orders for template in each.variants):
            yield f"{rule}, suggestion '{suggestion.title}', '{order.name}'", f"{order.label}\n\n{order.description}"
    for name, section in page.sections.items():
        yield f"cards/{page.folder.name}/text.md, ## {name}", section.whole
