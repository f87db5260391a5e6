"""Who calls, as far as that was proved before the call came here."""

from flask import g


def client_name() -> str:
    """The name of the trusted client, or nothing where nobody has to say who they are."""
    client = g.get("client")
    return client.name if client else ""
