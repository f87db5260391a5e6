"""Are prefetch templates such as CDS Hooks allows? Asked before a service offers them."""

import re
from collections.abc import Iterator, Mapping

from cdshooks.protocol.tokens.parse import BadToken, Path, Resolve, Term, parse, pieces

# The context fields of the hooks that may stand in a template as they are ("Prefetch Token: Yes"), and those that
# hold resources, into which the paths of 3.0 may go.
PLAIN_FIELDS = ("userId", "patientId", "encounterId")
FIELDS = {"patient-view": (), "order-select": ("draftOrders",), "order-sign": ("draftOrders",)}
RESOURCE = r"[A-Z][A-Za-z]+"
READ = re.compile(rf"{RESOURCE}/[A-Za-z0-9.-]{{1,64}}")
PARAMETER = re.compile(r"(_count|_maxresults|_sort|_id|[a-z][a-z-]*(?::in)?)=([^=].*|=.+)", re.DOTALL)
# Beyond what is recommended, but in the examples of the standard itself.
INCLUDE = re.compile(r"_include=Medication[A-Za-z]+:medication")
# ne, sa, eb and ap are prefixes of dates in FHIR, but few servers know them.
OTHER_PREFIX = re.compile(r"(?:ne|sa|eb|ap)[0-9]{4}(?:-[0-9]{2})?.*", re.DOTALL)
STAND_IN = "2000-01-01"  # has the form of an id and of a date: what a token may become


def faults(templates: Mapping[str, str], hook: str) -> list[str]:
    """What the standard does not allow in these templates, each with its key and token; nothing when all is well.

    >>> faults({"patient": "Patient/{{context.patient}}"}, "patient-view")
    ["prefetch key 'patient', {{context.patient}}: patient-view has no context field 'patient' for tokens"]
    """
    found, earlier = [], []
    for key, template in templates.items():
        found += [f"prefetch key '{key}'{why}" for why in faults_of(key, template, hook, earlier, templates)]
        earlier.append(key)
    return found


def faults_of(key: str, template: str, hook: str, earlier: list[str], all_keys: Mapping) -> Iterator[str]:
    try:
        split = list(pieces(template))
    except BadToken as fault:
        yield f": {fault}"
        return
    for is_token, token in split:
        if is_token:
            yield from (f", {{{{{token}}}}}: {why}" for why in token_faults(token, key, hook, earlier, all_keys))
    yield from (f": {why}" for why in query_faults(split))


def token_faults(token: str, key: str, hook: str, earlier: list[str], all_keys: Mapping) -> Iterator[str]:
    try:
        terms = parse(token)
    except BadToken as fault:
        yield str(fault)
        return
    for term in terms:
        yield from term_faults(term, key, hook, earlier, all_keys)


def term_faults(term: Term, key: str, hook: str, earlier: list[str], all_keys: Mapping) -> Iterator[str]:
    if not isinstance(term, Path):
        return
    if term.key is None:
        yield from field_faults(term, hook)
    elif term.key == key:
        yield "the template depends on itself"
    elif term.key not in all_keys:
        yield f"there is no prefetch template '{term.key}'"
    elif term.key not in earlier:
        yield f"the template '{term.key}' has to be listed before this one (and must not depend on it)"
    if isinstance(term.steps[-1], Resolve):
        yield "resolve() leads to a resource; go on to one of its elements, such as id"


def field_faults(path: Path, hook: str) -> Iterator[str]:
    field = getattr(path.steps[0], "name", "")
    if field in PLAIN_FIELDS:
        if len(path.steps) > 1:
            yield f"'{field}' is a plain value: there is nothing below it"
    elif field not in FIELDS.get(hook, ()):
        yield f"{hook} has no context field '{field}' for tokens"
    elif len(path.steps) == 1:
        yield f"'{field}' is an object; go on to one of its elements"


def query_faults(split: list[tuple[bool, str]]) -> Iterator[str]:
    """What goes beyond the recommended queries: reads, and searches with simple parameters."""
    filled = "".join(STAND_IN if is_token else text for is_token, text in split)
    head, asked, parameters = filled.partition("?")
    if not asked:
        is_reference = [is_token for is_token, text in split if text] == [True]  # {{context.userId}} is Type/id
        if not is_reference and not READ.fullmatch(filled):
            yield "it is neither a read (Type/id) nor a search (Type?...)"
        return
    if not re.fullmatch(RESOURCE, head):
        yield f"'{head[:40]}' is no resource type"
    for parameter in parameters.split("&"):
        match = PARAMETER.fullmatch(parameter)
        if INCLUDE.fullmatch(parameter):
            continue
        if not match:
            yield f"'{parameter[:60]}' is not a parameter that servers are sure to know"
        elif OTHER_PREFIX.fullmatch(match[2]):
            yield f"'{parameter[:60]}': of the prefixes of dates only eq, lt, gt, ge and le are recommended"
