"""Words that deny the names in their statement, and words that lift such a denial: "excluded", and "not excluded"."""

from collections.abc import Iterable

from cdshooks.terms.names import NO_NAMES, Names, plain

BEFORE = AFTER = "..."


class Hedges:
    """A hedge denies all names in its statement; one that ends in "..." only the name that follows it directly, and one
    that begins so only the name directly before it, where it is the end of the statement.

    >>> hedges = Hedges(["excluded"], lifting=Names(["not", "cannot"]))
    >>> [hedges.deny(said) for said in ("x excluded", "x not excluded", "x cannot be excluded", "x")]
    [True, False, False, False]
    """

    def __init__(self, words: Iterable[str] = (), kin: Names = NO_NAMES, lifting: Names = NO_NAMES):
        words = tuple(words)
        self.before, self.after = words_before(words), words_after(words)
        self._whole = Names(filter(is_of_a_statement, words))
        self._kin, self._lifting = kin, lifting

    def stand_in(self, text: str) -> bool:
        """Does one that denies a whole statement stand in this `plain` text, whatever lifts it?"""
        return bool(self._whole.find(text))

    def deny(self, statement: str) -> bool:
        """Is this `plain` statement denied as a whole? What is a relative's stays theirs, whatever lifts the rest."""
        found = self._whole.find(statement)
        return bool(found) and (bool(self._kin.find(statement)) or not self._lifted(found, statement))

    def _lifted(self, found: frozenset[str], statement: str) -> bool:
        around = (word for word in self._lifting.find(statement) if any(each in word for each in found))
        return any(around) or bool(self._lifting.find(without(found, statement)))


def without(words: Iterable[str], statement: str) -> str:
    """What is left of a statement; a word that lifts is none of those that deny ("not present" denies).

    >>> without(["not present", "present"], "x not present"), without(["excluded"], "x not excluded")
    ('x', 'x not')
    """
    for word in sorted(words, key=len, reverse=True):
        statement = statement.replace(word, " ")
    return " ".join(statement.split())


def is_of_a_statement(hedge: str) -> bool:
    """Does it deny its whole statement, not one name beside it?"""
    return not hedge.endswith(BEFORE) and not hedge.startswith(AFTER)


def words_after(hedges: Iterable[str]) -> frozenset[str]:
    """Of the hedges those that deny the name before them, `plain`."""
    return frozenset(plain(hedge.removeprefix(AFTER)) for hedge in hedges if hedge.startswith(AFTER))


def words_before(hedges: Iterable[str]) -> tuple[str, ...]:
    """Of the hedges those that deny the name which follows them, each behind a blank as in a text that is `plain`."""
    return tuple(f" {plain(hedge.removesuffix(BEFORE))}" for hedge in hedges if hedge.endswith(BEFORE))
