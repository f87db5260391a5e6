"""Paths, unions and sums of days come out as in fhirpath.js and fhirpathpy, but for the faults of theirs named here.

Where the oracles are wrong or silent:

* fhirpathpy has no resolve() and keeps nulls among the values.
* Both write a year before 1000 without its leading zero (999-01-01), which is no FHIR date.
* fhirpath.js resolves contained resources, and others only by asking a server; references into the same context it
  does not know. What ours says of them is held by tests/test_tokens.py.
* With the R4 model neither knows an element that R4 does not have under a resource that it knows: we do not ask.
"""

import json
from datetime import date
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdshooks.protocol.tokens import resolve
from cdshooks.protocol.tokens.choices import CHOICES, TYPES
from cdshooks.protocol.tokens.follow import World, follow
from cdshooks.protocol.tokens.parse import parse
from tests.fhirpath_oracles import MODELS, fhirpath_js, fhirpathpy, node_with_fhirpath

ids = st.sampled_from(["a", "b", "c-1", "é"])
texts = st.sampled_from(["x", "y", "active", "draft"])
references = st.fixed_dictionaries({}, optional={
    "reference": st.sampled_from(["Medication/m1", "Patient/7", "#a", "#b"]), "display": texts
})  # fmt: skip
concepts = st.fixed_dictionaries({}, optional={
    "text": texts, "coding": st.lists(st.fixed_dictionaries({"code": texts}, optional={"display": texts}), min_size=1)
})  # fmt: skip
contained = st.fixed_dictionaries({"resourceType": st.sampled_from(["Medication", "Patient"]), "id": ids})
drug_lists = st.lists(contained, min_size=1, max_size=3, unique_by=lambda c: c["id"])
COMMON = {
    "id": ids, "status": texts, "subject": references, "requester": references, "authoredOn": st.just("2026-01-15"),
    "reasonReference": st.lists(references, min_size=1, max_size=2), "category": st.lists(concepts, min_size=1),
    "contained": drug_lists,
}  # fmt: skip
drug_orders = st.fixed_dictionaries(
    {"resourceType": st.just("MedicationRequest")},
    optional=COMMON | {"medicationReference": references, "reportedBoolean": st.booleans()},
) | st.fixed_dictionaries(
    {"resourceType": st.just("MedicationRequest")}, optional=COMMON | {"medicationCodeableConcept": concepts}
)
other_orders = st.fixed_dictionaries(
    {"resourceType": st.just("ServiceRequest")}, optional=COMMON | {"code": concepts, "asNeededBoolean": st.booleans()}
)
entries = st.lists(
    st.fixed_dictionaries({}, optional={"resource": drug_orders | other_orders, "fullUrl": texts}), min_size=1
)
bundles = st.fixed_dictionaries({"resourceType": st.just("Bundle")}, optional={"entry": entries})
contexts = st.fixed_dictionaries(
    {"draftOrders": bundles},
    optional={"patientId": ids, "userId": texts, "selections": st.lists(texts, min_size=1), "other": bundles},
)
steps = st.sampled_from([
    "id", "status", "subject", "requester", "reasonReference", "reference", "medication", "reported", "asNeeded",
    "code", "text", "coding", "display", "category", "contained", "ofType(MedicationRequest)", "ofType(ServiceRequest)",
    "ofType(Medication)", "authoredOn", "reason", "author",
])  # fmt: skip
tails = st.lists(steps, max_size=4)
roots = st.sampled_from(
    ["context.draftOrders.entry.resource", "context.draftOrders.entry", "context.other.entry.resource", "context"]
)
paths = st.builds(lambda root, tail: ".".join([root, *tail]), roots, tails).filter(lambda path: path != "context")
plain_paths = paths | st.sampled_from(["context.patientId", "context.userId", "context.selections"])
value_paths = st.sampled_from([
    "context.patientId", "context.selections", "context.draftOrders.entry.resource.id",
    "context.draftOrders.entry.resource.status", "context.draftOrders.entry.resource.ofType(ServiceRequest).id",
    "context.other.entry.resource.category.coding.code", "context.draftOrders.entry.fullUrl",
])  # fmt: skip


@pytest.fixture(scope="module")
def js():
    with fhirpath_js() as running:
        yield running


def theirs(path: str) -> str:
    return path.replace("context.", "%context.")


def ours(path: str, context: dict) -> list:
    (term,) = parse(path)
    return follow(term, World(context))


@settings(max_examples=300)
@given(path=plain_paths, context=contexts)
def test_paths_lead_where_fhirpath_js_says(js, path, context):
    assert ours(path, context) == js(theirs(path), {"context": context})


@settings(max_examples=300)
@given(plain_paths, contexts)
def test_paths_lead_where_fhirpathpy_says(path, context):
    told = fhirpathpy(theirs(path), {"context": context})
    assert ours(path, context) == [value for value in told if value is not None]


@settings(max_examples=100)
@given(order=drug_orders, name=st.sampled_from(["medicationReference", "subject", "requester"]), drugs=drug_lists)
def test_contained_resources_are_resolved_as_in_fhirpath_js(js, order, name, drugs):
    """A reference to what is not contained is an error with us, and nothing with them: only found ones are asked."""
    order = order | {"contained": drugs, name: {"reference": f"#{drugs[-1]['id']}"}}
    if name == "medicationReference":
        order.pop("medicationCodeableConcept", None)
    path = f"order.{name.removesuffix('Reference')}.resolve()"
    for end in ("id", "ofType(Medication).id"):
        told = js(f"%{path}.{end}", {"order": order})
        assert ours(f"context.{path}.{end}", {"order": order}) == told
        assert told or end != "id"


@settings(max_examples=150)
@given(them=st.lists(value_paths, min_size=2, max_size=4), context=contexts)
def test_unions_hold_each_value_once_as_in_fhirpath_js(js, them, context):
    told = js("|".join(map(theirs, them)), {"context": context})
    said = resolve(f"X?x={{{{{'|'.join(them)}}}}}", context, date(2026, 1, 15))
    assert said.query == ("X?x=" + quote(",".join(told), ",") if told else None)


sums = st.tuples(st.sampled_from("+-"), st.integers(0, 300), st.sampled_from(["day", "week", "month", "year"]))
moves = st.lists(sums, min_size=1, max_size=3).map(lambda them: " ".join(f"{s} {n} {unit}s" for s, n, unit in them))
days = st.dates(date(1970, 1, 1), date(2100, 12, 31))


@settings(max_examples=150)
@given(day=days, text=moves)
def test_days_are_moved_as_in_fhirpath_js(js, day, text):
    assert [resolve(f"{{{{today() {text}}}}}", {}, day).query] == js(f"@{day} {text}", {})


@settings(max_examples=150)
@given(days, moves)
def test_days_are_moved_as_in_fhirpathpy(day, text):
    assert [resolve(f"{{{{today() {text}}}}}", {}, day).query] == [str(v) for v in fhirpathpy(f"@{day} {text}", {})]


@pytest.mark.parametrize("version", ["dstu2", "stu3", "r4", "r5"])
def test_every_choice_element_of_fhir_is_known(version):
    node_with_fhirpath()
    found = json.loads((MODELS / version / "choiceTypePaths.json").read_text(encoding="utf-8"))
    assert {path.rpartition(".")[2] for path in found} <= CHOICES
    assert {kind[0].upper() + kind[1:] for kinds in found.values() for kind in kinds} <= set(TYPES)
