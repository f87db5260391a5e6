"""A notion used by name in a question: yes/no as it stands, one with classes by `is CLASS`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cdshooks.chart.chart import Chart, Need
from cdshooks.rules.answers import NO, YES, Answer, Reason
from cdshooks.rules.asking import OfQuestions, ask
from cdshooks.rules.words import Words


@dataclass(frozen=True)
class NotionIs(OfQuestions):
    """A shared notion holds, or is of one of these classes."""

    FORMS = ("NOTION", "NOTION is CLASS [or CLASS …]")

    name: str
    classes: tuple[str, ...]
    book: Mapping = field(compare=False, repr=False)

    @classmethod
    def read(cls, words: Words) -> "NotionIs":
        name = words.take()
        known = words.vocabulary.notion_classes[name]
        if not known:
            return cls(name, (), words.vocabulary.notions)
        words.expect("is")
        return cls(name, words.classes(known, name), words.vocabulary.notions)

    @property
    def notion(self):
        return self.book[self.name]

    def inside(self) -> tuple:
        return (self.notion,)

    def needs(self) -> tuple[Need, ...]:
        return self.notion.needs()

    def ask(self, chart: Chart) -> Answer:
        inner = ask(self.notion, chart)
        if not self.classes:
            return Answer(inner.can, self, reason=inner.reason, parts=(inner,), missing=inner.missing)
        wanted = set(self.classes)
        can = (YES if wanted & set(inner.classes) else 0) | (NO if set(inner.classes) - wanted else 0)
        open_ = can == YES | NO
        return Answer(
            can, self, reason=Reason.NOT_PROVIDED if open_ else None, parts=(inner,),
            missing=inner.missing if open_ else frozenset(),
        )  # fmt: skip

    def words(self) -> str:
        return f"{self.name} is {' or '.join(self.classes)}" if self.classes else self.name
