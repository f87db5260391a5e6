"""The service as a plain function: builds the request from discovery, answers its prefetch, reads the cards."""

from functools import lru_cache

import msgspec

from .raw import belongs_to

# The service is imported late, so that a service that cannot start does not take the evaluator's own tests with it.
# Decimals go out as JSON numbers with all their zeros; the standard library cannot do that.
ENCODER = msgspec.json.Encoder(decimal_format="number")


def in_process(hook, context, resources, today):
    """The (topic, indicator) pairs of the service's answer."""
    client, services = client_of(today)
    service = services[hook]
    request = {
        "hook": hook,
        "hookInstance": "5a6c0f0e-8f43-4d58-9d6b-2f1f2b6a7c11",
        "context": context,
        "prefetch": {key: answer(query, context, resources) for key, query in service["prefetch"].items()},
    }
    response = client.post(
        f"/cds-services/{service['id']}", data=ENCODER.encode(request), content_type="application/json"
    )
    if response.status_code != 200:
        return {(f"HTTP {response.status_code}", response.get_data(as_text=True)[:400])}
    return pairs(response.get_json()["cards"])


@lru_cache(maxsize=1)
def topics():
    """The topics that the service's cards have: the comparison grows with them."""
    from cdshooks.content.load import load_library

    return frozenset(card.topic for card in load_library().cards)


@lru_cache(maxsize=32)
def client_of(today):
    """A test client whose clock stands on that day, with its services by hook."""
    from cdshooks import create_app
    from cdshooks.config import Settings

    client = create_app(Settings(today=today)).test_client()
    return client, {one["hook"]: one for one in client.get("/cds-services").get_json()["services"]}


def answer(query, context, resources):
    """The patient for a read; for a search everything of that type, so that no search semantics stand between."""
    if "?" not in query:
        return next((one for one in resources if one.get("id") == context["patientId"]), None)
    kind = query.split("?")[0]
    wanted = [kind, "Medication"] if kind.startswith("Medication") else [kind]
    mine = [one for one in resources if one["resourceType"] in wanted]
    if not any(belongs_to(one, context["patientId"]) for one in mine):
        mine = []  # a key that holds nothing but what is others' is refused, and rightly
    found = [{"resource": one} for one in mine]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(found), "entry": found}


def pairs(cards):
    """The pairs; a topic that comes twice is wrong and must be seen."""
    found = [(card.get("source", {}).get("topic", {}).get("code"), card["indicator"]) for card in cards]
    found = [pair for pair in found if pair[0] in topics()]
    return {(topic + (" twice" if found.count((topic, level)) > 1 else ""), level) for topic, level in found}
