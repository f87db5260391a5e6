"""What older clients leave out or write otherwise, and no card needs: made up for, where a client may do so."""

from collections.abc import Mapping
from uuid import UUID, uuid4, uuid5

from cdshooks.protocol.suggest import NAMESPACE

# Stands where a client does not say who its user is; no card and no query asks.
NOBODY = "Practitioner/unknown"


def mended(body: Mapping) -> tuple[dict, list[str]]:
    """The request with a UUID for `hookInstance` and a `userId`, and which of these was not as the standard says.

    The same hookInstance makes the same UUID, so that cards keep their ids when a call is sent again.
    """
    body, wrong = dict(body), []
    instance = body.get("hookInstance")
    if not _is_uuid(instance):
        body["hookInstance"] = str(uuid5(NAMESPACE, instance) if isinstance(instance, str) and instance else uuid4())
        wrong.append("hookInstance is no UUID")
    context = body.get("context")
    if isinstance(context, dict) and not context.get("userId"):
        body["context"] = context | {"userId": NOBODY}
        wrong.append("there is no userId")
    return body, wrong


def _is_uuid(text: object) -> bool:
    try:
        return isinstance(text, str) and str(UUID(text)) == text.casefold()
    except ValueError:
        return False
