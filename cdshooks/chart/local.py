"""Products that act where they are put (eye drops, creams): they treat nothing else."""

from collections.abc import Iterable

from cdshooks.reading.facts import Order
from cdshooks.reading.read import routes_of
from cdshooks.terms.concepts import Route
from cdshooks.terms.names import plain
from cdshooks.terms.systems import Systems


def acts_locally(order: Order, routes: Iterable[Route], systems: Systems) -> bool:
    """Does all of it go by a local route; or, where no route is told, is it a product that does, by its words?"""
    local = {route.name: route.forms for route in routes if route.local}
    told = routes_of(order, routes, systems)
    if told:
        return all(not classes.isdisjoint(local) for classes in told)
    return any(forms.find(plain(order.shown)) for forms in local.values())
