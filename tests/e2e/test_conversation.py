"""What a visitor can do with an answer: wait, change it, rate, copy, print, hear, come back to it."""

import json

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.visitor import answered, ask, marks, opened, until
from tests.simulators.counter import CounterSimulator

pytestmark = marks

EAR = """
class Ear {
  start() { globalThis.ear = this; this.onstart?.(); }
  say(text) { this.onresult({ results: [Object.assign([{ transcript: text }], { isFinal: true })] }); }
  stop() { this.onend(); }
  abort() { this.onend(); }
}
globalThis.SpeechRecognition = globalThis.webkitSpeechRecognition = Ear;
"""
MOUTH = """
globalThis.said = [];
const voice = { lang: "en-GB", localService: true };
Object.defineProperty(globalThis, "speechSynthesis", { value: {
  getVoices: () => [voice], cancel() {}, speak(one) { said.push(one.text); globalThis.last = one; },
} });
globalThis.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
"""


@pytest.fixture
def page(context: BrowserContext, counter: CounterSimulator) -> Page:
    """The counter's page, ready to be asked."""
    return opened(context, counter)


def test_a_question_in_the_queue_is_told_its_place_and_its_wait(
    page: Page, counter: CounterSimulator
) -> None:
    ask(page, "queued haircut")
    line = page.locator(".notice[data-kind=queue]")
    expect(line).to_have_text("2 questions before yours. About 13 seconds.")
    counter.gate.set()
    expect(page.locator("article.ticket")).to_have_count(5)
    expect(line).to_have_count(0)


def test_a_changed_question_takes_the_old_ones_place(page: Page, counter: CounterSimulator) -> None:
    answered(page, "A haircut")
    answered(page, "many haircuts")
    page.get_by_role("button", name="Edit the question: many haircuts").click()
    expect(page.locator("textarea#question")).to_have_value("many haircuts")
    answered(page, "one only haircut")
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator("article.ticket:visible")).to_have_count(1)
    said = [message["content"] for message in counter.requests[-1]["messages"] if message["role"] == "user"]
    assert said == ["A haircut", "one only haircut"]


def test_a_rating_goes_to_the_answer_it_is_of(page: Page, counter: CounterSimulator) -> None:
    answered(page)
    with page.expect_response("**/api/feedback"):
        page.get_by_role("button", name="This helped").click()
    expect(page.locator(".told")).to_have_text("Noted, thank you.")
    expect(page.get_by_role("button", name="This did not help")).to_have_count(0)
    assert counter.ratings == [{"answer_id": "answer-1", "score": 1, "reason": ""}]


def test_a_bad_rating_has_a_reason(page: Page, counter: CounterSimulator) -> None:
    answered(page)
    page.get_by_role("button", name="This did not help").press("Enter")
    expect(page.get_by_role("button", name="A fact is wrong")).to_be_focused()
    with page.expect_response("**/api/feedback"):
        page.get_by_role("button", name="Not what I asked for").click()
    assert counter.ratings == [{"answer_id": "answer-1", "score": -1, "reason": "fit"}]


def test_an_answer_is_copied_with_its_places(browser: Browser, counter: CounterSimulator) -> None:
    with browser.new_context(locale="en-GB", permissions=["clipboard-read", "clipboard-write"]) as context:
        page = opened(context, counter)
        answered(page)
        page.get_by_role("button", name="Copy").click()
        expect(page.locator(".told")).to_have_text("Copied")
        copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("Two hairdressers in Lindenport")
    assert "Salon Möwe, +49 30 23125 001" in copied
    assert "[1]" not in copied


def test_a_card_is_printed_by_itself(context: BrowserContext, counter: CounterSimulator) -> None:
    script = "window.print = function () { top.printed = [document.title, document.body.innerText] }"
    context.add_init_script(script)
    page = opened(context, counter)
    answered(page)
    page.get_by_role("button", name="Take along: Salon Möwe").click()
    page.get_by_role("button", name="Print: Salon Möwe").click()
    until(page, "Boolean(globalThis.printed)")
    title, text = page.evaluate("printed")
    assert title == "Salon Möwe"
    assert "+49 30 23125 001" in text
    assert "What do you need" not in text


def test_a_reload_finds_the_conversation_again(page: Page, counter: CounterSimulator) -> None:
    answered(page)
    code = page.locator(".code-line").inner_text()
    page.reload()
    expect(page.locator("article.ticket")).to_have_count(5)
    expect(page.locator(".sentence")).to_contain_text("Two hairdressers")
    expect(page.locator(".code-line")).to_have_text(code)
    answered(page, "And cheaper?")
    assert counter.requests[0]["session"] == counter.requests[1]["session"]
    assert len(counter.requests[1]["messages"]) == 3
    page.get_by_role("button", name="Start over").click()
    page.reload()
    expect(page.locator(".turn")).to_have_count(0)


def test_a_shared_screen_puts_nothing_away(context: BrowserContext, counter: CounterSimulator) -> None:
    page = opened(context, counter, "?kiosk")
    answered(page)
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)
    page.reload()
    expect(page.locator(".turn")).to_have_count(0)


def test_a_question_is_spoken_while_the_button_is_held(
    context: BrowserContext, counter: CounterSimulator
) -> None:
    context.add_init_script(EAR)
    page = opened(context, counter)
    talk = page.get_by_role("button", name="Hold to speak")
    talk.focus()
    page.keyboard.down("Space")
    expect(page.locator(".limit")).to_contain_text("goes to the maker of this browser")
    page.evaluate("ear.say('where is a hairdresser')")
    expect(page.locator("textarea#question")).to_have_value("where is a hairdresser")
    page.keyboard.up("Space")
    expect(page.locator(".question")).to_have_text("where is a hairdresser")
    expect(page.locator(".sentence")).not_to_be_empty()
    assert counter.requests[0]["messages"][0]["content"] == "where is a hairdresser"


def test_silence_is_told(context: BrowserContext, counter: CounterSimulator) -> None:
    context.add_init_script(EAR)
    page = opened(context, counter)
    page.get_by_role("button", name="Hold to speak").focus()
    page.keyboard.press("Enter", delay=50)
    expect(page.locator(".limit")).to_have_text("Nothing was heard. Please try again or type.")
    assert counter.requests == []


def test_an_answer_is_read_aloud_without_its_marks(
    context: BrowserContext, counter: CounterSimulator
) -> None:
    context.add_init_script(MOUTH)
    page = opened(context, counter)
    answered(page)
    aloud = page.get_by_role("button", name="Read aloud")
    aloud.click()
    expect(aloud).to_have_attribute("aria-pressed", "true")
    page.evaluate("last.onend()")
    expect(aloud).to_have_attribute("aria-pressed", "false")
    (said,) = json.loads(page.evaluate("JSON.stringify(said)"))
    assert said.startswith("Two hairdressers")
    assert "[" not in said


def test_a_browser_without_voices_offers_none(page: Page) -> None:
    page.evaluate("delete globalThis.SpeechRecognition; delete globalThis.webkitSpeechRecognition")
    answered(page)
    expect(page.get_by_role("button", name="Read aloud")).to_have_count(0)
