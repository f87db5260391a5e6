"""Which rows of a register some card may need: read off the services' own queries, as a FHIR server would read them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cdshooks.chart.spellings import R4_KIND
from cdshooks.protocol.discovery import Service

CODES = ("code", "combo-code")


@dataclass(frozen=True)
class Rows:
    """What is wanted of one type: codes and statuses; None where all are wanted."""

    codes: frozenset[tuple[str, str]] | None = None
    statuses: frozenset[str] | None = None

    def __or__(self, other: "Rows") -> "Rows":
        return Rows(_either(self.codes, other.codes), _either(self.statuses, other.statuses))


def _either(left: frozenset | None, right: frozenset | None) -> frozenset | None:
    return None if left is None or right is None else left | right


def wanted(services: Iterable[Service]) -> Mapping[str, Rows]:
    """By resource type, under the names of every FHIR version; the patient and the drugs that orders point to, too."""
    found: dict[str, Rows] = {"Patient": Rows(), "Medication": Rows()}
    for service in services:
        for query in service.queries:
            rows = _asked(query.template)
            found[query.resource] = found[query.resource] | rows if query.resource in found else rows
    # Another version has other words for statuses: there every row is taken, and the chart says what it means.
    others = {other: Rows(found[kind].codes) for other, kind in R4_KIND.items() if kind in found and other != kind}
    return found | others


def _asked(template: str) -> Rows:
    """The codes and statuses of a query; days are left to the cards, which ask for them anyhow."""
    codes = statuses = None
    for parameter in template.partition("?")[2].split("&"):
        name, _, value = parameter.partition("=")
        if name in CODES:
            codes = frozenset(_token(token) for token in value.split(","))
        elif name == "status":
            statuses = frozenset(value.split(","))
    return Rows(codes, statuses)


def _token(token: str) -> tuple[str, str]:
    system, _, code = token.rpartition("|")
    return system, code
