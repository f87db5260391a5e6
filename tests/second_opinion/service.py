"""The service as a plain function: the request is built from discovery, answered from the record, and judged.

From the bytes of the body on it is the path of every call (`respond`); only HTTP itself is left out, for speed.
"""

from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

from . import offers
from .raw import belongs_to

# The service is imported late, so that a service that cannot start does not take the evaluator's own tests with it.
# Decimals go out as JSON numbers with all their zeros; the standard library cannot do that.
ENCODER = msgspec.json.Encoder(decimal_format="number")


def in_process(hook, context, resources, today):
    """The (topic, indicator) pairs of the service's answer, and what it offers and must not."""
    cards = answered(hook, context, resources, today)
    sent = [one["resource"] for value in prefetch(hook, context, resources).values() if value for one in entries(value)]
    return pairs(cards) | offers.faults(hook, context, resources, today, cards) | offers.abroad(context, sent, cards)


def answered(hook, context, resources, today):
    """The cards of the service's answer."""
    from cdshooks.errors import DataNotAvailable
    from cdshooks.protocol.request import parse_request
    from cdshooks.protocol.wire import decode
    from cdshooks.respond import respond
    from cdshooks.terms.dates import Clock

    library, services = loaded()
    service = services[hook]
    request = {
        "hook": hook,
        "hookInstance": "5a6c0f0e-8f43-4d58-9d6b-2f1f2b6a7c11",
        "context": context,
        "prefetch": prefetch(hook, context, resources),
    }
    body = decode(ENCODER.encode(request))
    try:
        return respond(library, service, parse_request(body, hook), Clock(today, ZoneInfo("UTC"))).cards
    except DataNotAvailable as error:
        return [{"source": {"topic": {"code": f"refused: {error}"}}, "indicator": "none"}]


def prefetch(hook, context, resources):
    """What is sent with the call."""
    return {key: answer(query, context, resources) for key, query in loaded()[1][hook].prefetch.items()}


def entries(value):
    return value["entry"] if value["resourceType"] == "Bundle" else [{"resource": value}]


NAMES_FOLATE = "**Folate is low, too.**"


@lru_cache(maxsize=1)
def loaded():
    """The cards that came with us, and the services by hook."""
    from cdshooks.config import Settings
    from cdshooks.protocol.discovery import services
    from tests.shipped import LIBRARY

    return LIBRARY, {one.hook: one for group in services(LIBRARY, Settings()).values() for one in group}


@lru_cache(maxsize=1)
def topics():
    """The topics that the service's cards have: the comparison grows with them."""
    return frozenset(card.topic for card in loaded()[0].cards)


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
    """The pairs; a topic that comes twice is wrong and must be seen. What could not be checked is no topic."""
    found = [(card.get("source", {}).get("topic", {}).get("code"), card["indicator"]) for card in cards]
    found = [pair for pair in found if pair[0] != "could-not-check"]
    folate = {(f"{card['source']['topic']['code']}: folate", "said") for card in cards if NAMES_FOLATE in card.get("detail", "")}
    return folate | {(topic + (" twice" if found.count((topic, level)) > 1 else ""), level) for topic, level in found}
