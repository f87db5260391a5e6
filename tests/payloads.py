"""Texts that try to be more than text, as a client could write them into displays, units, names and dosages."""

from collections.abc import Iterator
from itertools import islice, product

TARGETS = ("evil.example", "evil.com", "EVIL.COM", "xn--80ak6aa92e.com", "evil.com:8080/p?q#f", "localhost", "1.2.3.4", "пример.рф", "dr.no", "a.b-c.org", "user@evil.com", "user@localhost")
LINKS = (
    "http://{t}", "HTTPS://{t}", "hTTp://{t}", "ftp://{t}", "//{t}", "\\\\{t}", "/\\{t}", "///{t}", "Www.{t}", "WWW.{t}", "www.{t}", "{t}", "({t})", "see {t}.", "mailto:{t}", "MailTo:{t}", "xmpp:{t}",
    "tel:+{t}", "javascript:alert(1)//{t}", "data:text/html,{t}", "<http://{t}>", "<{t}>", "[x]({t})", "[x](//{t})", "[x](http://{t} 'y')", "![x](http://{t}/i.png)", "[a]: http://{t}", "[a]:{t} [a]",
    "[x][http://{t}]", "[^1]: http://{t}", "*http://{t}*", "`http://{t}`", "\\http://{t}", "http:\\//{t}", "http&#58;//{t}", "http&colon;//{t}", "ht\u200btp://{t}", "ht\u00adtp://{t}", "w\u2060ww.{t}",
    "http:/\u200b/{t}", "http:/\n/{t}", "\u202ehttp://{t}\u202c", "http://\u2066{t}\u2069", "http:\t//{t}", "http\x00://{t}", "{t}\ufe0f", "xx.www.{t}", "_http://{t}_", "\"http://{t}\"", "|http://{t}|",
)  # fmt: skip
MARKUP = (
    "<script>hit()</script>", "<img src=x onerror=hit()>", "<svg onload=hit()>", "<a href=javascript:hit()>x</a>", "<iframe srcdoc='<script>parent.hit()</script>'>", "<ScRiPt>hit()</ScRiPt>", "<b onmouseover=hit()>x",
    "<<script>hit()//<</script>", "<!--<img src=x onerror=hit()>-->", "<![CDATA[<script>hit()</script>]]>", "<?php hit() ?>", "<style>*{background:url(//evil.com)}</style>", "</p><script>hit()</script>", "&lt;script&gt;hit()&lt;/script&gt;",
    "&#60;img src=x onerror=hit()&#62;", "<\u200bscript>hit()</script>", "<\x00script>hit()</script>", "<img/src=x/onerror=hit()>", "<details open ontoggle=hit()>", "<math><mi xlink:href='javascript:hit()'>x", "＜script＞hit()＜/script＞",
    "<form action=//evil.com><input autofocus onfocus=hit()>", "<meta http-equiv=refresh content='0;url=//evil.com'>", "<base href=//evil.com>", "<object data=//evil.com>", "<embed src=//evil.com>", "[x](javascript:hit())", "[x](JaVaScRiPt:hit())",
    "[x](java\nscript:hit())", "![x](x' onerror='hit())", "![](data:image/svg+xml,<svg onload=hit()>)", "[x](<javascript:hit()>)", "```\n<script>hit()</script>\n```", "| a | b |\n|---|---|\n| <script>hit()</script> | x |", "# h\n\n<script>hit()</script>",
    "$\\href{javascript:hit()}{x}$", "\\<script>hit()</script>", "\\\\<script>hit()</script>", "{{constructor.constructor('hit()')()}}", "${hit()}", "<%= hit() %>", "x\n\n[a]: javascript:hit()\n\n[a]", "\ud83d<script>hit()</script>", "<a href='//evil.com'>", "<u>x</u>",
)  # fmt: skip
AROUND = ("{}", "5 mg {}", "{} tablets", "x{}", "a {} b {}", " {}", "*{}*", "[{}]", "{}\n{}", "({})")


def payloads(most: int = 2_500) -> list[str]:
    """So many of them, the same each time; each kind early on."""
    return list(islice(dict.fromkeys(_made()), most))


def _made() -> Iterator[str]:
    for around in AROUND:
        for markup in MARKUP:
            yield around.replace("{}", markup)
        for target, link in product(TARGETS, LINKS):
            yield around.replace("{}", link.replace("{t}", target))
