"""Checks of a card: summary, indicator, source, detail, override reasons, uuids."""

import re
from functools import lru_cache
from urllib.parse import urlsplit

from cds_conformance.checks.parts import is_empty, kind_of, may_be, must_be_objects, must_be_string, without_value, word
from cds_conformance.checks.registry import NotTried, check

# Raw HTML that GitHub Flavored Markdown does not let through (GFM 0.29, 6.11 Disallowed Raw HTML).
DISALLOWED = re.compile(r"</?(title|textarea|style|xmp|iframe|noembed|noframes|script|plaintext)\b", re.IGNORECASE)
TAG, ANCHOR = re.compile(r"<[a-z]", re.IGNORECASE), re.compile(r"<a\b", re.IGNORECASE)
HANDLER = re.compile(r"\son[a-z]+\s*=", re.IGNORECASE)
SCRIPTED = re.compile(r"^\s*(javascript|vbscript|data)\s*:", re.IGNORECASE)
HREF = re.compile(r"""\bhref\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)


@check("card-1", each="card")
def a_summary_is_short(card):
    """`summary` is there, a string, and has fewer than 140 characters.

    Whether it is one sentence is for people to judge.

    why: Clients cut what is longer, and what is cut may be what the reader needed.
    good: {"summary": "Potassium is low: check before the next dose"}
    bad: {"indicator": "info"}
    mend: Say the one thing that must be known; the rest belongs into detail.
    """
    yield from must_be_string(card, "summary")
    summary = card.get("summary")
    if isinstance(summary, str) and len(summary) >= 140:
        yield "summary", f"has {len(summary)} characters, not fewer than 140"


@check("card-2", each="card")
def an_indicator_is_one_of_three(card):
    """`indicator` is info, warning or critical, in small letters.

    why: It decides colour and order; a value that a client does not know may hide the card.
    good: {"indicator": "warning"}
    bad: {"indicator": "hard-stop"}
    mend: Use the three words; hard-stop was a draft's word and is `critical` now.
    """
    indicator = card.get("indicator")
    if isinstance(indicator, str) and not is_empty(indicator):
        if indicator not in ("info", "warning", "critical"):
            yield "indicator", f"{word(indicator)} is not info, warning or critical"
    else:
        yield from must_be_string(card, "indicator")


@check("card-3", each="card")
def a_source_has_a_label_and_absolute_urls(card):
    """`source` is an object with a `label`; `url` and `icon`, where there, are absolute http(s) URLs.

    why: The reader must see who advises; a relative URL would be looked for in the client's own site.
    good: {"source": {"label": "Local guideline", "url": "https://example.org/guideline"}}
    bad: {"source": {"label": "Local guideline", "url": "/guideline"}}
    mend: Name the source in label; write URLs from https:// on.
    """
    source = card.get("source")
    if "source" not in card.value:
        yield "source", "is missing"
    elif is_empty(source):
        yield "source", without_value(source)
    elif isinstance(source, dict):
        part = card.inner(source, "source")
        yield from ((f"source.{at}", says) for at, says in must_be_string(part, "label"))
        for name in ("url", "icon"):
            if not is_empty(source.get(name)) and not is_web_url(source[name]):
                yield f"source.{name}", f"{word(source[name])} is not an absolute http(s) URL"
    else:
        yield "source", f"is {kind_of(source)}, not an object"


def is_web_url(value) -> bool:
    """Whether a value is an absolute http or https URL with a host and no blanks."""
    if not isinstance(value, str) or re.search(r"\s", value):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme.lower() in ("http", "https") and bool(parts.hostname)


@check("card-4", each="card")
def a_detail_is_github_flavored_markdown(card):
    """`detail`, where there, is a string, without the raw HTML that GitHub Flavored Markdown does not let through.

    Any text is Markdown; what GFM itself filters out (script, style, iframe, title, textarea and a few others) is not.

    why: A client that renders it shows the tags as text or, worse, runs them.
    good: {"detail": "**Potassium** is low; see `4.2`"}
    bad: {"detail": "<iframe src='https://example.org'></iframe>"}
    mend: Write Markdown; escape what comes from records.
    """
    yield from may_be(card, "detail", str, "a string")
    if isinstance(card.get("detail"), str):
        html, _ = look_at(card.get("detail"))
        for name in sorted({found.lower() for piece in html for found in DISALLOWED.findall(piece)}):
            yield "detail", f"holds a raw <{name}> tag, which GitHub Flavored Markdown does not let through"


@lru_cache(maxsize=512)
def look_at(detail: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The pieces of raw HTML in a Markdown text, outside code, and the targets of its links and images."""
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    reader.validateLink = lambda url: True
    html, links = [], []
    for token in _flat(reader.parse(detail)):
        if token.type in ("html_block", "html_inline"):
            html.append(token.content)
            links += [target for tag in within(ANCHOR, token.content) for target in HREF.findall(tag)]
        links += [str(token.attrs[name]) for name in ("href", "src") if name in (token.attrs or {})]
    return tuple(html), tuple(links)


def within(begins: re.Pattern, html: str) -> list[str]:
    """What stands in tags that begin so, up to their end: each character once, however many tags are never closed."""
    parts = [part[found.end() :] for part in html.split(">") if (found := begins.search(part))]
    return [" " + part for part in parts]


def _flat(tokens):
    for token in tokens:
        yield token
        yield from _flat(token.children or ())


@check("card-5", each="card")
def suggestions_come_with_a_selection_behavior(card):
    """Where there are `suggestions` there is a `selectionBehavior`: at-most-one or any.

    why: A client that does not understand it must treat the whole card as an error.
    good: {"suggestions": [{"label": "Order"}], "selectionBehavior": "any"}
    bad: {"suggestions": [{"label": "Order"}]}
    mend: Add "selectionBehavior": "at-most-one" unless several may be chosen.
    """
    behavior = card.get("selectionBehavior")
    if card.get("suggestions") and is_empty(behavior):
        missing = "selectionBehavior" not in card.value
        yield (
            "selectionBehavior",
            f"{'is missing' if missing else without_value(behavior)} though there are suggestions",
        )
    elif not is_empty(behavior) and behavior not in ("at-most-one", "any"):
        yield "selectionBehavior", f"{word(behavior)} is neither at-most-one nor any"


@check("card-6", each="card")
def at_most_one_recommends_at_most_one(card):
    """With `selectionBehavior` at-most-one, no more than one suggestion is recommended.

    why: Two recommendations of which only one can be chosen leave the choice to chance.
    good: {"selectionBehavior": "at-most-one", "suggestions": [{"label": "A", "isRecommended": true}, {"label": "B"}]}
    bad: {"selectionBehavior": "at-most-one", "suggestions": [{"label": "A", "isRecommended": true}, {"label": "B", "isRecommended": true}]}
    mend: Recommend the better one, or say `any`.
    """
    recommended = [one for one in card.objects("suggestions") if one.get("isRecommended") is True]
    if card.get("selectionBehavior") == "at-most-one" and len(recommended) > 1:
        yield "suggestions", f"{len(recommended)} are recommended though at most one may be chosen"


@check("card-7", each="card")
def override_reasons_are_codings_with_a_display(card):
    """`overrideReasons` is an array of objects, each with `code`, `system` and `display`, strings.

    why: The display is what the clinician picks from; code and system are what comes back as feedback.
    good: {"overrideReasons": [{"code": "refused", "system": "https://example.org/reasons", "display": "Patient refused"}]}
    bad: {"overrideReasons": [{"code": "refused", "system": "https://example.org/reasons"}]}
    mend: Give each reason all three.
    """
    yield from must_be_objects(card, "overrideReasons")
    for reason in card.objects("overrideReasons"):
        for name in ("code", "system", "display"):
            place = reason.at.removeprefix(card.at).lstrip(".")
            yield from ((f"{place}.{at}", says) for at, says in must_be_string(reason, name))


@check("card-8", each="card")
def cards_have_a_uuid_where_feedback_is_taken(card):
    """Where the service has a feedback endpoint, its cards and their suggestions have a `uuid`.

    why: The client may not send feedback about a card or a suggestion without one: the service never learns.
    good: {"uuid": "4e0a3a1e-3283-4575-ab82-028d55fe2719", "suggestions": [{"label": "A", "uuid": "e56e1945-20b3-4393-8503-a1a20fd73152"}]}
    bad: {"suggestions": [{"label": "A"}]}
    mend: Give every card and every suggestion a uuid.
    """
    if not any(one.taken for one in card.evidence.of("feedback", service=card.exchange.service)):
        yield NotTried("no feedback endpoint was found")
        return
    if "uuid" not in card.value:
        yield "uuid", "is missing, so that no feedback can come"
    for i, one in enumerate(card.objects("suggestions")):
        if "uuid" not in one.value:
            yield f"suggestions[{i}].uuid", "is missing, so that nobody learns that it was accepted"


@check("card-10", each="answer")
def uuids_are_unique(answer):
    """`uuid` of cards and suggestions, where there, is a string, and no two in one answer are the same.

    why: Feedback names a card by it; two cards of one name cannot be told apart.
    good: {"cards": [{"uuid": "a1"}, {"uuid": "b2"}]}
    bad: {"cards": [{"uuid": "a1"}, {"uuid": "a1"}]}
    mend: Make one for each card of each answer.
    """
    seen = {}
    for card in answer.objects("cards"):
        for part in (card, *card.objects("suggestions")):
            place, uuid = part.at.removeprefix(answer.at), part.get("uuid")
            if not is_empty(uuid) and not isinstance(uuid, str):
                yield f"{place}.uuid", f"is {kind_of(uuid)}, not a string"
            elif isinstance(uuid, str) and uuid in seen:
                yield f"{place}.uuid", f"is the same as that of {seen[uuid]}"
            elif isinstance(uuid, str) and uuid:
                seen[uuid] = place


@check("card-11", each="source")
def a_topic_is_a_coding(source):
    """`source.topic`, where there, is an object with `code` and `system`, strings.

    why: Clients filter and sort by it, and let users switch a topic off.
    good: {"topic": {"code": "low-potassium", "system": "https://example.org/topics", "display": "Low potassium"}}
    bad: {"topic": "low-potassium"}
    mend: Write a Coding; display may be left out.
    """
    topic = source.get("topic")
    if isinstance(topic, dict) and topic:
        part = source.inner(topic, "topic")
        for name in ("code", "system"):
            yield from ((f"topic.{at}", says) for at, says in must_be_string(part, name))
        yield from ((f"topic.{at}", says) for at, says in may_be(part, "display", str, "a string"))
    elif not is_empty(topic):
        yield "topic", f"is {kind_of(topic)}, not a Coding"


@check("card-12", each="card")
def nothing_in_detail_runs_a_script(card):
    """`detail` holds no event handler in raw HTML (script elements: see card-4), and none of its links begins with javascript: or data:.

    why: Some clients render Markdown as it comes; such a link runs in the record of a patient.
    good: {"detail": "See [the guideline](https://example.org)"}
    bad: {"detail": "See [the guideline](javascript:alert(1))"}
    mend: Link to web pages only, and escape what comes from records.
    """
    if isinstance(card.get("detail"), str):
        html, links = look_at(card.get("detail"))
        if any(HANDLER.search(tag) for piece in html for tag in within(TAG, piece)):
            yield "detail", "holds an HTML tag with an event handler"
        for target in links:
            if SCRIPTED.match(target):
                yield "detail", f"holds a link that begins with {target.split(':')[0].strip().lower()}:"
