"""What is held of a conversation: shown by its code, taken along as a file, erased here and at the node."""

import json
import sqlite3
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from bench.node import running
from edge.chat.session import code
from tests.e2e.visitor import AXE, answered, marks, opened, violations
from tests.simulators.counter import CounterSimulator
from tests.simulators.tenant import Tenant

pytestmark = marks
PHONE = "+49 170 0000001"


def leave_request(page: Page) -> None:
    """A request for a person at the counter."""
    page.locator(".person").last.click()
    page.locator("#request-phone").fill(PHONE)
    page.locator("#request-agree").check()
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".outcome")).to_be_visible()
    page.get_by_role("button", name="Close").click()


def shown(page: Page) -> None:
    """The screen behind the code, when it has everything."""
    page.locator(".code-line").click()
    expect(page.locator(".data dt")).not_to_have_count(0)


@pytest.fixture
def page(context: BrowserContext, counter: CounterSimulator) -> Page:
    """A conversation with a request."""
    page = opened(context, counter)
    answered(page)
    leave_request(page)
    return page


def test_the_code_is_the_conversations_and_says_what_is_held_where(
    page: Page, counter: CounterSimulator
) -> None:
    shown(page)
    expect(page.locator(".code-plate strong")).to_have_text(code(counter.requests[0]["session"]))
    expect(page.locator(".held")).to_contain_text("1 question with its answer, until this page is closed.")
    expect(page.locator(".held")).to_contain_text("Not a word of it.")
    expect(page.locator(".held")).to_contain_text("1 request, encrypted.")
    expect(page.locator(".held")).to_contain_text("Nothing. This counter reports to nobody.")
    page.get_by_role("button", name="Close").click()
    expect(page.locator(".data")).to_be_hidden()


def test_the_file_holds_all_of_it(page: Page, counter: CounterSimulator) -> None:
    shown(page)
    with page.expect_download() as saving:
        page.get_by_role("button", name="Download").click()
    name = code(counter.requests[0]["session"])
    assert saving.value.suggested_filename == f"prilavok-{name}.json"
    file = json.loads(Path(saving.value.path()).read_text("utf-8"))
    assert (file["form"], file["code"]) == (1, name)
    (said,) = file["device"]["conversation"]
    assert (said["question"], said["places"][0]["name"]) == ("A haircut", "Salon Möwe")
    assert said["answer"].startswith("Two hairdressers")
    assert file["counter"]["requests"] == counter.leads
    assert PHONE not in json.dumps(file)


def test_a_request_is_found_by_its_conversations_code(page: Page, counter: CounterSimulator) -> None:
    (lead,) = counter.leads
    assert counter.tenant.open(lead)["code"] == code(counter.requests[0]["session"])


def test_erasing_asks_once_and_then_nothing_is_left(page: Page, counter: CounterSimulator) -> None:
    shown(page)
    page.get_by_role("button", name="Erase", exact=True).click()
    expect(page.locator(".sure")).to_be_visible()
    page.get_by_role("button", name="Keep it").click()
    assert counter.erased == []
    page.get_by_role("button", name="Erase", exact=True).click()
    page.get_by_role("button", name="Erase now").click()
    expect(page.locator(".outcome")).to_have_text("Erased on this device and at this counter.")
    (wish,) = counter.erased
    assert wish["session"] == counter.requests[0]["session"]
    assert [one["role"] for one in wish["messages"]] == ["user", "assistant"]
    assert counter.leads == []
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("heading", name="What do you need?")).to_be_visible()
    expect(page.locator(".code-line")).to_be_hidden()
    page.reload()
    expect(page.locator(".turn")).to_have_count(0)
    answered(page)
    assert counter.requests[-1]["session"] != wish["session"]


