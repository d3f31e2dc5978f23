"""The page when its node is away: it answers by itself, keeps what is sent, and follows the catalogue."""

import json
import sqlite3
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from bench.node import Node, running
from tests.e2e.conftest import cli
from tests.e2e.visitor import answered, ask, marks
from tests.simulators.tenant import Tenant

pytestmark = marks
PATIENCE_MS = 60_000
QUESTIONS = {
    "en": "a hairdresser in Olkhovo",
    "ru": "парикмахерская в Ольхово",
    "es": "una peluquería",
    "de": "Friseur",
}


@pytest.fixture
def tenant() -> Tenant:
    """Whoever opens requests."""
    return Tenant()


def serving(data: Path, port: int, tenant: Tenant) -> AbstractContextManager[Node]:
    """A node that takes requests for this tenant, always on the same port."""
    return running(data, "--port", str(port), env={"PRILAVOK_LEAD_KEY": tenant.key})


def prepared(context: BrowserContext, node: Node) -> Page:
    """The page, when it has all it needs to answer alone."""
    page = context.new_page()
    page.goto(f"{node.url}/?lang=en")
    expect(page.locator(".drawer").first).to_be_visible()
    expect(page.locator(".frame[data-alone]:not([data-alone=''])")).to_be_visible(timeout=PATIENCE_MS)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    return page


def test_a_page_goes_on_without_its_node_and_finds_it_again(
    context: BrowserContext, data: Path, port: int, tenant: Tenant
) -> None:
    reports: list[str] = []
    with serving(data, port, tenant) as node:
        page = prepared(context, node)
        page.on("pageerror", lambda error: reports.append(str(error)))
        answered(page, QUESTIONS["en"])
        there = names(page)
        page.get_by_role("button", name="Ask a person").click()
        expect(page.locator("#request-phone")).to_be_visible()
        page.get_by_role("button", name="Close").click()
        page.get_by_role("button", name="Start over").click()
    answered(page, QUESTIONS["en"])
    expect(page.locator(".line")).to_contain_text("Answering on this device; data from")
    assert names(page) == there
    expect(page.locator(".cite").first).to_have_text("1")
    answered(page, "what is the phone number of the first one?")
    expect(page.locator(".sentence").last).to_contain_text("The phone number of")
    page.locator("article.ticket .take").last.click()
    expect(page.get_by_role("dialog").locator("svg[role=img]")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator(".person").last.click()
    page.locator("#request-phone").fill("+49 170 0000002")
    page.locator("#request-agree").check()
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".outcome")).to_contain_text("Kept on this device, encrypted.")
    page.get_by_role("button", name="Close").click()
    page.reload()
    expect(page.locator(".line")).to_contain_text("1 request waits for the line.", timeout=PATIENCE_MS)
    expect(page.locator(".frame[data-alone]:not([data-alone=''])")).to_be_visible(timeout=PATIENCE_MS)
    for question in QUESTIONS.values():
        answered(page, question)
        expect(page.locator("article.ticket:visible").first).to_be_visible()
    with serving(data, port, tenant) as node:
        expect(page.locator(".line")).to_be_empty(timeout=PATIENCE_MS)
        answered(page, QUESTIONS["de"])
        expect(page.locator(".line")).to_be_empty()
        assert waiting(data) == 1
    assert reports == []


def names(page: Page) -> list[str]:
    """The names on the tickets in sight."""
    return page.locator("article.ticket:visible h3").all_inner_texts()


def waiting(data: Path) -> int:
    """How many requests the node has taken."""
    with sqlite3.connect(data / "node.db") as connection:
        return int(connection.execute("SELECT count(*) FROM lead").fetchone()[0])


NEWER = """async before => {
  for (;;) {
    const head = await fetch("/browser/head", { cache: "no-cache" }).then(reply => reply.json());
    if (head.catalog_version > before) return;
    await new Promise(next => setTimeout(next, 200));
  }
}"""


def test_a_page_follows_the_catalogue_by_what_changed(
    context: BrowserContext, data: Path, port: int, tenant: Tenant, tmp_path: Path
) -> None:
    with serving(data, port, tenant) as node:
        page = prepared(context, node)
        before = page.locator(".frame").get_attribute("data-alone")
        whole = sum(part["bytes"] for part in node.get("/browser/head")["parts"].values())
        change = {"id": "new-harp-mender", "categories": ["craft/plumber"], "name": "Harfe und Rohr"}
        (tmp_path / "more.jsonl").write_text(json.dumps({**change, "city": "Olkhovo"}) + "\n")
        cli("--data-dir", str(data), "catalog", "import", str(tmp_path / "more.jsonl"))
        page.evaluate(NEWER, int(before or 0))
        page.reload()
        frame = page.locator(f".frame[data-alone]:not([data-alone='{before}']):not([data-alone=''])")
        expect(frame).to_be_visible(timeout=PATIENCE_MS)
        fetched = int(frame.get_attribute("data-fetched") or 0)
    assert 0 < fetched < whole / 4
    ask(page, "Harfe und Rohr")
    expect(page.locator("article.ticket h3").first).to_have_text("Harfe und Rohr")


def test_a_page_that_was_opened_without_its_node_answers_whoever_asks_at_once(
    context: BrowserContext, data: Path, port: int, tenant: Tenant
) -> None:
    with serving(data, port, tenant) as node:
        page = prepared(context, node)
    page.reload(wait_until="commit")
    ask(page, QUESTIONS["en"])
    expect(page.locator("article.ticket h3").first).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator(".line")).to_contain_text("Answering on this device; data from")
