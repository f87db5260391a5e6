"""Checks of the form of every body: JSON, nothing null or empty, no comments, the right content type."""

from cds_conformance.checks.registry import check
from cds_conformance.reading import NO_JSON

# Where the standard lets a list be empty.
MAY_BE_EMPTY = {("services",), ("cards",)}
# What is not CDS Hooks' own: FHIR has rules of its own (act-4), and what an extension holds is its owner's affair.
FOREIGN = {"resource", "extension"}


@check("json-1", each="body")
def a_body_is_json(body):
    """A body that is there can be read as JSON in UTF-8, comments and trailing commas apart (see json-3).

    An error without a body is no fault here, and neither is an error page of another type (see resp-2).

    why: A client that cannot read the answer shows nothing, and nobody learns why.
    good: {"cards": []}
    bad: {"cards": [}
    mend: Let a JSON library write the body; send UTF-8 without a byte order mark.
    """
    if body.value is NO_JSON and body.exchange.ok:
        yield "", body.exchange.reading.unreadable


@check("json-2", each="body")
def nothing_is_null_or_empty(body):
    """No attribute is null, "", [] or {}; only `services` and `cards` may be empty lists.

    FHIR resources and what extensions hold are not looked at here.

    why: Clients test whether a field is there; a field that is there and empty gives empty buttons and empty menus.
    good: {"cards": []}
    bad: {"cards": [{"summary": "Low", "indicator": "info", "source": {"label": "L"}, "links": []}]}
    mend: Leave out what has no value.
    """
    if body.exchange.taken and isinstance(body.value, dict) and "resourceType" not in body.value:
        yield from _empties(body.value, (), body.profile)


def _empties(value, path, profile):
    if isinstance(value, dict):
        for name, inner in value.items():
            step = (*path, name)
            if _is_empty(inner) and not (inner == [] and _may_be_empty(step, profile)):
                yield _words(step), f"is {'null' if inner is None else _shape(inner)}; leave it out"
            elif name not in FOREIGN:
                yield from _empties(inner, step, profile)
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            step = (*path, i)
            if _is_empty(inner):
                yield _words(step), f"is {'null' if inner is None else _shape(inner)}; leave it out"
            else:
                yield from _empties(inner, step, profile)


def _may_be_empty(step, profile) -> bool:
    return step in MAY_BE_EMPTY or (profile == "crd" and step == ("systemActions",))


def _is_empty(value) -> bool:
    return value is None or (isinstance(value, str | list | dict) and not value)


def _shape(value) -> str:
    return {str: "an empty string", list: "an empty array", dict: "an empty object"}[type(value)]


def _words(path) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.lstrip(".")


@check("json-3", each="body")
def no_comments_and_no_trailing_commas(body):
    """The body is JSON as it stands: no comments, no comma before a closing bracket.

    why: JSON has neither; most clients fail on them, and the card is not shown.
    good: {"cards": []}
    bad: {"cards": [],}
    mend: Let a JSON library write the body.
    """
    for kind in body.exchange.reading.loose:
        yield "", f"the body holds {kind}"


@check("json-4", each="body")
def a_json_body_says_that_it_is_json(body):
    """A JSON body comes with Content-Type application/json, or a type that ends in +json.

    why: Browsers and many HTTP libraries decide by the header whether to read the body as JSON.
    good: Content-Type: application/json
    bad: Content-Type: text/html
    mend: Set the header; frameworks do when given an object instead of a string.
    """
    kind = body.exchange.answer_headers.get("content-type", "").split(";")[0].strip().lower()
    if isinstance(body.value, dict | list) and body.exchange.taken and not _says_json(kind):
        yield "", f"the body is JSON and its Content-Type is {kind or 'not given'}"


def _says_json(kind: str) -> bool:
    return kind == "application/json" or kind.endswith("+json")


@check("json-5", each="body")
def no_name_stands_twice(body):
    """No name stands twice in one object.

    why: Of two values, some clients take the first and some the last.
    good: {"cards": []}
    bad: {"cards": [], "cards": []}
    mend: Let a JSON library write the body.
    """
    for name in body.exchange.reading.doubled:
        yield "", f"{name[:40]!r} stands twice in one object"
