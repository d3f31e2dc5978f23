"""The kiosk page in a real Chromium, on the counter's simulator: what a visitor sees, reads and can do."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from bench.node import Node
from tests.e2e.visitor import AXE, answered, ask, marks, opened, violations
from tests.simulators.counter import DIST, CounterSimulator

pytestmark = marks


@pytest.fixture
def page(context: BrowserContext, counter: CounterSimulator) -> Page:
    """The counter's page, ready to be asked."""
    return opened(context, counter)


def test_tickets_are_laid_before_the_sentence(page: Page, counter: CounterSimulator) -> None:
    ask(page, "held haircut")
    expect(page.locator("article.ticket")).to_have_count(5)
    expect(page.locator(".sentence")).to_be_empty()
    counter.gate.set()
    expect(page.locator(".sentence")).to_contain_text("Two hairdressers in Lindenport")
    expect(page.locator(".chip")).to_have_count(4)


def test_a_ticket_says_what_the_record_says(page: Page) -> None:
    answered(page)
    first = page.get_by_role("article", name="Ticket 1: Salon Möwe")
    expect(first.get_by_role("heading", level=3)).to_have_text("Salon Möwe")
    expect(first).to_contain_text("from €24")
    expect(first).to_contain_text("180 m")
    expect(first).to_contain_text("Open until")
    expect(first.get_by_role("link", name="Call")).to_have_attribute("href", "tel:+493023125001")
    expect(first.get_by_role("link", name="Map")).to_have_attribute("rel", "noopener noreferrer")
    expect(page.locator("article.ticket").nth(2)).to_contain_text("Closed, opens tomorrow at 9:00")


def test_a_citation_lights_and_reaches_its_ticket(page: Page) -> None:
    answered(page)
    second = page.locator("article.ticket").nth(1)
    citation = page.get_by_role("button", name="Ticket 2: Haarwerk am Kanal")
    citation.hover()
    expect(second).to_have_class("ticket lit")
    page.locator(".question").hover()
    expect(second).to_have_class("ticket")
    citation.focus()
    expect(second).to_have_class("ticket lit")
    citation.click()
    expect(second).to_be_focused()
    expect(second).to_have_class("ticket lit")


def test_a_ticket_lights_its_citation(page: Page) -> None:
    answered(page)
    page.locator("article.ticket").nth(1).hover()
    expect(page.locator(".cite.lit")).to_have_text("2")


def test_stop_ends_the_answer_on_the_node_too(page: Page, counter: CounterSimulator) -> None:
    ask(page, "held haircut")
    expect(page.locator("article.ticket")).to_have_count(5)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".notice")).to_contain_text("Stopped.")
    expect(page.locator("article.ticket")).to_have_count(5)
    assert counter.dropped.wait(5)


def test_escape_stops(page: Page) -> None:
    ask(page, "held haircut")
    expect(page.locator("article.ticket")).to_have_count(5)
    page.keyboard.press("Escape")
    expect(page.locator(".notice")).to_contain_text("Stopped.")


def test_a_new_conversation_forgets_the_old_one(page: Page, counter: CounterSimulator) -> None:
    answered(page)
    answered(page, "And cheaper?")
    page.get_by_role("button", name="Start over").click()
    expect(page.locator(".turn")).to_have_count(0)
    expect(page.get_by_role("heading", name="What do you need?")).to_be_visible()
    answered(page, "Something else")
    sessions = [body["session"] for body in counter.requests]
    assert sessions[0] == sessions[1] != sessions[2]
    assert len(counter.requests[1]["messages"]) == 3
    assert len(counter.requests[2]["messages"]) == 1


def test_an_earlier_question_folds_and_opens_again(page: Page) -> None:
    answered(page)
    answered(page, "many haircuts")
    earlier = page.locator(".past")
    expect(earlier).to_contain_text("A haircut")
    expect(earlier.locator("article.ticket").first).to_be_hidden()
    earlier.locator("summary").click()
    expect(earlier.locator("article.ticket").first).to_be_visible()


def test_a_chip_asks_what_it_says(page: Page, counter: CounterSimulator) -> None:
    answered(page)
    page.get_by_role("button", name="The cheapest").click()
    expect(page.locator(".question")).to_have_text("The cheapest")
    expect(page.locator(".sentence").last).not_to_be_empty()
    assert counter.requests[1]["messages"][-1] == {"role": "user", "content": "The cheapest"}


