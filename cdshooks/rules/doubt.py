"""Why a card could not be told: one reason for a decision that stayed open, or silent for want of an answer."""

from cdshooks.rules.answers import UNSURE, Answer, Reason
from cdshooks.rules.cards import Level
from cdshooks.rules.decide import Decision, Silent


def doubt(decision: Decision) -> Reason | None:
    """The reason, or None where the card fired or stayed silent because of what is known."""
    if not isinstance(decision, Silent):
        return _doubt(decision)
    outcome = decision.outcome  # all who are in one situation have the same reason, so it is looked for once
    if outcome.reason is outcome:
        outcome.reason = _doubt(decision)
    return outcome.reason


def _doubt(decision: Decision) -> Reason | None:
    if len(decision.possible) > 1:
        return Reason.NOT_PROVIDED if not decision.is_settled and decision.may_fire else None
    if decision.possible[0].level is not Level.SILENT or not decision.asked:
        return None
    last = decision.asked[-1][1]
    if last.can == UNSURE:
        return _reason(last)
    if decision.table and not decision.card.matrix:
        return next((_reason(answer) for _, answer in decision.table if answer and answer.can == UNSURE), None)
    return None


def _reason(answer: Answer) -> Reason:
    """The answer's own reason, else that of the first part that could not be told."""
    if answer.reason:
        return answer.reason
    doubtful = (part for part in answer.parts if isinstance(part, Answer) and part.can & UNSURE)
    return next((_reason(part) for part in doubtful), Reason.NOT_RECORDED)
