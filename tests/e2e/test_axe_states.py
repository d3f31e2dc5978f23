"""What axe-core says of what is seldom seen: a node that is away, all tickets laid open, paper, the model."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from bench.node import running
from tests.e2e.visitor import AXE, answered, marks, opened, until, violations
from tests.simulators.counter import CounterSimulator

pytestmark = [*marks, pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (npm ci)")]
PATIENCE_MS = 60_000
MODEL_BYTES = 8 * 1024 * 1024
THEMES = pytest.mark.parametrize("theme", ["light", "dark"])


def test_axe_finds_nothing_while_the_node_is_away(context: BrowserContext, data: Path) -> None:
    with running(data, "--generator", "none", "--embedding", "none", env={"PRILAVOK_HTTPS": "false"}) as node:
        page = context.new_page()
        page.goto(f"{node.url}/?lang=en")
        expect(page.locator(".frame[data-alone]:not([data-alone=''])")).to_be_visible(timeout=PATIENCE_MS)
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    answered(page, "a hairdresser in Olkhovo")
    expect(page.locator(".line")).to_contain_text("Answering on this device; data from")
    in_both_themes(page, "answered alone")
    page.locator("article.ticket .take").first.click()
    expect(page.get_by_role("dialog").locator("svg[role=img]")).to_be_visible()
    in_both_themes(page, "taken along alone")
    page.reload()
    expect(page.locator(".line")).to_contain_text("Answering on this device", timeout=PATIENCE_MS)
    in_both_themes(page, "opened alone")


@THEMES
def test_axe_finds_nothing_on_paper_and_where_all_tickets_lie_open(
    context: BrowserContext, counter: CounterSimulator, theme: str
) -> None:
    page = opened(context, counter, f"?theme={theme}")
    page.evaluate(AXE.read_text())
    answered(page, "many haircuts")
    page.get_by_role("button", name="7 more").click()
    expect(page.locator("article.ticket")).to_have_count(12)
    assert violations(page) == [], "all tickets"
    page.emulate_media(media="print")
    assert violations(page) == [], "printed with all tickets"
    page.locator("article.ticket .take").last.click()
    assert violations(page) == [], "printed while taken along"


def test_axe_finds_nothing_on_the_sheet_of_one_ticket(
    context: BrowserContext, counter: CounterSimulator
) -> None:
    context.add_init_script("window.print = () => { top.printed = true }")
    page = opened(context, counter)
    answered(page)
    page.get_by_role("button", name="Take along: Salon Möwe").click()
    page.get_by_role("button", name="Print: Salon Möwe").click()
    until(page, "Boolean(globalThis.printed)")
    sheet = page.frames[-1]
    assert sheet.locator("h1").inner_text() == "Salon Möwe"
    sheet.evaluate(AXE.read_text())
    found = sheet.evaluate("axe.run(document, {resultTypes: ['violations']}).then(all => all.violations)")
    assert [(one["id"], one["nodes"][0]["html"][:120]) for one in found] == []


@THEMES
def test_axe_finds_nothing_while_the_model_is_offered_fetched_and_here(
    context: BrowserContext, counter: CounterSimulator, theme: str
) -> None:
    counter.model_bytes = MODEL_BYTES
    page = opened(context, counter, f"?theme={theme}")
    page.evaluate(AXE.read_text())
    offer = page.locator(".model")
    expect(page.locator(".model[data-progress=offered]")).to_be_visible()
    assert violations(page) == [], "offered"
    offer.get_by_role("button").click()
    expect(offer).to_contain_text(re.compile(r"^4 of 8\sMB"))
    expect(offer.get_by_role("progressbar")).to_be_visible()
    assert violations(page) == [], "half fetched"
    offer.get_by_role("button").click()
    expect(page.locator(".model[data-progress=offered]")).to_be_visible()
    assert violations(page) == [], "stopped half way"
    counter.gate.set()
    offer.get_by_role("button").click()
    expect(page.locator(".model[data-progress=here]")).to_be_visible()
    assert violations(page) == [], "here"


def in_both_themes(page: Page, state: str) -> None:
    """Looks at a state by day and by night."""
    page.evaluate(AXE.read_text())
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert violations(page) == [], f"{state}, {scheme}"
