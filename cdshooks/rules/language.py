"""The closed question language: verbs, notions, and / or / not with brackets. Nothing here evaluates text."""

from cdshooks.rules.logic import TABLES, And, Or, Turned, TwoOf, joined
from cdshooks.rules.verbs import VERBS
from cdshooks.rules.verbs.notion import NotionIs
from cdshooks.rules.words import LanguageError, Vocabulary, Words


def parse(text: str, vocabulary: Vocabulary):
    """A question as a tree of small frozen things; raises LanguageError with the column of the fault."""
    words = Words(text, vocabulary)
    question = _joined(words)
    if words.next:
        raise words.wrong(f"'{words.next}' is not understood here")
    return question


def _joined(words: Words):
    """Questions joined by `and`, or by `or`; to mix them needs brackets, because readers disagree on which binds."""
    questions, kind = [_turned(words)], None
    while words.next in ("and", "or"):
        word = words.next
        if kind not in (None, word):
            raise words.wrong("'and' and 'or' are mixed here; put brackets around what belongs together")
        kind = word
        words.take()
        questions.append(_turned(words))
    whole = joined(And if kind == "and" else Or, questions)
    return words.vocabulary.once(whole)


def _turned(words: Words):
    for form in TABLES:
        if words.accept(form):
            return words.vocabulary.once(Turned(_turned(words), form))
    if words.accept("two of ("):
        return words.vocabulary.once(_two_of(words))
    if words.accept("("):
        inside = _joined(words)
        words.expect(")")
        return inside
    return words.vocabulary.once(_asked(words))


def _two_of(words: Words):
    """The questions of `two of (A or B or C)`."""
    inside = _joined(words)
    words.expect(")")
    if not isinstance(inside, Or):
        raise words.wrong("'two of' needs brackets with questions that are joined by 'or'")
    return TwoOf(inside.questions)


def _asked(words: Words):
    verb = next((v for v in VERBS if any(words.accept(opening) for opening in v.OPENINGS)), None)
    if verb:
        return verb.read(words)
    notions = words.vocabulary.notion_classes
    openings = [opening for v in VERBS for opening in v.OPENINGS]
    if words.next in notions:
        return NotionIs.read(words)
    words.one_of([*openings, *notions], "verb or notion")
    raise AssertionError("unreachable: one_of raises on an unknown word")


__all__ = ["LanguageError", "parse"]
