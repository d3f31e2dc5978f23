"""What a visitor does at the counter, as the browser tests of page and widget say it."""

import shutil
from collections.abc import Iterable

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Page, expect

from tests.simulators.counter import DIST, CounterSimulator

AXE = DIST.parent / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

marks = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.skipif(not (DIST / "manifest.json").exists(), reason="the page is not built (npm run build)"),
]


def opened(context: BrowserContext, counter: CounterSimulator, query: str = "") -> Page:
    """The counter's page, with its drawers."""
    page = context.new_page()
    page.goto(f"{counter.url}/{query}")
    expect(page.locator(".drawer").first).to_be_visible()
    return page


def ask(page: Page, question: str) -> None:
    """Types a question and sends it."""
    page.locator("textarea#question").fill(question)
    page.keyboard.press("Enter")


def answered(page: Page, question: str = "A haircut") -> None:
    """Asks and waits for the whole answer."""
    ask(page, question)
    expect(page.locator(".composer .ask")).to_be_visible()
    expect(page.locator(".sentence").last).not_to_be_empty()


def tabbed(
    page: Page, within: Page | FrameLocator, selector: str, back: bool = False, most: int = 30
) -> None:
    """Presses Tab until one of these has the focus; none where one has it."""
    focused = within.locator(f"{selector}:focus")
    for _ in range(most):
        if focused.count():
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"{selector} is not reached by {most} times Tab")


def until(page: Page, true: str, most: int = 300) -> None:
    """Waits for an expression. The driver's own way evaluates text in the page, which our policy forbids."""
    for _ in range(most):
        if page.evaluate(true):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{true} does not become true")


def amiss(told: Iterable[str], starting: bool = False) -> list[str]:
    """What a console told beside requests that met no node; or, where one is `starting`, its "not yet"."""
    usual = ("ERR_CONNECTION_REFUSED", *(["status of 503"] if starting else []))
    return [line for line in told if not any(known in line for known in usual)]


RESTING = """async () => {
  const roots = [document, ...[...document.querySelectorAll("*")].map(one => one.shadowRoot).filter(Boolean)];
  const moving = roots.flatMap(root => root.getAnimations())
    .filter(one => Number.isFinite(one.effect.getComputedTiming().endTime));
  await Promise.allSettled(moving.map(one => one.finished));
}"""


def violations(page: Page) -> list[str]:
    """What axe-core holds against the page at rest, minor matters included: a colour half way is none."""
    page.evaluate(RESTING)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [f"{one['id']} ({one['impact']}): {one['nodes'][0]['html'][:120]}" for one in found]
