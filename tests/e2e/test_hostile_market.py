"""A market whose every text wants to be markup: imported, asked at a real node, and again without it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from bench.node import running
from tests.e2e.conftest import cli
from tests.e2e.hostile import COUNT, MEGABYTE, RUN, strings
from tests.e2e.visitor import amiss, answered, marks
from tests.simulators.model_server import serving
from tests.simulators.page_model import HEAD, PAGE_MODEL

pytestmark = marks
PATIENCE_MS = 60_000
KIND = 5  # as many as one answer shows
CONSONANTS = "bcdfghjklmnprstvwz"
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
FIELDS = ("name: ", "city: ", "address: ", "phone: ", "url: ", "opening_hours: ", "texts.en: ", "attributes")
TOLD = """addEventListener("securitypolicyviolation",
    told => console.error("policy", told.violatedDirective, told.blockedURI))"""
STRAY = """() => {
  const found = [];
  const look = root => {
    for (const one of root.querySelectorAll("*")) {
      if (root !== document && /^(script|style|iframe|object|embed|b|meta|base|link)$/.test(one.localName))
        found.push(one.localName);
      for (const { name } of one.attributes)
        if (/^on|^srcdoc$/.test(name) || (name === "style" && one.id !== "question"))
          found.push(`${one.localName} ${name}`);
      if (one.localName === "a" && !/^(tel|geo|https?):$/.test(one.protocol)) found.push(one.href);
      if (one.localName === "img" && !one.src.startsWith(`${location.origin}/api/card/`)) found.push(one.src);
      if (one.shadowRoot) look(one.shadowRoot);
    }
  };
  look(document);
  return found;
}"""
WIDER = """all => all.filter(one => one.checkVisibility())
    .map(one => one.scrollWidth - one.clientWidth).filter(beyond => beyond > 0)"""
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def phone(browser: Browser) -> Any:
    """A visitor's phone: narrow, so that what is long shows."""
    context = browser.new_context(
        locale="en-GB", viewport={"width": 390, "height": 800}, reduced_motion="reduce"
    )
    context.set_default_timeout(20_000)
    context.add_init_script(TOLD)
    yield context
    context.close()


