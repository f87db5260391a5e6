"""What a prefetch token says: the Simpler FHIRPath of CDS Hooks 3.0, and nothing beyond it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_TEMPLATE, LONGEST_TOKEN, MOST_TOKENS, MOST_STEPS = 100_000, 1_000, 100, 32
USERS = {
    "userPractitionerId": "Practitioner",
    "userPractitionerRoleId": "PractitionerRole",
    "userPatientId": "Patient",
    "userRelatedPersonId": "RelatedPerson",
}
UNITS = {unit + s: unit for unit in ("day", "week", "month", "year") for s in ("", "s")}
# No concrete resource has these types, so the standard does not allow them in ofType().
ABSTRACT = {"Resource", "DomainResource", "CanonicalResource", "MetadataResource"}
# A prefetch key may hold a hyphen, which a FHIRPath name may not; there is nothing here that it could be minus of.
LEXEME = re.compile(
    r"\s*(?:(?P<key>%(?:`[^`]+`|[A-Za-z_][A-Za-z0-9_-]*))|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<number>[0-9]+(?:\.[0-9]+)?)|(?P<other>\S))"
)


class BadToken(Exception):
    """The token is not what the standard allows, or has no value here; the text says why."""


@dataclass(frozen=True, slots=True)
class Name:
    """A step to the elements of this name."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class OfType:
    """A step that keeps the resources of this type."""

    type: str

    def __str__(self) -> str:
        return f"ofType({self.type})"


@dataclass(frozen=True, slots=True)
class Resolve:
    """A step from references to the resources that they point to."""

    def __str__(self) -> str:
        return "resolve()"


Step = Name | OfType | Resolve


@dataclass(frozen=True, slots=True)
class Path:
    """Steps from the hook's context, or from the answer to an earlier template (`key`)."""

    key: str | None
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class User:
    """The id of the user, who must be of this resource type."""

    type: str


@dataclass(frozen=True, slots=True)
class Day:
    """Today, moved by so many calendar units one after the other."""

    moves: tuple[tuple[int, str], ...]


Term = Path | User | Day


def pieces(template: str) -> Iterator[tuple[bool, str]]:
    """The template in its pieces: is it a token, and its text.

    >>> list(pieces("Patient/{{ context.patientId }}"))
    [(False, 'Patient/'), (True, 'context.patientId'), (False, '')]
    """
    if len(template) > LONGEST_TEMPLATE:
        raise BadToken(f"the template has {len(template)} characters; more than {LONGEST_TEMPLATE} are not read")
    if template.count("{{") > MOST_TOKENS:
        raise BadToken(f"the template has more than {MOST_TOKENS} tokens")
    at = 0
    while (opened := template.find("{{", at)) >= 0:
        yield False, plain(template[at:opened])
        closed = template.find("}}", opened + 2)
        if closed < 0:
            raise BadToken("a token is opened with '{{' and never closed with '}}'")
        yield True, template[opened + 2 : closed].strip()
        at = closed + 2
    yield False, plain(template[at:])


def plain(text: str) -> str:
    if "}}" in text:
        raise BadToken("'}}' closes a token that was never opened with '{{'")
    return text


def parse(token: str) -> tuple[Term, ...]:
    """What a token asks for: one term, or several that `|` joins; raises BadToken."""
    if len(token) > LONGEST_TOKEN:
        raise BadToken(f"it has {len(token)} characters; more than {LONGEST_TOKEN} are not read")
    return Reader(token).terms()


class Reader:
    """Reads one token from left to right; each lexeme is looked at once."""

    def __init__(self, token: str):
        self.lexemes = list(lexemes(token))
        self.at = 0

    def terms(self) -> tuple[Term, ...]:
        found = [self.term()]
        while self.take("|"):
            found.append(self.term())
        if self.at < len(self.lexemes):
            raise BadToken(f"'{self.lexemes[self.at]}' is not expected here")
        return tuple(found)

    def term(self) -> Term:
        head = self.next("a path, today() or the user's id")
        if head.startswith("%") and len(head) > 1:
            return Path(head[1:].strip("`"), self.steps())
        if head == "context":
            return Path(None, self.steps())
        if head == "today":
            return self.day()
        if head in USERS:
            return User(USERS[head])
        raise BadToken(f"it begins with '{head}', not with context, %key, today() or one of {', '.join(USERS)}")

    def steps(self) -> tuple[Step, ...]:
        found = []
        while self.take("."):
            found.append(self.step())
        if not found:
            raise BadToken("it names no element; add one, as in context.patientId")
        if len(found) > MOST_STEPS:
            raise BadToken(f"it has {len(found)} steps; more than {MOST_STEPS} are not followed")
        return tuple(found)

    def step(self) -> Step:
        name = self.name("the name of an element, ofType(Type) or resolve()")
        if not self.take("("):
            return Name(name)
        if name == "resolve":
            self.must(")")
            return Resolve()
        if name != "ofType":
            raise BadToken(f"'{name}()' is not allowed in a prefetch token; ofType(Type) and resolve() are")
        return self.of_type()

    def of_type(self) -> OfType:
        name = self.name("a resource type")
        if name == "FHIR" and self.take("."):
            name = self.name("a resource type")
        self.must(")")
        if not name[0].isupper() or name in ABSTRACT:
            raise BadToken(f"ofType({name}): a resource type is needed, such as MedicationRequest")
        return OfType(name)

    def day(self) -> Day:
        self.must("(")
        self.must(")")
        moves = []
        while sign := self.take("+") or self.take("-"):
            number = self.next("a number")
            if not number[0].isdigit():
                raise BadToken(f"a number is needed after '{sign}', this is '{number}'")
            unit = self.next("days")
            if unit not in UNITS:
                raise BadToken(f"'{unit}' is not days, weeks, months or years")
            whole = number.partition(".")[0]  # FHIRPath drops parts of a day
            moves.append((int(sign + whole), UNITS[unit]))
        if len(moves) > MOST_STEPS:
            raise BadToken(f"it has {len(moves)} sums; more than {MOST_STEPS} are not followed")
        return Day(tuple(moves))

    def take(self, wanted: str) -> str:
        """This lexeme, if it comes next."""
        if self.at < len(self.lexemes) and self.lexemes[self.at] == wanted:
            self.at += 1
            return wanted
        return ""

    def must(self, wanted: str) -> None:
        found = self.next(f"'{wanted}'")
        if found != wanted:
            raise BadToken(f"'{wanted}' is expected where '{found}' is")

    def name(self, wanted: str) -> str:
        found = self.next(wanted)
        if not (found.isascii() and (found[0].isalpha() or found[0] == "_")):
            raise BadToken(f"{wanted} is expected where '{found}' is")
        return found

    def next(self, wanted: str) -> str:
        if self.at >= len(self.lexemes):
            raise BadToken(f"it ends where {wanted} is expected")
        self.at += 1
        return self.lexemes[self.at - 1]


def lexemes(token: str) -> Iterator[str]:
    """The token's words, numbers and signs; a sign that means nothing here is refused where it stands."""
    return (match[match.lastgroup] for match in LEXEME.finditer(token))
