"""A real Chromium for tests, driven by Playwright: found where the system has it, never downloaded."""

import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import MISSING

CHROMIUM = next((path for path in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(path).exists()), None) or shutil.which("chromium")
ARGS = ["--no-sandbox", "--headless", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
SIZES = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}


@contextmanager
def chromium():
    """A browser; without Chromium, or without Playwright, the test is skipped and says so."""
    if not CHROMIUM:
        pytest.skip(f"{MISSING}Chromium is not installed; on Debian: apt-get install chromium")
    api = pytest.importorskip("playwright.sync_api", reason=f"{MISSING}Playwright is not installed")
    with api.sync_playwright() as playwright:
        api.expect.set_options(timeout=20_000)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield browser
        browser.close()


@contextmanager
def tab(browser, size="desktop", **options):
    """A page of its own; what its console and its policy complained of is in `.complaints`, and must be nothing."""
    context = browser.new_context(viewport=SIZES[size], **options)
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.complaints = []
    page.on("console", lambda message: page.complaints.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("dialog", lambda dialog: (page.complaints.append(f"a dialog: {dialog.message}"), dialog.dismiss()))
    try:
        yield page
        assert page.complaints == []
    finally:
        context.close()
