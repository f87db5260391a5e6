"""Who calls, as far as that was proved before the call came here."""

from flask import g

from cdshooks.trust.client import Client


def caller(otherwise: Client) -> Client:
    """The trusted client whose request this is; `otherwise` where nobody has to say who they are."""
    return g.get("client", otherwise)


def client_name() -> str:
    """The name of the trusted client, or nothing where nobody has to say who they are."""
    client = g.get("client")
    return client.name if client else ""
