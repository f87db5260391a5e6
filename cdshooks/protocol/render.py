"""Decisions as cards: precedence, filled texts, the reasons."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import uuid5

from cdshooks.chart.chart import Chart
from cdshooks.content.library import Evidence, Library, Page
from cdshooks.content.texts import LONGEST_SUMMARY, PLACEHOLDER, ROOM, Section
from cdshooks.protocol.markdown import escaped, harmless, plain
from cdshooks.protocol.suggest import NAMESPACE, Offers, why_open
from cdshooks.reading.facts import Result
from cdshooks.rules.answers import UNSURE, Answer, Classed
from cdshooks.rules.cards import Level, Possible
from cdshooks.rules.decide import Decision
from cdshooks.rules.explain import facts

NOT_CHECKED = "could-not-check"
OWN = "own choice"
MOST_ABOUT_ONE = 2  # cards about one draft
MOST_SEEN = 4  # rows that a sentence names
IN_PART = "**Only a part of what was asked for came. Look at what stands in it; the rest may say otherwise:**\n"
DRAFTS = "context.draftOrders"


def card_uuid(hook_instance: str, topic: str) -> str:
    """The same call gives the same card the same uuid."""
    return str(uuid5(NAMESPACE, f"{hook_instance}|{topic}"))


def shown(decisions: Iterable[Decision]) -> list[Decision]:
    """The decisions that become cards: those that fire, without those that another one replaces; the loudest first."""
    firing = [d for d in decisions if d.fires]
    replaced = {topic for d in firing for topic in d.card.replaces}
    kept = [d for d in firing if d.card.topic not in replaced]
    return sorted(kept, key=lambda d: (-d.least.level, d.card.topic))


@dataclass(frozen=True, slots=True)
class Heading:
    """Of a card what a table of many patients says; `decision` is None for the card that says what was not checked."""

    topic: str
    indicator: str
    summary: str
    decision: Decision | None = None


def headings(decisions: Iterable[Decision], drafts: Collection[str], library: Library) -> list[Heading]:
    """The same cards as `render` makes, in the same order, without what is offered and without the detail."""
    kept, _ = spoken(decisions, drafts)
    return [Heading(d.card.topic, d.least.level.word, _summary(d, Filler(d, library)), d) for d in kept]


def _summary(decision: Decision, fill: "Filler") -> str:
    return plain(fill.in_summary(decision.card.page.sections[decision.least.text].summary), LONGEST_SUMMARY)


def render(decisions: Iterable[Decision], offers: Offers, library: Library, hook_instance: str) -> list[dict]:
    """The cards of one answer as CDS Hooks JSON, in this order; at most two of them speak about one draft."""
    kept, named = spoken(decisions, offers.drafts)
    return [_render(d, offers, library, hook_instance, named.get(d.card.topic, ())) for d in kept]


def spoken(decisions: Iterable[Decision], drafts: Collection[str]) -> tuple[list[Decision], dict[str, tuple[str, ...]]]:
    """The cards that speak, and by topic the sentences that a card says of those that do not.

    Of more than two about the same drafts the loudest two speak, and every critical one.
    """
    if not drafts:
        return list(decisions), {}
    kept: list[Decision] = []
    about: dict[str, list[Decision]] = {}
    silent: dict[str, list[str]] = {}
    for decision in decisions:
        refs = {f.ref for f in told_facts(decision) if getattr(f, "ref", "") in drafts}
        crowded = [ref for ref in refs if len(about.get(ref, ())) >= MOST_ABOUT_ONE]
        if crowded and len(crowded) == len(refs) and decision.least.level < Level.CRITICAL:
            silent.setdefault(about[min(crowded)][0].card.topic, []).append(decision.card.title)
            continue
        kept.append(decision)
        for ref in refs:
            about.setdefault(ref, []).append(decision)
    return kept, {topic: (f"**Also about this order:** {'; '.join(titles)}.",) for topic, titles in silent.items()}


def _render(
    decision: Decision, offers: Offers, library: Library, hook_instance: str, beside: Iterable[str] = ()
) -> dict:
    """One card. While it is open how loud it is, it is as loud as is certain."""
    page: Page = decision.card.page
    outcome = decision.least
    uuid = card_uuid(hook_instance, decision.card.topic)
    fill = Filler(decision, library)
    section = page.sections[outcome.text]
    offer = offers.of(decision, uuid)
    behind = evidence_behind(decision)
    origin = library.sources[behind[0].source] if behind else page
    card = {
        "uuid": uuid,
        "summary": _summary(decision, fill),
        "indicator": outcome.level.word,
        "detail": "\n\n".join(
            [_detail(section, outcome, page, fill, decision), *rests_on(behind, library), *offer.unsaid, *beside]
        ),
        "source": {
            "label": origin.label,
            **({"url": origin.url} if origin.url else {}),
            "topic": {"system": library.topic_system, "code": decision.card.topic, "display": page.title},
        },
        "overrideReasons": [dict(reason) for reason in page.overrides],
    }
    if links := _links(behind[1:], origin, library):
        card["links"] = links
    if offer.suggestions:
        card["suggestions"] = offer.suggestions
        card["selectionBehavior"] = page.selection
    return card


# --- where it comes from --------------------------------------------------------------------------------------------


def evidence_behind(decision: Decision) -> list[Evidence]:
    """The evidence of the outcome that fired, that of others before our own choices; none where there is none."""
    by, page = decision.least.by, decision.card.page
    named = [e for e in page.evidence if by in e.criteria] or [e for e in page.evidence if "matrix" in e.criteria]
    return sorted(named or page.evidence, key=lambda e: e.strength == OWN)


def rests_on(behind: list[Evidence], library: Library) -> list[str]:
    """The first of it in one line."""
    if not behind:
        return []
    first = behind[0]
    says = first.supports.partition(". ")[0].rstrip(".")
    return [f"**Evidence:** {escaped(says, 400)} ({escaped(library.sources[first.source].label)}; {first.strength})."]


def _links(others: list[Evidence], origin, library: Library) -> list[dict]:
    """The other sources, each once, at most two."""
    sources = {e.source: library.sources[e.source] for e in others if e.strength != OWN}
    told = [s for s in sources.values() if s.url and s.url != origin.url]
    return [{"label": source.label, "url": source.url, "type": "absolute"} for source in told[:2]]


# --- texts --------------------------------------------------------------------------------------------------------


class Filler:
    """Fills placeholders with what this decision saw."""

    def __init__(self, decision: Decision, library: Library):
        self._library = library
        self._facts: dict[str, list] = {}
        for fact in told_facts(decision):
            if not isinstance(fact, str):
                self._facts.setdefault(fact.concept, []).append(fact)

    def of(self, concept: str) -> list:
        members = self._library.concepts.members(concept)
        return [fact for name in {concept: 0, **dict.fromkeys(members)} for fact in self._facts.get(name, ())]

    def in_summary(self, text: str) -> str:
        return PLACEHOLDER.sub(lambda m: harmless(self._short(m.group(1), m.group(2)), ROOM[m.group(2)]), text)

    def in_detail(self, text: str) -> str:
        return PLACEHOLDER.sub(self._long, text)

    def _short(self, concept: str, part: str) -> str:
        result = next((f for f in self.of(concept) if isinstance(f, Result)), None)
        if result is None:
            return "not known"
        if part == "date":
            return str(result.day or "no date")
        # A summary is no Markdown and cannot be escaped: a unit that we do not know is not repeated there.
        return result.shown if result.amount or result.klass else "(see below)"

    def _long(self, match: re.Match) -> str:
        concept, part = match.groups()
        if part:
            return escaped(self._short(concept, part))
        label = self._library.concepts.by_name[concept].label
        return _some(fact.describe() for fact in self.of(concept)) or f"no {label} on record"


def told_facts(decision: Decision):
    """The facts that a card speaks of."""
    answers = [answer for _, answer in decision.asked]
    answers += [a if isinstance(a, Classed) else a[1] for a in decision.table]
    answers += [answer for _, answer in decision.modified if answer.can & 1]
    return facts(answers)


def _detail(section: Section, outcome: Possible, page: Page, fill: Filler, decision: Decision) -> str:
    """The advice first; then why, with what was seen."""
    added = [page.sections[name] for name in outcome.adds]
    parts = [fill.in_detail(section.detail)]
    parts += [fill.in_detail("\n\n".join(filter(None, (each.summary, each.detail)))) for each in added]
    parts += ["**Why this card**", *(fill.in_detail(each.why) for each in (section, *added))]
    parts.append("\n".join(f"- {line}" for line in reasons(decision)))
    if not decision.is_settled:
        parts.append("**Not certain:** something was not provided; with it this card could be more urgent.")
    return "\n\n".join(part for part in parts if part)


def reasons(decision: Decision) -> list[str]:
    """The signed sentences that made this card, each with what was seen."""
    lines = [_reason(c.say, a) for c, a in decision.asked if not c.unless]
    perhaps = [_perhaps(row.say, answer) for row, answer in _rows(decision) if answer and not answer.can & 1]
    perhaps = [line for line in perhaps if line]
    if decision.card.matrix:
        for classed in decision.table:
            row = next(r for r, _ in classed.parts if r.name == classed.classes[-1])
            lines.append(_reason(f"{classed.question.say}: {_lower(row.say)}", classed))
    else:
        # "Nothing of that kind" is not said beside what may be just that.
        lines += [_held(row.say, a) for row, a in decision.table if (a is None and not perhaps) or (a and a.can & 1)]
        lines += perhaps
    lines += [_held(m.say, a) for m, a in decision.modified if a.can & 1]
    denied = [(c, a) for c, a in decision.asked if c.unless and not c.for_all and not a.can & 1]
    lines += [_perhaps(c.say, a) or f"Not: {_lower(c.say)}" for c, a in denied]
    return lines


def _rows(decision: Decision) -> tuple:
    return () if decision.card.matrix else decision.table


def _perhaps(say: str, answer: Answer) -> str:
    """The sentence as one that cannot be told, where what was seen is not understood; else empty."""
    seen = [f.describe() for f in facts([answer], UNSURE) if getattr(f, "doubt", "") or getattr(f, "is_open", False)]
    return f"It cannot be told: {_lower(say)}: {_some(seen)}" if seen else ""


def _lower(sentence: str) -> str:
    """The first letter small, unless the word is an abbreviation."""
    return sentence if sentence[1:2].isupper() else sentence[:1].lower() + sentence[1:]


def _held(say: str, answer: Answer | None) -> str:
    """What holds, as it stands; what only may, because something was not provided, as that."""
    return _reason(say, answer) if answer is None or answer.holds else f"Not known: {_lower(say)}"


def _reason(say: str, answer: Answer | Classed | None) -> str:
    seen = [f if isinstance(f, str) else f.describe() for f in facts([answer])] if answer else []
    return f"{say}: {_some(seen)}" if seen else say


def _some(seen: Iterable[str]) -> str:
    return "; ".join(escaped(s) for s in [*dict.fromkeys(seen)][:MOST_SEEN])


# --- what could not be checked ------------------------------------------------------------------------------------


def not_checked(
    undecided: Iterable[Decision],
    level: Level,
    chart: Chart,
    library: Library,
    hook_instance: str,
    seen: Iterable[Decision] = (),
) -> dict:
    """The card that says which topics could not be decided, and what was missing; how loud, the caller knows.

    `seen` are those that would come if the part that came were all: it warns of what stands there, and claims no more.
    """
    seen = list(seen)
    topics = {decision.card.topic for decision in seen}
    undecided = sorted(undecided, key=lambda d: d.card.topic not in topics)  # what warns stands first
    level = max([level, *(min(d.least.level, Level.WARNING) for d in seen)])
    titles = "; ".join(d.card.title for d in undecided)
    lines = [f"- **{d.card.title}**: {escaped(why_open(d, chart), 300)}" for d in undecided]
    page: Page = undecided[0].card.page
    return {
        "uuid": card_uuid(hook_instance, NOT_CHECKED),
        "summary": plain(f"Could not check: {titles}", LONGEST_SUMMARY),
        "indicator": level.word,
        "detail": f"{_what_came(seen)}"
        "These topics could not be decided, because data were not provided or could not be understood. "
        "Their absence here does not mean that there is nothing to worry about.\n\n" + "\n".join(lines),
        "source": {
            "label": page.label,
            "topic": {"system": library.topic_system, "code": NOT_CHECKED, "display": "Could not be checked"},
        },
    }


def _what_came(seen: Iterable[Decision]) -> str:
    """What stands in the part that came, by topic; empty where that is no reason for a card."""
    told = [f"- **{d.card.title}**: {_some(_seen(d))}" for d in seen]
    return "\n".join([IN_PART, *told, "", ""]) if told else ""


def _seen(decision: Decision) -> Iterable[str]:
    return (fact if isinstance(fact, str) else fact.describe() for fact in told_facts(decision))


def missing_keys(undecided: Iterable[Decision], key_of, chart: Chart) -> Mapping[str, str]:
    """Where it would have to come -> what is wrong there, for everything that is missing: prefetch keys, and drafts."""
    lacking: dict[str, str] = {}
    for source in (source for d in undecided for source in sorted(d.missing)):
        place = DRAFTS if source in chart.unread_drafts(judged_only=False) else key_of(source)
        lacking[place] = "; ".join(dict.fromkeys(filter(None, (lacking.get(place, ""), chart.why(source)))))
    return lacking
