"""From codings and words to the concepts that they name: for certain, possibly, or not at all; alike for all kinds."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from cdshooks.terms.concept import Code, Concept
from cdshooks.terms.hedging import Hedges
from cdshooks.terms.matches import NOTHING, Match, Reading, doubted, once
from cdshooks.terms.names import LONGEST, Names, plain
from cdshooks.terms.remembered import Remembered
from cdshooks.terms.sayings import NO_HEDGES, Named, Sayings
from cdshooks.terms.systems import Systems
from cdshooks.terms.written import Number, codes_said, codes_within, is_below, is_plain, parted

# The system of codes that are words: a site says that exactly these mean the concept.
WORDS = "words"
HEDGED = "its words say that it is excluded, looked for, or a relative's"
NO_CODE = "it has words only, no code"
_LONGEST_CODE = 40  # of a longer one no stem is looked for
_FEW_NAMED = 4  # of words that name more concepts the names are not remembered: an entry has some 500 bytes


DENIED = "denied"


class CodeIndex:
    """The codes and names of the concepts of one kind of resource.

    `refining` words say more closely what a code means (problems), and so cannot contradict it; `hedges` deny what they
    stand beside (see Sayings). `others` (of results) are names of what none of the concepts is; what is `nothing` says
    as little as no words.
    """

    def __init__(
        self, concepts: Iterable[Concept], systems: Systems, refining: bool = False, hedges: Hedges = NO_HEDGES,
        others: Iterable[str] | None = None, nothing: Callable[[str], bool] | None = None,
    ):  # fmt: skip
        concepts = tuple(concepts)
        self.remembered = Remembered()  # readings, by what was read
        self._named = Remembered()  # the concepts that words name, by the words
        self._systems, self._refining = systems, refining
        self._nothing = nothing
        self._others = None if others is None else Names(others)
        self._exact: dict[tuple[str, str], tuple[Match, ...]] = {}
        self._bare: dict[tuple[str, str], tuple[Match, ...]] = {}
        self._below: dict[tuple[str, str], tuple[Match, ...]] = {}
        self._said: dict[tuple[str, str], tuple[Match, ...]] = {}
        self._maybe: dict[tuple[str, str], tuple[Match, ...]] = {}
        self._classed: dict[tuple[str, str], tuple[Match, ...]] = {}
        self._maybe_below: dict[tuple[str, str], tuple[Match, ...]] = {}
        # Codes of which words beside them say what they mean there, with their own titles.
        self._wide: dict[tuple[str, str], frozenset[str]] = {}
        for concept in concepts:
            for code in concept.codes:
                self._add(Match(concept.name, code), code)
            for code in concept.may_be:
                match = Match(concept.name, None, f"its code {code.code} ({code.display}) may mean something else")
                _append(self._maybe_below if code.below else self._maybe, self._key(code), match)
                if code.wide:
                    self._wide[self._key(code)] = self._wide.get(self._key(code), frozenset()).union(code.titles)
        for concept in concepts:
            self._add_classes(concept)
            for code in concept.codes:
                self._widen(code)
        self._keys = {key for key, _ in self._bare}
        self._sayings = Sayings(concepts, hedges)
        self._wider = self._sayings.wider

    def _add(self, match: Match, code: Code) -> None:
        if code.system == WORDS:
            _append(self._said, (WORDS, plain(code.code).strip()), match)
            return
        system = self._systems.of(code.system)
        for spelled in (code.system, *(system.also if system else ())):
            _append(self._exact, (spelled, code.code), match)
        _append(self._bare, self._key(code), match)
        if code.below:
            _append(self._below, self._key(code), match)

    def _key(self, code: Code) -> tuple[str, str]:
        system = self._systems.of(code.system)
        key = system.key if system else code.system
        return key, self._systems.bare(key, code.code)

    def _widen(self, code: Code) -> None:
        """A code that one concept lists belongs to the families of others, too: the narrow does not hide the wide."""
        system, (key, bare) = self._systems.of(code.system), self._key(code)
        listed = {match.concept for match in self._bare.get((key, bare), ())}
        wider = [match for match in self._of_stem(key, bare) if match.concept not in listed]
        for match in wider:
            for spelled in (code.system, *(system.also if system else ())):
                _append(self._exact, (spelled, code.code), match)
            _append(self._bare, (key, bare), match)

    def _add_classes(self, concept: Concept) -> None:
        """The classes that hold one of its codes may mean it; a product of several drugs makes none of its own."""
        for code in (*concept.codes, *concept.may_be):
            system, (key, bare) = self._systems.of(code.system), self._key(code)
            for length in system.classes if system and not code.combined else ():
                if length < len(bare):
                    why = f"its code {bare[:length]} is a class that holds {code.display}"
                    match = Match(concept.name, None, why, of_class=True)
                    _append(self._maybe, (key, bare[:length]), match)
                    _append(self._classed, (key, bare[:length]), match)

    # --- by code ------------------------------------------------------------------------------------------------

    def find(self, codings: object) -> tuple[Match, ...]:
        """Every concept that one of these codings names for certain; what is no coding is passed over."""
        return tuple(self._by_code(codings)[0])

    def _by_code(self, codings: object) -> tuple[list[Match], list[tuple[object, str]]]:
        """The concepts named by codes, and the codings that name none."""
        found: list[Match] = []
        strange: list[tuple[object, str]] = []
        for coding in codings if isinstance(codings, list) else ():
            if not isinstance(coding, dict):
                continue
            system, code = coding.get("system"), coding.get("code")
            if code.__class__ is int and isinstance(system, str | None):
                strange.append((system, Number(code)))
            if not isinstance(code, str | None) or not isinstance(system, str | None):
                continue
            exact = self._of_one(system, code)
            for at, part in [(system, code)] if exact else parted(system, code, self._systems) or [(system, code)]:
                named = exact or self._of_one(at, part)
                found += named
                if not named and part:
                    strange.append((at, part))
        return found, strange

    def _of_one(self, system: str | None, code: str | None) -> tuple[Match, ...]:
        return (self._exact.get((system or "", code)) or self._otherwise_spelled(system, code)) if code else ()

    def _otherwise_spelled(self, system: str | None, code: str) -> tuple[Match, ...]:
        known = self._systems.of(system)
        if known is None or known.key not in self._keys:
            return ()
        code = known.marks.unmarked(code) if known.marks else code
        bare = known.within(self._systems.bare(known.key, code))
        return self._bare.get((known.key, bare)) or (self._of_stem(known.key, bare) if is_plain(code) else ())

    def _of_stem(self, key: str, bare: str) -> tuple[Match, ...]:
        if not self._below or len(bare) > _LONGEST_CODE:
            return ()
        stems = (self._below.get((key, bare[:end]), ()) for end in range(1, len(bare)))
        return tuple(match for matches in stems for match in matches)

    def _telling(self, strange: Iterable[tuple[object, str]], words: list[str]) -> Iterable[Match]:
        """Codes that may mean a concept, and those known by their look under a system that is not known, or none.

        Words that refine a wide code and name none of ours say that it means something else.
        """
        said = frozenset(map(plain, words)) if self._refining and self._wide else frozenset()
        for system, code in strange:
            known = self._systems.of(system)
            if known:
                bare = known.within(self._systems.bare(known.key, code))
                yield from self._may_be(known.key, bare, said)
                for match in (match for part in codes_within(code) for match in self._of_one(system, part)):
                    yield Match(match.concept, None, f"its code {code[:_LONGEST_CODE]} is not understood")
                continue
            for key in self._systems.telling & self._keys:
                bare = self._systems.bare(key, code)
                for match in self._bare.get((key, bare), ()) or (self._of_stem(key, bare) if is_below(code) else ()):
                    yield Match(match.concept, None, f"its code {code} stands under {_said(system)}")

    def _held(self, codings: object, found: Reading) -> Iterable[Match]:
        """What else a class may hold of which one concept is known by its code."""
        named = {match.concept for match in (*found.known, *found.doubtful)}
        for coding in codings if isinstance(codings, list) else ():
            system = self._systems.of(coding.get("system")) if isinstance(coding, dict) else None
            if system and system.classes and isinstance(coding.get("code"), str):
                held = self._classed.get((system.key, self._systems.bare(system.key, coding["code"])), ())
                yield from (match for match in held if match.concept not in named)

    def _may_be(self, key: str, bare: str, said: frozenset[str]) -> Iterable[Match]:
        """The concepts that a code may mean; those of a wide one not where words say more of it than its title."""
        stems = [(key, bare[:end]) for end in range(1, len(bare) + 1)] if len(bare) <= _LONGEST_CODE else []
        for table, keys in ((self._maybe, [(key, bare)]), (self._maybe_below, stems)):
            for at in keys:
                if at not in self._wide or said <= self._wide[at]:
                    yield from table.get(at, ())

    # --- by words -----------------------------------------------------------------------------------------------

    def _recall_named(self, text: str) -> Named:
        """The same as `named`, as in other calls; most words that are looked through stand beside unknown codes."""
        text = text[:LONGEST]  # no more is looked at
        key = self._named.key(text)
        found = self._named.get(key)
        if found is None:
            found = self.named(text)
            if len(found.possible) <= _FEW_NAMED:
                self._named.keep(key, found)
        return found

    def find_exactly(self, texts: Iterable[str]) -> frozenset[str]:
        """The concepts one of whose names is one of these texts, whole."""
        return self._sayings.find_exactly(texts)

    def named(self, text: str) -> Named:
        """The concepts whose listed name stands in a text."""
        return self._sayings.named(text)

    def read(self, codings: object, words: Iterable[str]) -> Reading:
        """What a CodeableConcept says."""
        marked = self._marked(codings)
        if marked == DENIED:
            return Reading()
        if marked:
            return doubted(self._read(codings, words), f"its code is marked {marked}: it is not certain")
        return self._read(codings, words)

    def recall(self, told: object, read: Callable[[], Reading]) -> Reading:
        """The same as in other calls, where `told` names nothing, or concepts for certain: nothing else is kept.

        `told` is all that the reading depends on, of what JSON can hold.
        """
        key = self.remembered.key(told)
        known = self.remembered.get(key)
        if known is None:
            known = read()
            if not known.doubtful and not known.blank:
                self.remembered.keep(key, known)
        return known

    def _marked(self, codings: object) -> str:
        """The letter that makes a diagnosis doubtful, DENIED where one says that there is none, else nothing."""
        doubt = ""
        for coding in codings if isinstance(codings, list) else ():
            known = self._systems.of(coding.get("system")) if isinstance(coding, dict) else None
            if known and known.marks:
                letter = known.marks.letter(coding)
                if letter in known.marks.denied:
                    return DENIED
                doubt = letter if letter in known.marks.doubted else doubt
        return doubt

    def _read(self, codings: object, words: Iterable[str]) -> Reading:
        known, strange = self._by_code(codings)
        words = list(dict.fromkeys(words))
        if not known and self._said:
            known = [match for word in words for match in self._said.get((WORDS, plain(word).strip()), ())]
        text = " | ".join(words)
        if not known and not strange and not text:
            return NOTHING
        looked_at = text or self._spelled_out(known, strange)
        named = self._recall_named(looked_at)
        if known:
            found = self._weighed(known, named) if named.sure else Reading(once(known))
            found = found if self._others is None else self._measured(found, text, named)
            found = replace(found, doubtful=(*found.doubtful, *self._held(codings, found))) if self._classed else found
            denied = words and self._sayings.deny(words[0])
            return doubted(found, HEDGED) if denied else found
        # A code may stand where the words belong.
        as_codes = strange or codes_said(words, self._systems, _LONGEST_CODE)
        doubtful = list(self._telling(as_codes, words))
        why = f"its code {strange[0][1]} of {_said(strange[0][0])} is not known here" if strange else NO_CODE
        doubtful += [Match(name, None, why) for name in sorted(named.possible)]
        doubtful.sort(key=lambda match: match.of_class)  # what else names a concept comes before its class
        said = text and not (self._nothing and all(map(self._nothing, words)))
        return Reading((), once(doubtful), "" if doubtful or said else self._blank(strange))

    def _weighed(self, known: list[Match], named: Named) -> Reading:
        """Codes against words: words that surely name something else make both doubtful."""
        coded = {match.concept for match in known}
        closed = named.sure.union(*(self._wider[name] for name in named.sure))
        agreed = coded & closed
        against = set() if self._refining else {c for c in coded if self._is_contradicted(c, closed, agreed, named)}
        others = named.sure - coded
        if not others or (agreed and not against and not self._refining):
            return Reading(once(known))
        code = next((m.code.code for m in known if m.code and (m.concept in against or self._refining)), "")
        why = f"its words and its code {code} name different things"
        doubtful = [Match(name, None, why) for name in sorted(against | others)]
        return Reading(once(m for m in known if m.concept not in against), tuple(doubtful))

    def _measured(self, found: Reading, text: str, named: Named) -> Reading:
        """Of a result the known, each with its doubt where words say that it is another test, or codes that it is two.

        Such a one may warn, and never reassures: so it keeps its code.
        """
        ruled_out = self._sayings.ruled_out(text) if text else frozenset()
        elsewhere = bool(text and self._others.find(plain(text)))
        two = len({match.concept for match in found.known}) > 1

        def why(match: Match) -> str:
            if match.concept in ruled_out or (elsewhere and match.concept not in named.possible):
                return f"its words name something else than its code {match.code.code}"
            return "its codes name different results" if two else ""

        return replace(found, known=tuple(replace(match, doubt=why(match)) for match in found.known))

    def _is_contradicted(self, concept: str, closed: set[str], agreed: set[str], named: Named) -> bool:
        """Not named itself, nor by a wider name; of several drugs in one product it is enough that one is named."""
        if concept in closed or self._wider[concept] & named.sure:
            return False
        return not agreed or bool(self._wider[concept] & closed)

    def _spelled_out(self, known: list[Match], strange: list[tuple[object, str]]) -> str:
        """Codes of no known system that stand without words and may be words themselves ("NAPROX500")."""
        return "" if known else " | ".join(code for system, code in strange if not self._systems.of(system))

    def _blank(self, strange: list[tuple[object, str]]) -> str:
        known = [system for at, _ in strange if (system := self._systems.of(at)) and system.key in self._keys]
        if any(not system.partial for system in known):
            return ""
        if not strange:
            return "its words say nothing of what it is"
        return f"its code {strange[0][1]} of {_said(strange[0][0])} is not known here, and no words say what it is"


def _said(system: object) -> str:
    return str(system)[:80] if system else "no system"


def _append(table: dict, key: tuple[str, str], match: Match) -> None:
    if match not in table.get(key, ()):
        table[key] = (*table.get(key, ()), match)
