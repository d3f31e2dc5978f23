"""A shared screen: what it shows while nobody is there, and no way out of it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.visitor import answered, ask, marks, opened
from tests.simulators.counter import CounterSimulator

pytestmark = marks


@pytest.fixture
def lonely(browser: Browser, counter: CounterSimulator) -> Iterator[Page]:
    """A screen that nobody looks at, with its clock in the test's hands; motion is welcome."""
    with browser.new_context(
        locale="en-GB", has_touch=True, viewport={"width": 1280, "height": 900}
    ) as context:
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.clock.install()
        page.goto(f"{counter.url}/?kiosk&idle=60&warn=20")
        expect(page.locator(".drawer").first).to_be_visible()
        yield page


def test_left_alone_it_shows_what_can_be_asked_in_every_language(lonely: Page) -> None:
    expect(lonely.locator(".attract")).to_be_hidden()
    lonely.clock.run_for(45_000)
    expect(lonely.locator(".slide-question").last).to_have_text("A haircut this evening, not too expensive")
    expect(lonely.locator(".slide .drawer").first).to_contain_text("Hairdresser")
    spoken = []
    for _ in range(3):
        spoken.append(lonely.locator(".slide").last.get_attribute("lang"))
        lonely.clock.run_for(7_500)
        expect(lonely.locator(f".slide[lang={spoken[-1]}]:not(.gone)")).to_have_count(0)
    assert len(set(spoken)) == 3


def test_the_first_touch_wakes_it_and_hits_nothing_below(lonely: Page, counter: CounterSimulator) -> None:
    below = lonely.locator(".welcome .drawer").first.bounding_box()
    lonely.clock.run_for(45_000)
    expect(lonely.locator(".slide")).to_be_visible()
    assert below is not None
    lonely.touchscreen.tap(below["x"] + 20, below["y"] + 20)
    expect(lonely.locator(".attract")).to_be_hidden()
    expect(lonely.locator(".welcome")).to_be_visible()
    assert counter.requests == []


def test_a_key_wakes_it_and_is_not_lost(lonely: Page) -> None:
    lonely.clock.run_for(45_000)
    expect(lonely.locator(".slide")).to_be_visible()
    lonely.keyboard.press("Escape")
    expect(lonely.locator(".attract")).to_be_hidden()
    lonely.keyboard.type("a tap")
    expect(lonely.locator("#question")).to_have_value("a tap")


def test_after_erasing_itself_it_invites_the_next_visitor_and_the_node_forgets_too(
    lonely: Page, counter: CounterSimulator
) -> None:
    ask(lonely, "A haircut")
    expect(lonely.locator("article.ticket").first).to_be_visible()
    lonely.clock.run_for(45_000)
    expect(lonely.get_by_role("alertdialog")).to_be_visible()
    lonely.clock.run_for(20_000)
    expect(lonely.locator(".slide")).to_be_visible()
    expect(lonely.locator(".turn")).to_have_count(0)
    assert counter.forgotten == [counter.requests[0]["session"]]


def test_with_less_motion_wanted_nothing_is_shown(screen: BrowserContext, counter: CounterSimulator) -> None:
    page = screen.new_page()
    page.clock.install()
    page.goto(f"{counter.url}/?kiosk&idle=60&warn=20")
    expect(page.locator(".drawer").first).to_be_visible()
    page.clock.run_for(200_000)
    expect(page.locator(".attract")).to_be_hidden()
    expect(page.locator(".welcome")).to_be_visible()


PREVENTED = """events => events.map(([kind, name, init]) => {
  const event = new globalThis[kind](name, { bubbles: true, cancelable: true, composed: true, ...init });
  return !document.querySelector("prilavok-chat").dispatchEvent(event);
})"""
CONTROL = {"ctrlKey": True}
WAYS = [
    ["MouseEvent", "contextmenu", {}],
    ["DragEvent", "dragover", {}],
    ["DragEvent", "drop", {}],
    ["DragEvent", "dragstart", {}],
    ["WheelEvent", "wheel", CONTROL],
    *(["KeyboardEvent", "keydown", {"key": f"F{number}"}] for number in range(1, 13)),
    *(["KeyboardEvent", "keydown", {"key": key, **CONTROL}] for key in "fghjlnoprstuw+-0"),
    *(["KeyboardEvent", "keydown", {"key": key, "altKey": True}] for key in ("ArrowLeft", "Home")),
    ["KeyboardEvent", "keydown", {"key": "BrowserBack"}],
    ["KeyboardEvent", "keydown", {"key": "ContextMenu"}],
]
OWN = [
    ["KeyboardEvent", "keydown", {"key": "a"}],
    ["KeyboardEvent", "keydown", {"key": "v", **CONTROL}],
    ["KeyboardEvent", "keydown", {"key": "Home"}],
    ["WheelEvent", "wheel", {}],
]


def test_keys_menus_and_dropped_files_lead_nowhere(screen: BrowserContext, counter: CounterSimulator) -> None:
    page = opened(screen, counter, "?kiosk")
    expect(page.get_by_role("button", name="Keyboard")).to_be_visible()
    assert page.evaluate(PREVENTED, WAYS) == [True] * len(WAYS)
    assert page.evaluate(PREVENTED, OWN) == [False] * len(OWN)


def test_nothing_on_it_is_a_link_or_opens_a_window(screen: BrowserContext, counter: CounterSimulator) -> None:
    page = opened(screen, counter, "?kiosk")
    before = page.url
    for question in ("A haircut", "emergency", "hostile"):
        answered(page, question)
        for part in page.locator(".turn:last-child :is(.act, .emergency, .name, .meta):visible").all():
            part.dispatch_event("auxclick", {"button": 1})
    assert page.locator("prilavok-chat :is(a[href], iframe, [target])").count() == 0
    assert (page.url, screen.pages) == (before, [page])
