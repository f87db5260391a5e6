"""The manual: no generated page is stale, every page can be reached, every link leads somewhere, it builds clean."""

import re
import shutil
import subprocess
import sys
import tomllib
from difflib import unified_diff
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from cdshooks.cli import main
from cdshooks.cli.pages import pages

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md"))
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)(#[^)\s]*)?\)")


def docs(*words):
    return CliRunner().invoke(main, ["docs", *map(str, words)])


@pytest.fixture
def copied(tmp_path):
    shutil.copy(ROOT / "README.md", tmp_path)
    shutil.copytree(DOCS, tmp_path / "docs")
    return tmp_path / "docs"


def test_no_generated_page_is_stale():
    """After a wanted change: `cdshooks docs` writes them anew; read the difference."""
    stale = {path: text for path, text in pages(DOCS).items() if (DOCS / path).read_text("utf-8") != text}
    told = [line for path, text in stale.items() for line in unified_diff((DOCS / path).read_text("utf-8").splitlines(), text.splitlines(), path)]
    assert told == []
    assert docs(DOCS, "--check").exit_code == 0


def test_a_stale_a_missing_and_a_left_over_page_are_told_and_mended(copied):
    (copied / "language.md").write_text("old")
    (copied / "reference" / "http.md").unlink()
    (copied / "cards" / "gone.md").write_text("of a card that was taken away")
    told = docs(copied, "--check")
    assert told.exit_code == 13
    assert [name for name in ("language.md", "http.md", "gone.md") if name not in told.output] == []
    assert told.output.count("\n") == 3
    assert docs(copied).exit_code == 0
    assert docs(copied, "--check").exit_code == 0


def listed(nav) -> set[str]:
    """Every page that the navigation names."""
    if isinstance(nav, str):
        return {nav}
    return {page for item in (nav.values() if isinstance(nav, dict) else nav) for page in listed(item)}


def test_the_navigation_names_every_page_and_only_those():
    names = listed(tomllib.loads((ROOT / "zensical.toml").read_text("utf-8"))["project"]["nav"])
    there = {page.relative_to(DOCS).as_posix() for page in PAGES}
    assert names - there == set()
    assert there - names == {name for name in there if name.startswith("worked-card/")}


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_file(page):
    links = [match[1] for match in LINK.finditer(page.read_text("utf-8"))]
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_column_of_a_table_has_a_name(page):
    lines = page.read_text("utf-8").splitlines()
    heads = [line for line, below in pairwise(lines) if re.fullmatch(r"\|( *:?-+:? *\|)+", below)]
    assert [head for head in heads if not all(cell.strip() for cell in head.strip("|").split("|"))] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_is_made_bold_twice(page):
    assert "****" not in page.read_text("utf-8")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The manual as `make docs` builds it, without a warning."""
    folder = tmp_path_factory.mktemp("manual")
    shutil.copytree(DOCS, folder / "docs")
    shutil.copy(ROOT / "zensical.toml", folder)
    build = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
    done = subprocess.run(build, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, "warning" in (done.stdout + done.stderr).lower()) == (0, False), done.stdout + done.stderr
    return folder / "site"


def test_the_manual_is_built_without_a_warning_and_has_every_card_in_its_side_bar(built):
    front = (built / "index.html").read_text("utf-8")
    assert [page.stem for page in DOCS.glob("cards/*.md") if f'href="./cards/{page.stem}.html"' not in front and f'href="cards/{page.stem}.html"' not in front] == []


def test_the_manual_asks_nothing_of_the_network_and_is_searched_from_files(built):
    """In a real browser, from the disk: the index is a script, and a frame of ours does the work of a worker."""
    from browser import chromium, tab

    with chromium() as browser, tab(browser, color_scheme="dark") as page:
        asked = []
        page.on("request", lambda request: asked.append(request.url) if not request.url.startswith(("file:", "data:", "blob:", "about:")) else None)
        page.goto((built / "cards" / "index.html").as_uri())
        page.locator(".md-search__button").first.click()
        field = page.locator("input:focus").first
        field.wait_for()
        for _ in range(20):  # what is typed before the index is there is lost on a busy machine
            field.fill("")
            field.press_sequentially("methotrexate")
            page.wait_for_timeout(1000)
            if page.get_by_text("results").first.is_visible():
                break
        page.get_by_text("results").first.wait_for()
        page.get_by_text("Folic acid before vitamin B12 is dealt with").last.wait_for()
        assert asked == []
        assert page.evaluate("document.body.dataset.mdColorScheme") == "slate"


@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("phone", "dark")])
def test_axe_finds_no_violation_in_the_manual(built, size, scheme):
    from browser import SIZES, chromium

    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="missing part: axe is not installed")
    with chromium() as browser:
        context = browser.new_context(viewport=SIZES[size], color_scheme=scheme)  # its console complains of file: alone
        for name in ("index.html", "page.html", "cards/b12-deficiency.html", "robustness.html", "language.html"):
            page = context.new_page()
            page.goto((built / name).as_uri())
            page.wait_for_timeout(400)  # the theme's own scripts move things
            found = axe.Axe().run(page).response["violations"]
            assert [(one["id"], node["target"]) for one in found for node in one["nodes"]] == [], name
            page.close()
        context.close()
