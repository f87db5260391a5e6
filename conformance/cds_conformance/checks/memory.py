"""The check of what a service remembers: advice must rest on the data of the call, not on those of an earlier one."""

from cds_conformance.checks.calls import unless_called
from cds_conformance.checks.compare import advice, steady
from cds_conformance.checks.registry import NotTried, check
from cds_conformance.evidence import Exchange
from cds_conformance.report.model import Finding


@check("pre-15", each="service")
def advice_rests_on_the_data_of_this_call(service):
    """About the same patient with other data, other advice comes; and a call without data gets the same answer whoever was asked about before it.

    The judge asks about ids that it never used before, and twice where something shows.

    why: Yesterday's potassium, or that of the patient before, is taken for today's.
    good: the same patient, first with potassium 6.8, then with 4.1 -> a card, then none
    bad: the same patient, first with potassium 6.8, then with 4.1 -> the same card twice
    mend: Keep nothing between calls; where you keep what a FHIR server said, keep it for one access token only.
    """
    found, none = unless_called(service, "memory")
    if not found:
        asked = any(e.ok for e in service.calls("good"))
        yield from [NotTried(f"{service.at}: says the same of every patient")] if asked else none
        return
    if not steady(service):
        yield NotTried(f"{service.at}: the same call gives different advice each time; answers cannot be compared")
        return
    rounds = [[e for e in found if e.detail["round"] == number] for number in (1, 2)]
    if all(repeats(sent) for sent in rounds):
        says = "with other data about the same patient it repeats the advice of the call before"
        yield Finding(service.at, says, repeats(rounds[1]).number)
    if all(swayed(sent) for sent in rounds):
        says = "the advice on a call without data is other after a call about another patient"
        yield Finding(service.at, says, swayed(rounds[1]).number)


def repeats(sent: list[Exchange]) -> Exchange | None:
    """The call about the same patient with other data, where it repeats what was said before, and alone says other things."""
    by = {e.detail["step"]: e for e in sent if e.ok}
    first, second, alone = (by.get(step) for step in ("first", "second", "alone"))
    if first and second and alone and said(second) == said(first) != said(alone):
        return second
    return None


def swayed(sent: list[Exchange]) -> Exchange | None:
    """The call without data whose answer is other after another patient."""
    by = {e.detail["step"]: e for e in sent if e.ok}
    for what in ("null", "absent"):
        one, other = by.get(f"{what} after other"), by.get(f"{what} after loud")
        if one and other and said(one) != said(other):
            return other
    return None


def said(exchange: Exchange) -> tuple[str, ...] | None:
    """The advice, whatever id the patient went by."""
    held = advice(exchange)
    return None if held is None else tuple(sorted(one.replace(exchange.detail["id"], "") for one in held))