def test_a_drawer_asks_for_its_category(page: Page, counter: CounterSimulator) -> None:
    page.get_by_role("button", name="Plumber (14 places)").click()
    expect(page.locator(".question")).to_have_text("Plumber")
    expect(page.locator(".sentence").last).not_to_be_empty()
    assert counter.requests[0]["messages"][0]["content"] == "Plumber"


def test_more_than_five_wait_behind_more(page: Page) -> None:
    answered(page, "many haircuts")
    expect(page.locator("article.ticket")).to_have_count(5)
    page.get_by_role("button", name="7 more").click()
    expect(page.locator("article.ticket")).to_have_count(12)
    expect(page.locator("article.ticket").nth(5)).to_be_focused()


def test_more_in_the_catalogue_are_asked_for(page: Page, counter: CounterSimulator) -> None:
    answered(page, "total haircuts")
    page.get_by_role("button", name="Show more").click()
    expect(page.locator(".question")).to_have_text("Show more")
    expect(page.locator(".sentence").last).not_to_be_empty()
    assert len(counter.requests) == 2


def test_a_shared_screen_left_alone_erases_itself(context: BrowserContext, counter: CounterSimulator) -> None:
    context.clock.install()
    page = opened(context, counter, "?kiosk")
    answered(page)
    page.get_by_role("button", name="Deutsch").click()
    page.locator("textarea").fill("my secret")
    context.clock.run_for(75_000)
    expect(page.get_by_role("alertdialog")).to_contain_text("gelöscht")
    expect(page.locator(".turn")).to_have_count(1)
    context.clock.run_for(16_000)
    expect(page.locator(".turn")).to_have_count(0)
    expect(page.get_by_role("alertdialog")).to_be_hidden()
    expect(page.locator("textarea")).to_have_value("")
    expect(page.get_by_role("heading", name="What do you need?")).to_be_visible()
    assert page.evaluate("localStorage.length") == 0
    answered(page)
    assert counter.requests[0]["session"] != counter.requests[1]["session"]


def test_whoever_is_still_there_decides(context: BrowserContext, counter: CounterSimulator) -> None:
    context.clock.install()
    page = opened(context, counter, "?kiosk&idle=30&warn=10")
    answered(page)
    context.clock.run_for(25_000)
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("alertdialog")).to_be_hidden()
    expect(page.locator(".turn")).to_have_count(1)
    context.clock.run_for(25_000)
    page.get_by_role("button", name="Erase now").click()
    expect(page.get_by_role("alertdialog")).to_be_hidden()
    expect(page.locator(".turn")).to_have_count(0)


def test_an_untouched_shared_screen_does_not_warn(context: BrowserContext, counter: CounterSimulator) -> None:
    context.clock.install()
    page = opened(context, counter, "?kiosk")
    context.clock.run_for(200_000)
    expect(page.get_by_role("alertdialog")).to_be_hidden()


def test_a_shared_screen_has_no_way_out(context: BrowserContext, counter: CounterSimulator) -> None:
    page = opened(context, counter, "?kiosk")
    answered(page)
    expect(page.locator("article.ticket")).to_have_count(5)
    expect(page.locator("prilavok-chat a")).to_have_count(0)
    page.locator("article.ticket .take").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("+49 30 23125 001")
    expect(page.locator("prilavok-chat a")).to_have_count(0)


def test_a_ticket_can_be_taken_along(page: Page) -> None:
    answered(page)
    page.get_by_role("button", name="Take along: Salon Möwe").click()
    sheet = page.get_by_role("dialog", name="Salon Möwe")
    expect(sheet).to_contain_text("Mon–Fri 09:00–18:00")
    assert sheet.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth > 0)")
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()


def test_all_of_it_works_with_the_keyboard_alone(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Skip to the question")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Your question")).to_be_focused()
    page.keyboard.type("A haircut")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("this evening")
    page.keyboard.press("Enter")
    expect(page.locator(".question")).to_have_text("A haircut\nthis evening")
    expect(page.locator(".chip").first).to_be_visible()
    page.locator(".chip").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".chip").nth(1)).to_be_focused()
    page.locator(".cite").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("article.ticket").first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator("article.ticket").nth(1)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("article.ticket").nth(1).get_by_role("link", name="Call")).to_be_focused()


def test_the_sentence_is_said_once_and_whole(page: Page) -> None:
    answered(page)
    status = page.locator(".unseen[role=status]")
    expect(status).to_have_text(
        "Two hairdressers in Lindenport are open now: Salon Möwe is the nearest, 180 m away, and "
        "Haarwerk am Kanal is the cheapest, from 18.50 €. Barbier Tomasz opens tomorrow."
    )
    expect(status).to_have_attribute("lang", "en")


