"""Contexts for hooks: valid ones for every hook of the library, by its own table, about one patient."""

import datetime as dt
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

from cds_conformance.ehr.shelf import Chart, drafts_for
from cds_conformance.errors import BadOption
from cds_conformance.hooks import HOOKS

USER = "Practitioner/judge-practitioner"
USERS = {
    "Practitioner": USER,
    "PractitionerRole": "PractitionerRole/judge-role",
    "Patient": "Patient/{patient}",
    "RelatedPerson": "RelatedPerson/judge-relative",
}
ORDERS = ("judge-draft-folic", "judge-draft-ibuprofen", "judge-draft-mri")


def load_contexts(given: Path | dict | tuple | None) -> dict[str, dict]:
    """The caller's contexts by hook name; $patient and $encounter in them are filled in for each patient."""
    if given is None:
        return {}
    if isinstance(given, tuple | list):
        return {hook: context for one in given for hook, context in load_contexts(one).items()}
    try:
        held = given if isinstance(given, dict) else _from_files(Path(given))
    except (OSError, ValueError) as trouble:
        raise BadOption(f"--context {given}: {trouble}") from trouble
    if not isinstance(held, dict) or not all(isinstance(value, dict) for value in held.values()):
        raise BadOption(f"--context {given}: give a JSON object, hook name to context object")
    return held


def _from_files(given: Path):
    """One file with the contexts of several hooks, or a folder with a file HOOK.json for each."""
    if given.is_dir():
        return {file.stem: json.loads(file.read_text("utf-8")) for file in sorted(given.glob("*.json"))}
    return json.loads(given.read_text("utf-8"))


def context_for(hook: str, chart: Chart, today: dt.date, own: dict[str, dict]) -> dict | None:
    """A complete context, optional fields included; None for a hook that nobody described."""
    if hook in own:
        text = json.dumps(own[hook])
        return json.loads(text.replace("$patient", chart.patient_id).replace("$encounter", chart.encounter_id))
    if hook not in HOOKS:
        return None
    drafts = drafts_for(chart, today)
    values = _values(chart, drafts)
    if hook == "appointment-book":
        values["appointments"] = collection([drafts["judge-appointment"]])
    if hook == "order-verify":
        values["order"] = drafts[ORDERS[0]] | {"status": "active"}
    held = HOOKS[hook].context
    return {name: values[name] for name in held if name in values}


def _values(chart: Chart, drafts: dict) -> dict:
    ordered = list(chart.drafts) or [drafts[name] for name in ORDERS]
    medicated = [one for one in ordered if one["resourceType"] == "MedicationRequest"]
    orders, first = collection(ordered), ordered[0]
    medicines = collection(medicated or [drafts[name] for name in ORDERS[:2]])
    return {
        "userId": USER,
        "patientId": chart.patient_id,
        "encounterId": chart.encounter_id,
        "draftOrders": orders,
        "orders": orders,
        "selections": [f"{first['resourceType']}/{first['id']}"],
        "medications": medicines,
        "dispatchedOrders": ["ServiceRequest/judge-draft-mri"],
        "performer": "Organization/judge-organization",
        "fulfillmentTasks": [drafts["judge-task"]],
        "allergyIntolerance": drafts["judge-new-allergy"],
        "conditions": collection([drafts["judge-new-problem"]]),
        "medication": drafts[ORDERS[0]] | {"status": "active"},
    }


def collection(found: list[dict]) -> dict:
    """A Bundle of type collection, as contexts hold them."""
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in found]}


def smaller(hook: str, context: dict) -> list[tuple[str, Callable[[dict], dict]]]:
    """Ways to ask for less, for a service that takes no whole context: what a whole one has too much, how it is cut.

    Optional fields go, then orders of all kinds but one, then both.
    """
    table = HOOKS[hook].context if hook in HOOKS else {}
    optional = [name for name, field in table.items() if not field.required and name in context]
    held = [e["resource"]["resourceType"] for b in _bundles(context).values() for e in b["entry"]]
    kinds = list(dict.fromkeys(held))
    mixed = kinds if len(kinds) > 1 else []
    cuts = [(f"{', '.join(optional)} is there", partial(_cut, optional, None))] if optional else []
    cuts += [(f"orders are not all {kind}s", partial(_cut, [], kind)) for kind in mixed]
    if optional:
        cuts += [
            (f"{', '.join(optional)} is there, or orders are not all {kind}s", partial(_cut, optional, kind))
            for kind in mixed
        ]
    return cuts


def _bundles(context: dict) -> dict[str, dict]:
    return {name: v for name, v in context.items() if isinstance(v, dict) and v.get("type") == "collection"}


def _cut(optional: list[str], kind: str | None, context: dict) -> dict:
    """A context without these fields, whose orders are of this kind only; what is selected is one of them."""
    kept = {name: value for name, value in context.items() if name not in optional}
    for name, held in _bundles(kept).items() if kind else ():
        kept[name] = collection([e["resource"] for e in held["entry"] if e["resource"]["resourceType"] == kind])
        if "selections" in kept:
            kept["selections"] = [f"{kind}/{e['resource']['id']}" for e in kept[name]["entry"][:1]]
    return kept


def variants(hook: str, context: dict) -> list[tuple[str, dict]]:
    """Other contexts that the hook's table allows just as well, each with what is different about it."""
    table = HOOKS[hook]
    optional = [name for name, field in table.context.items() if not field.required and name in context]
    found = []
    if optional:
        bare = {name: value for name, value in context.items() if name not in optional}
        found.append((f"without {', '.join(optional)}", bare))
    for kind in table.users:
        user = USERS[kind].format(patient=context.get("patientId"))
        if "userId" in context and user != context["userId"]:
            found.append((f"userId is a {kind}", context | {"userId": user}))
    for name, value in context.items():
        if isinstance(value, dict) and value.get("type") == "collection":
            untyped = {key: held for key, held in value.items() if key != "type"}
            found.append(
                (f"{name} is a Bundle without type, as the reference client sends it", context | {name: untyped})
            )
    return found
