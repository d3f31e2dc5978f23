"""The small model in the page: fetched at the visitor's wish only, held to the records, let go again."""

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Request, expect

from bench.node import Node, running
from edge.settings import Settings
from models.registry import Registry
from models.shelf import Shelf
from tests.e2e.visitor import ask, marks

PATIENCE_MS = 240_000
MODEL = Registry.load().default("generator")

pytestmark = [
    *marks,
    pytest.mark.skipif(
        MODEL is None or not Shelf(Settings.load().models_dir).complete(MODEL),
        reason="the small model is not here (prilavok-edge models pull)",
    ),
]


def ranges(context: BrowserContext) -> list[str]:
    """Pieces of the model that are asked for from now on."""
    asked: list[str] = []

    def note(request: Request) -> None:
        if re.search(r"/browser/model/[0-9a-f]{64}$", request.url):
            asked.append(request.headers.get("range", ""))

    context.on("request", note)
    return asked


def opened(context: BrowserContext, node: Node, more: str = "") -> Page:
    """The page, once it can answer alone and knows whether it may have the model."""
    page = context.new_page()
    page.goto(f"{node.url}/?lang=en&patience=600{more}")
    expect(page.locator(".frame[data-model][data-alone]:not([data-alone=''])")).to_be_visible(
        timeout=PATIENCE_MS
    )
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    return page


def progress(page: Page, *states: str) -> None:
    """Waits for one of these states of the offer."""
    wanted = ", ".join(f".model[data-progress={state}]" for state in states)
    expect(page.locator(wanted)).to_have_count(1, timeout=PATIENCE_MS)


def test_a_page_alone_lets_its_model_word_what_the_records_say(
    context: BrowserContext, tmp_path: Path, demo_dir: Path
) -> None:
    context.set_default_timeout(PATIENCE_MS)
    told: list[str] = []
    pieces = ranges(context)
    data = Path(shutil.copytree(demo_dir, tmp_path / "data"))
    with running(data, "--port", "0", "--embedding", "none") as node:
        page = opened(context, node)
        page.on("console", lambda message: told.append(message.text))
        progress(page, "offered")
        expect(page.locator(".model")).to_contain_text("98 MB")
        assert pieces == []
        page.locator(".model").get_by_role("button", name="Fetch it").click()
        expect(page.locator(".model")).to_contain_text(re.compile(r"^(?:[4-9]|\d\d) of 98\sMB"))
        page.locator(".model").get_by_role("button", name="Stop").click()
        progress(page, "offered")
        expect(page.locator(".model")).to_contain_text(re.compile(r"^\d+ of 98\sMB are here\."))
        stopped = len(pieces)
        page.reload()
        progress(page, "offered")
        page.locator(".model").get_by_role("button", name="Fetch it").click()
        progress(page, "here")
        again = [pieces.count(one) for one in set(pieces[: stopped - 1])]
        assert again == [1] * (stopped - 1)
    question(page, "a hairdresser in Olkhovo")
    name = page.locator("article.ticket:visible h3").first.inner_text()
    phone = page.locator("article.ticket:visible a[href^='tel:']").first.inner_text()
    progress(page, "ready")
    expect(page.locator(".frame")).to_have_attribute("data-phrased", "0")
    question(page, "what is the phone number of the first one?")
    expect(page.locator(".frame")).to_have_attribute("data-phrased", "1")
    sentence = page.locator(".sentence").last.inner_text()
    assert name in sentence
    assert phone in sentence
    assert not [text for text in told if "policy" in text.lower() or "trusted" in text.lower()]
    page.get_by_role("button", name="Start over").click()
    page.locator(".model").get_by_role("button", name="Remove it").click()
    progress(page, "offered")
    assert page.evaluate("caches.has('prilavok-phrase')") is False
    kept = "navigator.storage.getDirectory().then(async root => { const all = []; \
for await (const name of root.keys()) all.push(name); return all; })"
    assert page.evaluate(kept) == []


def question(page: Page, text: str) -> None:
    """Asks, and waits for the whole answer however long the model takes here."""
    ask(page, text)
    expect(page.locator(".turn:not(.past) h2")).to_have_text(text)
    expect(page.locator(".composer .ask")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator(".sentence").last).not_to_be_empty()


@pytest.mark.parametrize(
    "device",
    [
        "Object.defineProperty(Navigator.prototype, 'deviceMemory', { get: () => 2 })",
        "Object.defineProperty(NetworkInformation.prototype, 'type', { get: () => 'cellular' })",
        "delete WebAssembly.Suspending",
    ],
)
def test_it_is_not_offered_where_it_would_not_fit(context: BrowserContext, node: Node, device: str) -> None:
    context.add_init_script(device)
    pieces = ranges(context)
    page = opened(context, node)
    expect(page.locator(".frame[data-model=none]")).to_be_visible()
    expect(page.locator(".model")).to_have_count(0)
    assert pieces == []


def test_a_shared_screen_is_not_offered_it(context: BrowserContext, node: Node) -> None:
    page = opened(context, node, "&kiosk")
    expect(page.locator(".frame[data-model=none]")).to_be_visible()


def test_a_language_that_it_may_not_speak_is_not_offered_it(context: BrowserContext, node: Node) -> None:
    page = opened(context, node)
    progress(page, "offered")
    expect(page.locator(".model")).to_be_visible()
    page.get_by_role("button", name="Deutsch").click()
    expect(page.locator(".model")).to_be_hidden()