def test_the_language_is_switched_and_kept(page: Page, counter: CounterSimulator) -> None:
    answered(page)
    page.get_by_role("button", name="Русский").click()
    expect(page.get_by_role("button", name="Начать заново")).to_be_visible()
    expect(page.locator("article.ticket").first).to_contain_text("от 24 €")
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    answered(page, "Подстричься")
    assert counter.requests[1]["language"] == "ru"
    page.get_by_role("button", name="Начать заново").click()
    page.reload()
    expect(page.get_by_role("heading", name="Что вам нужно?")).to_be_visible()


@pytest.mark.parametrize(
    ("locale", "title"),
    [("de-CH", "Was brauchen Sie?"), ("es-MX", "¿Qué necesita?"), ("fi-FI", "What do you need?")],
)
def test_the_browser_chooses_the_first_language(
    browser: Browser, counter: CounterSimulator, locale: str, title: str
) -> None:
    with browser.new_context(locale=locale) as context:
        expect(opened(context, counter).get_by_role("heading", name=title)).to_be_visible()


def test_a_node_that_goes_away_is_told_calmly_and_the_question_kept(
    page: Page, counter: CounterSimulator
) -> None:
    answered(page)
    counter.close()
    ask(page, "And on Sunday?")
    line = page.locator(".notice")
    expect(line).to_contain_text("The counter cannot be reached. Your question is kept.")
    with CounterSimulator(port=counter.port) as back:
        line.get_by_role("button", name="Try again").click()
        expect(page.locator(".question")).to_have_text("And on Sunday?")
        expect(page.locator(".sentence").last).to_contain_text("Two hairdressers")
        assert [body["messages"][-1]["content"] for body in back.requests] == ["And on Sunday?"]


def test_a_page_opened_while_the_node_is_away_finds_it_again(page: Page, counter: CounterSimulator) -> None:
    page.route("**/api/market*", lambda route: route.abort())
    page.reload()
    expect(page.locator(".notice")).to_have_text("The counter cannot be reached.")
    page.unroute("**/api/market*")
    expect(page.locator(".drawer").first).to_be_visible()
    expect(page.locator(".notice")).to_have_count(0)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("busy", "Many people are asking right now. Please try again in 7 seconds."),
        ("getting ready", "The counter is getting ready."),
        ("too much", "The question is too long."),
        ("trouble", "That did not work."),
        ("broken", "The answer broke off."),
    ],
)
def test_every_failure_has_its_own_calm_line(page: Page, question: str, words: str) -> None:
    ask(page, question)
    expect(page.locator(".notice")).to_contain_text(words)
    expect(page.locator("textarea")).to_be_focused()


def test_too_long_a_question_is_counted_and_not_sent(page: Page, counter: CounterSimulator) -> None:
    ask(page, "ö" * 1003)
    expect(page.locator(".limit")).to_have_text("3 characters too many. Please shorten the question.")
    assert counter.requests == []


def test_nothing_found_offers_the_drawers(page: Page) -> None:
    answered(page, "nothing like a harp repair")
    expect(page.locator(".sentence")).to_contain_text("Nothing in Lindenport")
    expect(page.locator(".turn .drawer")).to_have_count(12)


def test_an_emergency_shows_the_markets_own_number(page: Page) -> None:
    answered(page, "emergency")
    expect(page.get_by_role("link", name="112")).to_have_attribute("href", "tel:112")


def test_skeletons_wait_before_they_are_drawn(context: BrowserContext, counter: CounterSimulator) -> None:
    context.clock.install()
    page = opened(context, counter)
    context.clock.pause_at(datetime.now() + timedelta(minutes=1))
    ask(page, "slow haircut")
    expect(page.locator(".question")).to_be_visible()
    context.clock.run_for(140)
    expect(page.locator(".blank")).to_have_count(0)
    context.clock.run_for(20)
    expect(page.locator(".skeletons .blank")).to_have_count(3)
    expect(page.locator(".tickets")).to_have_attribute("aria-hidden", "true")
    counter.gate.set()
    expect(page.locator("article.ticket")).to_have_count(5)
    expect(page.locator(".blank")).to_have_count(0)


