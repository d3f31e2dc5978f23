"""The widget at the edge of somebody else's page: nothing of the counter is loaded before it is opened."""

import json

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect

from tests.e2e.visitor import AXE, answered, marks, violations
from tests.simulators.counter import DIST, CounterSimulator

pytestmark = marks
OPENER = "Ask the counter"


def entered(
    context: BrowserContext, shop: CounterSimulator, counter: CounterSimulator, attributes: str = ""
) -> Page:
    """A shop's own page that offers the counter, in the page itself; in a frame: test_frame."""
    tag = f"<script async src='{counter.url}/widget.js' data-corner data-in-page"
    shop.shop = f"{tag} {attributes}></script>"
    page = context.new_page()
    page.goto(f"{shop.url}/shop")
    expect(page.locator(".opener")).to_be_visible()
    return page


@pytest.fixture
def page(context: BrowserContext, counter: CounterSimulator) -> Page:
    """A page of another origin, ready to be looked at."""
    with CounterSimulator() as shop:
        return entered(context, shop, counter)


def test_nothing_but_the_shell_is_loaded_before_it_is_opened(
    context: BrowserContext, counter: CounterSimulator
) -> None:
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url.removeprefix(counter.url)))
    with CounterSimulator() as shop:
        page = entered(context, shop, counter)
        page.wait_for_load_state("networkidle")
    assert asked == [f"{shop.url}/shop", "/widget.js"]
    page.get_by_role("button", name=OPENER).click()
    expect(page.locator(".drawer").first).to_be_visible()
    assert any(url.startswith("/assets/counter-") for url in asked)


def test_it_answers_under_a_strict_policy_without_a_report(page: Page) -> None:
    reports: list[str] = []
    page.on("console", lambda message: reports.append(_heard(message)))
    page.on("pageerror", lambda error: reports.append(str(error)))
    page.get_by_role("button", name=OPENER).click()
    expect(page.locator("textarea#question")).to_be_focused()
    answered(page)
    expect(page.locator("article.ticket")).to_have_count(5)
    page.locator("article.ticket .take").first.click()
    expect(page.get_by_role("dialog", name="Salon Möwe")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".panel")).to_be_visible()
    assert reports == []


def _heard(message: ConsoleMessage) -> str:
    return f"{message.type}: {message.text}"


def test_escape_closes_it_and_the_talk_is_still_there_when_it_opens_again(page: Page) -> None:
    page.get_by_role("button", name=OPENER).press("Enter")
    answered(page)
    page.keyboard.press("Escape")
    expect(page.locator(".panel")).to_be_hidden()
    expect(page.get_by_role("button", name=OPENER)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("article.ticket")).to_have_count(5)
    page.get_by_role("button", name="Close").click()
    expect(page.locator(".panel")).to_be_hidden()


def test_a_counter_that_was_tampered_with_is_not_run(
    context: BrowserContext, counter: CounterSimulator
) -> None:
    manifest = json.loads((DIST / "manifest.json").read_text())
    counter.damaged = set(manifest["entries"]["open"])
    with CounterSimulator() as shop:
        page = entered(context, shop, counter)
        page.get_by_role("button", name=OPENER).click()
        expect(page.locator(".missing")).to_have_text("The counter cannot be reached.")
        expect(page.locator(".frame")).to_have_count(0)


def test_it_speaks_the_pages_language_and_wears_its_attributes(
    context: BrowserContext, counter: CounterSimulator
) -> None:
    with CounterSimulator() as shop:
        page = entered(
            context, shop, counter, "data-lang=ar data-theme=dark data-side=start data-label='مرحبا'"
        )
        expect(page.locator(".opener")).to_have_text("مرحبا")
        page.locator(".opener").click()
        expect(page.get_by_role("heading", name="ماذا تحتاج؟")).to_be_visible()
        expect(page.locator(".frame")).to_have_attribute("dir", "rtl")
        assert page.locator("prilavok-chat").evaluate("one => getComputedStyle(one).colorScheme") == "dark"


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (npm ci)")
def test_axe_finds_nothing_closed_or_open(context: BrowserContext, counter: CounterSimulator) -> None:
    with CounterSimulator() as shop:
        page = entered(context, shop, counter)
        page.evaluate(AXE.read_text())
        rules = {"region", "landmark-one-main"}  # the shop's own page has no landmarks
        assert {one.split(" ")[0] for one in violations(page)} <= rules
        page.get_by_role("button", name=OPENER).click()
        answered(page)
        assert {one.split(" ")[0] for one in violations(page)} <= rules
