"""A client's JWK Set over the guarded way out: one deadline, no redirects, only addresses that are allowed."""

from collections.abc import Callable

from cdshooks.reach.budget import Budget
from cdshooks.reach.get import Reach
from cdshooks.trust.keys import MAX_BYTES, BadKeys

SECONDS = 2.0  # a caller waits for it only where its key is not known yet
MEDIA_TYPES = "application/jwk-set+json, application/json"


def key_fetcher(reach: Reach) -> Callable[[str], bytes]:
    """What returns the body behind a URL; raises BadKeys or reach's Failure, neither of which repeats what was read."""

    def fetch(url: str) -> bytes:
        reply = reach.get(url, MEDIA_TYPES, Budget(SECONDS, MAX_BYTES, MAX_BYTES))
        if reply.status != 200:
            raise BadKeys(f"its server answers {reply.status}")
        return reply.body

    return fetch
