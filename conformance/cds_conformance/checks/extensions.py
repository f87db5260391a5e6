"""Checks of what the standard does not define: extensions, and names that nobody knows."""

from cds_conformance.checks.parts import is_empty, kind_of, word
from cds_conformance.checks.registry import NotTried, check
from cds_conformance.report.model import Finding

# What each part may hold, of any release.
NAMES = {
    "discovery": {"services"},
    "listed": {"hook", "title", "description", "id", "prefetch", "usageRequirements", "version", "hookVersion"},
    "answer": {"cards", "systemActions"},
    "card": {"uuid", "summary", "detail", "indicator", "source", "suggestions", "selectionBehavior"}
    | {"overrideReasons", "links"},
    "source": {"label", "url", "icon", "topic"},
    "suggestion": {"label", "uuid", "isRecommended", "actions", "actionSelectionBehavior"},
    "action": {"type", "description", "resource", "resourceId"},
    "link": {"label", "url", "type", "appContext", "autolaunchable"},
}


@check("ext-1", each="extension")
def an_extension_is_an_object(extension):
    """`extension`, wherever it stands, is an object.

    why: FHIR's extensions are arrays and those of CDS Hooks are not; clients read them by name.
    good: {"com.example.rule": "k-12"}
    bad: ["com.example.rule"]
    mend: Write an object whose names are yours.
    """
    if not isinstance(extension.value, dict) and not is_empty(extension.value):
        yield "", f"is {kind_of(extension.value)}, not an object"


@check("ext-2", each="extension")
def extension_names_are_unique_in_the_world(extension):
    """The names in an extension hold a domain, such as com.example.rule, or a URL.

    why: Two services that both write "rule" mean different things.
    good: {"com.example.rule": "k-12"}
    bad: {"rule": "k-12"}
    mend: Put your domain, reversed, before the name.
    """
    if isinstance(extension.value, dict):
        for name in extension.value:
            if "." not in name and ":" not in name:
                yield "", f"the name {word(name)} is not unique in the world"


@check("ext-3", each="evidence")
def nothing_unknown_outside_of_extensions(run):
    """Every name is one that some release of the standard defines; anything else lives in `extension`.

    why: A name that no client knows is often a slip of the pen: overrideReason, indicater, link.
    good: {"summary": "...", "extension": {"com.example.rule": "k-12"}}
    bad: {"summary": "...", "rule": "k-12"}
    mend: Correct the name, or move it into extension.
    """
    if run.evidence.problem:
        yield NotTried(run.evidence.problem)
        return
    for scope, names in NAMES.items():
        for part in run.each(scope):
            for name in part.value if isinstance(part.value, dict) else ():
                if name not in names and name != "extension":
                    at = part.inner(None, name).at.strip(" :") or name
                    yield Finding(at, "is no name that the standard defines", part.exchange.number)