def test_a_thousand_hostile_records_stay_text_with_their_node_and_without(
    phone: BrowserContext, tmp_path: Path
) -> None:
    told: list[str] = []
    watch(phone, told)
    data = imported(tmp_path)
    with running(data, "--generator", "none", "--embedding", "none", env={"PRILAVOK_HTTPS": "false"}) as node:
        assert node.get("/api/market?lang=en")["providers"] == COUNT
        page = phone.new_page()
        page.goto(f"{node.url}/?lang=en")
        expect(page.locator(".drawer").first).to_be_visible()
        harmless(page)
        asked(page, range(0, COUNT // KIND, 12))
        alone(page)
        assert node.get("/browser/head")["providers"] == COUNT
        assert told == []
    asked(page, range(3, COUNT // KIND, 12))
    page.reload()
    expect(page.locator(".drawer").first).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator(".provenance")).to_contain_text("1,000 places")
    harmless(page)
    assert page.evaluate("globalThis.ran") is None
    assert page.title() == "Prilavok"
    assert amiss(told) == []


def test_what_a_hostile_model_in_the_page_writes_is_not_said(phone: BrowserContext, tmp_path: Path) -> None:
    told: list[str] = []
    watch(phone, told)
    lines = [text for text in strings() if not re.search(r"[\r\n]", text)][:200]
    phone.add_init_script(PAGE_MODEL.replace("LINES", json.dumps(lines)))
    data = imported(tmp_path, strings()[:50])
    with running(data, "--generator", "none", "--embedding", "none", env={"PRILAVOK_HTTPS": "false"}) as node:
        page = phone.new_page()
        page.route("**/browser/model", lambda route: route.fulfill(json=HEAD))
        page.goto(f"{node.url}/?lang=en")
        expect(page.locator(".model[data-progress=here]")).to_have_count(1, timeout=PATIENCE_MS)
        alone(page)
    answered(page, word(0))
    expect(page.locator(".model[data-progress=ready]")).to_have_count(1)
    page.get_by_role("button", name="Start over").click()
    asked(page, range(1, 9))
    assert page.evaluate("globalThis.written") > 8
    expect(page.locator(".frame")).to_have_attribute("data-phrased", "0")
    assert page.evaluate("globalThis.ran") is None
    assert amiss(told) == []


def test_what_a_hostile_model_behind_the_node_writes_stays_text(
    phone: BrowserContext, tmp_path: Path
) -> None:
    told: list[str] = []
    watch(phone, told)
    data = imported(tmp_path, strings()[:50])
    with serving("llama-server", heedless=True) as model:  # it says what it is asked
        env = {
            "PRILAVOK_HTTPS": "false",
            "PRILAVOK_GENERATOR_URL": model.url,
            "PRILAVOK_GENERATOR_MODEL": model.model,
            "PRILAVOK_GENERATOR_FLAVOUR": "llama-server",
            "PRILAVOK_GENERATOR_MODES": "en=prose",
            "PRILAVOK_ANSWER_CACHE": "false",
        }
        with running(data, "--generator", "none", "--embedding", "none", env=env) as node:
            page = phone.new_page()
            page.goto(f"{node.url}/?lang=en")
            expect(page.locator(".drawer").first).to_be_visible()
            for kind in range(10):
                answered(page, f"{word(kind)} {strings()[kind + 50][:200]}")
                expect(page.locator("article.ticket").first).to_be_visible()
                expect(page.locator(".sentence")).not_to_contain_text("Visitor:")
                harmless(page)
                page.get_by_role("button", name="Start over").click()
        heard = [message["content"] for body in model.asked for message in body["messages"]]
    assert any(RUN in text for text in heard)
    assert page.evaluate("globalThis.ran") is None
    assert told == []


def test_a_megabyte_is_refused_by_its_field_and_the_rest_imported(tmp_path: Path) -> None:
    long = "x" * (MEGABYTE - 1_000)
    good = {"id": "good", "categories": ["craft/plumber"], "name": "Good"}
    bad = [
        {**good, "id": f"bad-{at}", **change}
        for at, change in enumerate(
            (
                {"name": long},
                {"address": long},
                {"texts": {"en": {"description": long}}},
                {"offers": [{"name": {"en": long}}]},
                {"attributes": {long: True}},
                {"attributes": {"note": long}},
                {"categories": [f"own/{long}"]},
                {"name": long + "y" * 100_000},
            )
        )
    ]
    (tmp_path / "lines.jsonl").write_text("".join(json.dumps(one) + "\n" for one in (*bad, good)))
    report = brought(tmp_path / "data", tmp_path / "lines.jsonl")
    reasons = {one["id"] or one["number"]: one["reason"] for one in report["problems"]}
    assert (report["added"], report["refused"]) == (1, len(bad))
    assert all(len(reason) < 1_000 for reason in reasons.values())
    fields = (
        "name:",
        "address:",
        "texts.en:",
        "offers[1]:",
        "attributes:",
        "attributes.note:",
        "categories:",
    )
    assert [reasons[f"bad-{at}"].startswith(field) for at, field in enumerate(fields)] == [True] * len(fields)
    assert reasons[len(bad)] == "is longer than 1048576 bytes"
    (tmp_path / "market.json").write_text(json.dumps({"id": "m", "examples": {"en": [long]}}))
    again = ("catalog", "import", str(tmp_path / "lines.jsonl"), "--market", str(tmp_path / "market.json"))
    refused = cli("--data-dir", str(tmp_path / "data"), *again, status=5)
    assert "examples.en: has 999000 characters, at most 300 are allowed" in " ".join(refused.stderr.split())


def imported(folder: Path, texts: list[str] | None = None) -> Path:
    """A market of these records; those that an import refuses are given again, tamed."""
    every = strings() if texts is None else texts
    market = folder / "market.json"
    market.write_text(json.dumps(document(every)), "utf-8")
    lines = folder / "first.jsonl"
    lines.write_text("".join(json.dumps(record(at, text)) + "\n" for at, text in enumerate(every)), "utf-8")
    first = brought(folder / "data", lines, "--market", str(market))
    refused = {one["id"]: one["reason"] for one in first["problems"] if one["refused"]}
    for reason in refused.values():
        assert reason.startswith(FIELDS), reason
    expected = {f"h-{at}" for at, text in enumerate(every) if tame(text) != text}
    assert set(refused) == expected
    tamed = [record(at, tame(text)) for at, text in enumerate(every) if f"h-{at}" in expected]
    lines.write_text("".join(json.dumps(one) + "\n" for one in tamed), "utf-8")
    second = brought(folder / "data", lines)
    assert (second["added"], second["refused"]) == (len(tamed), 0)
    return folder / "data"


def brought(data: Path, lines: Path, *more: str) -> dict[str, Any]:
    """What an import reports."""
    done = cli("--data-dir", str(data), "catalog", "import", str(lines), "--json", *more)
    return dict(json.loads(done.stdout))


def record(at: int, text: str) -> dict[str, Any]:
    """A provider that is this text wherever a provider may say something."""
    return {
        "id": f"h-{at}",
        "categories": [f"own/{word(at // KIND)}"],
        "name": text,
        "texts": {"en": {"title": text, "description": text}},
        "city": text[:200],
        "address": text[:500],
        "phone": text[:100],
        "url": f"https://{text}"[:2000],
        "opening_hours": text[:1000] if at % 5 == 0 else "Mo-Su 00:00-24:00",
        "attributes": {"note": text, text[:100]: True},
        "offers": [{"name": {"en": text[:300]}, "price_from": 10.0 ** (at % 13), "currency": "EUR"}],
        "lat": 54.7 + at / 10_000,
        "lon": 20.5,
        "rating": 4.5,
    }


def document(texts: list[str]) -> dict[str, Any]:
    """A market whose labels are such texts, each kind with a word of its own to ask for it."""
    kinds = [
        {
            "id": f"own/{word(kind)}",
            "names": {"en": tame(texts[kind])},
            "terms": {"en": [word(kind)]},
            "parent": "craft/plumber",
        }
        for kind in range(len(texts) // KIND)
    ]
    tamed = [tame(text) for text in texts[:12]]
    return {
        "id": "hostile",
        "name": {"en": tamed[4]},
        "languages": ["en"],
        "currency": "EUR",
        "emergency_number": tamed[5],
        "categories": kinds,
        "examples": {"en": tamed},
        "places": {tamed[6]: tamed[7:9]},
    }


def tame(text: str) -> str:
    """The text as an import takes it: no control characters, not too long, not empty."""
    return CONTROL.sub("", text)[:300] if CONTROL.sub("", text).strip() else "…"


def word(kind: int) -> str:
    """A word that nothing else is called."""
    first, second = divmod(kind, len(CONSONANTS))
    return f"q{CONSONANTS[first]}o{CONSONANTS[second]}ax"


def watch(context: BrowserContext, told: list[str]) -> None:
    """Notes all that a page says when something runs or is forbidden."""

    def heard(message: ConsoleMessage) -> None:
        told.append(message.text)

    context.on("console", heard)
    context.on("weberror", lambda error: told.append(str(error.error)))
    context.on("dialog", lambda dialog: told.append(f"dialog {dialog.message}"))


def alone(page: Page) -> None:
    """Waits until the page could answer without its node."""
    expect(page.locator(".frame[data-alone]:not([data-alone=''])")).to_be_visible(timeout=PATIENCE_MS)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")


def asked(page: Page, kinds: range) -> None:
    """Asks for these kinds, one after the other; takes one of each along."""
    for kind in kinds:
        answered(page, word(kind))
        expect(page.locator("article.ticket:visible")).to_have_count(KIND)
        harmless(page)
        assert not re.search(r"[\u202a-\u202e\u2066-\u2069]", page.locator(".sentence").inner_text())
        page.locator("article.ticket .take").first.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        harmless(page)
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Start over").click()


def harmless(page: Page) -> None:
    """Nothing on the page came out of a text, and nothing is wider than the page."""
    assert page.evaluate(STRAY) == []
    assert page.locator(".header, .roll, .dock, dialog[open], article.ticket").evaluate_all(WIDER) == []
    assert page.evaluate(WIDE) <= 0
