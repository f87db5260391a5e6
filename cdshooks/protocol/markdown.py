"""Text from FHIR inside our Markdown and our labels: it stays text in every renderer, whatever is in it."""

import re

LONGEST = 160
_MARKUP = re.compile(r"([\\`*_\[\]|~$])")
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# What nobody sees: soft hyphens, fillers, zero-width characters, those that turn the direction of writing, variation
# selectors, tags, halves of characters, and what is for private use.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ud800-\uf8ff"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U0010ffff]"
)
# What programs make links of without being asked. A space takes it apart; numbers such as 2.5 keep their form.
_LINKS = (
    (re.compile(r"\.(?=[^\W\d_]|[-_])|(?<=[^\W\d_])\.(?=\w)"), ". "),
    (re.compile(r"(?<=[/\\])(?=[/\\])"), " "),
    (re.compile(r"\s*@\s*"), " @ "),  # some make links of @names, too
    (re.compile(r"(?i)(https?|ftp|file|mailto|xmpp|tel|sms|data|javascript|vbscript):(?=\S)"), r"\1: "),
)
# What stays as it is: single blanks between words, and no sign that means something anywhere. A call with two cards
# escapes some forty texts, most of them such: one look instead of seven searches each.
_WORD = r"(?:[A-Za-z0-9,;+=%?!'\"()-]|(?<=[0-9])\.(?=[0-9])|\.(?= |\Z)|:(?= |\Z)|/(?![/\\]))+"
_NOTHING_IN_IT = re.compile(f"{_WORD}(?: {_WORD})*")
_TAG = re.compile(r"<(?=[a-zA-Z/!?])")
_BRACKETS = str.maketrans("[]", "()")  # of links; a label cannot escape them


def plain(text: str, longest: int = LONGEST) -> str:
    """One line of visible text, cut where it is too long; for words of our own in places that are not Markdown."""
    text = _UNSEEN.sub("", text[: 20 * longest])
    line = " ".join(_BREAKS.sub(" ", text).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def harmless(text: str, longest: int = LONGEST) -> str:
    """The same of a client's text, for summaries and labels: nothing in it is active, even where they are rendered.

    >>> harmless("<b>5 mg</b> [see](http://Www.x.com) 2.5")
    '‹b>5 mg‹/b> (see)(http: / /Www. x. com) 2.5'
    """
    return plain(_TAG.sub("‹", _unlinked(text, longest).translate(_BRACKETS)), longest)


def escaped(text: str, longest: int = LONGEST) -> str:
    r"""A client's text as Markdown that shows just this text: no HTML, no emphasis, no link, no autolink.

    >>> escaped("<b>5 mg</b> [see](http://x)")
    '&lt;b&gt;5 mg&lt;/b&gt; \\[see\\](http: / /x)'
    """
    if len(text) <= longest and _NOTHING_IN_IT.fullmatch(text):
        return text
    line = plain(_unlinked(text, longest), longest)
    return _MARKUP.sub(r"\\\1", "".join(_HTML.get(c, c) for c in line))


def _unlinked(text: str, longest: int) -> str:
    line = plain(text, longest)
    for pattern, instead in _LINKS:
        line = pattern.sub(instead, line)
    return line
