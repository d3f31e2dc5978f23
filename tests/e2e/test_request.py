"""Requests to be called back: sealed in the page, opened by the tenant alone, kept while the node is away."""

import json

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from edge.chat.session import code
from tests.e2e.visitor import AXE, answered, ask, marks, opened, violations
from tests.simulators.counter import CounterSimulator

pytestmark = marks
PHONE = "+49 170 0000001"


@pytest.fixture
def page(context: BrowserContext, counter: CounterSimulator) -> Page:
    """An answer, with its tickets."""
    page = opened(context, counter)
    answered(page)
    return page


def filled(page: Page, agree: bool = True) -> None:
    """The form, opened on the first ticket and filled in."""
    page.get_by_role("button", name="Call me back: Salon Möwe").click()
    page.get_by_label("Your name").fill("Zoë <b>Z</b>")
    page.get_by_label("Phone").fill(PHONE)
    page.get_by_label("What is it about?").fill("Saturday?")
    if agree:
        page.get_by_label("I agree that the shop may contact me.").check()
    page.get_by_role("button", name="Send").click()


def test_a_request_leaves_the_page_sealed_and_the_tenant_reads_it(
    page: Page, counter: CounterSimulator
) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or ""))
    filled(page)
    expect(page.locator(".outcome")).to_have_text("Your request was taken. You will be contacted.")
    (lead,) = counter.leads
    assert lead["consent"] == {"version": "7", "language": "en"}
    assert not any(PHONE in text or "Zoë" in text for text in sent)
    contact = counter.tenant.open(lead)
    contact.pop("made_at")
    assert contact == {
        "code": code(counter.requests[0]["session"]),
        "name": "Zoë <b>Z</b>",
        "phone": PHONE,
        "message": "Saturday?",
        "question": "A haircut",
        "language": "en",
    }


def test_what_stands_beside_a_sealed_request_cannot_be_changed(page: Page, counter: CounterSimulator) -> None:
    filled(page)
    expect(page.locator(".outcome")).to_be_visible()
    moved = {**counter.leads[0], "provider": "somebody else"}
    with pytest.raises(Exception, match=r".*"):
        counter.tenant.open(moved)


def test_a_person_at_the_counter_is_asked_without_a_provider(page: Page, counter: CounterSimulator) -> None:
    page.get_by_role("button", name="Ask a person").click()
    expect(page.get_by_role("dialog")).to_contain_text("For the people who run this counter")
    page.get_by_label("E-mail").fill("z@example.org")
    page.get_by_label("I agree").check()
    page.keyboard.press("Enter")
    expect(page.locator(".outcome")).to_be_focused()
    assert counter.leads[0]["provider"] == ""
    assert counter.tenant.open(counter.leads[0])["email"] == "z@example.org"


def test_nothing_is_sent_without_a_way_to_answer_or_without_consent(
    page: Page, counter: CounterSimulator
) -> None:
    page.get_by_role("button", name="Call me back: Salon Möwe").click()
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#request-wrong")).to_have_text("Please give a phone number or an e-mail address.")
    expect(page.get_by_label("Phone")).to_be_focused()
    page.get_by_label("Phone").fill(PHONE)
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#request-wrong")).to_have_text("Please agree first.")
    assert counter.leads == []


def test_a_counter_that_takes_none_says_so_and_gives_the_phone(
    context: BrowserContext, counter: CounterSimulator
) -> None:
    counter.taking = False
    page = opened(context, counter)
    answered(page)
    page.get_by_role("button", name="Call me back: Salon Möwe").click()
    sheet = page.get_by_role("dialog")
    expect(sheet).to_contain_text("This counter takes no requests yet. Please call instead.")
    expect(sheet).to_contain_text("+49 30 23125 001")


def test_a_request_made_while_the_node_is_away_arrives_once_when_it_is_back(
    page: Page, counter: CounterSimulator
) -> None:
    page.get_by_role("button", name="Call me back: Salon Möwe").click()
    expect(page.get_by_label("Phone")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    counter.close()
    filled(page)
    expect(page.locator(".outcome")).to_contain_text("Kept on this device, encrypted.")
    page.get_by_role("button", name="Close").click()
    expect(page.locator(".line")).to_contain_text("1 request waits for the line.")
    stored = page.evaluate(STORED)
    assert PHONE not in stored
    assert "envelope" in stored
    with CounterSimulator(port=counter.port) as back:
        ask(page, "A haircut")
        expect(page.locator(".line")).not_to_contain_text("waits for the line")
        answered(page)
        assert len(back.leads) == 1
        assert counter.tenant.open(back.leads[0])["phone"] == PHONE


def test_a_request_that_meets_a_crowd_goes_by_itself_when_there_is_room(
    page: Page, counter: CounterSimulator
) -> None:
    turned_away: list[str] = []

    def full(route: Route) -> None:
        turned_away.append(route.request.url)
        route.fulfill(status=429, headers={"Retry-After": "1"}, json={"code": "busy"})

    page.route("**/api/lead", full, times=2)
    filled(page)
    expect(page.locator(".outcome")).to_contain_text("Kept on this device, encrypted.")
    page.get_by_role("button", name="Close").click()
    expect(page.locator(".line")).to_be_empty(timeout=60_000)
    assert len(turned_away) == 2
    assert len(counter.leads) == 1
    assert json.loads(page.evaluate(STORED)) == []


STORED = """() => new Promise(resolve => {
  const asked = indexedDB.open("prilavok");
  asked.onsuccess = () => {
    const all = asked.result.transaction("post").objectStore("post").getAll();
    all.onsuccess = () => { asked.result.close(); resolve(JSON.stringify(all.result)); };
  };
})"""


def test_a_request_that_is_refused_for_good_is_told(page: Page, counter: CounterSimulator) -> None:
    page.route("**/api/lead", lambda route: route.fulfill(status=422, json={"code": "lead.wrong_key"}))
    filled(page)
    expect(page.locator(".outcome")).to_have_text("The request could not be sent. Nothing was kept.")
    assert json.loads(page.evaluate(STORED)) == []


def test_an_insecure_page_says_so_and_asks_for_nothing(browser: Browser, counter: CounterSimulator) -> None:
    with browser.new_context(locale="en-GB") as context:
        context.add_init_script("Object.defineProperty(globalThis, 'isSecureContext', {value: false})")
        page = opened(context, counter)
        answered(page)
        page.get_by_role("button", name="Ask a person").click()
        expect(page.get_by_role("dialog")).to_contain_text("Requests need a secure connection")
        expect(page.get_by_role("dialog").locator("input")).to_have_count(0)


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (npm ci)")
@pytest.mark.parametrize("query", ["?theme=light", "?theme=dark&lang=ar"])
def test_axe_finds_nothing_in_the_form(
    context: BrowserContext, counter: CounterSimulator, query: str
) -> None:
    page = opened(context, counter, query)
    answered(page)
    page.evaluate(AXE.read_text())
    page.locator(".person").click()
    expect(page.locator("#request-agree")).to_be_visible()
    assert violations(page) == []
    page.locator(".request .ask").click()
    assert violations(page) == []
