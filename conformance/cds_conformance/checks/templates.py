"""Checks of the prefetch templates: their tokens, their FHIRPath, their queries."""

import re

from cds_conformance.checks.parts import word
from cds_conformance.checks.registry import NotTried, check
from cds_conformance.ehr.tokens import LONGEST_TOKEN, TOKEN
from cds_conformance.fhir_shape import is_resource
from cds_conformance.hooks import HOOKS

USERS = {"userPractitionerId", "userPractitionerRoleId", "userPatientId", "userRelatedPersonId"}
PATH = re.compile(r"context(\.[A-Za-z_][\w-]*)+")
DAY = re.compile(r"today\(\)(\s*[+-]\s*\d+\s+(day|week|month|year)s?)?")
STEP = re.compile(r"[A-Za-z_][\w-]*|ofType\([A-Z]\w+\)|resolve\(\)")
READ = re.compile(r"([A-Z][A-Za-z]+/)?\{\{[^}]*\}\}|[A-Z][A-Za-z]+/[A-Za-z0-9\-.]+")
SEARCH = re.compile(r"([A-Z][A-Za-z]+)\?(.*)", re.DOTALL)
# The standard's own examples use _id and _include.
CONTROL = {"_count", "_maxresults", "_sort", "_id", "_include", "_lastUpdated"}
ODD_PREFIX = re.compile(r"(ne|sa|eb|ap)(\d{4}|\{\{)")


def tokens(template) -> list[str]:
    return [found.strip() for found in TOKEN.findall(template.value)]


@check("pre-1", each="template")
def tokens_hold_what_the_release_allows(template):
    """Tokens stand between {{ and }}, all closed, and hold a context path or a user identifier; from 3.0 on FHIRPath too.

    why: A client leaves out a key whose token it cannot fill, and the service goes without the data.
    good: Patient/{{context.patientId}}
    bad: Patient/{{patientId}}
    mend: Write context. before the field; judge a service of 3.0 with --spec 3.0.
    """
    bare = TOKEN.sub("", template.value)
    if "{" in bare or "}" in bare:
        yield "", "a token does not stand between {{ and }}"
    for token in tokens(template):
        if token in USERS or PATH.fullmatch(token):
            continue
        if template.spec == "3.0" and re.match(r"today\(\)|context\.|%", token):
            continue
        later = "; CDS Hooks 3.0 allows it: --spec 3.0" if re.match(r"today\(\)|context\.|%", token) else ""
        yield "", f"{word(token)} is neither a context path nor a user identifier{later}"


@check("pre-2", each="template")
def context_tokens_name_fields_that_may_be_tokens(template):
    """A context token names a field of the hook; before 3.0 one whose table says "Prefetch Token: Yes", without a path into it.

    Hooks that the CDS Hooks Library does not hold are not judged.

    why: Where the context has no such field, the client cannot fill the token.
    good: Patient/{{context.patientId}}
    bad: Patient/{{context.patient}}
    mend: Take the name from the table on the hook's page.
    """
    hook = HOOKS.get(template.up.get("hook") if isinstance(template.up.get("hook"), str) else "")
    if hook is None:
        yield NotTried(f"{word(template.up.get('hook'))} is not in the CDS Hooks Library")
        return
    for token in tokens(template):
        for field, deeper in re.findall(r"(?<![\w.])context\.([A-Za-z_][\w-]*)(\.)?", token):
            held = hook.context.get(field)
            if held is None:
                yield "", f"{word(f'context.{field}')} is no field of {hook.name}"
            elif not held.token and not (deeper and template.spec == "3.0"):
                yield "", f"{word(f'context.{field}')} may not be used as a token in {hook.name}"
            elif deeper and template.spec != "3.0":
                yield "", f"{word(token)} goes into a field; only 3.0 allows that"


@check("pre-3", each="template")
def queries_are_widely_supported(template):
    """A template reads one resource or searches one type, with parameters that clients widely support.

    Allowed: references; tokens by equality or :in; dates with eq, lt, gt, ge, le; _count, _sort. _id and _include are
    let pass, as the standard's own examples use them.

    why: A client that does not support a parameter drops the whole key, or ignores the parameter.
    good: Observation?patient={{context.patientId}}&code=http://loinc.org|4548-4&_sort=-date&_count=1
    bad: Observation?patient={{context.patientId}}&code:not=4548-4
    mend: Ask for more and pick in your own code.
    """
    query = template.value.strip()
    if set("{}") & set(TOKEN.sub("", query)):
        return
    search = SEARCH.fullmatch(query)
    if not search and not READ.fullmatch(query):
        yield "", "is neither a read Type/id nor a search Type?parameters"
    for pair in search.group(2).split("&") if search else ():
        name, _, value = pair.partition("=")
        bare, _, modifier = name.partition(":")
        if bare.startswith("_") and bare not in CONTROL:
            yield "", f"the parameter {word(bare)} is not widely supported"
        elif "." in bare:
            yield "", f"{word(bare)} is a chained parameter"
        elif modifier and modifier != "in" and bare != "_include":
            yield "", f"the modifier :{modifier[:40]} is not widely supported"
        if ("date" in bare or bare in ("authoredon", "period")) and ODD_PREFIX.match(value):
            yield "", f"the date prefix {value[:2]} is not widely supported"


@check("pre-4", each="template")
def fhirpath_keeps_to_the_subset(template):
    """FHIRPath in a token uses path steps, ofType(Type), resolve(), today(), + and - with days, %key and | only.

    why: Clients evaluate a token with a small evaluator of their own; anything else leaves the key out.
    good: Observation?date=gt{{today() - 90 days}}
    bad: Observation?date=gt{{now() - 90 days}}
    mend: Rewrite the token with the steps of the subset.
    """
    for token in tokens(template):
        if len(token) > LONGEST_TOKEN:
            yield "", f"a token has {len(token):,} characters, which no client fills"
            continue
        if token in USERS or DAY.fullmatch(token) or not re.match(r"\w+\(|context\.|%", token):
            continue
        for path in token.split("|"):
            yield from _steps(path.strip())


def _steps(path: str):
    head, *steps = re.split(r"\.(?![^()]*\))", path)
    if head != "context" and not head.startswith("%"):
        yield "", f"{word(path)} begins neither with context nor with %key, and is no date"
    for step in steps:
        if not STEP.fullmatch(step):
            yield "", f"{word(step)} is outside of the FHIRPath subset"
        elif step.startswith("ofType(") and not is_resource(step[7:-1]):
            yield "", f"{word(step)} names no type of resource"


@check("pre-5", each="listed")
def templates_depend_on_earlier_ones_only(entry):
    """A template that uses %key stands after the template of that key.

    why: Clients fill the templates in order; a later key is not there yet, and a circle never is.
    good: {"prefetch": {"a": "Condition?patient={{context.patientId}}", "b": "Practitioner?_id={{%a.entry.resource.asserter.resolve().id}}"}}
    bad: {"prefetch": {"b": "Practitioner?_id={{%a.entry.resource.asserter.resolve().id}}", "a": "Condition?patient={{context.patientId}}"}}
    mend: Put the template that others use before them.
    """
    held, before = entry.get("prefetch"), set()
    for key, value in held.items() if isinstance(held, dict) else ():
        for token in TOKEN.findall(value) if isinstance(value, str) else ():
            for used in re.findall(r"%([\w-]+)", token):
                if used not in before:
                    yield f"prefetch.{key}", f"uses %{used[:40]}, which is not listed before it"
        before.add(key)