def test_hostile_text_stays_text(page: Page) -> None:
    reports: list[str] = []
    page.on("console", lambda message: reports.append(_heard(message)))
    page.on("pageerror", lambda error: reports.append(str(error)))
    answered(page, "hostile")
    expect(page.locator("article.ticket h3")).to_contain_text("<script>")
    page.locator("article.ticket .take").click()
    expect(page.get_by_role("dialog")).to_contain_text("<b>always</b>")
    page.keyboard.press("Escape")
    page.locator(".chip").nth(1).click()
    expect(page.locator(".question")).to_contain_text("<img src=x")
    assert page.title() == "Prilavok"
    found = page.locator("prilavok-chat").evaluate(
        "host => [...host.shadowRoot.querySelectorAll('script, style, iframe, img[src=x], b, a')]"
        ".filter(one => one.tagName !== 'A' || !/^(tel|geo|https):/.test(one.href)).length"
    )
    assert found == 0
    assert reports == []


def _heard(message: ConsoleMessage) -> str:
    return f"{message.type}: {message.text}"


def test_the_page_asks_no_other_host(context: BrowserContext, counter: CounterSimulator) -> None:
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = opened(context, counter)
    answered(page)
    page.get_by_role("button", name="Take along: Salon Möwe").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert len(asked) > 5
    assert [url for url in asked if not url.startswith(counter.url + "/")] == []


STATES = ["", "A haircut", "many haircuts", "long names", "nothing", "emergency", "busy", "hostile"]


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (npm ci)")
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("query", ["?", "?kiosk&lang=ru"])
def test_axe_finds_nothing_serious(
    browser: Browser, counter: CounterSimulator, theme: Literal["light", "dark"], query: str
) -> None:
    with browser.new_context(locale="en-GB", color_scheme=theme, bypass_csp=True) as context:
        context.set_default_timeout(10_000)
        page = opened(context, counter, query)
        page.add_script_tag(path=AXE)
        for state in STATES:
            if state:
                ask(page, state)
                expect(page.locator(".composer .ask")).to_be_visible()
            assert violations(page) == [], state
        page.locator("article.ticket .take").last.click()
        assert violations(page) == [], "taking along"


def test_text_at_twice_the_size_still_fits(browser: Browser, counter: CounterSimulator) -> None:
    with browser.new_context(
        locale="de-DE", viewport={"width": 360, "height": 640}, bypass_csp=True
    ) as context:
        context.set_default_timeout(10_000)
        page = opened(context, counter)
        page.add_style_tag(content="html { font-size: 200% }")
        answered(page, "long names")
        for part in (".header", ".roll", ".dock"):
            beyond = page.locator(part).evaluate("one => one.scrollWidth - one.clientWidth")
            assert beyond <= 0, part


@pytest.mark.parametrize("language", ["en", "ru", "es", "de"])
def test_a_real_node_lays_tickets_in_every_language(
    context: BrowserContext, node: Node, language: str
) -> None:
    reports: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: reports.append(_heard(message)))
    page.goto(f"{node.url}/?lang={language}")
    page.locator(".drawer").first.click()
    expect(page.locator(".composer .ask")).to_be_visible(timeout=30_000)
    expect(page.locator(".sentence")).not_to_be_empty()
    expect(page.locator("article.ticket h3").first).not_to_be_empty()
    expect(page.locator(".cite").first).to_have_text("1")
    page.locator("article.ticket .take").first.click()
    code = page.get_by_role("dialog").locator("img")
    assert code.evaluate("image => image.decode().then(() => image.naturalWidth > 0)")
    assert reports == []


def test_the_built_files_match_their_manifest() -> None:
    manifest = json.loads((DIST / "manifest.json").read_text())
    on_disk = {path.name for path in (DIST / "assets").iterdir()}
    assert set(manifest["assets"]) == {name for name in on_disk if not name.endswith(".gz")}
    page = (DIST / manifest["page"]).read_text()
    assert all(f"/assets/{name}" in page for name in manifest["entries"]["whole"])
    assert "http" not in page.replace("http-equiv", "")
    for name in (*manifest["entries"]["whole"], manifest["entries"]["style"]):
        assert f'/assets/{name}" integrity="{manifest["assets"][name]["integrity"]}"' in page
    loader = Path(DIST / manifest["loader"]).read_text()
    assert loader == (DIST / "assets" / manifest["entries"]["widget"]).read_text()
    for name in (*manifest["entries"]["open"], *manifest["entries"]["words"].values()):
        assert f'"{name}":"{manifest["assets"][name]["integrity"]}"' in loader
