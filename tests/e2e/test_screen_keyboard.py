"""The keyboard of a shared screen: by touch in every language, by keys alone, in question and form."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.visitor import AXE, answered, marks, opened, violations
from tests.simulators.counter import CounterSimulator

pytestmark = marks
TYPED = {
    "en": "Salon Möwe"[:5] + ", now.",
    "ru": "Парикмахер в центре, сейчас.",
    "es": "Un pintor de año,á.",
    "de": "Schlüssel für Füße.",
    "fr": "Où dîner à midi.",
    "tr": "Çilingir, ışık.",
    "ar": "حلاق قريب أين،",
    "zh": "cafe.",
}


def tap(page: Page, name: str) -> None:
    """A key, by what it is called."""
    page.locator(".keyboard").get_by_role("button", name=name, exact=True).tap()


def typed(page: Page, text: str, capital: str, space: str) -> None:
    """Text, key by key, with its capitals."""
    for letter in text:
        if letter == " ":
            tap(page, space)
            continue
        if letter.isupper():
            tap(page, capital)
        tap(page, letter)


def called(page: Page, *keys: str) -> dict[str, str]:
    """What the keys without letters are called in the page's language, in the order they stand."""
    drawn = page.locator(".keyboard button:has(svg), .keyboard .space")
    found = drawn.evaluate_all("keys => keys.map(key => key.getAttribute('aria-label'))")
    return dict(zip(keys, found, strict=True))


@pytest.mark.parametrize("language", TYPED)
def test_a_question_is_typed_by_touch_in_every_language(
    screen: BrowserContext, counter: CounterSimulator, language: str
) -> None:
    page = opened(screen, counter, f"?kiosk&lang={language}")
    expect(page.locator(".keyboard")).to_be_hidden()
    page.locator("#question").tap()
    expect(page.locator(".keyboard")).to_be_visible()
    capital = () if language == "ar" else ("capital",)
    named = called(page, *capital, "delete", "space", "ask", "hide")
    typed(page, TYPED[language], named.get("capital", ""), named["space"])
    expect(page.locator("#question")).to_have_value(TYPED[language])
    tap(page, named["delete"])
    expect(page.locator("#question")).to_have_value(TYPED[language][:-1])
    expect(page.locator("#question")).to_be_focused()
    tap(page, named["ask"])
    expect(page.locator("article.ticket").first).to_be_visible()
    expect(page.locator(".keyboard")).to_be_hidden()
    assert counter.requests[0]["messages"][-1]["content"] == TYPED[language][:-1]


def test_chinese_is_told_that_it_cannot_be_typed_here(
    screen: BrowserContext, counter: CounterSimulator
) -> None:
    page = opened(screen, counter, "?kiosk&lang=zh")
    page.locator("#question").tap()
    expect(page.locator(".key-note")).to_contain_text("此键盘不能输入汉字")


def test_it_writes_at_the_caret_and_over_what_is_selected(
    screen: BrowserContext, counter: CounterSimulator
) -> None:
    page = opened(screen, counter, "?kiosk")
    page.locator("#question").fill("a 👩‍👩‍👧 b")
    page.locator("#question").tap()
    page.locator("#question").evaluate("field => field.setSelectionRange(10, 10)")
    tap(page, "Delete")
    expect(page.locator("#question")).to_have_value("a  b")
    page.locator("#question").evaluate("field => field.setSelectionRange(0, 3)")
    tap(page, "x")
    expect(page.locator("#question")).to_have_value("xb")
    tap(page, "y")
    expect(page.locator("#question")).to_have_value("xyb")


def test_signs_and_latin_letters_are_a_key_away(screen: BrowserContext, counter: CounterSimulator) -> None:
    page = opened(screen, counter, "?kiosk&lang=ru")
    page.locator("#question").tap()
    tap(page, "123 Цифры и знаки")
    tap(page, "7")
    tap(page, "@")
    tap(page, "АБВ")
    tap(page, "ABC")
    tap(page, "q")
    tap(page, "АБВ")
    tap(page, "ё")
    expect(page.locator("#question")).to_have_value("7@qё")


def test_a_request_is_filled_in_by_touch(screen: BrowserContext, counter: CounterSimulator) -> None:
    page = opened(screen, counter, "?kiosk&lang=ru")
    answered(page)
    page.locator(".person").last.tap()
    page.locator("#request-name").tap()
    tap(page, "ю")
    tap(page, "Далее")
    expect(page.locator("#request-phone")).to_be_focused()
    for digit in "+4912":
        tap(page, digit)
    expect(page.locator("#request-phone")).to_have_value("+4912")
    tap(page, "Далее")
    expect(page.locator("#request-email")).to_be_focused()
    for letter in ("a", "b"):
        tap(page, letter)
    expect(page.locator("#request-email")).to_have_value("ab")
    page.locator("#request-agree").tap()
    expect(page.locator("#request-agree")).to_be_checked()
    expect(page.locator(".keyboard")).to_be_hidden()
    page.locator("#request-email").tap()
    page.locator(".request .ask").tap()
    expect(page.locator(".outcome")).to_be_visible()
    contact = counter.tenant.open(counter.leads[0])
    assert (contact["name"], contact["phone"], contact["email"]) == ("ю", "+4912", "ab")


def test_it_works_with_keys_alone(screen: BrowserContext, counter: CounterSimulator) -> None:
    page = opened(screen, counter, "?kiosk")
    page.locator("#question").focus()
    expect(page.locator(".keyboard")).to_be_hidden()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Keyboard")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="q", exact=True)).to_be_focused()
    for key in ("ArrowRight", "ArrowDown", "Enter", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("#question")).to_have_value("sz")
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="Delete")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#question")).to_have_value("s")
    page.keyboard.press("Escape")
    expect(page.locator(".keyboard")).to_be_hidden()
    expect(page.locator("#question")).to_be_focused()


def test_whoever_has_keys_is_not_given_a_keyboard(screen: BrowserContext, counter: CounterSimulator) -> None:
    page = opened(screen, counter, "?kiosk")
    answered(page, "typed with keys")
    expect(page.locator(".keyboard")).to_be_hidden()


def test_no_other_page_has_the_keyboard(context: BrowserContext, counter: CounterSimulator) -> None:
    page = opened(context, counter)
    page.locator("#question").click()
    expect(page.locator(".keyboard")).to_have_count(0)


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (npm ci)")
@pytest.mark.parametrize("query", ["?kiosk&theme=light", "?kiosk&theme=dark&lang=ar"])
def test_axe_finds_nothing_with_the_keyboard_open(
    screen: BrowserContext, counter: CounterSimulator, query: str
) -> None:
    page = opened(screen, counter, query)
    page.evaluate(AXE.read_text())
    page.locator("#question").tap()
    expect(page.locator(".keyboard")).to_be_visible()
    assert violations(page) == []
    answered(page)
    page.locator(".person").last.tap()
    page.locator("#request-phone").tap()
    expect(page.locator(".sheet .keyboard")).to_be_visible()
    assert violations(page) == []
