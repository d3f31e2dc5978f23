"""The counter in a frame of the node's own on somebody else's page: what that page may know of it and do."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    FrameLocator,
    Page,
    expect,
    sync_playwright,
)

from bench.node import Node, running
from tests.e2e.visitor import AXE, CHROMIUM, FLAGS, amiss, marks, tabbed, violations
from tests.simulators.shop import NO_FRAMES, ShopSimulator

pytestmark = marks
OPENER = "Ask the counter"
QUESTION = "a hairdresser in Olkhovo"
PATIENCE_MS = 60_000
SPIED = "globalThis.heard = []; addEventListener('message', ({ data }) => heard.push(JSON.stringify(data)))"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium with storage apart by the site around, as people have it; the driver turns that off.

    Its contexts are private windows: they refuse other sites' cookies, and storage that is not apart.
    """
    with sync_playwright() as playwright:
        flags = [*FLAGS, "--disable-features=Translate"]  # the last list of features counts
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield chromium
        chromium.close()


@pytest.fixture
def shop() -> Iterator[ShopSimulator]:
    """A page of another origin and another site than the node's."""
    with ShopSimulator("localhost") as shop:
        yield shop


def serving(data: Path, port: int, *origins: str) -> AbstractContextManager[Node]:
    """A node that lets pages of these origins embed it, always on the same port."""
    none = ("--generator", "none", "--embedding", "none")
    env = {"PRILAVOK_ORIGINS": ",".join(origins), "PRILAVOK_HTTPS": "false"}
    return running(data, "--port", str(port), *none, env=env)


def opened(context: BrowserContext, shop: ShopSimulator) -> tuple[Page, FrameLocator]:
    """The shop's page with the counter opened in it."""
    page = context.new_page()
    page.goto(shop.origin)
    page.get_by_role("button", name=OPENER).click()
    frame = page.frame_locator("iframe.guest")
    expect(frame.locator(".drawer").first).to_be_visible(timeout=PATIENCE_MS)
    return page, frame


def ask(frame: FrameLocator, question: str = QUESTION) -> None:
    """Asks in the frame, and waits for the whole answer."""
    frame.locator("textarea#question").fill(question)
    frame.locator("textarea#question").press("Enter")
    expect(frame.locator(".question").last).to_have_text(question)
    expect(frame.locator(".composer .ask")).to_be_visible()
    expect(frame.locator(".sentence").last).not_to_be_empty()


def said(message: ConsoleMessage) -> str:
    return f"{message.type}: {message.text}"


def test_it_answers_in_a_frame_under_the_strictest_policy(
    context: BrowserContext, shop: ShopSimulator, data: Path, port: int
) -> None:
    reports: list[str] = []
    context.on("console", lambda message: reports.append(said(message)))
    context.on("weberror", lambda error: reports.append(str(error.error)))
    with serving(data, port, shop.origin) as node:
        shop.offer(node.url, "data-corner data-lang=de data-theme=dark")
        page = context.new_page()
        page.goto(shop.origin)
        page.locator(".opener").click()
        frame = page.frame_locator("iframe.guest")
        expect(frame.get_by_role("heading", name="Was brauchen Sie?")).to_be_visible(timeout=PATIENCE_MS)
        expect(frame.locator("textarea#question")).to_be_focused()
        ask(frame, "Friseur")
        expect(frame.locator("article.ticket").first).to_be_visible()
        root = frame.locator("html")
        assert root.evaluate("() => crossOriginIsolated && isSecureContext")
        assert root.evaluate("one => getComputedStyle(one).colorScheme") == "dark"
        frame.locator(".few select").select_option("en")
        expect(frame.get_by_role("button", name="Start over")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator(".panel")).to_be_hidden()
        expect(page.locator(".opener")).to_be_focused()
        page.keyboard.press("Enter")
        expect(frame.locator("article.ticket").first).to_be_visible()
    assert amiss(reports) == []


def test_a_hostile_page_can_neither_read_nor_drive_it(
    context: BrowserContext, shop: ShopSimulator, data: Path, port: int
) -> None:
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    context.add_init_script(SPIED)
    with serving(data, port, shop.origin) as node:
        shop.offer(node.url)
        page, frame = opened(context, shop)
        ask(frame)
        before = [url for url in asked if url.endswith("/v1/chat/completions")]
        page.evaluate(
            """node => {
              const frame = document.querySelector("prilavok-chat").shadowRoot.querySelector("iframe");
              globalThis.reached = [];
              for (const look of [() => frame.contentDocument.body, () => frame.contentWindow.document,
                                  () => frame.contentWindow.sessionStorage, () => frame.contentWindow.fetch])
                try { reached.push(String(look())); } catch { /* closed */ }
              const { port1, port2 } = new MessageChannel();
              port1.onmessage = ({ data }) => reached.push(JSON.stringify(data));
              const set = { language: "ru", theme: "dark", max_chars: 1, corner: true, colours: {} };
              const opening = { form: "prilavok-frame-1", ...set };
              frame.contentWindow.postMessage(opening, node, [port2]);
              for (const kind of ["ask", "reset", "focus", "close", "erase", "read", "save"])
                frame.contentWindow.postMessage({ kind, question: "hostile", text: "hostile" }, node);
            }""",
            node.url,
        )
        ask(frame, "Friseur")
        expect(frame.locator(".question").last).to_have_text("Friseur")
        expect(frame.locator("html")).to_have_attribute("lang", "en")
        assert page.evaluate("[...reached, ...heard]") == ['"prilavok-frame-1 listens"']
        after = [url for url in asked if url.endswith("/v1/chat/completions")]
        assert len(after) == len(before) + 1


