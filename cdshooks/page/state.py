"""What the address of a page says: which patient, hook, orders and changes; so that every state has a link.

A record that was uploaded is never part of an address: it travels in the body of the form, and is kept nowhere.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from flask import Request

from cdshooks.errors import BadInput
from cdshooks.page.edits import Edit
from cdshooks.page.packing import MARK, pack, unpack
from cdshooks.page.said import heard, signed

LARGEST = 8_000_000  # bytes of a record that is uploaded, packed or not: twice those of Synthea's longest lives
FORM = LARGEST + 500_000  # bytes of a form with it
PASTED = 4_000_000  # bytes of all that is pasted; a record that was uploaded comes again packed
_QUICK = 1  # how hard it is tried to make it small
_ADDRESS = 3_500  # characters of a state in an address; of a line with all else the server takes 4,094
_MOST = 50  # orders, changes and keys of each kind: more is no state that somebody made by hand
HOOKS = ("patient-view", "order-select", "order-sign")


@dataclass(frozen=True)
class State:
    """`record` is the uploaded JSON; `who` chooses a patient in it. `orders` are names, words, or packed drafts."""

    patient: str = ""
    record: bytes = b""
    who: str = ""
    hook: str = HOOKS[0]
    orders: tuple[str, ...] = ()
    unselected: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()
    without: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    said: str = ""

    @property
    def packed_record(self) -> str:
        """The record as it travels in the form: a tenth of its size, for it goes there and back with every view."""
        return pack(self.record, _QUICK)

    @property
    def is_chosen(self) -> bool:
        return bool(self.patient or self.record)

    @property
    def in_form(self) -> bool:
        """Does it travel in the form from view to view, because no address holds it?"""
        return bool(self.record) or len(urlencode(self._pairs())) > _ADDRESS

    def pairs(self) -> list[tuple[str, str]]:
        """The state as query parameters; none with a record of one's own: its ids, too, are nobody else's business."""
        return [] if self.in_form else self._pairs()

    def _pairs(self) -> list[tuple[str, str]]:
        single = [("patient", self.patient), ("hook", self.hook)]
        many = [
            ("order", self.orders),
            ("unselect", self.unselected),
            ("set", tuple(map(str, self.edits))),
            ("without", self.without),
            ("gone", self.gone),
        ]
        found = [(name, text) for name, text in single if text]
        found += [(name, text) for name, texts in many for text in texts]
        return [*found, *([("said", signed(self.said))] if self.said else [])]

    def url(self, path: str, **changes) -> str:
        """The address of a view of this state; with changes, of another one. What was just said is said once."""
        told = urlencode(replace(self, **({"said": ""} | changes)).pairs())
        return f"{path}?{told}" if told else path


def read_state(request: Request) -> State:
    """The state that a request means: its address, with what its form says in place of that."""
    posted = request.form if request.method == "POST" else {}

    def one(name):
        return (posted.get(name) if name in posted else request.args.get(name)) or ""

    def many(name):
        found = posted.getlist(name) if name in posted else request.args.getlist(name)
        return _few(name, dict.fromkeys(text.strip() for text in found if text.strip()))

    hook = one("hook") or HOOKS[0]
    if hook not in HOOKS:
        raise BadInput(f"hook: {hook[:40]!r} is none that this page can fire; there are {', '.join(HOOKS)}")
    return State(
        patient=one("patient")[:100],
        record=_uploaded(request) or _travelled(one("record")),
        who=one("who")[:100],
        hook=hook,
        orders=_orders(request, posted),
        unselected=many("unselect"),
        edits=tuple(map(Edit.read, many("set"))),
        without=many("without"),
        gone=many("gone"),
        said=heard(one("said")),
    )


def _orders(request: Request, posted) -> tuple[str, ...]:
    """The same order may stand there twice: that is two drafts."""
    found = posted.getlist("order") if "order" in posted else request.args.getlist("order")
    return _few("order", [text.strip() for text in found if text.strip()])


def _few(name: str, texts: Collection[str]) -> tuple[str, ...]:
    """None is dropped in silence: without it another patient would be judged than the one who is shown."""
    if len(texts) > _MOST:
        raise BadInput(f"{name}: {len(texts)} of them are more than the {_MOST} that this page keeps; take some out")
    return tuple(texts)


def _travelled(text: str) -> bytes:
    """A record as it was pasted, or as a form of ours brought it back."""
    if not text.startswith(MARK):
        return text.removeprefix("\ufeff").encode("utf-8", "replace")
    try:
        return unpack(text, LARGEST)
    except ValueError:
        raise BadInput("the record in this form cannot be read any more; open it again") from None


def _uploaded(request: Request) -> bytes:
    file = request.files.get("file") if request.method == "POST" else None
    if not file or not file.filename:
        return b""
    from cdshooks.ehr.files import unpacked

    found = unpacked(file.stream.read(LARGEST + 1), "the file", LARGEST)
    if not found.strip():
        raise BadInput("the file is empty; choose one that holds a Bundle")
    return found
