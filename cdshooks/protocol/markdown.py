"""Text from FHIR inside our Markdown: it stays text, whatever is in it."""

import re

LONGEST = 160
_MARKUP = re.compile(r"([\\`*_\[\]|~@$])")
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# Line breaks and other controls, zero-width characters, and those that turn the direction of writing.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")


def plain(text: str, longest: int = LONGEST) -> str:
    """One line of visible text, cut where it is too long; for places that are not Markdown."""
    line = " ".join(_UNSEEN.sub(" ", text).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def escaped(text: str, longest: int = LONGEST) -> str:
    r"""The same text as Markdown that shows just this text: no HTML, no emphasis, no link, no autolink.

    >>> escaped("<b>5 mg</b> [see](http://x)")
    '&lt;b&gt;5 mg&lt;/b&gt; \\[see\\](http\\://x)'
    """
    line = "".join(_HTML.get(c, c) for c in plain(text, longest))
    line = _MARKUP.sub(r"\\\1", line)
    line = line.replace("://", "\\://").replace("www.", "www\\.").replace("WWW.", "WWW\\.")
    return re.sub(r"(?i)(mailto|xmpp):", r"\1\\:", line)
