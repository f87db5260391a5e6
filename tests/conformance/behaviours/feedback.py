"""Broken ways to take feedback."""

from reference import check
from reference.service import Reference
from reference.wire import Refused

from .register import instead_of


@instead_of(Reference, "take_feedback")
def has_no_feedback(original, self, call):
    raise Refused(404, "nothing is here")


@instead_of(Reference, "take_feedback")
def fails_on_feedback(original, self, call):
    raise RuntimeError("not handled")


@instead_of(Reference, "check_feedback")
def takes_one_entry_at_a_time(original, self, body):
    original(body)
    if len(body["feedback"]) > 1:
        raise Refused(400, "feedback: one entry at a time")


@instead_of(Reference, "check_feedback")
def takes_a_card_once(original, self, body):
    original(body)
    known = {entry["card"] for entry in self.feedback}
    if any(entry["card"] in known for entry in body["feedback"]):
        raise Refused(409, "feedback: this card has its feedback")


@instead_of(Reference, "check_feedback")
def takes_a_card_once_in_a_call(original, self, body):
    original(body)
    if len({entry["card"] for entry in body["feedback"]}) < len(body["feedback"]):
        raise Refused(409, "feedback: a card is named twice")


@instead_of(Reference, "check_feedback")
def takes_accepted_only(original, self, body):
    original(body)
    if any(entry["outcome"] != "accepted" for entry in body["feedback"]):
        raise Refused(400, "feedback: outcome must be accepted")


@instead_of(Reference, "check_feedback")
def wants_a_reason_with_every_override(original, self, body):
    original(body)
    for entry in body["feedback"]:
        if entry["outcome"] == "overridden" and "overrideReason" not in entry:
            raise Refused(400, "overrideReason: is required")


@instead_of(Reference, "check_feedback")
def wants_an_override_reason_to_have(original, self, body):
    original(body)
    for entry in body["feedback"]:
        if self.of not in entry.get("overrideReason", {self.of: ""}):
            raise Refused(400, f"overrideReason.{self.of}: is required")


@instead_of(Reference, "check_feedback")
def lets_through_feedback(original, self, body):
    """`of` is in the words of the faults that are not minded."""
    minded = [fault for fault in check.feedback(body) if self.of not in fault]
    if minded:
        raise Refused(400, *minded)
    for entry in body["feedback"]:
        entry.setdefault("card", "unknown")


@instead_of(Reference, "check_feedback")
def fails_on_feedback_with(original, self, body):
    """`of` is in the words of the faults that break it."""
    if any(self.of in fault for fault in check.feedback(body)):
        raise RuntimeError("not handled")
    original(body)
