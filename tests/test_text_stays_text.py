"""A client's text is text in every renderer of Markdown and in a browser: in details, summaries, labels, descriptions."""

import json
import random
import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest
from payloads import payloads
from ucum_oracles import HERE, INSTALLED

from cdshooks.protocol.markdown import escaped, harmless
from tests.conftest import MISSING
from tests.test_prefetch import EMPTY, bundle, call, draft, result

INACTIVE = {"p", "br", "em", "i", "strong", "b", "del", "s", "code", "sub", "sup", "ol", "ul", "li", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote"}
ALL = payloads()
SOME = ALL[::9]


class Active(HTMLParser):
    """What in some HTML does something: an element that is more than form, or any attribute but harmless ones."""

    def __init__(self, html: str):
        super().__init__()
        self.found: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag not in INACTIVE or any(name not in ("id", "start", "class") for name, _ in attrs):
            self.found.append(self.get_starttag_text())

    def handle_decl(self, decl):
        self.found.append(decl)

    handle_pi = handle_decl


def lines(text: str) -> dict[str, str]:
    """The text in the places where it comes to stand."""
    return {"detail": f"**Why this card**\n\n- Seen: {escaped(text)}\n", "summary": f"Vitamin B12 is low: {harmless(text)}", "label": harmless(text)}


def active(render, texts) -> list:
    return [(text, place, found) for text in texts for place, line in lines(text).items() if (found := Active(render(line)).found)]


def python_renderers() -> dict:
    import commonmark
    import markdown
    import markdown_it
    import mistune

    linkify = markdown_it.MarkdownIt("gfm-like", {"html": True, "linkify": True})
    gfm = mistune.create_markdown(escape=False, plugins=["url", "strikethrough", "table", "footnotes", "task_lists"])
    return {
        "markdown-it-py with linkify": linkify.render,
        "python-markdown": lambda text: markdown.markdown(text, extensions=["extra"]),
        "mistune": gfm,
        "commonmark": commonmark.commonmark,
    }


def test_a_text_that_is_passed_as_it_is_would_have_stayed_as_it_is(monkeypatch):
    chance = random.Random(0)
    pieces = ["a", "B9", " ", "  ", ".", "..", ":", "/", "//", "\\", "-", "_", "2.5", "www", "https:", "(", ")", "@", "<", "&", "*", "é", "\n", "mg"]
    texts = ["".join(chance.choices(pieces, k=chance.randint(0, 9))) for _ in range(20_000)]
    quick = [escaped(text) for text in texts]
    assert any(said == text and len(text) > 8 for said, text in zip(quick, texts, strict=True))
    monkeypatch.setattr("cdshooks.protocol.markdown._NOTHING_IN_IT", re.compile(r"(?!)"))
    assert [text for said, text in zip(quick, texts, strict=True) if said != escaped(text)] == []


RENDERERS = ("markdown-it-py with linkify", "python-markdown", "mistune", "commonmark")


@pytest.mark.parametrize("name", RENDERERS)
def test_nothing_is_active_in_a_renderer_of_python(name):
    assert active(python_renderers()[name], SOME) == []


@pytest.mark.long
@pytest.mark.parametrize("name", RENDERERS)
def test_none_of_2500_texts_is_active_in_a_renderer_of_python(name):
    assert len(ALL) == 2_500
    assert active(python_renderers()[name], ALL) == []


@pytest.mark.parametrize("name", RENDERERS)
def test_the_same_texts_as_they_came_are_active(name):
    """These renderers do make links and elements of them: without our care they would."""
    assert len([text for text in SOME if Active(python_renderers()[name](text)).found]) > len(SOME) / 10


def rendered_by_node(texts: list[str]) -> list[dict[str, str]]:
    node = shutil.which("node")
    if not node or not (INSTALLED / "node_modules" / "marked").exists():
        pytest.skip(f"{MISSING}node, and the node packages of tests/oracles; .ci/run installs them")
    command = [node, str(HERE / "oracles" / "markdown.cjs")]
    environment = {"NODE_PATH": str(INSTALLED / "node_modules"), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, input=json.dumps(texts), env=environment, capture_output=True, text=True, timeout=300, check=True)
    return json.loads(done.stdout)


@pytest.mark.long
def test_none_of_2500_texts_is_active_in_marked_markdown_it_and_showdown():
    places = [(text, place, line) for text in ALL for place, line in lines(text).items()]
    answers = rendered_by_node([line for _, _, line in places])
    found = [(text, place, by, bad) for (text, place, _), html in zip(places, answers, strict=True) for by, one in html.items() if (bad := Active(one).found)]
    assert found == []
    as_they_came = [name for html in rendered_by_node(SOME) for name, one in html.items() if Active(one).found]
    assert {"marked", "markdown-it with linkify", "showdown"} <= set(as_they_came)


@pytest.mark.long
def test_none_of_2500_texts_does_anything_in_a_browser():
    """Each line as it is, set as HTML: what an EHR does that trusts a summary; and each as marked renders it."""
    from browser import chromium, tab

    places = [line for text in ALL for line in lines(text).values()]
    html = [*places, *(one["marked"] for one in rendered_by_node(places))]
    with chromium() as browser, tab(browser) as page:
        page.set_content("<!doctype html><div id=here></div>")
        found = page.evaluate(
            """html => {
                window.hits = 0; window.hit = () => { window.hits += 1; };
                const active = [], here = document.getElementById("here");
                for (const one of html) {
                    here.innerHTML = one;
                    if (here.querySelector("a,img,script,iframe,svg,style,form,input,object,embed,meta,base,math,details,link")) active.push(one);
                }
                here.innerHTML = "";
                return active;
            }""",
            html,
        )
        page.wait_for_timeout(300)
        assert (found, page.evaluate("window.hits")) == ([], 0)


@pytest.mark.parametrize("text", SOME[::12])
def test_cards_made_of_such_texts_hold_them_as_text(text):
    order = draft(dosageInstruction=[{"text": text}])
    order["medicationCodeableConcept"]["text"] = text
    cards = call(EMPTY, hook="order-sign", drafts=[order]).cards + call(EMPTY | {"results": bundle(result(150, unit=text))}).cards
    linkify = python_renderers()["markdown-it-py with linkify"]
    assert cards
    for card in cards:
        suggestions = card.get("suggestions", [])
        labels = [card["summary"], *(s["label"] for s in suggestions), *(a["description"] for s in suggestions for a in s["actions"])]
        assert [Active(linkify(one)).found for one in (*labels, card["detail"])] == [[]] * (len(labels) + 1)


def test_an_unknown_unit_beside_a_known_code_is_not_repeated():
    made = result(150)
    made["valueQuantity"] = {"value": 150, "unit": "call 555", "code": "ng/L", "system": "http://unitsofmeasure.org"}
    (card,) = call(EMPTY | {"results": bundle(made)}).cards
    assert "150 ng/L" in card["detail"]
    assert "555" not in json.dumps(card)