def test_what_the_operator_has_is_told_before_and_after(page: Page, counter: CounterSimulator) -> None:
    counter.hub = "some"
    shown(page)
    told = "Encrypted records. Name the code there to have them handed out or erased."
    expect(page.locator(".held")).to_contain_text(told)
    page.get_by_role("button", name="Erase", exact=True).click()
    page.get_by_role("button", name="Erase now").click()
    expect(page.locator(".held")).to_contain_text(told)
    expect(page.locator(".code-plate strong")).to_be_visible()


def test_with_the_node_away_this_device_is_erased_and_the_rest_said(
    context: BrowserContext, counter: CounterSimulator
) -> None:
    page = opened(context, counter)
    answered(page)
    expect(page.locator(".code-line")).to_be_visible()
    page.locator(".person").last.click()
    expect(page.locator("#request-phone")).to_be_visible()
    counter.close()
    page.locator("#request-phone").fill(PHONE)
    page.locator("#request-agree").check()
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".outcome")).to_contain_text("Kept on this device, encrypted.")
    page.get_by_role("button", name="Close").click()
    expect(page.locator(".line")).to_contain_text("1 request waits for the line.")
    shown(page)
    expect(page.locator(".held")).to_contain_text("1 request, encrypted, that waits for the line.")
    expect(page.locator(".held")).to_contain_text("The counter cannot be reached;")
    page.get_by_role("button", name="Erase", exact=True).click()
    page.get_by_role("button", name="Erase now").click()
    expect(page.locator(".outcome")).to_contain_text(
        "Erased on this device. The counter could not be reached:"
    )
    expect(page.locator(".line")).not_to_contain_text("waits for the line")
    assert page.evaluate("sessionStorage.length") == 0


def test_a_shared_screen_saves_nothing_and_says_to_write_the_code_down(
    context: BrowserContext, counter: CounterSimulator
) -> None:
    page = opened(context, counter, "?kiosk")
    answered(page)
    shown(page)
    expect(page.get_by_role("button", name="Download")).to_have_count(0)
    expect(page.locator(".data")).to_contain_text("this screen erases itself")
    expect(page.locator(".data")).to_contain_text("Nothing can be saved from a shared screen.")


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (npm ci)")
@pytest.mark.parametrize("query", ["?theme=light", "?theme=dark&lang=ar", "?kiosk&lang=zh"])
def test_axe_finds_nothing_in_it(context: BrowserContext, counter: CounterSimulator, query: str) -> None:
    page = opened(context, counter, query)
    answered(page)
    page.evaluate(AXE.read_text())
    shown(page)
    assert violations(page) == []
    page.locator(".data .erase").click()
    assert violations(page) == []
    page.locator(".data .ask").click()
    expect(page.locator(".data .outcome")).to_be_visible()
    assert violations(page) == []


def test_a_real_node_erases_a_conversation_and_its_request(
    context: BrowserContext, tmp_path: Path, demo_files: Path
) -> None:
    from tests.e2e.conftest import import_demo

    data, tenant = import_demo(tmp_path, demo_files), Tenant()
    flags = ("--port", "0", "--generator", "none", "--embedding", "none")
    with running(data, *flags, env={"PRILAVOK_LEAD_KEY": tenant.key}) as node:
        page = context.new_page()
        page.goto(f"{node.url}/?lang=en")
        expect(page.locator(".drawer").first).to_be_visible()
        answered(page, "a hairdresser in Olkhovo")
        leave_request(page)
        assert requests(data) == 1
        shown(page)
        expect(page.locator(".held")).to_contain_text("1 request, encrypted.")
        page.get_by_role("button", name="Erase", exact=True).click()
        page.get_by_role("button", name="Erase now").click()
        expect(page.locator(".outcome")).to_have_text("Erased on this device and at this counter.")
        assert requests(data) == 0


def requests(data: Path) -> int:
    """How many requests lie at the node."""
    with sqlite3.connect(data / "node.db") as connection:
        return int(connection.execute("SELECT count(*) FROM lead").fetchone()[0])