def test_only_pages_of_named_origins_may_have_the_frame(
    context: BrowserContext, shop: ShopSimulator, data: Path, port: int
) -> None:
    with serving(data, port, "https://other.example") as node:
        shop.offer(node.url)
        page = context.new_page()
        page.goto(shop.origin)
        page.get_by_role("button", name=OPENER).click()
        expect(page.locator("iframe.guest")).to_have_count(0, timeout=PATIENCE_MS)
        expect(page.locator(".drawer")).to_have_count(0)
        shop.body = f"<iframe src='{node.url}/frame' title=bare></iframe>"
        page.goto(shop.origin)
        page.wait_for_load_state("load")
        inner = page.frames[-1]
        assert inner.evaluate("document.querySelectorAll('prilavok-chat').length") == 0
        assert not inner.url.startswith(node.url)


def test_a_page_that_lets_in_no_frame_has_the_counter_in_itself(
    context: BrowserContext, shop: ShopSimulator, data: Path, port: int
) -> None:
    with serving(data, port, shop.origin) as node:
        shop.offer(node.url, policy=NO_FRAMES)
        page = context.new_page()
        page.goto(shop.origin)
        page.get_by_role("button", name=OPENER).click()
        expect(page.locator(".panel .drawer").first).to_be_visible(timeout=PATIENCE_MS)
        expect(page.locator("iframe")).to_have_count(0)


def test_the_frame_goes_on_without_its_node_and_comes_back_after_a_reload(
    context: BrowserContext, shop: ShopSimulator, data: Path, port: int
) -> None:
    with serving(data, port, shop.origin) as node:
        shop.offer(node.url)
        page, frame = opened(context, shop)
        expect(frame.locator(".frame[data-alone]:not([data-alone=''])")).to_be_visible(timeout=PATIENCE_MS)
        frame.locator("html").evaluate("() => navigator.serviceWorker.ready.then(() => true)")
        ask(frame)
        there = frame.locator("article.ticket h3").all_inner_texts()
        frame.get_by_role("button", name="Start over").click()
    ask(frame)
    assert frame.locator("article.ticket h3").all_inner_texts() == there
    page.reload()
    page.get_by_role("button", name=OPENER).click()
    expect(frame.locator(".line")).to_contain_text("Answering on this device", timeout=PATIENCE_MS)
    ask(frame, "Friseur")
    expect(frame.locator("article.ticket:visible").first).to_be_visible()
    with serving(data, port, shop.origin):
        expect(frame.locator(".line")).to_be_empty(timeout=PATIENCE_MS)


def test_the_pages_colours_are_the_frames(
    context: BrowserContext, shop: ShopSimulator, data: Path, port: int
) -> None:
    with serving(data, port, shop.origin) as node:
        shop.offer(node.url)
        page = context.new_page()
        page.goto(shop.origin)
        chat = page.locator("prilavok-chat")
        chat.evaluate("one => one.style.setProperty('--wood', 'rgb(0, 80, 160)')")
        chat.evaluate("one => one.style.setProperty('--paper', 'url(https://elsewhere.example/pixel)')")
        page.get_by_role("button", name=OPENER).click()
        inner = page.frame_locator("iframe.guest").locator("prilavok-chat")
        expect(inner).to_have_css("--wood", "rgb(0, 80, 160)")
        assert "elsewhere" not in str(inner.get_attribute("style"))


def test_all_of_it_works_with_the_keyboard_alone(
    context: BrowserContext, shop: ShopSimulator, data: Path, port: int
) -> None:
    with serving(data, port, shop.origin) as node:
        shop.offer(node.url)
        page = context.new_page()
        page.goto(shop.origin)
        opener, field = page.locator(".opener"), "textarea#question"
        expect(opener).to_be_visible()
        page.keyboard.press("Tab")
        expect(opener).to_be_focused()
        page.keyboard.press("Enter")
        frame = page.frame_locator("iframe.guest")
        expect(frame.locator(field)).to_be_focused(timeout=PATIENCE_MS)
        page.keyboard.type(QUESTION)
        page.keyboard.press("Enter")
        expect(frame.locator(".composer .ask")).to_be_visible()
        expect(frame.locator("article.ticket").first).to_be_visible()
        tabbed(page, frame, "article.ticket", back=True)
        page.keyboard.press("ArrowDown")
        expect(frame.locator("article.ticket").nth(1)).to_be_focused()
        tabbed(page, frame, "article.ticket .take")
        page.keyboard.press("Enter")
        expect(frame.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("Escape")
        expect(frame.get_by_role("dialog")).to_be_hidden()
        expect(frame.locator("article.ticket").nth(1).locator(".take")).to_be_focused()
        expect(page.locator(".panel")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator(".panel")).to_be_hidden()
        expect(opener).to_be_focused()
        page.keyboard.press("Space")
        expect(frame.locator(field)).to_be_focused()
        tabbed(page, page, ".away", back=True)
        page.keyboard.press("Enter")
        expect(page.locator(".panel")).to_be_hidden()
        expect(opener).to_be_focused()


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (npm ci)")
def test_axe_finds_nothing_in_page_and_frame(
    context: BrowserContext, shop: ShopSimulator, data: Path, port: int
) -> None:
    with serving(data, port, shop.origin) as node:
        shop.offer(node.url)
        page, frame = opened(context, shop)
        ask(frame)
        page.evaluate(AXE.read_text())
        inner = next(one for one in page.frames if one.url == f"{node.url}/frame")
        inner.evaluate(AXE.read_text())
        assert violations(page) == []
        found = inner.evaluate(
            "axe.run(document, {resultTypes: ['violations']}).then(found => found.violations)"
        )
        assert [one["id"] for one in found] == []
