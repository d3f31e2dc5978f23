"""How a page fares while its node is away: the first card, memory, and the small model's tokens a second.

A real node fills a real browser's storage and is stopped; then the browser itself is started anew, so that
nothing of the page is in memory. Figures are of this machine, and of whatever else it does meanwhile.
"""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec
import psutil
from playwright.sync_api import Page, Playwright, expect

from bench.node import Node, command, running
from edge.catalog.demo.write import write
from tests.e2e.visitor import CHROMIUM, FLAGS, ask

PATIENCE_S = 600
SETTLE_S = 3
FIRST, SECOND = "a hairdresser in Olkhovo", "a plumber in Olkhovo"
READY_ALONE = ".frame[data-alone]:not([data-alone=''])"
FIRST_CARD = """from => new Promise(done => {
  const root = document.querySelector("prilavok-chat").shadowRoot;
  const look = () => {
    if (root.querySelector(".turn:last-child article.ticket h3")) done(Math.round(performance.now() - from));
    else requestAnimationFrame(look);
  };
  look();
})"""


@dataclass(frozen=True)
class Alone:
    """Milliseconds from opening the page to the first card, in a browser just started, and from asking in an
    open page; MB (10^6 bytes) that the page's processes hold by themselves."""

    offline_cold_first_card_ms: int
    offline_warm_first_card_ms: int
    page_memory_mb: int


@dataclass(frozen=True)
class Phrased:
    """Of one answer that the small model worded; `wllama_memory_mb` is what the page holds more with it."""

    wllama_tokens_per_second: float
    wllama_prompt_tokens_per_second: float
    wllama_loaded_ms: int
    wllama_memory_mb: int
    wllama_lines_said: int


@contextmanager
def visitor(playwright: Playwright, home: Path, address: str) -> Iterator[Page]:
    """The page in a browser of its own, which finds in `home` what it kept there before."""
    context = playwright.chromium.launch_persistent_context(
        home, executable_path=CHROMIUM, args=FLAGS, locale="en-GB", reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE_S * 1000)
    expect.set_options(timeout=PATIENCE_S * 1000)
    page = context.new_page()
    page.goto(f"{address}/?lang=en&patience={PATIENCE_S}")
    yield page
    context.close()


def prepare(page: Page, model: bool) -> bool:
    """Waits until the page can answer alone, and takes the model along; False where none is offered."""
    expect(page.locator(READY_ALONE)).to_be_visible()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    if not model:
        return True
    page.wait_for_load_state("networkidle")
    if not page.locator(".model:not([hidden])").count():
        return False
    page.locator(".model").get_by_role("button", name="Fetch it").click()
    expect(page.locator(".model[data-progress=here]")).to_be_visible()
    return True


def memory_mb() -> float:
    """What the pages of this browser hold, shared pages counted by share."""
    held = 0
    for one in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # it has just ended
            held += one.memory_full_info().pss if "--type=renderer" in one.cmdline() else 0
    return held / 1e6


def first_card_ms(page: Page, question: str, *, since_opened: bool = False) -> int:
    """Asks; from there, or from when the page was opened, until a card has its name."""
    begun = 0 if since_opened else page.evaluate("performance.now()")
    ask(page, question)
    return int(page.evaluate(FIRST_CARD, begun))


def alone(page: Page) -> Alone:
    cold = first_card_ms(page, FIRST, since_opened=True)
    expect(page.locator(".composer .ask")).to_be_visible()
    warm = first_card_ms(page, SECOND)
    expect(page.locator(".composer .ask")).to_be_visible()
    time.sleep(SETTLE_S)
    return Alone(cold, warm, round(memory_mb()))


def phrased(page: Page) -> Phrased:
    """The first answer is the template's and wakes the model, the second is worded by it."""
    expect(page.locator(".model[data-progress=here]")).to_have_count(1)
    ask(page, FIRST)
    expect(page.locator(".model[data-progress=ready]")).to_have_count(1)
    ask(page, SECOND)
    expect(page.locator(".composer .ask")).to_be_visible()
    expect(page.locator(".model[data-pace*=tokens]")).to_have_count(1)
    told = page.locator(".model").evaluate("({ dataset }) => ({ ...dataset })")
    pace = msgspec.json.decode(told["pace"])
    return Phrased(
        round(pace["tokens_per_second"], 1),
        round(pace["prompt_per_second"], 1),
        int(told["loaded"]),
        round(memory_mb()),
        int(page.locator(".frame").get_attribute("data-phrased") or 0),
    )


@contextmanager
def demo_node(folder: Path) -> Iterator[Node]:
    """A node over the demo market, which may offer its model; it answers without one itself."""
    write(folder)
    data = folder / "data"
    files = (folder / "catalog.jsonl", "--market", folder / "market.json")
    subprocess.run(
        command("--data-dir", str(data), "catalog", "import", *map(str, files)),
        check=True,
        capture_output=True,
    )
    with running(data, "--embedding", "none") as node:
        yield node


def measured(playwright: Playwright) -> dict[str, float | None]:
    """All figures; those of the model are None where the node has none to offer."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        plain, full = Path(name) / "plain", Path(name) / "full"
        with demo_node(Path(name)) as node:
            with visitor(playwright, plain, node.url) as page:
                prepare(page, model=False)
            with visitor(playwright, full, node.url) as page:
                offered = prepare(page, model=True)
            address = node.url
        with visitor(playwright, plain, address) as page:
            found = alone(page)
        if not offered:
            return {**asdict(found), **dict.fromkeys(Phrased.__annotations__)}
        with visitor(playwright, full, address) as page:
            said = phrased(page)
    more = {"wllama_memory_mb": said.wllama_memory_mb - found.page_memory_mb}
    return {**asdict(found), **asdict(said), **more}
