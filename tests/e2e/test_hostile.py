"""A thousand hostile strings as question, record and answer: none becomes markup, none breaks the page."""

import json

from playwright.sync_api import BrowserContext, expect

from tests.e2e.hostile import COUNT, MEGABYTE, RUN, strings
from tests.e2e.visitor import answered, ask, marks, opened
from tests.simulators.counter import CounterSimulator

pytestmark = marks

BATCH = 25
ASIDE = """host => [...host.shadowRoot.querySelectorAll('script,style,iframe,img[src="x"],b,a')]
  .filter(one => one.tagName !== 'A' || !/^(tel|geo|https?):/.test(one.protocol + '')).length"""


def test_a_megabyte_is_refused_calmly_as_question_and_as_record(
    context: BrowserContext, counter: CounterSimulator
) -> None:
    page = opened(context, counter)
    page.locator("textarea#question").focus()
    page.keyboard.insert_text("x" * MEGABYTE)
    expect(page.locator(".limit")).to_have_text("19,000 characters too many. Please shorten the question.")
    page.keyboard.press("Enter")
    assert counter.requests == []
    page.locator("textarea#question").fill("")
    counter.hostile = [f"<img src=x onerror={RUN}>" * (MEGABYTE // 20)]
    ask(page, "fuzzed")
    expect(page.locator(".notice")).to_contain_text("The answer broke off.")
    assert page.evaluate("globalThis.ran") is None


def test_a_thousand_hostile_strings_stay_text(context: BrowserContext, counter: CounterSimulator) -> None:
    reports: list[str] = []
    page = opened(context, counter)
    page.on("console", lambda message: reports.append(message.text))
    page.on("pageerror", lambda error: reports.append(str(error)))
    page.on("dialog", lambda dialog: reports.append(dialog.message))
    every = strings()
    for at in range(0, COUNT, BATCH):
        batch = every[at : at + BATCH]
        counter.hostile = batch
        answered(page, f"fuzzed {batch[0][:400]}")
        expect(page.locator(".turn").last.locator("article.ticket")).to_have_count(5)
        more = page.locator(".turn").last.locator(".more")
        if more.count():
            more.click()
        assert page.locator("prilavok-chat").evaluate(ASIDE) == 0, batch
        for part in (".roll", ".dock", ".header"):
            assert page.locator(part).evaluate("one => one.scrollWidth - one.clientWidth") <= 0, (part, batch)
        page.get_by_role("button", name="Start over").click()
    assert page.evaluate("globalThis.ran") is None
    assert page.title() == "Prilavok"
    assert reports == [], json.dumps(reports)[:2000]
