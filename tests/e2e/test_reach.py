"""Whom the counter must not shut out: keys alone, a page four times as large, right to left, less motion."""

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.visitor import AXE, answered, ask, marks, opened, tabbed, violations
from tests.simulators.counter import CounterSimulator

pytestmark = marks
PHONE = "+49 170 0000001"
MOVING = """() => {
    const roots = [document];
    for (const root of roots)
        for (const one of root.querySelectorAll("*")) if (one.shadowRoot) roots.push(one.shadowRoot);
    return roots.flatMap(root => root.getAnimations())
        .filter(one => one.playState === "running" && one.effect.getComputedTiming().duration > 1)
        .map(one => one.animationName ?? one.transitionProperty);
}"""
WIDER = """all => Math.max(0, ...all.filter(one => one.checkVisibility())
    .map(one => one.scrollWidth - one.clientWidth))"""


@pytest.fixture
def page(context: BrowserContext, counter: CounterSimulator) -> Page:
    """An answer, with its tickets."""
    page = opened(context, counter)
    answered(page)
    return page


def test_a_request_is_left_with_the_keyboard_alone(page: Page, counter: CounterSimulator) -> None:
    page.get_by_role("button", name="Call me back: Salon Möwe").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#request-phone")).to_be_visible()
    tabbed(page, page, "#request-phone")
    page.keyboard.type(PHONE)
    tabbed(page, page, "#request-agree")
    page.keyboard.press("Space")
    tabbed(page, page, "button[type=submit]")
    page.keyboard.press("Enter")
    expect(page.locator(".outcome")).to_have_text("Your request was taken. You will be contacted.")
    assert len(counter.leads) == 1
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator("[aria-label='Call me back: Salon Möwe']")).to_be_focused()


def test_what_is_held_is_shown_and_erased_with_the_keyboard_alone(page: Page) -> None:
    expect(page.locator(".code-line")).to_be_visible()
    page.locator(".code-line").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".data dt")).not_to_have_count(0)
    tabbed(page, page, ".data button.erase")
    page.keyboard.press("Enter")
    tabbed(page, page, ".data button.ask")
    page.keyboard.press("Enter")
    expect(page.locator(".turn")).to_have_count(0)


@pytest.mark.parametrize("width", [640, 320])
@pytest.mark.parametrize("language", ["de", "ar"])
def test_at_two_and_four_times_the_size_nothing_has_to_be_scrolled_sideways(
    browser: Browser, counter: CounterSimulator, width: int, language: str
) -> None:
    """A window of 1280 pixels at 200 and 400 % is as wide as these (WCAG 2.2, 1.4.10)."""
    with browser.new_context(viewport={"width": width, "height": 512}, reduced_motion="reduce") as context:
        context.set_default_timeout(10_000)
        page = opened(context, counter, f"?lang={language}")
        answered(page, "long names")
        assert beyond(page) <= 0
        page.locator("article.ticket .act.back").first.click()
        expect(page.locator("#request-phone")).to_be_visible()
        assert beyond(page) <= 0
        page.keyboard.press("Escape")
        page.locator(".code-line").click()
        expect(page.locator(".data dt")).not_to_have_count(0)
        assert beyond(page) <= 0


def test_right_to_left_the_page_is_a_mirror(browser: Browser, counter: CounterSimulator) -> None:
    places = {}
    for language in ("en", "ar"):
        with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
            context.set_default_timeout(10_000)
            page = opened(context, counter, f"?lang={language}")
            answered(page)
            places[language] = [
                page.locator(part).first.bounding_box()
                for part in (".sentence", "article.ticket", ".composer .ask")
            ]
    for left, right in zip(places["en"], places["ar"], strict=True):
        assert left is not None
        assert right is not None
        assert right["x"] + right["width"] == pytest.approx(1280 - left["x"], abs=40)


def test_with_less_motion_wanted_nothing_moves(page: Page, counter: CounterSimulator) -> None:
    ask(page, "held haircut")
    expect(page.locator("article.ticket").last).to_be_visible()
    assert page.evaluate(MOVING) == []
    counter.gate.set()
    expect(page.locator(".composer .ask")).to_be_visible()
    assert page.evaluate(MOVING) == []
    page.get_by_role("button", name="Call me back: Salon Möwe").last.click()
    expect(page.locator("#request-phone")).to_be_visible()
    assert page.evaluate(MOVING) == []


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (npm ci)")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_while_somebody_waits_or_is_about_to_lose_something(
    context: BrowserContext, counter: CounterSimulator, theme: str
) -> None:
    context.clock.install()
    page = opened(context, counter, f"?kiosk&theme={theme}")
    page.evaluate(AXE.read_text())
    ask(page, "queued haircut")
    expect(page.locator(".notice[data-kind=queue]")).to_be_visible()
    assert violations(page) == [], "queue"
    counter.gate.set()
    expect(page.locator(".composer .ask")).to_be_visible()
    page.locator("textarea#question").fill("x" * 5000)
    assert violations(page) == [], "too long"
    page.locator("textarea#question").fill("")
    context.clock.run_for(75_000)
    expect(page.get_by_role("alertdialog")).to_be_visible()
    assert violations(page) == [], "about to be erased"


def beyond(page: Page) -> int:
    """Pixels by which anything is wider than the window."""
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    parts = page.locator(".header, .roll, .dock, [role=dialog]").evaluate_all(WIDER)
    return max(int(width), int(parts))
