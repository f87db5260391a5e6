"""Takes the manual's pictures of the page from a real service in a real browser: `python -m tests.tools.screenshots`.

With a folder as argument every view is taken there, wide and narrow, light, dark and on paper, to be looked at.
"""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from browser import SIZES, chromium, tab
from serving import ROOT, serving

from cdshooks.page.edits import Edit
from cdshooks.page.state import State

IMAGES = ROOT / "docs" / "images"
FOLIC = State("low-b12-anaemia", hook="order-select", orders=("folic acid 5 mg by mouth daily",))
CHANGED = State("healthy", edits=(Edit("Observation/healthy-1", "value", "120"),))
# What the manual shows: address, and the part of the page that is taken (None: what a window shows).
MANUAL = {
    "card": (FOLIC.url("/"), "article.card"),
    "page-patients": (FOLIC.url("/"), None),
    "page-why": (State("healthy").url("/why"), None),
    "page-over-time": (State("followed-for-years").url("/plot"), "figure"),
    "page-cohort": ("/cohort?level=critical", None),
    "page-feed": ("/feed?of=bundled", None),
    "page-card": ("/cards/leber-cyanocobalamin", None),
}
VIEWS = {name: address for name, (address, _) in MANUAL.items() if name != "card"} | {
    "start": "/",
    "cards": "/cards",
    "changed": CHANGED.url("/why"),
    "feedback": "/feedback",
    "bench": "/bench",
    "judge": "/judge",
}


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory() as kept, serving(Path(kept)) as service, chromium() as browser:
        at = f"http://127.0.0.1:{service.port}"
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
            take_all(browser, at, folder)
        else:
            take_manual(browser, at)


def take_manual(browser, at: str) -> None:
    IMAGES.mkdir(exist_ok=True)
    for name, (address, part) in MANUAL.items():
        with tab(browser) as page:
            page.set_viewport_size({"width": 1080, "height": 760})
            page.goto(at + address)
            if name == "card":
                page.locator(".card details summary").first.click()  # the detail folded: what an EHR shows first
            target = page.locator(part).first if part else page
            target.screenshot(path=IMAGES / f"{name}.png")
            print(f"{name}.png: {(IMAGES / f'{name}.png').stat().st_size // 1000} kB")


def take_all(browser, at: str, folder: Path) -> None:
    for name, address in VIEWS.items():
        for size in SIZES:
            for scheme in ("light", "dark"):
                with tab(browser, size, color_scheme=scheme) as page:
                    page.goto(at + address)
                    page.screenshot(path=folder / f"{name}-{size}-{scheme}.png", full_page=size == "phone")
                    if (size, scheme) == ("desktop", "light"):
                        page.pdf(path=folder / f"{name}-paper.pdf", format="A4")


if __name__ == "__main__":
    main()
