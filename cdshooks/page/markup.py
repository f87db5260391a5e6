"""A card's Markdown as HTML, as an EHR shows it: GitHub's flavour, no HTML from outside, no picture, no script."""

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

LONGEST = 20_000
# Attributes beyond these would carry aligned columns as inline style.
_TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre",
    "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}
_MARKDOWN = MarkdownIt("gfm-like", {"html": False}).disable("image")


def as_html(text: object, longest: int = LONGEST) -> Markup:
    """Safe HTML. Nothing is remembered: the text may be about a patient."""
    html = _MARKDOWN.render(str(text or "")[:longest])
    return Markup(
        nh3.clean(
            html,
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            url_schemes={"http", "https", "mailto"},
            link_rel="noopener noreferrer nofollow",
        )
    )
