"""Which release of CDS Hooks a service speaks, told from its own discovery and answers, and what says so."""

import re
import time

from cds_conformance.ehr.tokens import TOKEN, USERS
from cds_conformance.evidence import Evidence
from cds_conformance.hooks import HOOKS
from cds_conformance.options import Options
from cds_conformance.report.model import FAIL, WARN, Verdict, printable
from cds_conformance.statements import RELEASES
from cds_conformance.weigh import weigh

FALLBACK = "2.0"
STATED = re.compile(r"v?(\d)(\.\d+){0,2}([-+].*)?|STU(\d)", re.IGNORECASE)
PATHS = re.compile(r"today\(\)|ofType\(|resolve\(\)|\s\|\s|^\s*%")
LATER_FIELDS = ("uuid", "overrideReasons")
MOST = 200  # entries, and answers, that are looked at


def release_of(evidence: Evidence) -> tuple[str, list[str]]:
    """The release to judge by, and the signs for it in words; the first that says something decides.

    A stated `version` decides before what is used; what is used tells the earliest release that has it.
    """
    entries = evidence.services[:MOST]
    stated = [(release, f"services state version {text}") for text in _versions(entries) if (release := _release(text))]
    signs = stated or [*_used_in_discovery(entries), *_used_in_answers(evidence)]
    if not signs:
        return FALLBACK, ["nothing tells the release; most clients speak this one"]
    chosen = max((release for release, _ in signs), key=RELEASES.index)
    return chosen, list(dict.fromkeys(why for release, why in signs if release == chosen))


def _versions(entries: list[dict]) -> list[str]:
    return list(dict.fromkeys(printable(e["version"], 20) for e in entries if isinstance(e.get("version"), str)))


def _release(version: str) -> str | None:
    found = STATED.fullmatch(version.strip())
    number = (found.group(1) or found.group(4)) if found else None
    return f"{number}.0" if f"{number}.0" in RELEASES else None


def _used_in_discovery(entries: list[dict]):
    for entry in entries:
        held = entry.get("prefetch")
        templates = [one for one in (held.values() if isinstance(held, dict) else ()) if isinstance(one, str)]
        tokens = [token for one in templates for token in TOKEN.findall(one)]
        if "hookVersion" in entry:
            yield "3.0", "services state hookVersion"
        if any(PATHS.search(token) for token in tokens):
            yield "3.0", "prefetch templates use FHIRPath (today(), ofType(), resolve(), %key or |)"
        if any(token.strip() in USERS for token in tokens):
            yield "2.0", "prefetch templates use tokens for users"
        hook = HOOKS.get(entry["hook"])
        if hook and hook.deprecated:
            yield "1.0", f"it lists {hook.name}, which later releases do not have"


def _used_in_answers(evidence: Evidence):
    for e in evidence.of("good")[:MOST]:
        cards = e.cards() or []
        for name in LATER_FIELDS:
            if any(name in card for card in cards):
                yield "2.0", f"cards have {name}"
        if isinstance(e.json, dict) and "systemActions" in e.json:
            yield "2.0", "answers have systemActions"


def others(
    evidence: Evidence, verdicts: dict[str, Verdict], spec: str, options: Options, ends: float
) -> dict[str, dict]:
    """By release, what it would say otherwise of the statements that are chosen: `also` and `no_longer`."""
    told = {}
    for release in RELEASES:
        if release != spec and time.monotonic() < ends:
            said = weigh(evidence, release, options.profile, ends, options)
            there = {name for name, v in said.items() if v.result in (FAIL, WARN)}
            here = {name for name, v in verdicts.items() if v.result in (FAIL, WARN)}
            told[release] = {"also": sorted(there - here), "no_longer": sorted(here - there)}
    return told
