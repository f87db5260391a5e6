"""Checks of the discovery: what is listed, under which names and ids, for which hooks."""

import re

from cds_conformance.checks.parts import kind_of, may_be, must_be_objects, must_be_string
from cds_conformance.checks.registry import NotTried, check
from cds_conformance.hooks import HOOKS
from cds_conformance.reading import NO_JSON

REVERSE_DOMAIN = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9-]+)+\.[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*")
VERSION = re.compile(r"v?\d+(\.\d+){0,2}([-+][0-9A-Za-z.-]+)?|STU\d", re.IGNORECASE)


@check("disc-1", each="discovery")
def discovery_lists_services(answer):
    """GET {base}/cds-services answers 200 with an object that holds an array `services` of objects.

    why: Every client begins here; without the list there is no service.
    good: {"services": []}
    bad: {"service": []}
    mend: Serve the list at exactly this path, also when it is empty.
    """
    e = answer.exchange
    if e.fault or e.status in (401, 403):
        yield NotTried(f"discovery: {e.outcome}")
    elif not e.ok:
        yield "", f"answers {e.outcome}"
    elif e.url.split("?")[0] != f"{answer.evidence.url}/cds-services" and answer.evidence.of("looked-for"):
        yield "", f"is at {e.url_path}, where no client looks; {{base}}/cds-services is not there"
    elif answer.value is not NO_JSON and not isinstance(answer.get("services"), list):
        there = isinstance(answer.value, dict) and "services" in answer.value
        yield "services", "is not an array" if there else "is missing"
    else:
        yield from must_be_objects(answer, "services")


@check("disc-2", each="listed")
def an_entry_has_hook_description_and_id(entry):
    """Each entry has `hook`, `description` and `id`, each a string that is not empty.

    why: The hook says when to call, the id where; the description is what an administrator decides by.
    good: {"hook": "patient-view", "id": "greeter", "description": "Greets the patient"}
    bad: {"hook": "patient-view", "id": 7, "description": "Greets the patient"}
    mend: Give each entry all three, as strings.
    """
    for name in ("hook", "description", "id"):
        yield from must_be_string(entry, name)


@check("disc-3", each="listed")
def an_entry_has_a_title(entry):
    """Each entry has a `title`, a string.

    why: It is the name under which people find the service in their own system.
    good: {"hook": "patient-view", "id": "greeter", "description": "Greets", "title": "Greeter"}
    bad: {"hook": "patient-view", "id": "greeter", "description": "Greets"}
    mend: Add a short name for people.
    """
    yield from must_be_string(entry, "title")


@check("disc-4", each="listed")
def prefetch_is_an_object_of_strings(entry):
    """`prefetch`, where there is one, is an object whose values are strings.

    why: A client fills the tokens of each string and sends the query; anything else it cannot use.
    good: {"prefetch": {"patient": "Patient/{{context.patientId}}"}}
    bad: {"prefetch": ["Patient/{{context.patientId}}"]}
    mend: Write one key and one query string for each kind of data.
    """
    held = entry.get("prefetch")
    if isinstance(held, dict):
        for key, value in held.items():
            if not isinstance(value, str) and value not in (None, [], {}):
                yield f"prefetch.{key}", f"is {kind_of(value)}, not a string"
    elif held not in (None, "", []):
        yield "prefetch", f"is {kind_of(held)}, not an object"


@check("disc-5", each="listed")
def an_entry_states_the_version_of_the_standard(entry):
    """Each entry states `version`: the version of CDS Hooks that it implements, such as 3.0.0 or STU3.

    why: A client then knows which fields and which prefetch tokens to expect.
    good: {"hook": "patient-view", "id": "greeter", "description": "Greets", "version": "3.0.0"}
    bad: {"hook": "patient-view", "id": "greeter", "description": "Greets"}
    mend: Add the version of the standard, not that of your software.
    """
    version = entry.get("version")
    if "version" not in entry.value:
        yield "version", "is missing"
    elif isinstance(version, str) and version and not VERSION.fullmatch(version):
        yield "version", f"{version[:40]!r} is neither a semantic version nor STU1, STU2 or STU3"
    elif not isinstance(version, str) and version not in (None, [], {}):
        yield "version", f"is {kind_of(version)}, not a string"


@check("disc-6", each="listed")
def a_hook_version_is_a_published_one(entry):
    """`hookVersion`, where there is one, is a version that the hook's definition has had.

    Versions of hooks that the CDS Hooks Library does not hold are not judged.

    why: It tells the client which context fields the service reads.
    good: {"hook": "patient-view", "hookVersion": "1.0"}
    bad: {"hook": "patient-view", "hookVersion": "7.1"}
    mend: Take the number from the table at the head of the hook's page.
    """
    version, hook = entry.get("hookVersion"), HOOKS.get(entry.get("hook") if isinstance(entry.get("hook"), str) else "")
    if version not in (None, "", [], {}) and not isinstance(version, str):
        yield "hookVersion", f"is {kind_of(version)}, not a string"
    elif version and hook and version not in hook.versions:
        yield "hookVersion", f"{version[:40]!r} is none of the published {', '.join(hook.versions)}"


@check("disc-7", each="discovery")
def an_id_is_listed_once_for_a_hook(answer):
    """No two entries have the same id and the same hook. The same id for several hooks is allowed.

    why: Both lead to one URL; a client cannot call the one and not the other.
    good: {"services": [{"id": "a", "hook": "order-select"}, {"id": "a", "hook": "order-sign"}]}
    bad: {"services": [{"id": "a", "hook": "order-sign"}, {"id": "a", "hook": "order-sign"}]}
    mend: Give each its own id, or make one entry of both.
    """
    seen, listed = set(), answer.get("services")
    if not isinstance(listed, list):
        yield NotTried("no services are listed")
        return
    for i, entry in enumerate(listed):
        pair = (entry.get("id"), entry.get("hook")) if isinstance(entry, dict) else ()
        if not pair or not all(isinstance(one, str) for one in pair):
            continue
        if pair in seen:
            yield f"services[{i}]", f"id {pair[0][:60]!r} is listed before for {pair[1][:60]!r}"
        seen.add(pair)


@check("disc-8", each="listed")
def a_hook_is_published_or_in_reverse_domain_notation(entry):
    """The hook is one of the CDS Hooks Library, or an organisation's own such as com.example.chart-close.

    why: A misspelt hook is never fired, and nobody notices.
    good: {"hook": "patient-view"}
    bad: {"hook": "view-patient"}
    mend: Use the library's spelling; put your domain, reversed, before a hook of your own.
    """
    hook = entry.get("hook")
    if isinstance(hook, str) and hook and hook not in HOOKS and not REVERSE_DOMAIN.fullmatch(hook):
        yield "hook", f"{hook[:60]!r} is not in the CDS Hooks Library, nor in reverse-domain notation"


@check("disc-10", each="listed")
def usage_requirements_are_a_string(entry):
    """`usageRequirements`, where there are any, are a string.

    why: The text is shown to people who set the service up.
    good: {"usageRequirements": "Works best with access to the FHIR server."}
    bad: {"usageRequirements": ["FHIR server"]}
    mend: Write it as one text.
    """
    yield from may_be(entry, "usageRequirements", str, "a string")
